/* penalty.c: regularisers and constraints of one parameter; orders of sums in penalty.h. */
#include "penalty.h"

#include <math.h>
#include <string.h>

#include "../core/threads.h"

struct fnn_matrix fnn_param_matrix(const struct fnn_model *model, int32_t index)
{
    const struct fnn_param *p = &model->graph.params[index];
    return (struct fnn_matrix){fnn_at(model->kern, model->weights, p->offset), p->rows, p->cols,
                               p->is_kernel ? model->kern->panel : 0};
}

/* ---- pieces -------------------------------------------------------------------- */

static size_t unit_cols(const struct fnn_matrix *m) { return m->panel ? m->panel : FNN_COLS; }

size_t fnn_matrix_units(const struct fnn_matrix *m)
{
    return (m->cols + unit_cols(m) - 1) / unit_cols(m);
}

/* The columns of one unit, as a block. */
struct unit {
    void *data;
    size_t col0, cols, ld;
};

static struct unit matrix_unit(const struct fnn_kernels *kern, const struct fnn_matrix *m, size_t u)
{
    struct unit at = {.col0 = u * unit_cols(m)};
    at.cols = m->cols - at.col0 < unit_cols(m) ? m->cols - at.col0 : unit_cols(m);
    at.ld = m->panel ? at.cols : m->cols;
    at.data = fnn_at(kern, m->data, m->panel ? at.col0 * m->rows : at.col0);
    return at;
}

typedef void sums_fn(size_t rows, size_t cols, const void *x, size_t ld, double *out);

static void unit_sums(const struct fnn_kernels *kern, sums_fn *sums, const struct unit *u,
                      size_t rows, double *out)
{
    double block[FNN_COLS];
    memset(out, 0, u->cols * sizeof *out);
    for (size_t r = 0; r < rows; r += FNN_COLS) {
        const size_t n = rows - r < FNN_COLS ? rows - r : FNN_COLS;
        sums(n, u->cols, fnn_at(kern, u->data, r * u->ld), u->ld, block);
        for (size_t c = 0; c < u->cols; c++) out[c] += block[c];
    }
}

double fnn_fold_lanes(double *lane)
{
    for (size_t half = FNN_LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

static double tree(const double *x, size_t n)
{
    double lane[FNN_LANES] = {0};
    for (size_t i = 0; i < n; i++) lane[i % FNN_LANES] += x[i];
    return fnn_fold_lanes(lane);
}

/* ---- L1 and L2 ------------------------------------------------------------------ */

void fnn_penalty_sums(const struct fnn_kernels *kern, const struct fnn_matrix *m, const double *l,
                      size_t begin, size_t end, double *sums)
{
    for (size_t i = begin; i < end; i++) {
        const struct unit u = matrix_unit(kern, m, i);
        if (l[0] != 0) unit_sums(kern, kern->sum_abs, &u, m->rows, sums + u.col0);
        if (l[1] != 0) unit_sums(kern, kern->sum_squares, &u, m->rows, sums + m->cols + u.col0);
    }
}

double fnn_penalty_total(const struct fnn_matrix *m, const double *l, const double *sums)
{
    double total = 0;
    if (l[0] != 0) total += l[0] * tree(sums, m->cols);
    if (l[1] != 0) total += l[1] * tree(sums + m->cols, m->cols);
    return total;
}

/* ---- constraints ------------------------------------------------------------------ */

static const double EPSILON = 1e-7; /* Keras' */

/* What a vector is multiplied with, by the sum of its squares. */
static double norm_factor(double squares, const double *param)
{
    const double norm = sqrt(squares), rate = param[2];
    double desired = norm < param[0] ? param[0] : norm > param[1] ? param[1] : norm;
    if (rate != 1) desired = rate * desired + (1 - rate) * norm;
    return desired / (EPSILON + norm);
}

static void norm_columns(const struct fnn_kernels *kern, const double *param,
                         const struct fnn_matrix *m, int tid, int nt)
{
    size_t begin, end;
    fnn_share(fnn_matrix_units(m), tid, nt, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const struct unit u = matrix_unit(kern, m, i);
        double factor[FNN_COLS];
        unit_sums(kern, kern->sum_squares, &u, m->rows, factor);
        for (size_t c = 0; c < u.cols; c++) factor[c] = norm_factor(factor[c], param);
        kern->scale(m->rows, u.cols, u.data, u.ld, NULL, factor);
    }
}

static void norm_rows(const struct fnn_kernels *kern, const double *param,
                      const struct fnn_matrix *m, int tid, int nt)
{
    const size_t units = fnn_matrix_units(m);
    size_t begin, end;
    fnn_share(m->rows, tid, nt, &begin, &end);
    for (size_t r = begin; r < end; r++) {
        double lane[FNN_LANES] = {0};
        for (size_t i = 0; i < units; i++) {
            const struct unit u = matrix_unit(kern, m, i);
            kern->lane_sums(u.cols, fnn_at(kern, u.data, r * u.ld), u.col0 % FNN_LANES, NULL, lane);
        }
        const double factor = norm_factor(fnn_fold_lanes(lane), param);
        for (size_t i = 0; i < units; i++) {
            const struct unit u = matrix_unit(kern, m, i);
            kern->scale(1, u.cols, fnn_at(kern, u.data, r * u.ld), u.ld, &factor, NULL);
        }
    }
}

/* One member's work: every weight depends on all. The sum over the columns, by TREE, is kept in
 * lanes, as they come unit by unit. */
static void norm_all(const struct fnn_kernels *kern, const double *param, const struct fnn_matrix *m)
{
    const size_t units = fnn_matrix_units(m);
    double lane[FNN_LANES] = {0}, sums[FNN_COLS];
    for (size_t i = 0; i < units; i++) {
        const struct unit u = matrix_unit(kern, m, i);
        unit_sums(kern, kern->sum_squares, &u, m->rows, sums);
        for (size_t c = 0; c < u.cols; c++) lane[(u.col0 + c) % FNN_LANES] += sums[c];
    }
    const double factor = norm_factor(fnn_fold_lanes(lane), param);
    for (size_t i = 0; i < units; i++) {
        const struct unit u = matrix_unit(kern, m, i);
        for (size_t r = 0; r < m->rows; r++)
            kern->scale(1, u.cols, fnn_at(kern, u.data, r * u.ld), u.ld, &factor, NULL);
    }
}

void fnn_constrain(const struct fnn_kernels *kern, enum fnn_constraint kind, const double *param,
                   const struct fnn_matrix *m, int tid, int nt)
{
    size_t begin, end;
    switch (kind) {
    case FNN_CON_NON_NEGATIVE:
        fnn_share(m->rows * m->cols, tid, nt, &begin, &end);
        if (begin < end) {
            void *w = fnn_at(kern, m->data, begin);
            kern->act_fwd[FNN_ACT_RELU](1, end - begin, w, end - begin, w, end - begin, NULL);
        }
        break;
    case FNN_CON_NORM_COLUMNS: norm_columns(kern, param, m, tid, nt); break;
    case FNN_CON_NORM_ROWS: norm_rows(kern, param, m, tid, nt); break;
    case FNN_CON_NORM_ALL: if (tid == 0) norm_all(kern, param, m); break;
    default: break;
    }
}
