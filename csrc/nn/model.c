/* model.c: creation, parameters in and out, optimiser slots. */
#include "model.h"

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
    if (model->kern != NULL) model->weights = fnn_alloc(graph.param_elems, model->kern->elem);
    if (model->kern == NULL || model->weights == NULL) {
        enum fnn_status status = model->kern == NULL ? FNN_ERR_ISA : FNN_ERR_MEMORY;
        fnn_model_destroy(model);
        return status;
    }
    *out = model;
    return FNN_OK;
}

static void drop_slots(struct fnn_model *model)
{
    for (int i = 0; i < FNN_SLOTS_MAX; i++) {
        fnn_free(model->slots[i]);
        model->slots[i] = NULL;
    }
}

void fnn_model_destroy(struct fnn_model *model)
{
    if (model == NULL) return;
    for (int i = 0; i < FNN_SCRATCH_POOL; i++) fnn_free(atomic_load(&model->scratch[i]));
    drop_slots(model);
    fnn_free(model->no_decay);
    fnn_free(model->weights);
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

/* The arena of a slot: 0 the parameters, 1 ... the optimiser's. */
static void *slot_arena(const struct fnn_model *model, int32_t slot)
{
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

static enum fnn_status copy_param(struct fnn_model *model, int32_t index, int32_t slot,
                                  void *matrix, int to_model)
{
    FNN_REQUIRE(model != NULL && matrix != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    void *arena = slot_arena(model, slot);
    FNN_REQUIRE(arena != NULL, FNN_ERR_STATE);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    const struct fnn_param *param = &model->graph.params[index];
    void *stored = fnn_at(model->kern, arena, param->offset);
    if (param->is_kernel)
        copy_kernel(model->kern, param, stored, matrix, to_model);
    else
        memcpy(to_model ? stored : matrix, to_model ? matrix : stored,
               param->size * model->kern->elem);
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

static void fill(const struct fnn_kernels *kern, void *arena, size_t n, double value)
{
    for (size_t i = 0; i < n; i++) {
        if (kern->dtype == FNN_F32)
            ((float *)arena)[i] = (float)value;
        else
            ((double *)arena)[i] = value;
    }
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
        if ((fresh[i] = fnn_alloc(model->graph.param_elems, model->kern->elem)) == NULL)
            status = FNN_ERR_MEMORY;
    if (status != FNN_OK) {
        for (int i = 0; i < FNN_SLOTS_MAX; i++) fnn_free(fresh[i]);
    } else {
        /* Padding too: it is then one more parameter that stays zero. */
        for (int32_t i = 0; i < count; i++) {
            const double value = fnn_optimizer_initial(kind, hyper, i);
            if (value != 0) fill(model->kern, fresh[i], model->graph.param_elems, value);
        }
        drop_slots(model);
        memcpy(model->slots, fresh, sizeof fresh);
        model->optimizer = kind;
        model->iterations = 0;
    }
    fnn_model_unlock(model);
    return status;
}

enum fnn_status fnn_model_set_decay(struct fnn_model *model, int32_t index, int32_t decay)
{
    FNN_REQUIRE(model != NULL && index >= 0 && index < model->graph.n_params, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    enum fnn_status status = FNN_OK;
    if (model->no_decay == NULL && !decay) {
        model->no_decay = fnn_alloc((size_t)model->graph.n_params, 1);
        if (model->no_decay == NULL) status = FNN_ERR_MEMORY;
    }
    if (model->no_decay != NULL) model->no_decay[index] = !decay;
    fnn_model_unlock(model);
    return status;
}

static void step_run(const struct fnn_model *model, size_t at, size_t n, const void *g,
                     const double *coef)
{
    void *slots[FNN_SLOTS_MAX] = {NULL};
    for (int i = 0; i < FNN_SLOTS_MAX && model->slots[i] != NULL; i++)
        slots[i] = fnn_at(model->kern, model->slots[i], at);
    model->kern->opt[model->optimizer](n, fnn_at(model->kern, model->weights, at), slots, g, coef);
}

void fnn_model_step(const struct fnn_model *model, size_t at, size_t n, const void *g,
                    const double *coef)
{
    if (model->no_decay == NULL || coef[FNN_OPT_COEF_DECAY] == 0) {
        step_run(model, at, n, g, coef);
        return;
    }
    /* Parameter by parameter, as they differ; the padding between them stays as it is. */
    double exempt[FNN_OPT_COEFS];
    memcpy(exempt, coef, sizeof exempt);
    exempt[FNN_OPT_COEF_DECAY] = 0;
    for (int32_t p = 0; p < model->graph.n_params; p++) {
        const struct fnn_param *param = &model->graph.params[p];
        const size_t begin = param->offset > at ? param->offset : at;
        const size_t last = param->offset + param->size;
        const size_t end = last < at + n ? last : at + n;
        if (begin < end)
            step_run(model, begin, end - begin, fnn_at(model->kern, g, begin - at),
                     model->no_decay[p] ? exempt : coef);
    }
}

enum fnn_status fnn_model_set_trainable(struct fnn_model *model, int32_t op, int32_t trainable)
{
    FNN_REQUIRE(model != NULL && op >= 0 && op < model->graph.n_ops, FNN_ERR_ARGUMENT);
    FNN_TRY(fnn_model_lock(model, FNN_LOCK_SHORT));
    for (int32_t s = 0; s < model->graph.n_stages; s++)
        if (model->graph.stages[s].op == op) model->graph.stages[s].trainable = trainable != 0;
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
