/* pieces.c: parameters in pieces, as the staged update walks them (update.h), and the norms over
 * them, in an order that neither pieces nor threads show in. */
#include "penalty.h"
#include "update.h"

/* ---- pieces ------------------------------------------------------------------- */

int fnn_is_trained(const struct fnn_graph *g, const struct fnn_param *p)
{
    return g->stages[p->stage].trainable && !p->is_state;
}

/* Columns of a piece that is not the last of its rows. */
static size_t piece_cols(const struct fnn_kernels *kern, const struct fnn_param *p)
{
    return p->is_kernel && p->cols > kern->panel ? kern->panel : p->cols;
}

static size_t row_blocks(const struct fnn_param *p) { return (p->rows + FNN_COLS - 1) / FNN_COLS; }

size_t fnn_param_pieces(const struct fnn_kernels *kern, const struct fnn_param *p)
{
    const size_t cols = piece_cols(kern, p);
    return cols == 0 ? 0 : (p->cols + cols - 1) / cols * row_blocks(p);
}

struct fnn_piece fnn_param_piece(const struct fnn_kernels *kern, const struct fnn_param *p, size_t unit)
{
    const size_t width = piece_cols(kern, p), blocks = row_blocks(p);
    struct fnn_piece at = {.row0 = unit % blocks * FNN_COLS, .col0 = unit / blocks * width};
    at.cols = p->cols - at.col0 < width ? p->cols - at.col0 : width;
    at.rows = p->rows - at.row0 < FNN_COLS ? p->rows - at.row0 : FNN_COLS;
    at.n = at.rows * at.cols;
    at.at = p->offset + at.col0 * p->rows + at.row0 * at.cols;
    at.norm = unit % blocks * p->cols + at.col0;
    return at;
}

size_t fnn_norm_count(const struct fnn_param *p) { return p->cols * row_blocks(p); }

void fnn_pieces_begin(struct fnn_pieces *it, const struct fnn_step *st)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    size_t total = 0, begin, end;
    for (int32_t i = 0; i < g->n_params; i++)
        if (fnn_is_trained(g, &g->params[i])) total += fnn_param_pieces(st->kern, &g->params[i]);
    fnn_share(total, st->tid, st->nt, &begin, &end);
    *it = (struct fnn_pieces){.st = st, .left = end - begin, .unit = begin};
}

int fnn_pieces_next(struct fnn_pieces *it)
{
    if (it->left == 0) return 0;
    const struct fnn_kernels *kern = it->st->kern;
    const struct fnn_graph *g = &it->st->plan->model->graph;
    int32_t i = it->at.param;
    const struct fnn_param *p = &g->params[i];
    for (;; p = &g->params[++i]) {
        const size_t count = fnn_is_trained(g, p) ? fnn_param_pieces(kern, p) : 0;
        if (it->unit < count) break;
        it->unit -= count;
        it->norm += fnn_norm_count(p);
    }
    it->at = fnn_param_piece(kern, p, it->unit);
    it->at.param = i;
    it->at.norm += it->norm;
    it->unit++;
    it->left--;
    return 1;
}

/* ---- norms ---------------------------------------------------------------------- */

size_t fnn_norm_section(const struct fnn_graph *g)
{
    size_t count = 0;
    for (int32_t i = 0; i < g->n_params; i++) count += fnn_norm_count(&g->params[i]);
    return count;
}

double fnn_fold_squares(size_t blocks, size_t cols, const double *sums)
{
    double lane[FNN_LANES] = {0};
    for (size_t c = 0; c < cols; c++) {
        double column = sums[c];
        for (size_t b = 1; b < blocks; b++) column += sums[b * cols + c];
        lane[c % FNN_LANES] += column;
    }
    return fnn_fold_lanes(lane);
}

double fnn_sum_of_squares(const struct fnn_param *p, const double *sums)
{
    return fnn_fold_squares(row_blocks(p), p->cols, sums);
}
