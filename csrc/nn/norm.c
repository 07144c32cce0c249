/* norm.c: stages whose parameters belong to columns: batch normalisation, columns mapped by
 * constants, PReLU, and the normalisation of rows. The arithmetic is in the kernels.
 *
 * Sums over the batch are made by whoever owns the columns, over all rows, in the kernels'
 * fixed order; how columns are shared out does not show. The owner of a column then goes on
 * with it (normalises, updates the moving statistics, passes the gradient on), so that no
 * barrier is met between. */
#include "update.h"

/* Element `col` of a parameter, or NULL if the stage has none. */
static void *param_at(const struct fnn_model *model, int32_t param, size_t col)
{
    if (param < 0) return NULL;
    return fnn_at(model->kern, model->weights, model->graph.params[param].offset + col);
}

/* Constants of the columns from col on, with the parameters as they are: moving statistics. */
struct fnn_cols_args fnn_columns_constants(const struct fnn_model *model,
                                           const struct fnn_stage *stage, size_t col)
{
    return (struct fnn_cols_args){
        .mean = param_at(model, stage->mean, col), .var = param_at(model, stage->var, col),
        .gamma = param_at(model, stage->gamma, col), .beta = param_at(model, stage->beta, col),
        .eps = stage->eps,
    };
}

/* The same with the statistics of the batch. */
static struct fnn_cols_args batch_columns(const struct fnn_step *st, int32_t s, size_t col)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_buf *stats = &st->plan->stages[s].stats;
    struct fnn_cols_args args = fnn_columns_constants(model, &model->graph.stages[s], col);
    args.mean = fnn_at(st->kern, stats->data, col);
    args.var = fnn_at(st->kern, stats->data, stats->ld + col);
    return args;
}

static int uses_batch(const struct fnn_step *st, const struct fnn_stage *stage)
{
    return stage->kind == FNN_STAGE_BATCH && st->training && stage->trainable;
}

/* This member's share of the columns of a tensor, in pieces that lie in one panel.
 * for (begin; next;) */
struct pieces {
    size_t width, unit, at, end; /* in units from `at` on */
    size_t col, cols;            /* the last piece */
};

static struct pieces share_columns(const struct fnn_step *st, size_t width)
{
    /* Cache lines of columns where whole panels would leave members without work. */
    struct pieces p = {.width = width, .unit = width >= FNN_COLS * (size_t)st->nt ? FNN_COLS : FNN_PAD};
    fnn_share((width + p.unit - 1) / p.unit, st->tid, st->nt, &p.at, &p.end);
    return p;
}

static int next_piece(struct pieces *p)
{
    if (p->at >= p->end) return 0;
    p->col = p->at++ * p->unit;
    p->cols = p->width - p->col < p->unit ? p->width - p->col : p->unit;
    return 1;
}

/* ---- forward ------------------------------------------------------------------ */

void fnn_columns_apply(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                       size_t col0, size_t cols, const void *x, size_t ldx, void *y, size_t ldy)
{
    if (stage->kind == FNN_STAGE_PRELU) {
        model->kern->prelu_fwd(rows, cols, x, ldx, y, ldy, param_at(model, stage->gamma, col0));
        return;
    }
    const struct fnn_cols_args args = fnn_columns_constants(model, stage, col0);
    model->kern->cols_fwd(rows, cols, x, ldx, y, ldy, &args);
}

void fnn_rownorm_apply(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                       const void *x, size_t ldx, void *y, size_t ldy, void *stats)
{
    const size_t width = model->graph.tensors[stage->output].width;
    model->kern->rows_fwd(stage->norm, rows, width, x, ldx, y, ldy, param_at(model, stage->gamma, 0),
                          param_at(model, stage->beta, 0), stage->eps, stats);
}

static void batch_piece(const struct fnn_step *st, int32_t s, size_t rows, const struct pieces *p)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_stage *stage = &model->graph.stages[s];
    const struct fnn_buf *in = &st->plan->tensors[stage->input], *out = &st->plan->tensors[stage->output];
    const struct fnn_cols_args args = batch_columns(st, s, p->col);
    const void *x = fnn_cell(kern, in, 0, p->col);
    kern->batch_stats(rows, p->cols, x, in->ld, (void *)(uintptr_t)args.mean,
                      (void *)(uintptr_t)args.var);
    kern->cols_fwd(rows, p->cols, x, in->ld, fnn_cell(kern, out, 0, p->col), out->ld, &args);
    kern->blend(p->cols, param_at(model, stage->mean, p->col), args.mean, stage->momentum);
    kern->blend(p->cols, param_at(model, stage->var, p->col), args.var, stage->momentum);
}

void fnn_columns_forward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_buf *in = &st->plan->tensors[stage->input], *out = &st->plan->tensors[stage->output];
    const size_t rows = fnn_step_rows(st, stage->output);
    struct pieces p = share_columns(st, g->tensors[stage->output].width);
    while (next_piece(&p)) {
        if (uses_batch(st, stage))
            batch_piece(st, s, rows, &p);
        else
            fnn_columns_apply(st->plan->model, stage, rows, p.col, p.cols,
                              fnn_cell(st->kern, in, 0, p.col), in->ld,
                              fnn_cell(st->kern, out, 0, p.col), out->ld);
    }
}

/* ---- backward ----------------------------------------------------------------- */

/* Where the gradient of a parameter's columns from col on goes: scratch when the optimiser takes
 * it at once, or when it is added to that of a later use of the parameter. NULL when there is no
 * such parameter, or it is not trained. */
static void *gradient_at(const struct fnn_step *st, const struct fnn_stage *stage, int32_t param,
                         size_t col, size_t in_scratch)
{
    if (param < 0 || !stage->trainable) return NULL;
    if (st->plan->fused_update || fnn_plan_adds(st->plan, stage))
        return fnn_at(st->kern, st->scratch, in_scratch);
    return fnn_at(st->kern, st->gradients, st->plan->model->graph.params[param].offset + col);
}

static void gradient_done(const struct fnn_step *st, const struct fnn_stage *stage, int32_t param,
                          size_t col, size_t n, void *g)
{
    if (g == NULL) return;
    const size_t at = st->plan->model->graph.params[param].offset + col;
    if (st->plan->fused_update)
        fnn_update_block(st, at, n, g);
    else if (fnn_plan_adds(st->plan, stage))
        st->kern->accumulate(n, fnn_at(st->kern, st->gradients, at), g);
}

void fnn_columns_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_stage *stage = &model->graph.stages[s];
    const struct fnn_buf *in = &st->plan->tensors[stage->input], *grad = st->plan->stages[s].grad;
    const size_t rows = fnn_step_rows(st, stage->output);
    struct pieces p = share_columns(st, model->graph.tensors[stage->output].width);
    while (next_piece(&p)) {
        const void *x = fnn_cell(kern, in, 0, p.col);
        void *d = fnn_cell(kern, grad, 0, p.col);
        if (stage->kind == FNN_STAGE_PRELU) {
            void *dalpha = gradient_at(st, stage, stage->gamma, p.col, 0);
            kern->prelu_bwd(rows, p.cols, x, in->ld, d, grad->ld,
                            param_at(model, stage->gamma, p.col), dalpha);
            gradient_done(st, stage, stage->gamma, p.col, p.cols, dalpha);
        } else if (uses_batch(st, stage)) {
            const struct fnn_cols_args args = batch_columns(st, s, p.col);
            void *dgamma = gradient_at(st, stage, stage->gamma, p.col, 0);
            void *dbeta = gradient_at(st, stage, stage->beta, p.col, FNN_COLS);
            kern->batch_bwd(rows, p.cols, x, in->ld, d, grad->ld, &args, dgamma, dbeta);
            gradient_done(st, stage, stage->gamma, p.col, p.cols, dgamma);
            gradient_done(st, stage, stage->beta, p.col, p.cols, dbeta);
        } else {
            const struct fnn_cols_args args = fnn_columns_constants(model, stage, p.col);
            kern->cols_bwd(rows, p.cols, d, grad->ld, &args);
        }
        fnn_hand_down(st, s, &(struct fnn_block){0, rows, p.col, p.cols});
    }
}

void fnn_rownorm_backward(const struct fnn_step *st, int32_t s, const struct fnn_block *b)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_stage *stage = &model->graph.stages[s];
    const struct fnn_buf *in = &st->plan->tensors[stage->input], *grad = st->plan->stages[s].grad;
    st->kern->rows_bwd(stage->norm, b->rows, b->cols, fnn_cell(st->kern, in, b->row0, 0), in->ld,
                       fnn_cell(st->kern, grad, b->row0, 0), grad->ld,
                       param_at(model, stage->gamma, 0),
                       fnn_at(st->kern, st->plan->stages[s].stats.data, 2 * b->row0));
}

/* When fused, into the stage's own buffer: the backward pass of the rows, after this one, still
 * needs gamma. */
static void *rownorm_gradient(const struct fnn_step *st, int32_t s, int32_t param, size_t col)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    const struct fnn_buf *own = &st->plan->stages[s].dparam;
    if (param >= 0 && st->plan->fused_update)
        return fnn_at(st->kern, own->data, (param == stage->gamma ? 0 : own->ld) + col);
    return gradient_at(st, stage, param, col, param == stage->gamma ? 0 : FNN_COLS);
}

void fnn_rownorm_dparam_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const struct fnn_buf *in = &st->plan->tensors[stage->input], *grad = st->plan->stages[s].grad;
    const size_t rows = fnn_step_rows(st, stage->output);
    struct pieces p = share_columns(st, g->tensors[stage->output].width);
    while (next_piece(&p)) {
        const void *d = fnn_cell(st->kern, grad, 0, p.col);
        void *dgamma = rownorm_gradient(st, s, stage->gamma, p.col);
        void *dbeta = rownorm_gradient(st, s, stage->beta, p.col);
        if (dgamma != NULL)
            st->kern->rows_dgamma(rows, p.cols, fnn_cell(st->kern, in, 0, p.col), in->ld, d, grad->ld,
                                  st->plan->stages[s].stats.data, dgamma);
        if (dbeta != NULL) st->kern->dense_db(rows, p.cols, d, grad->ld, dbeta);
        if (st->plan->fused_update) continue; /* fnn_rownorm_update_phase */
        gradient_done(st, stage, stage->gamma, p.col, p.cols, dgamma);
        gradient_done(st, stage, stage->beta, p.col, p.cols, dbeta);
    }
}

void fnn_rownorm_update_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_graph *g = &st->plan->model->graph;
    const struct fnn_stage *stage = &g->stages[s];
    const int32_t params[] = {stage->gamma, stage->beta};
    struct pieces p = share_columns(st, g->tensors[stage->output].width);
    while (next_piece(&p))
        for (int k = 0; k < 2; k++)
            if (params[k] >= 0)
                gradient_done(st, stage, params[k], p.col, p.cols,
                              rownorm_gradient(st, s, params[k], p.col));
}
