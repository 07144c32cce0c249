/* model.c: creation, locks, parameters and optimiser slots in and out. */
#include "penalty.h"

#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "../core/threads.h"

enum fnn_status fnn_model_create(const struct fnn_model_spec *spec, struct fnn_model **out)
{
    FNN_REQUIRE(out != NULL, FNN_ERR_ARGUMENT);
    struct fnn_graph graph;
    FNN_TRY(fnn_graph_init(&graph, spec));
    struct fnn_model *model = fnn_alloc(1, sizeof *model);
    if (model == NULL) {
        fnn_graph_free(&graph);
        return FNN_ERR_MEMORY;
    }
    model->graph = graph;
    model->kern = fnn_kernels_get(spec->dtype);
    model->rules = fnn_alloc((size_t)graph.n_params + 1, sizeof *model->rules);
    if (model->kern != NULL) model->weights = fnn_alloc(graph.param_elems, model->kern->elem);
    if (model->kern == NULL || model->weights == NULL || model->rules == NULL) {
        enum fnn_status status = model->kern == NULL ? FNN_ERR_ISA : FNN_ERR_MEMORY;
        fnn_model_destroy(model);
        return status;
    }
    for (int32_t i = 0; i < graph.n_params; i++) model->rules[i].decay = 1;
    *out = model;
    return FNN_OK;
}

void fnn_model_destroy(struct fnn_model *model)
{
    if (model == NULL) return;
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) fnn_free(atomic_load(&model->scratch[i]));
    fnn_model_drop_optimizer(model);
    fnn_free(model->rules);
    fnn_penalty_drop(model);
    fnn_free(model->weights);
    fnn_free(model->folded.data);
    fnn_graph_free(&model->graph);
    fnn_free(model);
}

enum fnn_status fnn_model_lock(struct fnn_model *model, enum fnn_lock kind)
{
    int held = FNN_LOCK_NONE;
    while (!atomic_compare_exchange_weak(&model->lock, &held, (int)kind)) {
        if (held == FNN_LOCK_RUN) return FNN_ERR_BUSY;
        held = FNN_LOCK_NONE; /* a short change ends by itself */
        fnn_yield();
    }
    return FNN_OK;
}

void fnn_model_unlock(struct fnn_model *model) { atomic_store(&model->lock, FNN_LOCK_NONE); }

int32_t fnn_model_param_count(const struct fnn_model *model) { return model->graph.n_params; }

enum fnn_status fnn_model_param_shape(const struct fnn_model *model, int32_t index, int64_t *rows,
                                      int64_t *cols)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    *rows = (int64_t)model->graph.params[index].rows;
    *cols = (int64_t)model->graph.params[index].cols;
    return FNN_OK;
}

/* The arena of a slot: 0 the parameters, 1 ... the optimiser's, then those of the update. */
static void *slot_arena(const struct fnn_model *model, int32_t slot)
{
    if (slot == FNN_SLOT_AVERAGE) return model->average;
    if (slot == FNN_SLOT_ACCUMULATED) return model->accumulated;
    if (slot < 0 || slot > FNN_SLOTS_MAX) return NULL;
    return slot == 0 ? model->weights : model->slots[slot - 1];
}

/* Copies between a kernel in panels and a row-major matrix, panel row by panel row. */
static void copy_kernel(const struct fnn_kernels *kern, const struct fnn_param *param, void *panels,
                        void *matrix, int to_panels)
{
    for (size_t p = 0; p < fnn_panel_count(kern, param->cols); p++) {
        size_t width = fnn_panel_width(kern, param->cols, p), first = p * kern->panel;
        for (size_t i = 0; i < param->rows; i++) {
            void *in_panel = fnn_at(kern, panels, first * param->rows + i * width);
            void *in_matrix = fnn_at(kern, matrix, i * param->cols + first);
            memcpy(to_panels ? in_panel : in_matrix, to_panels ? in_matrix : in_panel,
                   width * kern->elem);
        }
    }
}

void fnn_copy_matrix(const struct fnn_kernels *kern, const struct fnn_param *param, void *stored,
                     void *matrix, int to_stored)
{
    if (param->is_kernel)
        copy_kernel(kern, param, stored, matrix, to_stored);
    else
        memcpy(to_stored ? stored : matrix, to_stored ? matrix : stored, param->size * kern->elem);
}

static enum fnn_status copy_param(struct fnn_model *model, int32_t index, int32_t slot,
                                  void *matrix, int to_model)
{
    FNN_REQUIRE(model != NULL && matrix != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    void *arena = slot_arena(model, slot);
    FNN_REQUIRE(arena != NULL, FNN_ERR_STATE);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    const struct fnn_param *param = &model->graph.params[index];
    if (to_model) fnn_model_begin_change(model);
    fnn_copy_matrix(model->kern, param, fnn_at(model->kern, arena, param->offset), matrix, to_model);
    if (to_model) fnn_model_end_change(model);
    fnn_model_unlock(model);
    return FNN_OK;
}

enum fnn_status fnn_model_get_param(struct fnn_model *model, int32_t index, int32_t slot, void *out)
{
    return copy_param(model, index, slot, out, 0);
}

enum fnn_status fnn_model_set_param(struct fnn_model *model, int32_t index, int32_t slot,
                                    const void *data)
{
    return copy_param(model, index, slot, (void *)(uintptr_t)data, 1);
}
