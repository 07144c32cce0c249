/* lbfgs.c: limited-memory BFGS (Liu and Nocedal, 1989) with a line search for the strong Wolfe
 * conditions (Nocedal and Wright, Numerical Optimization, 2006, algorithms 3.5, 3.6 and 7.5),
 * over all rows as one batch.
 *
 * Losses and gradients come from steps of a run that leave the weights alone, by the whole
 * team. The vectors of the method are in the model's type, their products in double, block by
 * block as norms are (update.h), so that neither threads nor panels show. */
#include <math.h>
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "penalty.h"
#include "run.h"
#include "update.h"

/* Of the strong Wolfe conditions: the least share of the decrease that the slope promises, and
 * the largest share of the slope that may be left. */
static const double DECREASE = 1e-4, SLOPE = 0.9;
enum { MOST_TRIALS = 25 }; /* evaluations of one line search */

struct search {
    struct fnn_trainer *trainer;
    struct fnn_run step;
    const struct fnn_minimize *spec;
    struct fnn_result *result;
    struct fnn_step st;     /* for pieces and sums: the calling thread, alone */
    int64_t first;          /* iterations of the model before */
    size_t n;               /* elements of a parameter-shaped arena */
    void *arena;
    void *start, *slope0, *direction; /* weights and gradient where a line search begins */
    void *steps, *turns;    /* (history, n): differences of weights, of gradients */
    double *inverse, *share; /* (history): 1 / (step . turn); of the two loops */
    int64_t held, newest;   /* pairs in the history, and the place of the last one */
    int64_t evaluations, iterations;
    double loss, at;        /* at the weights as they are, and how far along the direction */
    int searching;          /* `start` holds what to go back to */
    enum fnn_status status;
};

/* ---- vectors ------------------------------------------------------------------ */

static void *row_of(const struct search *s, void *rows, int64_t i)
{
    return fnn_at(s->st.kern, rows, (size_t)i * s->n);
}

static void *gradient(const struct search *s) { return s->trainer->model->accumulated; }
static void *weights(const struct search *s) { return s->trainer->model->weights; }

static void copy(const struct search *s, void *to, const void *from)
{
    memcpy(to, from, s->n * s->st.kern->elem);
}

/* y = y + a x */
static void add(const struct search *s, void *y, double a, const void *x)
{
    fnn_follow(s->st.kern, s->n, y, x, a);
}

/* out[c] = sum_r x[r][c] y[r][c], in the order of rows. */
static void column_products(const struct fnn_kernels *kern, size_t rows, size_t cols, const void *x,
                            const void *y, double *out)
{
    for (size_t c = 0; c < cols; c++) out[c] = 0;
    for (size_t i = 0, c = 0; i < rows * cols; i++, c = c + 1 == cols ? 0 : c + 1) {
        if (kern->dtype == FNN_F32)
            out[c] += (double)((const float *)x)[i] * (double)((const float *)y)[i];
        else
            out[c] += ((const double *)x)[i] * ((const double *)y)[i];
    }
}

/* x . y over the trained parameters, in double. */
static double dot(const struct search *s, const void *x, const void *y)
{
    const struct fnn_graph *g = &s->trainer->model->graph;
    struct fnn_pieces it;
    double total = 0;
    int32_t param = -1;
    size_t first = 0;
    for (fnn_pieces_begin(&it, &s->st);;) {
        const int more = fnn_pieces_next(&it);
        if (param >= 0 && (!more || it.at.param != param)) {
            const struct fnn_param *p = &g->params[param];
            total += fnn_sum_of_squares(p, s->st.norms + first);
        }
        if (!more) return total;
        param = it.at.param;
        first = it.norm;
        column_products(s->st.kern, it.at.rows, it.at.cols, fnn_at(s->st.kern, x, it.at.at),
                        fnn_at(s->st.kern, y, it.at.at), s->st.norms + it.at.norm);
    }
}

static double largest(const struct search *s, const void *x)
{
    double most = 0;
    for (size_t i = 0; i < s->n; i++) {
        const double v = s->st.kern->dtype == FNN_F32 ? (double)((const float *)x)[i]
                                                      : ((const double *)x)[i];
        if (fabs(v) > most || isnan(v)) most = fabs(v);
    }
    return most;
}

/* ---- loss and gradient ---------------------------------------------------------- */

/* What the trainer minimizes: the losses, weighted, and the penalties. */
static double objective(const struct search *s)
{
    const struct fnn_result *r = s->result;
    double total = 0;
    for (int32_t o = 0; o < s->trainer->members[0].plan->n_outputs; o++)
        if (r->loss_weight[o] != 0)
            total += s->trainer->spec.outputs[o].loss_weight * (r->loss_sum[o] / r->loss_weight[o]);
    if (r->penalty_weight != 0) total += r->penalty_sum / r->penalty_weight;
    return isfinite(total) ? total : INFINITY;
}

/* At the weights as they are: a step of an update that never comes to its end, from sums of
 * gradients that are zero. All steps are one to the dropout. */
static int evaluate(struct search *s)
{
    struct fnn_model *model = s->trainer->model;
    memset(gradient(s), 0, s->n * s->st.kern->elem);
    s->evaluations++;
    s->status = fnn_trainer_fit(s->trainer, &s->step, s->result);
    model->iterations = s->first;
    if (s->status != FNN_OK) return 0;
    s->loss = objective(s);
    return 1;
}

/* ---- line search ------------------------------------------------------------------ */

struct trial {
    double at, loss, slope;
};

/* The point `at` of the way, where the weights then are. */
static int try(struct search *s, double at, struct trial *t)
{
    copy(s, weights(s), s->start);
    add(s, weights(s), at, s->direction);
    s->at = at;
    if (!evaluate(s)) return 0;
    *t = (struct trial){at, s->loss, dot(s, gradient(s), s->direction)};
    return 1;
}

/* Minimum of the cubic through two points with their slopes, kept a tenth of their distance
 * away from both; their middle when there is none. */
static double between(const struct trial *a, const struct trial *b)
{
    const double low = fmin(a->at, b->at), high = fmax(a->at, b->at), width = high - low;
    const double d1 = a->slope + b->slope - 3 * (a->loss - b->loss) / (a->at - b->at);
    const double square = d1 * d1 - a->slope * b->slope;
    double at = 0.5 * (low + high);
    if (square >= 0 && isfinite(square)) {
        const double d2 = b->at > a->at ? sqrt(square) : -sqrt(square);
        const double c = b->at - (b->at - a->at) * ((b->slope + d2 - d1) / (b->slope - a->slope + 2 * d2));
        if (isfinite(c)) at = c;
    }
    return fmin(fmax(at, low + 0.1 * width), high - 0.1 * width);
}

/* What two losses of nearly the same weights differ by for roundings. */
static double noise(const struct search *s, const struct trial *zero)
{
    return (s->st.kern->dtype == FNN_F32 ? 0x1p-21 : 0x1p-50) * fabs(zero->loss);
}

/* Near the minimum a decrease drowns in roundings while the slope still tells: then that has to
 * have fallen as it would on a parabola (Hager and Zhang, SIAM J. Optim. 16, 2005). */
static int decreases(const struct search *s, const struct trial *zero, const struct trial *t)
{
    if (t->loss <= zero->loss + DECREASE * t->at * zero->slope) return 1;
    return t->loss <= zero->loss + noise(s, zero) && t->slope <= (2 * DECREASE - 1) * zero->slope;
}

/* Whether a loss is larger than the one before, or no smaller where that can be seen. */
static int climbs(const struct search *s, const struct trial *zero, const struct trial *t,
                  const struct trial *before)
{
    return t->loss >= before->loss && t->loss - before->loss >= noise(s, zero);
}

static int flat(const struct trial *zero, const struct trial *t)
{
    return fabs(t->slope) <= -SLOPE * zero->slope;
}

/* Narrows low ... high, which hold a good point between them. *best is the one found. */
static int zoom(struct search *s, const struct trial *zero, struct trial low, struct trial high,
                int trials, struct trial *best)
{
    *best = low;
    for (; trials < MOST_TRIALS; trials++) {
        struct trial t;
        if (fabs(high.at - low.at) * largest(s, s->direction) < s->spec->tolerance_change) return 1;
        if (!try(s, between(&low, &high), &t)) return 0;
        if (!decreases(s, zero, &t) || climbs(s, zero, &t, &low)) {
            high = t;
            continue;
        }
        *best = t;
        if (flat(zero, &t)) return 1;
        if (t.slope * (high.at - low.at) >= 0) high = low;
        low = t;
    }
    return 1;
}

/* Goes on until a good point is passed. */
static int strong_wolfe(struct search *s, const struct trial *zero, double at, struct trial *best)
{
    struct trial last = *zero;
    *best = *zero;
    for (int trials = 1; trials < MOST_TRIALS; trials++) {
        struct trial t;
        if (!try(s, at, &t)) return 0;
        if (!decreases(s, zero, &t) || (trials > 1 && climbs(s, zero, &t, &last)))
            return zoom(s, zero, last, t, trials, best);
        *best = t;
        if (flat(zero, &t)) return 1;
        if (t.slope >= 0) return zoom(s, zero, t, last, trials, best);
        last = t;
        at *= 2;
    }
    return 1;
}

/* ---- direction -------------------------------------------------------------------- */

/* The pair of the last line search, unless it would spoil the curvature. */
static void remember(struct search *s)
{
    const int64_t most = s->spec->history;
    const int64_t at = (s->newest + 1) % most;
    void *step = row_of(s, s->steps, at), *turn = row_of(s, s->turns, at);
    copy(s, step, weights(s));
    add(s, step, -1, s->start);
    copy(s, turn, gradient(s));
    add(s, turn, -1, s->slope0);
    const double curvature = dot(s, step, turn);
    if (!(curvature > 1e-10 * sqrt(dot(s, step, step)) * sqrt(dot(s, turn, turn)))) {
        if (s->held == most) s->held--; /* the oldest pair has been written over */
        return;
    }
    s->inverse[at] = 1 / curvature;
    s->newest = at;
    if (s->held < most) s->held++;
}

static void choose_direction(struct search *s)
{
    void *d = s->direction;
    memset(d, 0, s->n * s->st.kern->elem);
    add(s, d, -1, gradient(s));
    const int64_t most = s->spec->history;
    for (int64_t i = 0; i < s->held; i++) {
        const int64_t at = (s->newest - i + most) % most;
        s->share[at] = s->inverse[at] * dot(s, row_of(s, s->steps, at), d);
        add(s, d, -s->share[at], row_of(s, s->turns, at));
    }
    if (s->held > 0) {
        const void *turn = row_of(s, s->turns, s->newest);
        s->st.kern->divide(s->n, d, s->inverse[s->newest] * dot(s, turn, turn));
    }
    for (int64_t i = s->held; i-- > 0;) {
        const int64_t at = (s->newest - i + most) % most;
        const double share = s->inverse[at] * dot(s, row_of(s, s->turns, at), d);
        add(s, d, s->share[at] - share, row_of(s, s->steps, at));
    }
}

/* One iteration: 0 when there is no more to do. */
static int iterate(struct search *s)
{
    struct trial zero = {0, s->loss, 0}, best;
    choose_direction(s);
    zero.slope = dot(s, gradient(s), s->direction);
    if (!(zero.slope < 0)) { /* no way down: start anew from the gradient */
        if (s->held == 0) return 0;
        s->held = 0;
        choose_direction(s);
        zero.slope = dot(s, gradient(s), s->direction);
        if (!(zero.slope < 0)) return 0;
    }
    copy(s, s->start, weights(s));
    copy(s, s->slope0, gradient(s));
    s->searching = 1;
    double first = s->spec->learning_rate;
    if (s->held == 0) first *= fmin(1, 1 / sqrt(-zero.slope)); /* the slope is -|g|^2 */
    if (!strong_wolfe(s, &zero, first, &best)) return 0;
    if (s->at != best.at && !try(s, best.at, &best)) return 0; /* the last trial was not the best */
    s->iterations++;
    if (best.at == 0) {
        if (s->held == 0) return 0;
        s->held = 0; /* once more, along the gradient */
        return 1;
    }
    remember(s);
    return best.at * largest(s, s->direction) > s->spec->tolerance_change &&
           fabs(zero.loss - s->loss) >= s->spec->tolerance_change;
}

/* ---- the run ---------------------------------------------------------------------- */

static enum fnn_status reserve(struct search *s)
{
    const struct fnn_model *model = s->trainer->model;
    const size_t history = (size_t)s->spec->history, elem = s->st.kern->elem;
    s->n = model->graph.param_elems;
    s->arena = fnn_alloc((3 + 2 * history) * s->n, elem);
    s->inverse = fnn_alloc(2 * history, sizeof *s->inverse);
    s->st.norms = fnn_alloc(fnn_update_doubles(model), sizeof *s->st.norms);
    FNN_REQUIRE(s->arena != NULL && s->inverse != NULL && s->st.norms != NULL, FNN_ERR_MEMORY);
    s->start = s->arena;
    s->slope0 = fnn_at(s->st.kern, s->arena, s->n);
    s->direction = fnn_at(s->st.kern, s->arena, 2 * s->n);
    s->steps = fnn_at(s->st.kern, s->arena, 3 * s->n);
    s->turns = fnn_at(s->st.kern, s->arena, (3 + history) * s->n);
    s->share = s->inverse + history;
    /* The optimiser of the model never has its turn. */
    const double none[FNN_HYPER_MAX] = {0};
    const struct fnn_update_spec forever = {.accumulate = INT64_MAX};
    FNN_TRY(fnn_model_set_optimizer(s->trainer->model, FNN_OPT_SGD, none));
    return fnn_model_set_update(s->trainer->model, &forever);
}

static void minimize(struct search *s)
{
    if (!evaluate(s)) return;
    if (!isfinite(s->loss)) return; /* nothing to start from */
    for (int64_t i = 0; i < s->spec->max_iterations; i++) {
        if (!(largest(s, gradient(s)) > s->spec->tolerance_grad)) return;
        if (s->evaluations >= s->spec->max_evaluations) return;
        if (!iterate(s)) return;
    }
}

enum fnn_status fnn_trainer_minimize(struct fnn_trainer *trainer, const struct fnn_run *run,
                                     const struct fnn_minimize *spec, struct fnn_result *result)
{
    FNN_REQUIRE(trainer != NULL && run != NULL && spec != NULL && result != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->max_iterations >= 1 && spec->max_evaluations >= 1 && spec->history >= 1 &&
                    spec->learning_rate > 0 && spec->tolerance_grad >= 0 &&
                    spec->tolerance_change >= 0, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(!fnn_has_constraints(trainer->model), FNN_ERR_STATE); /* every trial would move */
    FNN_REQUIRE(run->first_step == 0 && run->n_steps == 1 && run->n_rows <= trainer->spec.batch,
                FNN_ERR_ARGUMENT);
    const double rate = 0, hyper[FNN_HYPER_MAX] = {0};
    struct search s = {.trainer = trainer, .step = *run, .spec = spec, .result = result,
                       .newest = -1, .first = trainer->model->iterations};
    s.step.learning_rate = &rate;
    s.step.hyper = hyper;
    s.st = (struct fnn_step){.plan = trainer->members[0].plan, .kern = trainer->model->kern, .nt = 1};
    enum fnn_status status = reserve(&s);
    trainer->model->iterations = s.first;
    if (status == FNN_OK) {
        minimize(&s);
        status = s.status;
        /* A line search that was begun is not left halfway. */
        if (status != FNN_OK && s.searching) copy(&s, weights(&s), s.start);
        fnn_model_begin_change(trainer->model); /* by copies above, between runs */
        fnn_model_end_change(trainer->model);
        result->steps_done = s.iterations;
        trainer->model->iterations += s.iterations;
    }
    fnn_free(s.st.norms);
    fnn_free(s.inverse);
    fnn_free(s.arena);
    return status;
}
