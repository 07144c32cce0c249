/* penalize.c: the regularisers and constraints of a model, and their part in a step. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "penalty.h"
#include "run.h"
#include "update.h"

/* ---- what applies to a parameter ------------------------------------------------ */

static void drop_regularizer(struct fnn_penalty_rule *rule)
{
    fnn_free(rule->sums);
    fnn_free(rule->gradient);
    fnn_free(rule->scratch);
    rule->sums = NULL;
    rule->gradient = rule->scratch = NULL;
    rule->regularizer = FNN_REG_NONE;
}

void fnn_penalty_drop(struct fnn_model *model)
{
    if (model->penalties == NULL) return;
    for (int32_t i = 0; i < model->graph.n_params; i++) drop_regularizer(&model->penalties[i]);
    fnn_free(model->penalties);
    model->penalties = NULL;
}

/* The rule of a parameter, made when first asked for. */
static struct fnn_penalty_rule *find_rule(struct fnn_model *model, int32_t index)
{
    if (model->penalties == NULL)
        model->penalties = fnn_alloc((size_t)model->graph.n_params, sizeof *model->penalties);
    return model->penalties == NULL ? NULL : &model->penalties[index];
}

static int is_columns(const struct fnn_penalty_rule *rule)
{
    return rule->regularizer == FNN_REG_ORTHOGONAL_COLUMNS;
}

static enum fnn_status set_regularizer(struct fnn_model *model, int32_t index,
                                       enum fnn_regularizer kind, const double *param)
{
    if (kind == FNN_REG_NONE && model->penalties == NULL) return FNN_OK;
    const struct fnn_param *p = &model->graph.params[index];
    const size_t elem = model->kern->elem;
    struct fnn_penalty_rule *rule = find_rule(model, index);
    FNN_REQUIRE(rule != NULL, FNN_ERR_MEMORY);
    drop_regularizer(rule);
    if (kind == FNN_REG_NONE) return FNN_OK;
    memcpy(rule->factor, param, sizeof rule->factor);
    if (kind == FNN_REG_L1_L2) {
        rule->sums = fnn_alloc(2 * p->cols, sizeof *rule->sums);
        FNN_REQUIRE(rule->sums != NULL, FNN_ERR_MEMORY);
    } else {
        const int columns = kind == FNN_REG_ORTHOGONAL_COLUMNS;
        const size_t own = fnn_orthogonal_scratch(p->rows, p->cols, columns);
        rule->gradient = fnn_alloc(p->size, elem);
        rule->scratch = fnn_alloc(2 * p->size + own, elem);
        if (rule->gradient == NULL || rule->scratch == NULL) {
            drop_regularizer(rule);
            return FNN_ERR_MEMORY;
        }
    }
    rule->regularizer = kind;
    return FNN_OK;
}

enum fnn_status fnn_model_set_regularizer(struct fnn_model *model, int32_t index,
                                          enum fnn_regularizer kind, const double *param)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    FNN_REQUIRE((int)kind >= 0 && kind < FNN_REG_COUNT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(kind == FNN_REG_NONE || param != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    const enum fnn_status status = set_regularizer(model, index, kind, param);
    fnn_model_unlock(model);
    return status;
}

static int has_view(const struct fnn_param *p, int64_t groups, int64_t rows)
{
    if (groups == 0) return 1;
    if (p->is_kernel || groups < 0 || rows < 1) return 0;
    const size_t g = (size_t)groups, r = (size_t)rows;
    return p->size % g == 0 && p->size / g % r == 0;
}

enum fnn_status fnn_model_set_constraint(struct fnn_model *model, int32_t index,
                                         enum fnn_constraint kind, const double *param,
                                         int64_t groups, int64_t rows)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    FNN_REQUIRE((int)kind >= 0 && kind < FNN_CON_COUNT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(kind == FNN_CON_NONE || param != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(has_view(&model->graph.params[index], groups, rows), FNN_ERR_ARGUMENT);
    if (kind == FNN_CON_NONE && model->penalties == NULL) return FNN_OK;
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    struct fnn_penalty_rule *rule = find_rule(model, index);
    if (rule != NULL) {
        rule->constraint = kind;
        rule->groups = (size_t)groups;
        rule->rows = (size_t)rows;
        if (kind != FNN_CON_NONE) memcpy(rule->bound, param, sizeof rule->bound);
    }
    fnn_model_unlock(model);
    return rule == NULL ? FNN_ERR_MEMORY : FNN_OK;
}

int fnn_has_constraints(const struct fnn_model *model)
{
    for (int32_t i = 0; model->penalties != NULL && i < model->graph.n_params; i++)
        if (model->penalties[i].constraint != FNN_CON_NONE) return 1;
    return 0;
}

/* ---- penalties of weights --------------------------------------------------------- */

static int is_trained(const struct fnn_graph *g, int32_t param)
{
    return fnn_is_trained(g, &g->params[param]);
}

static void orthogonal(const struct fnn_model *model, int32_t index, int with_gradient)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_param *p = &model->graph.params[index];
    struct fnn_penalty_rule *rule = &model->penalties[index];
    void *matrix = rule->scratch, *slope = fnn_at(kern, matrix, p->size);
    fnn_copy_matrix(kern, p, fnn_at(kern, model->weights, p->offset), matrix, 0);
    kern->orthogonal(p->rows, p->cols, matrix, is_columns(rule), rule->factor[0],
                     fnn_at(kern, matrix, 2 * p->size), &rule->value, with_gradient ? slope : NULL);
    if (with_gradient) fnn_copy_matrix(kern, p, rule->gradient, slope, 1);
}

void fnn_penalty_phase(const struct fnn_step *st, const struct fnn_run_state *rs)
{
    const struct fnn_model *model = st->plan->model;
    /* Weights that do not move have the penalties of the run's first step. */
    if (model->penalties == NULL || (!st->training && rs->result->steps_done > 0)) return;
    for (int32_t i = 0; i < model->graph.n_params; i++) {
        const struct fnn_penalty_rule *rule = &model->penalties[i];
        if (rule->regularizer == FNN_REG_NONE || !is_trained(&model->graph, i)) continue;
        if (rule->regularizer == FNN_REG_L1_L2) {
            const struct fnn_matrix m = fnn_param_matrix(model, i);
            size_t begin, end;
            fnn_share(fnn_matrix_units(&m), st->tid, st->nt, &begin, &end);
            fnn_penalty_sums(st->kern, &m, rule->factor, begin, end, rule->sums);
        } else if (i % st->nt == st->tid) {
            orthogonal(model, i, st->training);
        }
    }
}

void fnn_penalty_gradient(const struct fnn_model *model, size_t at, size_t n, void *g)
{
    const struct fnn_kernels *kern = model->kern;
    for (int32_t i = 0; i < model->graph.n_params; i++) {
        const struct fnn_penalty_rule *rule = &model->penalties[i];
        const struct fnn_param *p = &model->graph.params[i];
        const size_t begin = p->offset > at ? p->offset : at;
        const size_t last = p->offset + p->size, end = last < at + n ? last : at + n;
        if (rule->regularizer == FNN_REG_NONE || begin >= end) continue;
        void *part = fnn_at(kern, g, begin - at);
        if (rule->regularizer == FNN_REG_L1_L2)
            kern->regularize(1, end - begin, fnn_at(kern, model->weights, begin), end - begin, part,
                             end - begin, rule->factor[0], rule->factor[1]);
        else
            kern->accumulate(end - begin, part, fnn_at(kern, rule->gradient, begin - p->offset));
    }
}

/* ---- penalties of what goes through the net ------------------------------------------ */

/* l1 sum |x| + l2 sum x^2 of one row of a tensor, by TREE. */
static double row_penalty(const struct fnn_step *st, const struct fnn_ewise *op, size_t row)
{
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_buf *y = &st->plan->tensors[op->output];
    const size_t width = st->plan->model->graph.tensors[op->output].width;
    double lane[2][FNN_LANES] = {{0}};
    double total = 0;
    for (size_t c = 0; c < width; c += FNN_COLS)
        kern->lane_sums(width - c < FNN_COLS ? width - c : FNN_COLS, fnn_cell(kern, y, row, c), 0,
                        op->param[0] != 0 ? lane[0] : NULL, op->param[1] != 0 ? lane[1] : NULL);
    for (int k = 0; k < 2; k++)
        if (op->param[k] != 0) total += op->param[k] * fnn_fold_lanes(lane[k]);
    return total;
}

void fnn_activity_phase(const struct fnn_step *st, int32_t s)
{
    const struct fnn_stage *stage = &st->plan->model->graph.stages[s];
    for (int32_t e = 0; e < fnn_plan_ewise(st->plan, s); e++) {
        const struct fnn_ewise *op = &stage->ewise[e];
        if (!op->penalty) continue;
        const size_t positions = st->plan->model->graph.tensors[op->output].positions;
        double *value = st->activity->value + (size_t)(op->penalty - 1) * st->activity->capacity +
                        st->row0 * positions;
        size_t begin, end;
        fnn_share(st->rows * positions, st->tid, st->nt, &begin, &end);
        for (size_t r = begin; r < end; r++) value[r] = row_penalty(st, op, r);
    }
}

/* Rows in order, one by one. */
static double sum_activity(const struct fnn_step *st, const struct fnn_ewise *op)
{
    const size_t rows = st->batch_rows * st->plan->model->graph.tensors[op->output].positions;
    const double *value = st->activity->value + (size_t)(op->penalty - 1) * st->activity->capacity;
    double sum = 0;
    for (size_t r = 0; r < rows; r++) sum += value[r];
    return sum / (double)st->batch_rows;
}

/* ---- the step -------------------------------------------------------------------------- */

void fnn_sum_penalties(const struct fnn_step *st, struct fnn_run_state *rs)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_graph *g = &model->graph;
    if (model->penalties == NULL && g->n_penalties == 0) return;
    double total = 0;
    for (int32_t s = 0; s < g->n_stages && g->n_penalties > 0; s++)
        for (int32_t e = 0; e < fnn_plan_ewise(st->plan, s); e++)
            if (g->stages[s].ewise[e].penalty) total += sum_activity(st, &g->stages[s].ewise[e]);
    for (int32_t i = 0; model->penalties != NULL && i < g->n_params; i++) {
        const struct fnn_penalty_rule *rule = &model->penalties[i];
        if (rule->regularizer == FNN_REG_NONE || !is_trained(g, i)) continue;
        const struct fnn_matrix m = fnn_param_matrix(model, i);
        total += rule->regularizer == FNN_REG_L1_L2 ? fnn_penalty_total(&m, rule->factor, rule->sums)
                                                    : rule->value;
    }
    rs->result->penalty_sum += total * (double)st->batch_rows;
    rs->result->penalty_weight += (double)st->batch_rows;
}

/* Matrices one behind the other; members share them, or the columns of a single one. */
static void constrain_groups(const struct fnn_step *st, const struct fnn_penalty_rule *rule,
                             const struct fnn_matrix *whole)
{
    const size_t size = whole->rows * whole->cols / rule->groups;
    struct fnn_matrix m = {whole->data, rule->rows, size / rule->rows, 0};
    if (rule->groups == 1) {
        fnn_constrain(st->kern, rule->constraint, rule->bound, &m, st->tid, st->nt);
        return;
    }
    size_t begin, end;
    fnn_share(rule->groups, st->tid, st->nt, &begin, &end);
    for (size_t g = begin; g < end; g++) {
        m.data = fnn_at(st->kern, whole->data, g * size);
        fnn_constrain(st->kern, rule->constraint, rule->bound, &m, 0, 1);
    }
}

void fnn_constrain_phase(const struct fnn_step *st)
{
    const struct fnn_model *model = st->plan->model;
    for (int32_t i = 0; i < model->graph.n_params; i++) {
        const struct fnn_penalty_rule *rule = &model->penalties[i];
        if (rule->constraint == FNN_CON_NONE || !is_trained(&model->graph, i)) continue;
        const struct fnn_matrix m = fnn_param_matrix(model, i);
        if (rule->groups > 0)
            constrain_groups(st, rule, &m);
        else
            fnn_constrain(st->kern, rule->constraint, rule->bound, &m, st->tid, st->nt);
    }
}
