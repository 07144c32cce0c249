/* graph.c: from the caller's op list to stages. */
#include "graph.h"

#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"

/* Builder state. */
struct builder {
    struct fnn_graph *graph;
    const struct fnn_model_spec *spec;
    int32_t next_ewise, next_read;
    size_t next_order;
    int32_t *carrier;           /* stage of each elementwise op */
    int32_t *stage_of;          /* (n_ops) stage with the parameters of an op, for its sharers */
};

static int32_t add_param(struct fnn_graph *g, size_t rows, size_t cols, int is_kernel)
{
    struct fnn_param *p = &g->params[g->n_params];
    *p = (struct fnn_param){.rows = rows, .cols = cols, .offset = g->param_elems,
                            .size = rows * cols, .is_kernel = is_kernel, .stage = g->n_stages - 1};
    /* Every parameter starts on a cache line; the gap stays zero in every arena. */
    const size_t more = fnn_round_up(p->size, FNN_PAD);
    /* Saturates, so that a sum that would wrap is refused by the allocator. */
    g->param_elems = more < SIZE_MAX - g->param_elems ? g->param_elems + more : SIZE_MAX;
    return g->n_params++;
}

static struct fnn_stage *add_stage(struct builder *b, enum fnn_stage_kind kind, int32_t op,
                                   const int32_t *inputs, int32_t n_inputs, int32_t output)
{
    struct fnn_graph *g = b->graph;
    struct fnn_stage *s = &g->stages[g->n_stages];
    int32_t *reads = &g->reads[b->next_read];
    memcpy(reads, inputs, (size_t)n_inputs * sizeof *reads);
    b->next_read += n_inputs;
    *s = (struct fnn_stage){.kind = kind, .op = op, .owner = op, .inputs = reads,
                            .n_inputs = n_inputs, .input = inputs[0], .output = output,
                            .raw = -1, .kernel = -1, .bias = -1,
                            .gamma = -1, .beta = -1, .mean = -1, .var = -1,
                            .before = -1, .after = -1};
    g->tensors[output].producer = g->n_stages++;
    return s;
}

/* A tensor that the caller does not know of, shaped as `like`, read once. */
static int32_t hidden_tensor(struct fnn_graph *g, int32_t like)
{
    g->tensors[g->n_tensors] = (struct fnn_tensor){.positions = g->tensors[like].positions,
                                                   .width = g->tensors[like].width, .uses = 1};
    return g->n_tensors++;
}

/* Adds an elementwise op to the stage that writes its input, when that stage can carry it and
 * nothing else reads the input; else to a new one. */
static void add_ewise(struct builder *b, int32_t op, struct fnn_ewise e)
{
    struct fnn_graph *g = b->graph;
    const struct fnn_tensor *in = &g->tensors[e.input];
    struct fnn_stage *s = in->producer >= 0 && in->uses == 1 ? &g->stages[in->producer] : NULL;
    if (s == NULL || (s->kind != FNN_STAGE_DENSE && s->kind != FNN_STAGE_EWISE &&
                      s->kind != FNN_STAGE_MERGE))
        s = add_stage(b, FNN_STAGE_EWISE, op, &e.input, 1, e.output);
    b->carrier[b->next_ewise] = (int32_t)(s - g->stages);
    g->ewise[b->next_ewise++] = e;
    s->n_ewise++;
    s->output = e.output;
    g->tensors[e.output].producer = (int32_t)(s - g->stages);
}

static void add_activation(struct builder *b, int32_t op, int32_t input, int32_t output)
{
    const struct fnn_op_spec *o = &b->spec->ops[op];
    if (!fnn_act_elementwise(o->activation)) {
        add_stage(b, FNN_STAGE_SOFTMAX, op, &input, 1, output)->act = o->activation;
        return;
    }
    struct fnn_ewise e = {.act = o->activation, .input = input, .output = output};
    memcpy(e.param, o->act_param, sizeof e.param);
    add_ewise(b, op, e);
}

static void add_penalty(struct builder *b, int32_t op)
{
    const struct fnn_op_spec *o = &b->spec->ops[op];
    struct fnn_ewise e = {.penalty = ++b->graph->n_penalties, .input = o->inputs[0],
                          .output = o->output};
    memcpy(e.param, o->act_param, sizeof e.param);
    add_ewise(b, op, e);
}

/* The stage with the parameters that op i shares, NULL when it has its own. */
static const struct fnn_stage *shared_stage(struct builder *b, int32_t i, struct fnn_stage *s)
{
    const struct fnn_op_spec *o = &b->spec->ops[i];
    b->stage_of[i] = (int32_t)(s - b->graph->stages);
    s->owner = o->shares > 0 ? o->shares - 1 : i;
    s->trainable = b->spec->ops[s->owner].trainable;
    if (o->shares == 0) return NULL;
    b->graph->shares = 1;
    return &b->graph->stages[b->stage_of[s->owner]];
}

static void add_dense(struct builder *b, int32_t i)
{
    struct fnn_graph *g = b->graph;
    const struct fnn_op_spec *o = &b->spec->ops[i];
    int32_t out = o->output;
    if (o->activation != FNN_ACT_LINEAR) out = hidden_tensor(g, out); /* the pre-activation */
    struct fnn_stage *s = add_stage(b, FNN_STAGE_DENSE, i, o->inputs, 1, out);
    s->raw = out;
    s->k = g->tensors[s->input].width;
    s->n = g->tensors[o->output].width;
    const struct fnn_stage *shared = shared_stage(b, i, s);
    s->kernel = shared != NULL ? shared->kernel : add_param(g, s->k, s->n, 1);
    if (o->use_bias) s->bias = shared != NULL ? shared->bias : add_param(g, 1, s->n, 0);
    if (o->activation != FNN_ACT_LINEAR) add_activation(b, i, out, o->output);
}

/* A merge of n tensors: of the first two, then of that and the next. */
static void add_merge(struct builder *b, int32_t i)
{
    static const enum fnn_merge merges[] = {
        [FNN_OP_ADD] = FNN_MERGE_ADD, [FNN_OP_SUBTRACT] = FNN_MERGE_SUBTRACT,
        [FNN_OP_MULTIPLY] = FNN_MERGE_MULTIPLY, [FNN_OP_AVERAGE] = FNN_MERGE_AVERAGE,
        [FNN_OP_MAXIMUM] = FNN_MERGE_MAXIMUM, [FNN_OP_MINIMUM] = FNN_MERGE_MINIMUM,
        [FNN_OP_DIVIDE] = FNN_MERGE_DIVIDE,
    };
    const struct fnn_op_spec *o = &b->spec->ops[i];
    int32_t left = o->inputs[0];
    for (int32_t j = 1; j < o->n_inputs; j++) {
        const int last = j + 1 == o->n_inputs;
        const int32_t pair[] = {left, o->inputs[j]};
        const int32_t out = last ? o->output : hidden_tensor(b->graph, o->output);
        struct fnn_stage *s = add_stage(b, FNN_STAGE_MERGE, i, pair, 2, out);
        s->raw = out;
        s->merge = merges[o->kind];
        if (s->merge == FNN_MERGE_AVERAGE && !last) s->merge = FNN_MERGE_ADD;
        s->param = o->n_inputs;
        left = out;
    }
}

static int32_t add_state(struct fnn_graph *g, size_t cols)
{
    const int32_t number = add_param(g, 1, cols, 0);
    g->params[number].is_state = 1;
    return number;
}

static void add_noise(struct builder *b, int32_t i, enum fnn_noise kind)
{
    const struct fnn_op_spec *o = &b->spec->ops[i];
    add_ewise(b, i, (struct fnn_ewise){.dropout = kind, .rate = o->rate, .stream = o->stream,
                                       .same_positions = o->same_positions != 0,
                                       .same_batch = o->same_batch != 0,
                                       .input = o->inputs[0], .output = o->output});
}

/* A stage whose parameters belong to columns. */
static void add_columns(struct builder *b, int32_t i, enum fnn_stage_kind kind)
{
    struct fnn_graph *g = b->graph;
    const struct fnn_op_spec *o = &b->spec->ops[i];
    const size_t width = g->tensors[o->output].width;
    const size_t rows = o->param_rows > 0 ? (size_t)o->param_rows : 1;
    struct fnn_stage *s = add_stage(b, kind, i, o->inputs, 1, o->output);
    const struct fnn_stage *shared = shared_stage(b, i, s);
    s->trainable = s->trainable && o->kind != FNN_OP_AFFINE;
    s->eps = o->epsilon;
    s->momentum = o->momentum;
    if (o->kind == FNN_OP_RMS_NORM) s->norm = FNN_NORM_RMS;
    else if (o->kind == FNN_OP_UNIT_NORM) s->norm = FNN_NORM_UNIT;
    else s->norm = FNN_NORM_LAYER;
    if (shared != NULL) {
        s->gamma = shared->gamma;
        s->beta = shared->beta;
        s->mean = shared->mean;
        s->var = shared->var;
        return;
    }
    switch (o->kind) {
    case FNN_OP_PRELU:
        s->gamma = add_param(g, rows, width / rows, 0);
        break;
    case FNN_OP_EMBEDDING:
        s->gamma = add_param(g, (size_t)o->vocabulary, width, 0);
        break;
    case FNN_OP_AFFINE:
        s->mean = add_state(g, width);
        s->gamma = add_state(g, width);
        s->beta = add_state(g, width);
        break;
    case FNN_OP_UNIT_NORM:
        break;
    default:
        if (o->use_scale) s->gamma = add_param(g, rows, width / rows, 0);
        if (o->use_bias) s->beta = add_param(g, rows, width / rows, 0);
        if (o->kind == FNN_OP_BATCH_NORM) {
            s->mean = add_state(g, width);
            s->var = add_state(g, width);
        }
        break;
    }
}

static size_t sample_size(const struct fnn_model_spec *spec, int32_t tensor)
{
    return (size_t)(spec->tensors[tensor].positions * spec->tensors[tensor].width);
}

static void add_permute(struct builder *b, int32_t i)
{
    const struct fnn_op_spec *o = &b->spec->ops[i];
    const size_t size = sample_size(b->spec, o->output);
    int32_t *order = b->graph->orders + b->next_order;
    memcpy(order, o->order, size * sizeof *order);
    b->next_order += size;
    add_stage(b, FNN_STAGE_PERMUTE, i, o->inputs, 1, o->output)->order = order;
}

static void add_op(struct builder *b, int32_t i)
{
    const struct fnn_op_spec *o = &b->spec->ops[i];
    struct fnn_stage *s;
    switch (o->kind) {
    case FNN_OP_DENSE:
        add_dense(b, i);
        break;
    case FNN_OP_ACTIVATION:
        add_activation(b, i, o->inputs[0], o->output);
        break;
    case FNN_OP_DROPOUT:
        add_noise(b, i, FNN_NOISE_DROPOUT);
        break;
    case FNN_OP_PENALTY:
        add_penalty(b, i);
        break;
    case FNN_OP_ALPHA_DROPOUT: add_noise(b, i, FNN_NOISE_ALPHA); break;
    case FNN_OP_GAUSSIAN_NOISE: add_noise(b, i, FNN_NOISE_ADD); break;
    case FNN_OP_GAUSSIAN_DROPOUT: add_noise(b, i, FNN_NOISE_FACTOR); break;
    case FNN_OP_BATCH_NORM: add_columns(b, i, FNN_STAGE_BATCH); break;
    case FNN_OP_AFFINE: add_columns(b, i, FNN_STAGE_AFFINE); break;
    case FNN_OP_PRELU: add_columns(b, i, FNN_STAGE_PRELU); break;
    case FNN_OP_LAYER_NORM:
    case FNN_OP_RMS_NORM:
    case FNN_OP_UNIT_NORM: add_columns(b, i, FNN_STAGE_ROWNORM); break;
    case FNN_OP_EMBEDDING: add_columns(b, i, FNN_STAGE_EMBED); break;
    case FNN_OP_RESHAPE:
        add_stage(b, FNN_STAGE_RESHAPE, i, o->inputs, 1, o->output);
        break;
    case FNN_OP_SLICE:
        add_stage(b, FNN_STAGE_SLICE, i, o->inputs, 1, o->output)->first = (size_t)o->first;
        break;
    case FNN_OP_PERMUTE:
        add_permute(b, i);
        break;
    case FNN_OP_CONCATENATE:
        s = add_stage(b, FNN_STAGE_CONCAT, i, o->inputs, o->n_inputs, o->output);
        s->groups = (size_t)o->groups;
        break;
    case FNN_OP_DOT:
        s = add_stage(b, FNN_STAGE_DOT, i, o->inputs, 2, o->output);
        s->dot_axis[0] = o->dot_axis[0];
        s->dot_axis[1] = o->dot_axis[1];
        s->normalize = o->normalize != 0;
        break;
    default:
        add_merge(b, i);
        break;
    }
}

/* Lays the elementwise ops of each stage side by side; they came in the order of the ops. */
static enum fnn_status sort_ewise(struct builder *b)
{
    struct fnn_graph *g = b->graph;
    const size_t n = (size_t)b->next_ewise;
    struct fnn_ewise *sorted = fnn_alloc(n, sizeof *sorted);
    FNN_REQUIRE(sorted != NULL, FNN_ERR_MEMORY);
    struct fnn_ewise *next = sorted;
    for (int32_t i = 0; i < g->n_stages; i++) {
        g->stages[i].ewise = next;
        next += g->stages[i].n_ewise;
        g->stages[i].n_ewise = 0;
    }
    for (size_t e = 0; e < n; e++) {
        struct fnn_stage *s = &g->stages[b->carrier[e]];
        s->ewise[s->n_ewise++] = g->ewise[e];
    }
    fnn_free(g->ewise);
    g->ewise = sorted;
    return FNN_OK;
}

static enum fnn_status allocate(struct builder *b)
{
    struct fnn_graph *g = b->graph;
    const size_t ops = (size_t)b->spec->n_ops;
    size_t reads = 0, ordered = 0;
    for (size_t i = 0; i < ops; i++) {
        const struct fnn_op_spec *o = &b->spec->ops[i];
        reads += (size_t)o->n_inputs;
        if (o->kind == FNN_OP_PERMUTE) ordered += sample_size(b->spec, o->output);
    }
    /* A dense op makes one tensor and one stage more, a merge as many as it has inputs. */
    g->tensors = fnn_alloc((size_t)b->spec->n_tensors + ops + reads, sizeof *g->tensors);
    g->stages = fnn_alloc(ops + ops + reads, sizeof *g->stages);
    g->reads = fnn_alloc(ops + 2 * reads, sizeof *g->reads);
    g->orders = fnn_alloc(ordered, sizeof *g->orders);
    g->ewise = fnn_alloc(2 * ops, sizeof *g->ewise);
    g->params = fnn_alloc(4 * ops, sizeof *g->params);
    b->carrier = fnn_alloc(2 * ops, sizeof *b->carrier);
    b->stage_of = fnn_alloc(ops, sizeof *b->stage_of);
    FNN_REQUIRE(g->tensors && g->stages && g->reads && g->orders && g->ewise && g->params && b->carrier &&
                    b->stage_of, FNN_ERR_MEMORY);
    return FNN_OK;
}

static void add_tensors(struct fnn_graph *g, const struct fnn_model_spec *spec)
{
    g->n_ops = spec->n_ops;
    g->n_tensors = spec->n_tensors;
    g->n_inputs = spec->n_inputs;
    g->n_outputs = spec->n_outputs;
    memcpy(g->inputs, spec->inputs, (size_t)spec->n_inputs * sizeof *g->inputs);
    memcpy(g->outputs, spec->outputs, (size_t)spec->n_outputs * sizeof *g->outputs);
    for (int32_t t = 0; t < spec->n_tensors; t++) {
        size_t width = (size_t)spec->tensors[t].width;
        g->tensors[t] = (struct fnn_tensor){.positions = (size_t)spec->tensors[t].positions,
                                            .width = width, .producer = -1};
    }
    for (int32_t i = 0; i < spec->n_ops; i++)
        for (int32_t j = 0; j < spec->ops[i].n_inputs; j++)
            g->tensors[spec->ops[i].inputs[j]].uses++;
    for (int32_t i = 0; i < spec->n_outputs; i++) g->tensors[spec->outputs[i]].uses++;
}

static enum fnn_status build(struct builder *b)
{
    FNN_TRY(allocate(b));
    add_tensors(b->graph, b->spec);
    for (int32_t i = 0; i < b->spec->n_ops; i++) add_op(b, i);
    FNN_TRY(sort_ewise(b));
    FNN_TRY(fnn_graph_layout(b->graph));
    return fnn_graph_fold(b->graph);
}

enum fnn_status fnn_graph_init(struct fnn_graph *g, const struct fnn_model_spec *spec)
{
    memset(g, 0, sizeof *g);
    FNN_TRY(fnn_graph_check(spec));
    struct builder b = {.graph = g, .spec = spec};
    const enum fnn_status status = build(&b);
    fnn_free(b.carrier);
    fnn_free(b.stage_of);
    if (status != FNN_OK) fnn_graph_free(g);
    return status;
}

void fnn_graph_free(struct fnn_graph *g)
{
    fnn_free(g->tensors);
    if (g->serving != g->stages) fnn_free(g->serving);
    fnn_free(g->stages);
    fnn_free(g->reads);
    fnn_free(g->orders);
    fnn_free(g->ewise);
    fnn_free(g->params);
    memset(g, 0, sizeof *g);
}
