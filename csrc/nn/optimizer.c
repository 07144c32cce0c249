/* optimizer.c: a model's optimiser: its kind, its arrays, and what applies to single
 * parameters. The steps are in update.c. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "model.h"

static void fill(const struct fnn_kernels *kern, void *arena, size_t n, double value)
{
    for (size_t i = 0; i < n; i++) {
        if (kern->dtype == FNN_F32)
            ((float *)arena)[i] = (float)value;
        else
            ((double *)arena)[i] = value;
    }
}

static void drop(void **arena)
{
    fnn_free(*arena);
    *arena = NULL;
}

void fnn_model_drop_optimizer(struct fnn_model *model)
{
    for (int i = 0; i < FNN_SLOTS_MAX; i++) drop(&model->slots[i]);
    drop(&model->average);
    drop(&model->accumulated);
    model->update = (struct fnn_update_spec){0};
}

static void *parameter_arena(const struct fnn_model *model)
{
    return fnn_alloc(model->graph.param_elems, model->kern->elem);
}

enum fnn_status fnn_model_set_optimizer(struct fnn_model *model, enum fnn_optimizer kind,
                                        const double *hyper)
{
    FNN_REQUIRE(model != NULL && (int)kind >= 0 && kind < FNN_OPT_COUNT, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(hyper != NULL, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    enum fnn_status status = FNN_OK;
    void *fresh[FNN_SLOTS_MAX] = {NULL};
    const int32_t count = fnn_optimizer_slots(kind);
    for (int32_t i = 0; i < count; i++)
        if ((fresh[i] = parameter_arena(model)) == NULL) status = FNN_ERR_MEMORY;
    if (status != FNN_OK) {
        for (int i = 0; i < FNN_SLOTS_MAX; i++) fnn_free(fresh[i]);
    } else {
        /* Padding too: it is then one more parameter that stays zero. */
        for (int32_t i = 0; i < count; i++) {
            const double value = fnn_optimizer_initial(kind, hyper, i);
            if (value != 0) fill(model->kern, fresh[i], model->graph.param_elems, value);
        }
        fnn_model_drop_optimizer(model);
        memcpy(model->slots, fresh, sizeof fresh);
        model->optimizer = kind;
        model->iterations = 0;
    }
    fnn_model_unlock(model);
    return status;
}

static int spec_ok(const struct fnn_update_spec *u)
{
    return u->clipnorm >= 0 && u->global_clipnorm >= 0 && u->loss_scale >= 0 && u->accumulate >= 0 &&
           u->ema_momentum >= 0 && u->ema_momentum <= 1 && u->ema_overwrite >= 0;
}

enum fnn_status fnn_model_set_update(struct fnn_model *model, const struct fnn_update_spec *spec)
{
    FNN_REQUIRE(model != NULL && spec != NULL && spec_ok(spec), FNN_ERR_ARGUMENT);
    FNN_REQUIRE(model->optimizer != FNN_OPT_NONE, FNN_ERR_STATE);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    enum fnn_status status = FNN_OK;
    void *average = NULL, *accumulated = NULL;
    if (spec->use_ema && (average = parameter_arena(model)) == NULL) status = FNN_ERR_MEMORY;
    if (spec->accumulate > 1 && (accumulated = parameter_arena(model)) == NULL)
        status = FNN_ERR_MEMORY;
    if (status != FNN_OK) {
        fnn_free(average);
        fnn_free(accumulated);
    } else {
        drop(&model->average);
        drop(&model->accumulated);
        model->average = average;
        model->accumulated = accumulated;
        model->update = *spec;
    }
    fnn_model_unlock(model);
    return status;
}

enum fnn_status fnn_model_set_decay(struct fnn_model *model, int32_t index, int32_t decay)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    model->rules[index].decay = decay != 0;
    model->own_rules = 0;
    for (int32_t i = 0; i < model->graph.n_params; i++)
        if (!model->rules[i].decay) model->own_rules = 1;
    fnn_model_unlock(model);
    return FNN_OK;
}

enum fnn_status fnn_model_set_matrix(struct fnn_model *model, int32_t index, int32_t matrix)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    model->rules[index].matrix = matrix != 0;
    fnn_model_unlock(model);
    return FNN_OK;
}

enum fnn_status fnn_model_set_trainable(struct fnn_model *model, int32_t op, int32_t trainable)
{
    FNN_REQUIRE(model != NULL && op >= 0 && op < model->graph.n_ops, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    struct fnn_graph *g = &model->graph;
    for (int32_t i = 0; i < g->n_params; i++) {
        const struct fnn_param *p = &g->params[i];
        const struct fnn_stage *stage = &g->stages[p->stage];
        if (stage->owner != op || stage->trainable == (trainable != 0) || model->average == NULL)
            continue;
        /* The average of what did not move is what it is. */
        memcpy(fnn_at(model->kern, model->average, p->offset),
               fnn_at(model->kern, model->weights, p->offset), p->size * model->kern->elem);
    }
    for (int32_t s = 0; s < g->n_stages; s++)
        if (g->stages[s].owner == op) g->stages[s].trainable = trainable != 0;
    fnn_model_unlock(model);
    return FNN_OK;
}

int64_t fnn_model_iterations(const struct fnn_model *model) { return model->iterations; }

enum fnn_status fnn_model_set_iterations(struct fnn_model *model, int64_t iterations)
{
    FNN_REQUIRE(model != NULL && iterations >= 0, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    model->iterations = iterations;
    fnn_model_unlock(model);
    return FNN_OK;
}
