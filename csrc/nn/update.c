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
    return clips_by_norm(u) || accumulates(u) || scales_loss(u) || u->use_ema ||
           fnn_opt_directs(model->optimizer);
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
    st->learning_rate = learning_rate;
    fnn_opt_coefficients(model->optimizer, hyper, learning_rate, st->update_number + 1, st->coef);
}

/* ---- pieces ------------------------------------------------------------------- */

static int is_trained(const struct fnn_graph *g, const struct fnn_param *p)
{
    return g->stages[p->stage].trainable && !p->is_state;
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

/* Partial sums for one norm of every parameter: of the gradients, then, for an optimiser that
 * directs, of the directions and of the weights. */
static size_t norm_section(const struct fnn_graph *g)
{
    size_t count = 0;
    for (int32_t i = 0; i < g->n_params; i++) count += norm_count(&g->params[i]);
    return count;
}

size_t fnn_update_norm_count(const struct fnn_model *model)
{
    return norm_section(&model->graph) * (fnn_opt_directs(model->optimizer) ? 3 : 1);
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
    return fnn_fold_squares(row_blocks(p), p->cols, sums);
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

double fnn_lamb_ratio(double weights, double direction)
{
    return weights > 0 && direction > 0 ? sqrt(weights) / sqrt(direction) : 1;
}

/* What the gradients are multiplied with, so that the norm of all is at most `most`. */
static double global_factor(const struct fnn_step *st, double most)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const double *sums = st->norms;
    double total = 0;
    for (int32_t i = 0; i < g->n_params; sums += norm_count(&g->params[i++]))
        if (is_trained(g, &g->params[i])) total += sum_of_squares(&g->params[i], sums);
    return fnn_clip_factor(total, most, 1);
}

double fnn_clip_factor(double sum_squares, double most, int global)
{
    const double norm = sqrt(sum_squares);
    if (global && !isfinite(norm)) return NAN; /* Keras: NaN for all */
    return norm <= most ? 1 : most / norm;     /* NaN stays */
}

/* ---- plain ---------------------------------------------------------------------- */

/* The optimiser's kernel on parameters w, whose slots are those at ... at + n - 1. */
static void run_kernel(const struct fnn_model *model, size_t at, size_t n, void *w, const void *g,
                       const double *coef)
{
    void *slots[FNN_SLOTS_MAX] = {NULL};
    for (int i = 0; i < FNN_SLOTS_MAX && model->slots[i] != NULL; i++)
        slots[i] = fnn_at(model->kern, model->slots[i], at);
    model->kern->opt[model->optimizer](n, w, slots, g, coef);
}

static void run_optimizer(const struct fnn_model *model, size_t at, size_t n, const void *g,
                          const double *coef)
{
    run_kernel(model, at, n, fnn_at(model->kern, model->weights, at), g, coef);
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

/* The coefficients of the parameter at hand; the factor of a clipped gradient is one. */
struct coefs {
    int32_t param;
    double factor, own[FNN_OPT_COEFS];
    double rate; /* of an optimiser that directs, on the second pass */
};

static struct coefs first_coefs(const struct fnn_step *st)
{
    const struct fnn_update_spec *u = &st->plan->model->update;
    const int global = st->moves && u->global_clipnorm > 0;
    return (struct coefs){.param = -1, .factor = global ? global_factor(st, u->global_clipnorm) : 1};
}

static const double *coefs_of(struct coefs *c, const struct fnn_step *st, const struct fnn_pieces *it)
{
    const struct fnn_model *model = st->plan->model;
    if (c->param == it->at.param) return c->own;
    c->param = it->at.param;
    own_coefficients(model, c->param, st->coef, c->own);
    if (model->update.clipnorm > 0)
        c->factor = fnn_clip_factor(
            sum_of_squares(&model->graph.params[c->param], st->norms + it->norm),
            model->update.clipnorm, 0);
    c->own[FNN_OPT_COEF_FACTOR] = c->factor;
    return c->own;
}

/* Weight decay by itself: plain gradient descent at rate zero. */
void fnn_decay(const struct fnn_kernels *kern, size_t n, void *w, const void *g, double decay)
{
    if (decay == 0) return;
    const double coef[FNN_OPT_COEFS] = {[FNN_OPT_COEF_DECAY] = decay, [FNN_OPT_COEF_FACTOR] = 1};
    kern->opt[FNN_OPT_SGD](n, w, NULL, g, coef);
}

void fnn_follow(const struct fnn_kernels *kern, size_t n, void *w, const void *direction, double rate)
{
    const double coef[FNN_OPT_COEFS] = {-rate, [FNN_OPT_COEF_FACTOR] = 1};
    kern->opt[FNN_OPT_SGD](n, w, NULL, direction, coef);
}

/* 4 for an optimiser that directs: what its kernel makes of zeros takes the place of the
 * gradients, the weights decay, and the sums of both ones' squares are taken. */
static void direct(const struct fnn_step *st)
{
    const struct fnn_model *model = st->plan->model;
    const size_t section = norm_section(&model->graph);
    const struct fnn_kernels *kern = st->kern;
    struct coefs c = first_coefs(st);
    struct fnn_pieces it;
    fnn_pieces_begin(&it, st);
    while (fnn_pieces_next(&it)) {
        const struct fnn_piece *p = &it.at;
        const double *own = coefs_of(&c, st, &it);
        void *g = fnn_at(kern, st->gradients, p->at), *w = fnn_at(kern, model->weights, p->at);
        const size_t most = st->plan->scratch_elems;
        for (size_t i = 0; i < p->n; i += most) {
            const size_t n = p->n - i < most ? p->n - i : most;
            memset(st->scratch, 0, n * kern->elem);
            run_kernel(model, p->at + i, n, st->scratch, fnn_at(kern, g, i), own);
            memcpy(fnn_at(kern, g, i), st->scratch, n * kern->elem);
        }
        fnn_decay(kern, p->n, w, g, own[FNN_OPT_COEF_DECAY]);
        kern->sum_squares(p->rows, p->cols, g, p->cols, st->norms + section + p->norm);
        kern->sum_squares(p->rows, p->cols, w, p->cols, st->norms + 2 * section + p->norm);
    }
}

/* 4, once the norms of a parameter and its direction are known: how far it goes. */
static double rate_of(struct coefs *c, const struct fnn_step *st, const struct fnn_pieces *it)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    if (c->param == it->at.param) return c->rate;
    c->param = it->at.param;
    const struct fnn_param *p = &g->params[c->param];
    const double *sums = st->norms + it->norm;
    const size_t section = norm_section(g);
    c->rate = st->learning_rate * fnn_lamb_ratio(sum_of_squares(p, sums + 2 * section),
                                                 sum_of_squares(p, sums + section));
    return c->rate;
}

/* 3 to 5. */
static void move(const struct fnn_step *st)
{
    const struct fnn_model *model = st->plan->model;
    const int directs = fnn_opt_directs(model->optimizer);
    struct coefs c = first_coefs(st);
    struct fnn_pieces it;
    fnn_pieces_begin(&it, st);
    while (fnn_pieces_next(&it)) {
        const struct fnn_piece *p = &it.at;
        const void *g = fnn_at(st->kern, st->gradients, p->at);
        if (st->moves && directs)
            fnn_follow(st->kern, p->n, fnn_at(st->kern, model->weights, p->at), g,
                       rate_of(&c, st, &it));
        else if (st->moves)
            run_optimizer(model, p->at, p->n, g, coefs_of(&c, st, &it));
        if (model->update.use_ema) average(st, p);
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
    if (fnn_opt_directs(model->optimizer) && st->moves) {
        direct(st);
        fnn_barrier_wait(barrier, st->nt);
    }
    move(st);
}
