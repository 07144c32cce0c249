/* graph_check.c: what makes a model spec valid. Nothing is built here. */
#include <string.h>

#include "../core/alloc.h"
#include "../core/status.h"
#include "graph.h"

/* Keeps every size product of rows and columns far inside size_t and int64_t. */
#define DIM_MAX ((int64_t)1 << 31)
#define OPS_MAX 100000

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

static struct fnn_tensor_spec input_of(const struct fnn_model_spec *spec,
                                       const struct fnn_op_spec *op, int32_t i)
{
    return spec->tensors[op->inputs[i]];
}

static int merge_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    if (op->n_inputs < 2 || ((op->kind == FNN_OP_SUBTRACT || op->kind == FNN_OP_DIVIDE) && op->n_inputs != 2)) return 0;
    for (int32_t i = 0; i < op->n_inputs; i++)
        if (!same_shape(input_of(spec, op, i), spec->tensors[op->output])) return 0;
    return 1;
}

static int concat_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    const struct fnn_tensor_spec out = spec->tensors[op->output];
    if (op->groups < 0) return 0;
    int64_t sum = 0;
    for (int32_t i = 0; i < op->n_inputs; i++) {
        const struct fnn_tensor_spec in = input_of(spec, op, i);
        if (op->groups == 0) {
            if (in.positions != out.positions) return 0;
            sum += in.width;
        } else {
            if (in.width != out.width || in.positions % op->groups != 0) return 0;
            sum += in.positions;
        }
    }
    return op->n_inputs >= 1 && sum == (op->groups == 0 ? out.width : out.positions);
}

static int64_t extent(struct fnn_tensor_spec t, int32_t axis)
{
    return axis ? t.width : t.positions;
}

static int dot_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    if (op->n_inputs != 2) return 0;
    for (int i = 0; i < 2; i++)
        if (op->dot_axis[i] != 0 && op->dot_axis[i] != 1) return 0;
    const struct fnn_tensor_spec a = input_of(spec, op, 0), b = input_of(spec, op, 1);
    const struct fnn_tensor_spec out = spec->tensors[op->output];
    const int64_t rows = extent(a, !op->dot_axis[0]), cols = extent(b, !op->dot_axis[1]);
    return extent(a, op->dot_axis[0]) == extent(b, op->dot_axis[1]) &&
           rows <= DIM_MAX / cols && rows * cols == out.positions * out.width;
}

/* Every element of the input once. */
static int order_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    const struct fnn_tensor_spec in = input_of(spec, op, 0), out = spec->tensors[op->output];
    const int64_t size = out.positions * out.width;
    if (op->n_inputs != 1 || op->order == NULL || in.positions * in.width != size) return 0;
    unsigned char *seen = size <= INT32_MAX ? fnn_alloc((size_t)size, 1) : NULL;
    int ok = seen != NULL;
    for (int64_t i = 0; i < size && ok; i++) {
        ok = op->order[i] >= 0 && op->order[i] < size && !seen[op->order[i]];
        if (ok) seen[op->order[i]] = 1;
    }
    fnn_free(seen);
    return ok;
}

/* Only the model's own inputs are checked for their range. */
static int embedding_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    const struct fnn_tensor_spec in = input_of(spec, op, 0), out = spec->tensors[op->output];
    const int64_t most = spec->dtype == FNN_F32 ? 1 << 24 : DIM_MAX - 1;
    int given = 0;
    for (int32_t i = 0; i < spec->n_inputs; i++) given |= spec->inputs[i] == op->inputs[0];
    return given && op->n_inputs == 1 && in.positions * in.width == out.positions &&
           op->vocabulary >= 1 && op->vocabulary <= most;
}

/* Parameters of columns that are a matrix row by row. */
static int param_rows_ok(const struct fnn_op_spec *op, int64_t width)
{
    return op->param_rows == 0 || (op->param_rows > 0 && width % op->param_rows == 0);
}

static int op_ok(const struct fnn_model_spec *spec, const struct fnn_op_spec *op)
{
    struct fnn_tensor_spec in = input_of(spec, op, 0), out = spec->tensors[op->output];
    switch (op->kind) {
    case FNN_OP_DENSE:
        return op->n_inputs == 1 && act_ok(op->activation) && in.positions == out.positions;
    case FNN_OP_ACTIVATION:
        return op->n_inputs == 1 && act_ok(op->activation) && same_shape(in, out);
    case FNN_OP_DROPOUT:
        return op->n_inputs == 1 && same_shape(in, out) && op->rate >= 0 && op->rate <= 1;
    case FNN_OP_PENALTY:
        return op->n_inputs == 1 && same_shape(in, out) && op->act_param[0] >= 0 && op->act_param[1] >= 0;
    case FNN_OP_RESHAPE:
        return op->n_inputs == 1 && in.positions * in.width == out.positions * out.width;
    case FNN_OP_SLICE:
        return op->n_inputs == 1 && in.positions == out.positions && op->first >= 0 &&
               op->first <= in.width - out.width;
    case FNN_OP_PERMUTE:
        return order_ok(spec, op);
    case FNN_OP_ALPHA_DROPOUT:
    case FNN_OP_GAUSSIAN_DROPOUT:
        return op->n_inputs == 1 && same_shape(in, out) && op->rate >= 0 && op->rate < 1;
    case FNN_OP_GAUSSIAN_NOISE:
        return op->n_inputs == 1 && same_shape(in, out) && op->rate >= 0;
    case FNN_OP_BATCH_NORM:
        return op->n_inputs == 1 && same_shape(in, out) && op->epsilon >= 0 && op->momentum >= 0 &&
               op->momentum <= 1 && op->param_rows == 0;
    case FNN_OP_LAYER_NORM:
    case FNN_OP_RMS_NORM:
        return op->n_inputs == 1 && same_shape(in, out) && op->epsilon >= 0 &&
               param_rows_ok(op, out.width);
    case FNN_OP_PRELU:
        return op->n_inputs == 1 && same_shape(in, out) && param_rows_ok(op, out.width);
    case FNN_OP_UNIT_NORM:
    case FNN_OP_AFFINE:
        return op->n_inputs == 1 && same_shape(in, out);
    case FNN_OP_EMBEDDING:
        return embedding_ok(spec, op);
    case FNN_OP_ADD:
    case FNN_OP_SUBTRACT:
    case FNN_OP_MULTIPLY:
    case FNN_OP_AVERAGE:
    case FNN_OP_MAXIMUM:
    case FNN_OP_MINIMUM:
    case FNN_OP_DIVIDE:
        return merge_ok(spec, op);
    case FNN_OP_CONCATENATE:
        return concat_ok(spec, op);
    case FNN_OP_DOT:
        return dot_ok(spec, op);
    default:
        return 0;
    }
}

static int has_params(enum fnn_op_kind kind)
{
    return kind == FNN_OP_DENSE || kind == FNN_OP_BATCH_NORM || kind == FNN_OP_LAYER_NORM ||
           kind == FNN_OP_RMS_NORM || kind == FNN_OP_PRELU || kind == FNN_OP_AFFINE ||
           kind == FNN_OP_EMBEDDING;
}

/* Parameters of an earlier op of the same sizes, which has them itself. */
static int sharing_ok(const struct fnn_model_spec *spec, int32_t i)
{
    const struct fnn_op_spec *op = &spec->ops[i];
    if (op->shares == 0) return 1;
    if (op->shares < 0 || op->shares > i || !has_params(op->kind)) return 0;
    const struct fnn_op_spec *owner = &spec->ops[op->shares - 1];
    return owner->kind == op->kind && owner->shares == 0 && !owner->use_bias == !op->use_bias &&
           !owner->use_scale == !op->use_scale && owner->vocabulary == op->vocabulary &&
           owner->param_rows == op->param_rows &&
           (op->kind == FNN_OP_EMBEDDING ||
            input_of(spec, owner, 0).width == input_of(spec, op, 0).width) &&
           spec->tensors[owner->output].width == spec->tensors[op->output].width;
}

/* state[t]: 0 nobody wrote it, 1 written and not read, 2 read. */
static enum fnn_status check_ops(const struct fnn_model_spec *spec, unsigned char *state)
{
    for (int32_t i = 0; i < spec->n_inputs; i++) {
        const int32_t t = spec->inputs[i];
        FNN_REQUIRE(t >= 0 && t < spec->n_tensors && state[t] == 0, FNN_ERR_ARGUMENT);
        state[t] = 2;
    }
    for (int32_t i = 0; i < spec->n_ops; i++) {
        const struct fnn_op_spec *op = &spec->ops[i];
        FNN_REQUIRE(op->inputs != NULL && op->n_inputs >= 1 && op->n_inputs < OPS_MAX,
                    FNN_ERR_ARGUMENT);
        for (int32_t j = 0; j < op->n_inputs; j++) {
            const int32_t t = op->inputs[j];
            FNN_REQUIRE(t >= 0 && t < spec->n_tensors && state[t] != 0, FNN_ERR_ARGUMENT);
            state[t] = 2;
        }
        FNN_REQUIRE(op->output >= 0 && op->output < spec->n_tensors && state[op->output] == 0,
                    FNN_ERR_ARGUMENT);
        state[op->output] = 1;
        FNN_REQUIRE(op_ok(spec, op) && sharing_ok(spec, i), FNN_ERR_ARGUMENT);
    }
    for (int32_t i = 0; i < spec->n_outputs; i++) {
        const int32_t t = spec->outputs[i];
        FNN_REQUIRE(t >= 0 && t < spec->n_tensors && state[t] != 0, FNN_ERR_ARGUMENT);
        for (int32_t j = 0; j < i; j++) FNN_REQUIRE(spec->outputs[j] != t, FNN_ERR_ARGUMENT);
        for (int32_t j = 0; j < spec->n_inputs; j++) FNN_REQUIRE(spec->inputs[j] != t, FNN_ERR_ARGUMENT);
    }
    for (int32_t i = 0; i < spec->n_outputs; i++) state[spec->outputs[i]] = 2;
    for (int32_t t = 0; t < spec->n_tensors; t++) FNN_REQUIRE(state[t] == 2, FNN_ERR_ARGUMENT);
    return FNN_OK;
}

enum fnn_status fnn_graph_check(const struct fnn_model_spec *spec)
{
    FNN_REQUIRE(spec != NULL && spec->tensors != NULL && spec->ops != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->dtype == FNN_F32 || spec->dtype == FNN_F64, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_ops >= 1 && spec->n_ops < OPS_MAX, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->inputs != NULL && spec->outputs != NULL, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_inputs >= 1 && spec->n_inputs <= FNN_INPUTS_MAX, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_outputs >= 1 && spec->n_outputs <= FNN_OUTPUTS_MAX, FNN_ERR_ARGUMENT);
    FNN_REQUIRE(spec->n_tensors == spec->n_ops + spec->n_inputs, FNN_ERR_ARGUMENT);
    for (int32_t t = 0; t < spec->n_tensors; t++)
        FNN_REQUIRE(shape_ok(spec->tensors[t]), FNN_ERR_ARGUMENT);
    unsigned char *state = fnn_alloc((size_t)spec->n_tensors, 1);
    FNN_REQUIRE(state != NULL, FNN_ERR_MEMORY);
    const enum fnn_status status = check_ops(spec, state);
    fnn_free(state);
    return status;
}
