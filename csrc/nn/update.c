/* update.c: the pipeline of update.h, over this member's share. */
#include "update.h"

#include <math.h>
#include <string.h>

#include "penalty.h"

/* ---- what a step needs -------------------------------------------------------- */

static int clips_by_norm(const struct fnn_update_spec *u)
{
    return u->clipnorm > 0 || u->global_clipnorm > 0;
}

static int accumulates(const struct fnn_update_spec *u) { return u->accumulate > 1; }

static int scales_loss(const struct fnn_update_spec *u) { return u->loss_scale > 0; }

int fnn_update_staged(const struct fnn_model *model)
{
    const struct fnn_update_spec *u = &model->update;
    return clips_by_norm(u) || accumulates(u) || scales_loss(u) || u->use_ema;
}

void fnn_update_begin(struct fnn_step *st, const double *hyper, double learning_rate,
                      int64_t iteration)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_update_spec *u = &model->update;
    st->grad_scale = st->plan->staged_update && scales_loss(u) ? u->loss_scale : 1;
    st->update_number = iteration;
    st->moves = 1;
    if (st->plan->staged_update && accumulates(u)) { /* a division would show in a tiny step */
        st->update_number = iteration / u->accumulate;
        st->moves = (iteration + 1) % u->accumulate == 0;
    }
    fnn_opt_coefficients(model->optimizer, hyper, learning_rate, st->update_number + 1, st->coef);
}

/* ---- pieces ------------------------------------------------------------------- */

static int is_trained(const struct fnn_graph *g, const struct fnn_param *p)
{
    return g->stages[p->stage].trainable;
}

/* Columns of a piece that is not the last of its rows. */
static size_t piece_cols(const struct fnn_kernels *kern, const struct fnn_param *p)
{
    return p->is_kernel && p->cols > kern->panel ? kern->panel : p->cols;
}

static size_t row_blocks(const struct fnn_param *p) { return (p->rows + FNN_COLS - 1) / FNN_COLS; }

static size_t piece_count(const struct fnn_kernels *kern, const struct fnn_param *p)
{
    const size_t cols = piece_cols(kern, p);
    return cols == 0 ? 0 : (p->cols + cols - 1) / cols * row_blocks(p);
}

static size_t norm_count(const struct fnn_param *p) { return p->cols * row_blocks(p); }

size_t fnn_update_norm_count(const struct fnn_graph *g)
{
    size_t count = 0;
    for (int32_t i = 0; i < g->n_params; i++) count += norm_count(&g->params[i]);
    return count;
}

void fnn_pieces_begin(struct fnn_pieces *it, const struct fnn_step *st)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    size_t total = 0, begin, end;
    for (int32_t i = 0; i < g->n_params; i++)
        if (is_trained(g, &g->params[i])) total += piece_count(st->kern, &g->params[i]);
    fnn_share(total, st->tid, st->nt, &begin, &end);
    *it = (struct fnn_pieces){.st = st, .left = end - begin, .unit = begin};
}

int fnn_pieces_next(struct fnn_pieces *it)
{
    if (it->left == 0) return 0;
    const struct fnn_kernels *kern = it->st->kern;
    const struct fnn_graph *g = &it->st->plan->model->graph;
    const struct fnn_param *p = &g->params[it->at.param];
    for (;; p = &g->params[++it->at.param]) {
        const size_t count = is_trained(g, p) ? piece_count(kern, p) : 0;
        if (it->unit < count) break;
        it->unit -= count;
        it->norm += norm_count(p);
    }
    const size_t width = piece_cols(kern, p), blocks = row_blocks(p);
    const size_t col0 = it->unit / blocks * width, block = it->unit % blocks;
    struct fnn_piece *at = &it->at;
    at->cols = p->cols - col0 < width ? p->cols - col0 : width;
    at->rows = p->rows - block * FNN_COLS < FNN_COLS ? p->rows - block * FNN_COLS : FNN_COLS;
    at->n = at->rows * at->cols;
    at->at = p->offset + col0 * p->rows + block * FNN_COLS * at->cols;
    at->norm = it->norm + block * p->cols + col0;
    it->unit++;
    it->left--;
    return 1;
}

/* ---- norms ---------------------------------------------------------------------- */

/* Sum of the squares of a parameter-shaped arena's values in parameter `index`, whose column
 * sums over blocks of rows are at `sums`: blocks in order, then columns by TREE. */
static double sum_of_squares(const struct fnn_param *p, const double *sums)
{
    const size_t blocks = row_blocks(p);
    double lane[FNN_LANES] = {0};
    for (size_t c = 0; c < p->cols; c++) {
        double column = sums[c];
        for (size_t b = 1; b < blocks; b++) column += sums[b * p->cols + c];
        lane[c % FNN_LANES] += column;
    }
    return fnn_fold_lanes(lane);
}

/* What the gradients are multiplied with, so that their norm is at most `most`; Keras: NaN
 * for all when the norm of all is not finite. */
static double global_factor(const struct fnn_step *st, double most)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const double *sums = st->norms;
    double total = 0;
    for (int32_t i = 0; i < g->n_params; sums += norm_count(&g->params[i++]))
        if (is_trained(g, &g->params[i])) total += sum_of_squares(&g->params[i], sums);
    const double norm = sqrt(total);
    if (!isfinite(norm)) return NAN;
    return norm > most ? most / norm : 1;
}

static double own_factor(const struct fnn_param *p, const double *sums, double most)
{
    const double norm = sqrt(sum_of_squares(p, sums));
    return norm <= most ? 1 : most / norm; /* NaN stays */
}

/* ---- plain ---------------------------------------------------------------------- */

static void run_optimizer(const struct fnn_model *model, size_t at, size_t n, const void *g,
                          const double *coef)
{
    void *slots[FNN_SLOTS_MAX] = {NULL};
    for (int i = 0; i < FNN_SLOTS_MAX && model->slots[i] != NULL; i++)
        slots[i] = fnn_at(model->kern, model->slots[i], at);
    model->kern->opt[model->optimizer](n, fnn_at(model->kern, model->weights, at), slots, g, coef);
}

/* The coefficients for one parameter, made from those of the step. */
static void own_coefficients(const struct fnn_model *model, int32_t param, const double *coef,
                             double *own)
{
    memcpy(own, coef, FNN_OPT_COEFS * sizeof *own);
    if (!model->rules[param].decay) own[FNN_OPT_COEF_DECAY] = 0;
}

void fnn_update_block(const struct fnn_step *st, size_t at, size_t n, void *g)
{
    const struct fnn_model *model = st->plan->model;
    if (model->penalties != NULL) fnn_penalty_gradient(model, at, n, g);
    if (!model->own_rules || st->coef[FNN_OPT_COEF_DECAY] == 0) {
        run_optimizer(model, at, n, g, st->coef);
        return;
    }
    /* Parameter by parameter, as they differ; the padding between them stays as it is. */
    for (int32_t i = 0; i < model->graph.n_params; i++) {
        const struct fnn_param *p = &model->graph.params[i];
        const size_t begin = p->offset > at ? p->offset : at;
        const size_t last = p->offset + p->size;
        const size_t end = last < at + n ? last : at + n;
        if (begin >= end) continue;
        double own[FNN_OPT_COEFS];
        own_coefficients(model, i, st->coef, own);
        run_optimizer(model, begin, end - begin, fnn_at(model->kern, g, begin - at), own);
    }
}

/* Adds chunks 1 ... of the gradient to chunk 0; returns where that is. */
static void *sum_chunks(const struct fnn_step *st, size_t at, size_t n, size_t chunks)
{
    void *g = fnn_at(st->kern, st->gradients, at);
    for (size_t c = 1; c < chunks; c++)
        st->kern->accumulate(n, g, fnn_at(st->kern, g, c * st->plan->model->graph.param_elems));
    return g;
}

static void update_ranges(const struct fnn_step *st, size_t chunks)
{
    const struct fnn_plan *plan = st->plan;
    for (int32_t i = 0; i < plan->n_ranges; i++) {
        const struct fnn_range *r = &plan->ranges[i];
        size_t begin, end;
        fnn_share((r->end - r->begin) / FNN_PAD, st->tid, st->nt, &begin, &end);
        if (begin == end) continue;
        const size_t at = r->begin + begin * FNN_PAD, n = (end - begin) * FNN_PAD;
        fnn_update_block(st, at, n, sum_chunks(st, at, n, chunks));
    }
}

/* ---- staged ---------------------------------------------------------------------- */

/* 1 and 2: the gradient of the update, in the gradient arena, with the sums of its squares
 * where they are asked for; or, in between, its share of the mean. */
static void collect(const struct fnn_step *st, size_t chunks)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_update_spec *u = &model->update;
    const struct fnn_kernels *kern = st->kern;
    struct fnn_pieces it;
    fnn_pieces_begin(&it, st);
    while (fnn_pieces_next(&it)) {
        const struct fnn_piece *p = &it.at;
        void *g = sum_chunks(st, p->at, p->n, chunks);
        if (scales_loss(u)) kern->divide(p->n, g, u->loss_scale);
        if (model->penalties != NULL) fnn_penalty_gradient(model, p->at, p->n, g);
        if (accumulates(u)) {
            void *sum = fnn_at(kern, model->accumulated, p->at);
            kern->accumulate(p->n, sum, g);
            if (!st->moves) continue;
            memcpy(g, sum, p->n * kern->elem);
            memset(sum, 0, p->n * kern->elem);
            kern->divide(p->n, g, (double)u->accumulate);
        }
        if (clips_by_norm(u)) kern->sum_squares(p->rows, p->cols, g, p->cols, st->norms + p->norm);
    }
}

/* 5. Keras: the average starts at the first weights, and moves in every step, accumulated
 * gradients or not. */
static void average(const struct fnn_step *st, const struct fnn_piece *p)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_update_spec *u = &model->update;
    void *w = fnn_at(st->kern, model->weights, p->at);
    void *mean = fnn_at(st->kern, model->average, p->at);
    if (st->update_number == 0)
        memcpy(mean, w, p->n * st->kern->elem);
    else
        st->kern->average(p->n, mean, w, 1 - u->ema_momentum);
    if (u->ema_overwrite > 0 && (st->update_number + 1) % u->ema_overwrite == 0)
        memcpy(w, mean, p->n * st->kern->elem);
}

/* 3 to 5. The factor of a clipped gradient goes with the optimiser's coefficients. */
static void move(const struct fnn_step *st)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_update_spec *u = &model->update;
    double factor = 1, coef[FNN_OPT_COEFS];
    if (st->moves && u->global_clipnorm > 0) factor = global_factor(st, u->global_clipnorm);
    int32_t param = -1;
    struct fnn_pieces it;
    fnn_pieces_begin(&it, st);
    while (fnn_pieces_next(&it)) {
        const struct fnn_piece *p = &it.at;
        if (p->param != param) {
            param = p->param;
            own_coefficients(model, param, st->coef, coef);
            if (st->moves && u->clipnorm > 0)
                factor = own_factor(&model->graph.params[param], st->norms + it.norm, u->clipnorm);
            coef[FNN_OPT_COEF_FACTOR] = factor;
        }
        if (st->moves) run_optimizer(model, p->at, p->n, fnn_at(st->kern, st->gradients, p->at), coef);
        if (u->use_ema) average(st, p);
    }
}

void fnn_update_phase(const struct fnn_step *st, struct fnn_barrier *barrier, size_t chunks)
{
    const struct fnn_model *model = st->plan->model;
    if (!st->plan->staged_update) {
        update_ranges(st, chunks);
        return;
    }
    collect(st, chunks);
    if (clips_by_norm(&model->update) && st->moves) fnn_barrier_wait(barrier, st->nt);
    move(st);
}
