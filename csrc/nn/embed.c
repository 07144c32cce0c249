/* embed.c: an embedding: rows of a table, named by the values of a tensor that is an input of
 * the model. Values arrive as reals; a table has at most 2^24 rows, so float32 holds each. */
#include <string.h>

#include "update.h"

/* Value i of a tensor, truncated as Keras does, or -1 if it names no row. */
static int64_t row_of(const struct fnn_kernels *kern, const void *values, size_t i, size_t vocabulary)
{
    const double v = kern->dtype == FNN_F32 ? (double)((const float *)values)[i]
                                            : ((const double *)values)[i];
    return v > -1 && v < (double)vocabulary ? (int64_t)v : -1; /* NaN fails too */
}

static const struct fnn_param *table_of(const struct fnn_model *model, const struct fnn_stage *stage)
{
    return &model->graph.params[stage->gamma];
}

int64_t fnn_embed_bad(const struct fnn_model *model, const struct fnn_stage *stage, size_t samples,
                      const void *from)
{
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const size_t vocabulary = table_of(model, stage)->rows;
    for (size_t r = 0; r < samples * in->positions; r++)
        for (size_t c = 0; c < in->width; c++)
            if (row_of(model->kern, from, r * in->ld + c, vocabulary) < 0)
                return (int64_t)(r / in->positions);
    return -1;
}

void fnn_embed_samples(const struct fnn_model *model, const struct fnn_stage *stage, size_t samples,
                       const void *from, void *to)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const struct fnn_tensor *out = &model->graph.tensors[stage->output];
    const struct fnn_param *table = table_of(model, stage);
    for (size_t r = 0; r < samples * in->positions; r++)
        for (size_t c = 0; c < in->width; c++) {
            const size_t row = (size_t)row_of(kern, from, r * in->ld + c, table->rows);
            memcpy(fnn_at(kern, to, (r * in->width + c) * out->ld),
                   fnn_at(kern, model->weights, table->offset + row * table->cols),
                   table->cols * kern->elem);
        }
}

/* Gradient of the rows [first, end) of the table into g: zero, or what a later use of the table
 * has left there, then the batch's rows in order. */
static void gather_gradient(const struct fnn_step *st, int32_t s, size_t first, size_t end, void *g)
{
    const struct fnn_kernels *kern = st->kern;
    const struct fnn_model *model = st->plan->model;
    const struct fnn_stage *stage = &model->graph.stages[s];
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const struct fnn_buf *values = &st->plan->tensors[stage->input], *grad = st->plan->stages[s].grad;
    const struct fnn_param *table = table_of(model, stage);
    if (!fnn_plan_adds(st->plan, stage)) memset(g, 0, (end - first) * table->cols * kern->elem);
    for (size_t r = 0; r < fnn_step_rows(st, stage->input); r++)
        for (size_t c = 0; c < in->width; c++) {
            const size_t row = (size_t)row_of(kern, values->data, r * values->ld + c, table->rows);
            if (row < first || row >= end) continue;
            kern->accumulate(table->cols, fnn_at(kern, g, (row - first) * table->cols),
                             fnn_at(kern, grad->data, (r * in->width + c) * grad->ld));
        }
}

void fnn_embed_backward(const struct fnn_step *st, int32_t s)
{
    const struct fnn_model *model = st->plan->model;
    const struct fnn_stage *stage = &model->graph.stages[s];
    const struct fnn_param *table = table_of(model, stage);
    if (!stage->trainable) return;
    size_t begin, end;
    fnn_share(table->rows, st->tid, st->nt, &begin, &end);
    if (begin == end) return;
    if (!st->plan->fused_update) {
        gather_gradient(st, s, begin, end,
                        fnn_at(st->kern, st->gradients, table->offset + begin * table->cols));
        return;
    }
    /* As many rows at a time as the scratch holds. */
    const size_t rows = st->plan->scratch_elems / table->cols;
    for (size_t first = begin, n; first < end; first += n) {
        n = end - first < rows ? end - first : rows;
        gather_gradient(st, s, first, first + n, st->scratch);
        fnn_update_block(st, table->offset + first * table->cols, n * table->cols, st->scratch);
    }
}
