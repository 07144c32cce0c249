/* muon.c: the iteration of muon.h. Every member of the team takes the same share of each phase;
 * a barrier stands where the next one reads what others wrote. */
#include "muon.h"

#include <math.h>
#include <string.h>

#include "update.h"

/* The matrices of one iteration, and who works on them. */
struct iteration {
    const struct fnn_kernels *kern;
    size_t longer, shorter; /* extents of Z */
    size_t ld;              /* of Z and of A in plain */
    void *z, *next;         /* plain (longer, ld) */
    void *a;                /* plain (shorter, ld) */
    void *a_panels, *b;     /* in panels, as a kernel */
    double coef[3];
    int tid, nt;
    struct fnn_barrier *barrier;
};

static size_t at_least_one_pad(size_t n) { return fnn_round_up(n, FNN_PAD) + FNN_PAD; }

size_t fnn_muon_scratch(size_t rows, size_t cols)
{
    const size_t longer = rows > cols ? rows : cols, shorter = rows > cols ? cols : rows;
    const size_t ld = fnn_round_up(shorter, FNN_PAD);
    /* Products may read and write a pad past the end of what they are about. */
    return 2 * at_least_one_pad(longer * ld) + at_least_one_pad(shorter * ld) +
           2 * at_least_one_pad(shorter * shorter);
}

double fnn_muon_rate(const double *hyper, size_t rows, size_t cols)
{
    const double most = (double)(rows > cols ? rows : cols), rms = hyper[FNN_HYPER_MUON_RMS];
    return rms < 0 ? 1 : sqrt(most) * rms;
}

static void meet(const struct iteration *it)
{
    if (it->nt > 1) fnn_barrier_wait(it->barrier, it->nt);
}

/* ---- in and out ------------------------------------------------------------------- */

/* Copies a piece of the parameter to or from Z, whose rows are the parameter's rows or columns. */
static void copy_piece(const struct iteration *it, const struct fnn_param *param,
                       const struct fnn_piece *p, void *stored, int back)
{
    const size_t elem = it->kern->elem;
    const int turned = param->rows < param->cols;
    void *piece = fnn_at(it->kern, stored, p->at - param->offset);
    void *z = turned ? fnn_at(it->kern, it->z, p->col0 * it->ld + p->row0)
                     : fnn_at(it->kern, it->z, p->row0 * it->ld + p->col0);
    /* Element (r, c) of the piece; in Z, those of a row or of a column lie side by side. */
    const int64_t along = (int64_t)elem, across = (int64_t)(it->ld * elem);
    struct fnn_array from = {.dtype = it->kern->dtype};
    if (back) {
        from.data = z;
        from.rows = (int64_t)p->rows;
        from.cols = (int64_t)p->cols;
        from.row_stride = turned ? along : across;
        from.col_stride = turned ? across : along;
        it->kern->gather(&from, NULL, 0, p->rows, piece, p->cols);
        return;
    }
    from.data = piece;
    from.rows = (int64_t)(turned ? p->cols : p->rows);
    from.cols = (int64_t)(turned ? p->rows : p->cols);
    from.row_stride = turned ? along : (int64_t)(p->cols * elem);
    from.col_stride = turned ? (int64_t)(p->cols * elem) : along;
    it->kern->gather(&from, NULL, 0, (size_t)from.rows, z, it->ld);
}

/* This member's pieces of the parameter, divided first when they are read. */
static void copy_all(const struct iteration *it, const struct fnn_param *param, void *stored,
                     double divisor, int back)
{
    size_t begin, end;
    fnn_share(fnn_param_pieces(it->kern, param), it->tid, it->nt, &begin, &end);
    for (size_t unit = begin; unit < end; unit++) {
        const struct fnn_piece p = fnn_param_piece(it->kern, param, unit);
        if (!back) it->kern->divide(p.n, fnn_at(it->kern, stored, p.at - param->offset), divisor);
        copy_piece(it, param, &p, stored, back);
    }
}

/* ---- products --------------------------------------------------------------------- */

/* A symmetric matrix (shorter, shorter) in blocks of up to FNN_COLS rows of a panel, those on and
 * above the diagonal of squares of FNN_COLS. */
struct block {
    size_t row0, rows, col0, cols;
    size_t at;          /* in panels, where it is contiguous */
    size_t unit, left;  /* to go on from */
};

static size_t row_blocks(size_t rows) { return (rows + FNN_COLS - 1) / FNN_COLS; }

static int is_upper(const struct iteration *it, size_t unit)
{
    const size_t high = row_blocks(it->shorter);
    return unit / high * it->kern->panel / FNN_COLS >= unit % high;
}

/* This member's share: for (b = first_block(it); next_block(it, &b);). */
static struct block first_block(const struct iteration *it)
{
    const size_t units = fnn_panel_count(it->kern, it->shorter) * row_blocks(it->shorter);
    size_t total = 0, begin, end;
    for (size_t unit = 0; unit < units; unit++) total += (size_t)is_upper(it, unit);
    fnn_share(total, it->tid, it->nt, &begin, &end);
    struct block b = {.left = end - begin};
    for (; begin > 0; b.unit++) begin -= (size_t)is_upper(it, b.unit);
    return b;
}

static int next_block(const struct iteration *it, struct block *b)
{
    if (b->left == 0) return 0;
    while (!is_upper(it, b->unit)) b->unit++;
    const size_t n = it->shorter, high = row_blocks(n);
    b->row0 = b->unit % high * FNN_COLS;
    b->col0 = b->unit / high * it->kern->panel;
    b->rows = n - b->row0 < FNN_COLS ? n - b->row0 : FNN_COLS;
    b->cols = fnn_panel_width(it->kern, n, b->unit / high);
    b->at = b->col0 * n + b->row0 * b->cols;
    b->unit++;
    b->left--;
    return 1;
}

/* The transpose of rows r0 ... of a block, `rows` of them, to `to`. */
static void turn(const struct iteration *it, const struct block *b, const void *block, size_t r0,
                 size_t rows, void *to, size_t ld)
{
    const int64_t elem = (int64_t)it->kern->elem;
    const struct fnn_array from = {.data = fnn_at(it->kern, block, r0 * b->cols),
                                   .dtype = it->kern->dtype,
                                   .rows = (int64_t)b->cols, .cols = (int64_t)rows,
                                   .row_stride = elem, .col_stride = (int64_t)b->cols * elem};
    it->kern->gather(&from, NULL, 0, b->cols, to, ld);
}

/* What a block of B is below the diagonal, in panels; nothing for those on it. */
static void mirror(const struct iteration *it, const struct block *b)
{
    if (b->col0 / FNN_COLS == b->row0 / FNN_COLS) return;
    const size_t panel = it->kern->panel;
    for (size_t r0 = 0; r0 < b->rows; r0 += panel) {
        const size_t at = b->row0 + r0, width = fnn_panel_width(it->kern, it->shorter, at / panel);
        turn(it, b, fnn_at(it->kern, it->b, b->at), r0, width,
             fnn_at(it->kern, it->b, at * it->shorter + b->col0 * width), width);
    }
}

/* A = Z^T Z, plain, and in panels above the diagonal. */
static void gram(const struct iteration *it)
{
    const struct fnn_kernels *kern = it->kern;
    for (struct block b = first_block(it); next_block(it, &b);) {
        void *panel = fnn_at(kern, it->a_panels, b.at);
        kern->dense_dw(it->longer, b.rows, b.cols, fnn_at(kern, it->z, b.row0), it->ld,
                       fnn_at(kern, it->z, b.col0), it->ld, panel);
        for (size_t r = 0; r < b.rows; r++)
            memcpy(fnn_at(kern, it->a, (b.row0 + r) * it->ld + b.col0),
                   fnn_at(kern, panel, r * b.cols), b.cols * kern->elem);
        if (b.col0 / FNN_COLS != b.row0 / FNN_COLS)
            turn(it, &b, panel, 0, b.rows, fnn_at(kern, it->a, b.col0 * it->ld + b.row0), it->ld);
    }
}

/* B = b A + c A A, in panels. */
static void square(const struct iteration *it)
{
    const struct fnn_kernels *kern = it->kern;
    double c[FNN_COLS];
    for (int i = 0; i < FNN_COLS; i++) c[i] = it->coef[2];
    for (struct block b = first_block(it); next_block(it, &b);) {
        void *panel = fnn_at(kern, it->b, b.at);
        kern->dense_dw(it->shorter, b.rows, b.cols, fnn_at(kern, it->a, b.row0), it->ld,
                       fnn_at(kern, it->a, b.col0), it->ld, panel);
        kern->scale(b.rows, b.cols, panel, b.cols, NULL, c);
        fnn_follow(kern, b.rows * b.cols, panel, fnn_at(kern, it->a_panels, b.at), it->coef[1]);
        mirror(it, &b);
    }
}

/* next = a Z + Z B. Columns from left to right: a product's padding is written over by the next. */
static void multiply(const struct iteration *it)
{
    const struct fnn_kernels *kern = it->kern;
    size_t begin, end;
    fnn_share(row_blocks(it->longer), it->tid, it->nt, &begin, &end);
    for (size_t unit = begin; unit < end; unit++) {
        const size_t row0 = unit * FNN_COLS;
        const size_t rows = it->longer - row0 < FNN_COLS ? it->longer - row0 : FNN_COLS;
        const void *z = fnn_at(kern, it->z, row0 * it->ld);
        void *next = fnn_at(kern, it->next, row0 * it->ld);
        for (size_t p = 0; p < fnn_panel_count(kern, it->shorter); p++) {
            const size_t col0 = p * kern->panel, cols = fnn_panel_width(kern, it->shorter, p);
            kern->dense_fwd(rows, it->shorter, cols, z, it->ld, FNN_COLS,
                            fnn_at(kern, it->b, col0 * it->shorter), cols, 0, NULL, 0,
                            fnn_at(kern, next, col0), it->ld);
        }
        fnn_follow(kern, rows * it->ld, next, z, it->coef[0]);
    }
}

/* ---- the iteration ------------------------------------------------------------------ */

static struct iteration place(const struct fnn_kernels *kern, size_t rows, size_t cols, void *scratch)
{
    struct iteration it = {.kern = kern, .longer = rows > cols ? rows : cols,
                           .shorter = rows > cols ? cols : rows};
    it.ld = fnn_round_up(it.shorter, FNN_PAD);
    it.z = scratch;
    it.next = fnn_at(kern, it.z, at_least_one_pad(it.longer * it.ld));
    it.a = fnn_at(kern, it.next, at_least_one_pad(it.longer * it.ld));
    it.a_panels = fnn_at(kern, it.a, at_least_one_pad(it.shorter * it.ld));
    it.b = fnn_at(kern, it.a_panels, at_least_one_pad(it.shorter * it.shorter));
    return it;
}

void fnn_muon_iterate(const struct fnn_kernels *kern, const struct fnn_param *param, void *stored,
                      double squares, const double *hyper, void *scratch, int tid, int nt,
                      struct fnn_barrier *barrier)
{
    struct iteration it = place(kern, param->rows, param->cols, scratch);
    it.tid = tid;
    it.nt = nt;
    it.barrier = barrier;
    memcpy(it.coef, hyper + FNN_HYPER_MUON_A, sizeof it.coef);
    copy_all(&it, param, stored, sqrt(squares) + 1e-7, 0);
    meet(&it);
    for (int64_t i = 0; i < (int64_t)hyper[FNN_HYPER_MUON_STEPS]; i++) {
        gram(&it);
        meet(&it);
        square(&it);
        meet(&it);
        multiply(&it);
        meet(&it);
        void *next = it.next;
        it.next = it.z;
        it.z = next;
    }
    copy_all(&it, param, stored, 1, 1);
    meet(&it); /* the scratch is free for another parameter */
}
