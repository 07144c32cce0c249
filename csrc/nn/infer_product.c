/* infer_product.c: the products of prediction, with the elementwise ops behind them. */
#include "../core/threads.h"
#include "blocks.h"
#include "infer.h"

void fnn_infer_tail(const struct fnn_kernels *kern, const struct fnn_stage *stage, int32_t from,
                    size_t rows, size_t cols, void *y, size_t ld)
{
    for (int32_t e = from; e < stage->n_ewise; e++)
        fnn_ewise_forward(kern, &stage->ewise[e], rows, cols, y, ld, y, ld);
}

/* The weights of a product, in panels, and what follows it. */
struct product {
    const struct fnn_model *model;
    const struct fnn_stage *stage;
    const void *w, *bias;
    int relu;
};

static struct product product_of(const struct fnn_model *model, const struct fnn_stage *stage)
{
    const struct fnn_kernels *kern = model->kern;
    const int folded = stage->before >= 0 || stage->after >= 0;
    return (struct product){
        .model = model, .stage = stage,
        .w = folded ? fnn_at(kern, model->folded.data, stage->folded_kernel)
            : fnn_at(kern, model->weights, model->graph.params[stage->kernel].offset),
        .bias = folded ? fnn_at(kern, model->folded.data, stage->folded_bias)
            : stage->bias < 0 ? NULL
            : fnn_at(kern, model->weights, model->graph.params[stage->bias].offset),
        .relu = stage->n_ewise > 0 && fnn_is_relu(&stage->ewise[0]),
    };
}

static const void *bias_at(const struct product *p, size_t col)
{
    return p->bias == NULL ? NULL : fnn_at(p->model->kern, p->bias, col);
}

/* Elementwise ops behind columns col ... of a product; the last ones take the padding along. */
static void product_tail(const struct product *p, size_t rows, size_t col, size_t width, void *part,
                         size_t ld)
{
    const size_t end = col + width, n = p->stage->n;
    fnn_infer_tail(p->model->kern, p->stage, p->relu, rows,
                   (end == n ? fnn_round_up(n, FNN_PAD) : end) - col, part, ld);
}

void fnn_infer_panels(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                      struct fnn_source x, void *y, int tid, int nt)
{
    const struct fnn_tensor *out = &model->graph.tensors[stage->raw];
    const size_t step = fnn_tensor_step(out, rows);
    const struct fnn_kernels *kern = model->kern;
    const struct product p = product_of(model, stage);
    size_t begin, end;
    fnn_share(fnn_panel_count(kern, stage->n), tid, nt, &begin, &end);
    begin *= kern->panel;
    end = end * kern->panel < stage->n ? end * kern->panel : stage->n;
    if (begin >= end) return;
    if (rows == 1) { /* one row is plain, whatever its layout is called */
        void *part = fnn_at(kern, y, begin);
        kern->dense_row(stage->k, end - begin, x.data, fnn_at(kern, p.w, begin * stage->k),
                        bias_at(&p, begin), p.relu, part);
        product_tail(&p, 1, begin, end - begin, part, out->ld);
        return;
    }
    for (size_t col = begin; col < end; col += kern->panel) {
        const size_t width = end - col < kern->panel ? end - col : kern->panel;
        void *part = fnn_at(kern, y, col / FNN_COLS * step + col % FNN_COLS);
        kern->dense_fwd(rows, stage->k, width, x.data, x.ld, x.step,
                        fnn_at(kern, p.w, col * stage->k), width, 0, bias_at(&p, col), p.relu, part,
                        out->ld);
        product_tail(&p, rows, col, width, part, out->ld);
    }
}

void fnn_infer_blocks(const struct fnn_model *model, const struct fnn_stage *stage, size_t rows,
                      struct fnn_source x, void *y, int tid, int nt)
{
    const struct fnn_tensor *out = &model->graph.tensors[stage->raw];
    const size_t step = fnn_tensor_step(out, rows);
    const struct fnn_kernels *kern = model->kern;
    const struct product p = product_of(model, stage);
    struct fnn_blocks it;
    fnn_blocks_begin(&it, kern, rows, stage->n, stage->k, FNN_BLOCKS_FORWARD, tid, nt);
    while (fnn_blocks_next(&it)) {
        const struct fnn_block *b = &it.at;
        void *part = fnn_at(kern, y, b->col0 / FNN_COLS * step + b->row0 * out->ld + b->col0 % FNN_COLS);
        kern->dense_fwd(b->rows, it.terms, b->cols,
                        fnn_at(kern, x.data, it.k0 / FNN_COLS * x.step + b->row0 * x.ld), x.ld, x.step,
                        fnn_at(kern, p.w, b->col0 * stage->k + it.k0 * b->cols), b->cols, it.k0 > 0,
                        it.last ? bias_at(&p, b->col0) : NULL, it.last && p.relu, part, out->ld);
        if (it.last) product_tail(&p, b->rows, b->col0, b->cols, part, out->ld);
    }
}
