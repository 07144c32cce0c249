/* update.c: the pipeline of update.h, over this member's share. */
#include "update.h"

#include <math.h>
#include <string.h>

#include "muon.h"
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
    st->hyper = hyper;
    fnn_opt_coefficients(model->optimizer, hyper, learning_rate, st->update_number + 1, st->coef);
}

/* ---- norms ---------------------------------------------------------------------- */

/* Where the norms end: those of the gradients, then, for an optimiser that directs, of the
 * directions and of the weights. */
static size_t scratch_place(const struct fnn_model *model)
{
    const size_t sections = fnn_opt_directs(model->optimizer) ? 3 : 1;
    return fnn_round_up(sections * fnn_norm_section(&model->graph), FNN_PAD);
}

size_t fnn_update_doubles(const struct fnn_model *model)
{
    size_t most = 0;
    if (model->optimizer == FNN_OPT_MUON)
        for (int32_t i = 0; i < model->graph.n_params; i++) {
            const struct fnn_param *p = &model->graph.params[i];
            const size_t reals = model->rules[i].matrix ? fnn_muon_scratch(p->rows, p->cols) : 0;
            if (reals > most) most = reals;
        }
    return scratch_place(model) + most; /* a double holds a real of either type */
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
    for (int32_t i = 0; i < g->n_params; sums += fnn_norm_count(&g->params[i++]))
        if (fnn_is_trained(g, &g->params[i])) total += fnn_sum_of_squares(&g->params[i], sums);
    return fnn_clip_factor(total, most, 1);
}

double fnn_clip_factor(double sum_squares, double most, int global)
{
    const double norm = sqrt(sum_squares);
    if (global && !isfinite(norm)) return NAN; /* Keras: NaN for all */
    return norm <= most ? 1 : most / norm;     /* NaN stays */
}

/* ---- plain ---------------------------------------------------------------------- */

/* An optimiser's kernel on parameters w, whose slots are those at ... at + n - 1. */
static void run_kernel(const struct fnn_model *model, enum fnn_optimizer kind, size_t at, size_t n,
                       void *w, const void *g, const double *coef)
{
    void *slots[FNN_SLOTS_MAX] = {NULL};
    for (int i = 0; i < FNN_SLOTS_MAX && model->slots[i] != NULL; i++)
        slots[i] = fnn_at(model->kern, model->slots[i], at);
    model->kern->opt[kind](n, w, slots, g, coef);
}

static void run_optimizer(const struct fnn_model *model, size_t at, size_t n, const void *g,
                          const double *coef)
{
    run_kernel(model, model->optimizer, at, n, fnn_at(model->kern, model->weights, at), g, coef);
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

/* The optimiser that steps a parameter. */
static enum fnn_optimizer kind_of(const struct fnn_model *model, int32_t param)
{
    const int other = model->optimizer == FNN_OPT_MUON && !model->rules[param].matrix;
    return other ? FNN_OPT_MUON_ADAM : model->optimizer;
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
    double other[FNN_OPT_COEFS];
    const enum fnn_optimizer kind = kind_of(model, c->param);
    if (kind != model->optimizer)
        fnn_opt_coefficients(kind, st->hyper, st->learning_rate, st->update_number + 1, other);
    own_coefficients(model, c->param, kind != model->optimizer ? other : st->coef, c->own);
    if (model->update.clipnorm > 0)
        c->factor = fnn_clip_factor(
            fnn_sum_of_squares(&model->graph.params[c->param], st->norms + it->norm),
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

/* What the kernel of an optimiser that directs makes of zeros takes the place of gradients. */
static void replace_by_direction(const struct fnn_step *st, const struct fnn_piece *p, void *g,
                                 const double *own)
{
    const struct fnn_kernels *kern = st->kern;
    const size_t most = st->plan->scratch_elems;
    for (size_t i = 0; i < p->n; i += most) {
        const size_t n = p->n - i < most ? p->n - i : most;
        memset(st->scratch, 0, n * kern->elem);
        run_kernel(st->plan->model, st->plan->model->optimizer, p->at + i, n, st->scratch,
                   fnn_at(kern, g, i), own);
        memcpy(fnn_at(kern, g, i), st->scratch, n * kern->elem);
    }
}

/* 4 for an optimiser that directs: directions, with the sums of their squares, and the weights'
 * decay, with that of what is left of them. Parameters that another optimiser steps are done. */
static void direct(const struct fnn_step *st)
{
    const struct fnn_model *model = st->plan->model;
    const size_t section = fnn_norm_section(&model->graph);
    const struct fnn_kernels *kern = st->kern;
    struct coefs c = first_coefs(st);
    struct fnn_pieces it;
    fnn_pieces_begin(&it, st);
    while (fnn_pieces_next(&it)) {
        const struct fnn_piece *p = &it.at;
        const double *own = coefs_of(&c, st, &it);
        const enum fnn_optimizer kind = kind_of(model, p->param);
        void *g = fnn_at(kern, st->gradients, p->at), *w = fnn_at(kern, model->weights, p->at);
        if (kind != model->optimizer) {
            run_kernel(model, kind, p->at, p->n, w, g, own);
            continue;
        }
        replace_by_direction(st, p, g, own);
        fnn_decay(kern, p->n, w, g, own[FNN_OPT_COEF_DECAY]);
        kern->sum_squares(p->rows, p->cols, g, p->cols, st->norms + section + p->norm);
        if (kind == FNN_OPT_LAMB)
            kern->sum_squares(p->rows, p->cols, w, p->cols, st->norms + 2 * section + p->norm);
    }
}

/* 4 for Muon: the directions of one matrix after the other, by the whole team. */
static void orthogonalize(const struct fnn_step *st, struct fnn_barrier *barrier)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_graph *g = &model->graph;
    void *scratch = st->norms + scratch_place(model);
    const double *sums = st->norms + fnn_norm_section(g);
    for (int32_t i = 0; i < g->n_params; sums += fnn_norm_count(&g->params[i++])) {
        const struct fnn_param *p = &g->params[i];
        if (!fnn_is_trained(g, p) || !model->rules[i].matrix) continue;
        fnn_muon_iterate(st->kern, p, fnn_at(st->kern, st->gradients, p->offset),
                         fnn_sum_of_squares(p, sums), st->hyper, scratch, st->tid, st->nt, barrier);
    }
}

/* 4, once the directions are known: how far a parameter goes. */
static double rate_of(struct coefs *c, const struct fnn_step *st, const struct fnn_pieces *it)
{
    const struct fnn_model *model = st->plan->model;
    if (c->param == it->at.param) return c->rate;
    c->param = it->at.param;
    const struct fnn_param *p = &model->graph.params[c->param];
    const double *sums = st->norms + it->norm;
    const size_t section = fnn_norm_section(&model->graph);
    if (model->optimizer == FNN_OPT_MUON)
        c->rate = st->learning_rate * fnn_muon_rate(st->hyper, p->rows, p->cols);
    else
        c->rate = st->learning_rate * fnn_lamb_ratio(fnn_sum_of_squares(p, sums + 2 * section),
                                                     fnn_sum_of_squares(p, sums + section));
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
        if (st->moves && !directs)
            run_optimizer(model, p->at, p->n, g, coefs_of(&c, st, &it));
        else if (st->moves && kind_of(model, p->param) == model->optimizer)
            fnn_follow(st->kern, p->n, fnn_at(st->kern, model->weights, p->at), g,
                       rate_of(&c, st, &it));
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
        if (model->optimizer == FNN_OPT_MUON) orthogonalize(st, barrier);
    }
    move(st);
}
