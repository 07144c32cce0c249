/* infer_stage.c: the stages of prediction that are no products. */
#include "infer.h"

/* Elementwise ops on their own, or behind a merge of `from` and `other`; `to` may be either. */
static void ewise(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                  const void *from, const void *other, void *to)
{
    const struct fnn_kernels *kern = model->kern;
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    const int merge = stage->kind == FNN_STAGE_MERGE;
    for (size_t col = 0, cols; col < in->width; col += cols) {
        const size_t at = col / FNN_COLS * fnn_tensor_step(in, rows);
        const void *x = fnn_at(kern, from, at);
        void *y = fnn_at(kern, to, at);
        cols = fnn_span(in, col);
        if (merge)
            fnn_merge_block(kern, stage, rows, cols, x, in->ld, fnn_at(kern, other, at), in->ld, y, in->ld);
        else
            fnn_ewise_forward(kern, &stage->ewise[0], rows, cols, x, in->ld, y, in->ld);
        fnn_infer_tail(kern, stage, !merge, rows, cols, y, in->ld);
    }
}

/* Maps of columns, panel by panel; `to` may be `from`. */
static void columns(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                    const void *from, void *to)
{
    const struct fnn_tensor *in = &model->graph.tensors[stage->input];
    for (size_t col = 0, cols; col < in->width; col += cols) {
        const size_t at = col / FNN_COLS * fnn_tensor_step(in, rows);
        cols = fnn_span(in, col);
        if (cols > in->width - col) cols = in->width - col;
        fnn_columns_apply(model, stage, rows, col, cols, fnn_at(model->kern, from, at), in->ld,
                          fnn_at(model->kern, to, at), in->ld);
    }
}

void fnn_infer_stage(const struct fnn_buffers *buffers, const struct fnn_stage *stage, size_t samples,
                     char *scratch)
{
    const struct fnn_model *model = buffers->model;
    const struct fnn_graph *g = &model->graph;
    const struct fnn_tensor *in = &g->tensors[stage->input];
    const size_t rows = samples * in->positions;
    const void *from = fnn_infer_tensor(buffers, scratch, stage->input);
    const void *other = stage->n_inputs > 1 ? fnn_infer_tensor(buffers, scratch, stage->inputs[1]) : NULL;
    void *to = fnn_infer_tensor(buffers, scratch, stage->output);
    switch (stage->kind) {
    case FNN_STAGE_RESHAPE:
        fnn_reshape_samples(model->kern, in, &g->tensors[stage->output], samples, from, to, 0);
        break;
    case FNN_STAGE_SLICE:
        fnn_slice_samples(model->kern, g, stage, samples, from, to);
        break;
    case FNN_STAGE_PERMUTE:
        fnn_permute_samples(model->kern, g, stage, samples, from, to);
        break;
    case FNN_STAGE_SOFTMAX:
        model->kern->act_fwd[stage->act](rows, in->width, from, in->ld, to, in->ld, NULL);
        break;
    case FNN_STAGE_CONCAT:
        for (int32_t j = 0; j < stage->n_inputs; j++)
            fnn_concat_input(model->kern, g, stage, j, samples,
                             fnn_infer_tensor(buffers, scratch, stage->inputs[j]), to);
        break;
    case FNN_STAGE_DOT:
        fnn_dot_samples(model->kern, g, stage, samples, from, other, to);
        break;
    case FNN_STAGE_ROWNORM:
        fnn_rownorm_apply(model, stage, rows, from, in->ld, to, in->ld, NULL);
        break;
    case FNN_STAGE_EMBED:
        fnn_embed_samples(model, stage, samples, from, to);
        break;
    case FNN_STAGE_BATCH:
    case FNN_STAGE_AFFINE:
    case FNN_STAGE_PRELU:
        columns(model, stage, rows, from, to);
        break;
    default:
        ewise(model, stage, rows, from, other, to);
        break;
    }
}
