/* graph.c: from the caller's op list to stages. */
#include "graph.h"

#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"

/* Keeps every size product of rows and columns far inside size_t and int64_t. */
#define DIM_MAX ((int64_t)1 << 31)

static int shape_ok(struct fnn_tensor_spec t)
{
    return t.positions >= 1 && t.width >= 1 && t.positions <= DIM_MAX && t.width <= DIM_MAX &&
           t.positions * t.width <= DIM_MAX;
}

static int same_shape(struct fnn_tensor_spec a, struct fnn_tensor_spec b)
{
    return a.positions == b.positions && a.width == b.width;
}

static int act_ok(enum fnn_activation act)
{
    return (int)act >= 0 && act < FNN_ACT_COUNT;
}

static int op_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    struct fnn_tensor_spec in = spec->tensors[op->input], out = spec->tensors[op->output];
    switch (op->kind) {
    case FNN_OP_DENSE:
        return act_ok(op->activation) && in.positions == out.positions;
    case FNN_OP_ACTIVATION:
        return act_ok(op->activation) && same_shape(in, out);
    case FNN_OP_DROPOUT:
        return same_shape(in, out) && op->rate >= 0 && op->rate < 1;
    case FNN_OP_RESHAPE:
        return in.positions * in.width == out.positions * out.width;
    default:
        return 0;
    }
}

/* A chain for now: every op reads what the op before it wrote. */
static enum fnn_status check(const struct fnn_model_spec *spec)
{
    FNN_REQUIRE(spec != NULL && spec->tensors != NULL && spec->ops != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->dtype == FNN_F32 || spec->dtype == FNN_F64, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_ops >= 1 && spec->n_ops < 100000, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_tensors == spec->n_ops + 1, FNN_ERR_ARGUMENT);
    for (int32_t t = 0; t < spec->n_tensors; t++)
        FNN_REQUIRE(shape_ok(spec->tensors[t]), FNN_ERR_ARGUMENT);
    for (int32_t i = 0; i < spec->n_ops; i++) {
        FNN_REQUIRE(spec->ops[i].input == i && spec->ops[i].output == i + 1, FNN_ERR_ARGUMENT);
        FNN_REQUIRE(op_ok(spec, &spec->ops[i]), FNN_ERR_ARGUMENT);
    }
    return FNN_OK;
}

/* Builder state: where the next hidden tensor, elementwise op and parameter go. */
struct builder {
    struct fnn_graph *graph;
    const struct fnn_model_spec *spec;
    int32_t next_ewise;
};

static int32_t add_param(struct fnn_graph *g, size_t rows, size_t cols, int is_kernel)
{
    struct fnn_param *p = &g->params[g->n_params];
    *p = (struct fnn_param){rows, cols, g->param_elems, rows * cols, is_kernel, g->n_stages - 1};
    /* Every parameter starts on a cache line; the gap stays zero in every arena. */
    const size_t more = fnn_round_up(p->size, FNN_PAD);
    /* Saturates, so that a sum that would wrap is refused by the allocator. */
    g->param_elems = more < SIZE_MAX - g->param_elems ? g->param_elems + more : SIZE_MAX;
    return g->n_params++;
}

static struct fnn_stage *add_stage(struct fnn_graph *g, enum fnn_stage_kind kind, int32_t op,
                                   int32_t input, int32_t output)
{
    struct fnn_stage *s = &g->stages[g->n_stages++];
    *s = (struct fnn_stage){.kind = kind, .op = op, .input = input, .output = output,
                            .dense_out = -1, .kernel = -1, .bias = -1};
    return s;
}

/* Adds an elementwise op to the last stage when that stage can carry it, else to a new one. */
static void add_ewise(struct builder *b, int32_t op, struct fnn_ewise e)
{
    struct fnn_graph *g = b->graph;
    struct fnn_stage *s = g->n_stages > 0 ? &g->stages[g->n_stages - 1] : NULL;
    if (s == NULL || (s->kind != FNN_STAGE_DENSE && s->kind != FNN_STAGE_EWISE))
        s = add_stage(g, FNN_STAGE_EWISE, op, e.input, e.output);
    if (s->n_ewise == 0) s->ewise = &g->ewise[b->next_ewise];
    g->ewise[b->next_ewise++] = e;
    s->n_ewise++;
    s->output = e.output;
}

static void add_activation(struct builder *b, int32_t op, int32_t input, int32_t output)
{
    const struct fnn_op_spec *o = &b->spec->ops[op];
    if (!fnn_act_elementwise(o->activation)) {
        add_stage(b->graph, FNN_STAGE_SOFTMAX, op, input, output)->act = o->activation;
        return;
    }
    struct fnn_ewise e = {.act = o->activation, .input = input, .output = output};
    memcpy(e.param, o->act_param, sizeof e.param);
    add_ewise(b, op, e);
}

static void add_dense(struct builder *b, int32_t i)
{
    struct fnn_graph *g = b->graph;
    const struct fnn_op_spec *o = &b->spec->ops[i];
    int32_t out = o->output;
    if (o->activation != FNN_ACT_LINEAR) { /* hidden tensor for the pre-activation */
        out = g->n_tensors++;
        g->tensors[out] = g->tensors[o->output];
    }
    struct fnn_stage *s = add_stage(g, FNN_STAGE_DENSE, i, o->input, out);
    s->dense_out = out;
    s->k = g->tensors[o->input].width;
    s->n = g->tensors[o->output].width;
    s->trainable = o->trainable;
    s->kernel = add_param(g, s->k, s->n, 1);
    if (o->use_bias) s->bias = add_param(g, 1, s->n, 0);
    if (o->activation != FNN_ACT_LINEAR) add_activation(b, i, out, o->output);
}

static enum fnn_status allocate(struct fnn_graph *g, const struct fnn_model_spec *spec)
{
    size_t ops = (size_t)spec->n_ops;
    g->tensors = fnn_alloc(2 * ops + 1, sizeof *g->tensors);
    g->stages = fnn_alloc(2 * ops, sizeof *g->stages);
    g->ewise = fnn_alloc(ops, sizeof *g->ewise);
    g->params = fnn_alloc(2 * ops, sizeof *g->params);
    if (!g->tensors || !g->stages || !g->ewise || !g->params) {
        fnn_graph_free(g);
        return FNN_ERR_MEMORY;
    }
    return FNN_OK;
}

/* Every tensor of a stage has one layout, as elementwise ops work in place. */
static void set_layout(struct fnn_graph *g, const struct fnn_stage *s, int plain)
{
    if (s->dense_out >= 0) g->tensors[s->dense_out].plain = plain;
    for (int32_t e = 0; e < s->n_ewise; e++) g->tensors[s->ewise[e].output].plain = plain;
    g->tensors[s->output].plain = plain;
}

static int by_rows(enum fnn_stage_kind kind)
{
    return kind == FNN_STAGE_SOFTMAX || kind == FNN_STAGE_RESHAPE;
}

/* Plain: what a softmax or reshape reads or writes, and what the loss reads, which may be
 * the input of the last stage. An elementwise stage keeps the layout of its input. */
static void choose_layouts(struct fnn_graph *g)
{
    int plain = 1;
    for (int32_t i = g->n_stages - 1; i >= 0; i--) {
        const struct fnn_stage *s = &g->stages[i];
        plain = plain || by_rows(s->kind) ||
                (s->kind == FNN_STAGE_EWISE && i > 0 && by_rows(g->stages[i - 1].kind));
        set_layout(g, s, plain);
        if (s->kind == FNN_STAGE_DENSE) plain = 0;
    }
    g->tensors[0].plain = plain;
    for (int32_t t = 0; t < g->n_tensors; t++) {
        struct fnn_tensor *x = &g->tensors[t];
        x->ld = x->width > FNN_COLS && !x->plain ? FNN_COLS : fnn_round_up(x->width, FNN_PAD);
    }
}

enum fnn_status fnn_graph_init(struct fnn_graph *g, const struct fnn_model_spec *spec)
{
    memset(g, 0, sizeof *g);
    FNN_TRY(check(spec));
    FNN_TRY(allocate(g, spec));
    struct builder b = {.graph = g, .spec = spec};
    g->n_ops = spec->n_ops;
    g->n_tensors = spec->n_tensors;
    for (int32_t t = 0; t < spec->n_tensors; t++) {
        size_t width = (size_t)spec->tensors[t].width;
        g->tensors[t] = (struct fnn_tensor){.positions = (size_t)spec->tensors[t].positions,
                                            .width = width};
    }
    for (int32_t i = 0; i < spec->n_ops; i++) {
        const struct fnn_op_spec *o = &spec->ops[i];
        switch (o->kind) {
        case FNN_OP_DENSE:
            add_dense(&b, i);
            break;
        case FNN_OP_ACTIVATION:
            add_activation(&b, i, o->input, o->output);
            break;
        case FNN_OP_DROPOUT:
            add_ewise(&b, i, (struct fnn_ewise){.dropout = 1, .rate = o->rate, .stream = o->stream,
                                                .input = o->input, .output = o->output});
            break;
        default: /* FNN_OP_RESHAPE, by check() */
            add_stage(g, FNN_STAGE_RESHAPE, i, o->input, o->output);
            break;
        }
    }
    choose_layouts(g);
    return FNN_OK;
}

void fnn_graph_free(struct fnn_graph *g)
{
    fnn_free(g->tensors);
    fnn_free(g->stages);
    fnn_free(g->ewise);
    fnn_free(g->params);
    memset(g, 0, sizeof *g);
}
