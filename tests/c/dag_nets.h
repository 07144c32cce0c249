/* dag_nets.h: the nets of test_graph: residual, merged, shared, with several inputs and outputs; and
 * with what applies to parameters and updates apart from the optimiser. */
#ifndef FNN_DAG_NETS_H
#define FNN_DAG_NETS_H

#include "dags.h"

#define IN(...) .inputs = (const int32_t[]){__VA_ARGS__}, \
                .n_inputs = sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t)
#define DENSE(in, out, act) \
    {.kind = FNN_OP_DENSE, IN(in), .output = out, .activation = act, .act_param = {1}, \
     .use_bias = 1, .trainable = 1}
#define MERGE(op, out, ...) {.kind = op, IN(__VA_ARGS__), .output = out}
#define PENALTY(in, out, l1, l2) {.kind = FNN_OP_PENALTY, IN(in), .output = out, .act_param = {l1, l2}}
#define BATCH(in, out) \
    {.kind = FNN_OP_BATCH_NORM, IN(in), .output = out, .use_scale = 1, .use_bias = 1, \
     .epsilon = 1e-3, .momentum = 0.9, .trainable = 1}
#define NOISE(op, in, out, much) {.kind = op, IN(in), .output = out, .rate = much, .stream = 10 + in}
#define OWN(weight) {.has_loss = 1, .own = squares, .loss_weight = weight}
#define LOSS(of, weight) {.has_loss = 1, .loss = of, .loss_weight = weight}

/* A (5, 6) matrix column by column, and a (6, 5) one. */
static const int32_t turned[] = {
    0, 6, 12, 18, 24, 1, 7, 13, 19, 25, 2, 8, 14, 20, 26, 3, 9, 15, 21, 27, 4, 10, 16, 22, 28,
    5, 11, 17, 23, 29};
static const int32_t back[] = {
    0, 5, 10, 15, 20, 25, 1, 6, 11, 16, 21, 26, 2, 7, 12, 17, 22, 27, 3, 8, 13, 18, 23, 28, 4,
    9, 14, 19, 24, 29};

static const struct dag dags[] = {
    {"residual",
     {{1, 7}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 9}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_SOFTPLUS), DENSE(2, 3, FNN_ACT_LINEAR),
      MERGE(FNN_OP_ADD, 4, 1, 3),
      {.kind = FNN_OP_ACTIVATION, IN(4), .output = 5, .activation = FNN_ACT_SILU},
      DENSE(5, 6, FNN_ACT_LINEAR)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 70, 16, 0, .vocabulary = 0},
    {"merges of one tensor",
     {{1, 6}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 3}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(0, 2, FNN_ACT_TANH), MERGE(FNN_OP_MULTIPLY, 3, 1, 2, 1),
      MERGE(FNN_OP_SUBTRACT, 4, 3, 2), MERGE(FNN_OP_MAXIMUM, 5, 1, 2, 4),
      MERGE(FNN_OP_MINIMUM, 6, 1, 4), MERGE(FNN_OP_AVERAGE, 7, 5, 6, 3),
      MERGE(FNN_OP_ADD, 8, 7, 7), DENSE(8, 9, FNN_ACT_SOFTMAX)},
     {0}, 1, {9}, 1, {LOSS(FNN_LOSS_SCCE, 1)}, FNN_OPT_SGD_MOMENTUM, 0.05, 60, 13, 1, .vocabulary = 0},
    {"two towers, cosine",
     {{1, 6}, {1, 4}, {1, 8}, {1, 8}, {1, 1}, {1, 17}, {1, 1}},
     {DENSE(0, 2, FNN_ACT_TANH), DENSE(1, 3, FNN_ACT_GELU),
      {.kind = FNN_OP_DOT, IN(2, 3), .output = 4, .dot_axis = {1, 1}, .normalize = 1},
      MERGE(FNN_OP_CONCATENATE, 5, 2, 4, 3), DENSE(5, 6, FNN_ACT_SIGMOID)},
     {0, 1}, 2, {6}, 1, {LOSS(FNN_LOSS_BCE, 1)}, FNN_OPT_ADAM, 0.02, 90, 32, 0, .vocabulary = 0},
    {"two outputs, one of them read on",
     {{1, 5}, {1, 11}, {1, 4}, {1, 4}, {1, 1}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_LINEAR),
      {.kind = FNN_OP_ACTIVATION, IN(2), .output = 3, .activation = FNN_ACT_SOFTMAX},
      DENSE(3, 4, FNN_ACT_SIGMOID), DENSE(1, 5, FNN_ACT_LINEAR)},
     {0}, 1, {3, 4, 5}, 3,
     {LOSS(FNN_LOSS_SCCE, 0.5), LOSS(FNN_LOSS_BCE, 2), {.has_loss = 0}},
     FNN_OPT_RMSPROP, 0.01, 50, 12, 1, .vocabulary = 0},
    {"shared layer, frozen branch",
     {{1, 6}, {1, 6}, {1, 7}, {1, 7}, {1, 7}, {1, 3}, {1, 3}, {1, 3}},
     {{.kind = FNN_OP_DENSE, IN(0), .output = 2, .activation = FNN_ACT_TANH, .use_bias = 1,
       .trainable = 1},
      {.kind = FNN_OP_DENSE, IN(1), .output = 3, .activation = FNN_ACT_SILU, .use_bias = 1,
       .shares = 1},
      MERGE(FNN_OP_SUBTRACT, 4, 2, 3),
      {.kind = FNN_OP_DENSE, IN(0), .output = 5, .activation = FNN_ACT_TANH, .use_bias = 1},
      DENSE(4, 6, FNN_ACT_LINEAR), MERGE(FNN_OP_MULTIPLY, 7, 6, 5)},
     {0, 1}, 2, {7}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 1100, 1100, 0, .vocabulary = 0},
    {"positions: groups, reshape, dot along them",
     {{6, 4}, {3, 4}, {6, 5}, {3, 5}, {9, 5}, {9, 5}, {5, 5}, {5, 5}, {1, 25}, {1, 3}, {18, 5},
      {18, 5}},
     {DENSE(0, 2, FNN_ACT_TANH), DENSE(1, 3, FNN_ACT_TANH),
      {.kind = FNN_OP_CONCATENATE, IN(2, 3), .output = 4, .groups = 3}, DENSE(4, 5, FNN_ACT_TANH),
      {.kind = FNN_OP_DOT, IN(4, 5), .output = 6, .dot_axis = {0, 0}, .normalize = 1},
      {.kind = FNN_OP_DOT, IN(6, 6), .output = 7, .dot_axis = {1, 0}},
      {.kind = FNN_OP_RESHAPE, IN(7), .output = 8}, DENSE(8, 9, FNN_ACT_LINEAR),
      {.kind = FNN_OP_CONCATENATE, IN(4, 5), .output = 10, .groups = 1},
      {.kind = FNN_OP_ACTIVATION, IN(10), .output = 11, .activation = FNN_ACT_SOFTMAX}},
     {0, 1}, 2, {9, 11}, 2, {LOSS(FNN_LOSS_MSE, 1), LOSS(FNN_LOSS_MSE, 3)},
     FNN_OPT_SGD, 0.05, 30, 9, 0, .vocabulary = 0},
    /* Panelled activations, fused updates, several threads. */
    {"wide residual",
     {{1, 100}, {1, 160}, {1, 160}, {1, 160}, {1, 160}, {1, 160}, {1, 3}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_GELU), DENSE(2, 3, FNN_ACT_LINEAR),
      MERGE(FNN_OP_ADD, 4, 3, 1), MERGE(FNN_OP_MULTIPLY, 5, 4, 1), DENSE(5, 6, FNN_ACT_SOFTMAX)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_CCE, 1)}, FNN_OPT_ADAM, 0.001, 200, 100, 0, .vocabulary = 0},
    {"dropout, an input read four times",
     {{1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 24}, {1, 2}},
     {{.kind = FNN_OP_DROPOUT, IN(0), .output = 1, .rate = 0.25, .stream = 5},
      {.kind = FNN_OP_ACTIVATION, IN(0), .output = 2, .activation = FNN_ACT_RELU},
      DENSE(0, 3, FNN_ACT_RELU), {.kind = FNN_OP_DROPOUT, IN(3), .output = 4, .rate = 0.5, .stream = 6},
      MERGE(FNN_OP_CONCATENATE, 5, 1, 4, 2), DENSE(5, 6, FNN_ACT_LINEAR)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_MAE, 1)}, FNN_OPT_SGD_NESTEROV, 0.02, 600, 600, 0, .vocabulary = 0},
    {"shared normalisations and slopes",
     {{1, 6}, {1, 6}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 2}},
     {DENSE(0, 2, FNN_ACT_LINEAR), DENSE(1, 3, FNN_ACT_LINEAR),
      {.kind = FNN_OP_LAYER_NORM, IN(2), .output = 4, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .trainable = 1},
      {.kind = FNN_OP_LAYER_NORM, IN(3), .output = 5, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .shares = 3},
      {.kind = FNN_OP_PRELU, IN(4), .output = 6, .trainable = 1},
      {.kind = FNN_OP_PRELU, IN(5), .output = 7, .shares = 5},
      {.kind = FNN_OP_RMS_NORM, IN(6), .output = 8, .use_scale = 1, .epsilon = 1e-3, .trainable = 1},
      {.kind = FNN_OP_RMS_NORM, IN(7), .output = 9, .use_scale = 1, .epsilon = 1e-3, .shares = 7},
      MERGE(FNN_OP_ADD, 10, 8, 9), DENSE(10, 11, FNN_ACT_LINEAR)},
     {0, 1}, 2, {11}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 80, 20, 0, .vocabulary = 0},
    {"shared embedding, batch statistics",
     {{1, 3}, {1, 2}, {3, 5}, {2, 5}, {1, 15}, {1, 10}, {1, 8}, {1, 8}, {1, 8}, {1, 8}, {1, 16}, {1, 2}},
     {{.kind = FNN_OP_EMBEDDING, IN(0), .output = 2, .vocabulary = 6, .trainable = 1},
      {.kind = FNN_OP_EMBEDDING, IN(1), .output = 3, .vocabulary = 6, .shares = 1},
      {.kind = FNN_OP_RESHAPE, IN(2), .output = 4}, {.kind = FNN_OP_RESHAPE, IN(3), .output = 5},
      DENSE(4, 6, FNN_ACT_TANH), DENSE(5, 7, FNN_ACT_TANH),
      {.kind = FNN_OP_BATCH_NORM, IN(6), .output = 8, .use_scale = 1, .use_bias = 1,
       .epsilon = 1e-3, .momentum = 0.9, .trainable = 1},
      {.kind = FNN_OP_BATCH_NORM, IN(7), .output = 9, .use_scale = 1, .use_bias = 1,
       .epsilon = 1e-3, .momentum = 0.9, .shares = 7},
      MERGE(FNN_OP_CONCATENATE, 10, 8, 9), DENSE(10, 11, FNN_ACT_LINEAR)},
     {0, 1}, 2, {11}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_SGD_MOMENTUM, 0.01, 80, 20, 0, .vocabulary = 6},
    /* Matrices row by row among the parameters of columns. */
    {"restricted columns, accumulated",
     {{1, 3}, {3, 4}, {1, 12}, {1, 12}, {1, 12}, {1, 12}, {1, 7}, {1, 7}, {1, 7}, {1, 7}, {1, 2}, {1, 2}},
     {{.kind = FNN_OP_EMBEDDING, IN(0), .output = 1, .vocabulary = 9, .trainable = 1},
      {.kind = FNN_OP_RESHAPE, IN(1), .output = 2},
      {.kind = FNN_OP_LAYER_NORM, IN(2), .output = 3, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .param_rows = 3, .trainable = 1},
      {.kind = FNN_OP_PRELU, IN(3), .output = 4, .param_rows = 3, .trainable = 1},
      PENALTY(4, 5, 0.01, 0.02), DENSE(5, 6, FNN_ACT_TANH),
      {.kind = FNN_OP_RMS_NORM, IN(6), .output = 7, .use_scale = 1, .epsilon = 1e-3, .trainable = 1},
      {.kind = FNN_OP_AFFINE, IN(7), .output = 8}, {.kind = FNN_OP_UNIT_NORM, IN(8), .output = 9},
      DENSE(9, 10, FNN_ACT_LINEAR), PENALTY(10, 11, 0.01, 0)},
     {0}, 1, {11}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 60, 16, 0, 9, 1,
     .update = {.clipnorm = 0.5, .accumulate = 2, .loss_scale = 3}},
    {"restricted, worked in chunks, noise",
     {{1, 7}, {1, 7}, {1, 20}, {1, 20}, {1, 12}, {1, 12}, {1, 12}, {1, 2}},
     {NOISE(FNN_OP_GAUSSIAN_NOISE, 0, 1, 0.125), DENSE(1, 2, FNN_ACT_SELU),
      NOISE(FNN_OP_ALPHA_DROPOUT, 2, 3, 0.25), DENSE(3, 4, FNN_ACT_RELU),
      NOISE(FNN_OP_GAUSSIAN_DROPOUT, 4, 5, 0.25), PENALTY(5, 6, 0.001, 0.01),
      DENSE(6, 7, FNN_ACT_LINEAR)},
     {0}, 1, {7}, 1, {LOSS(FNN_LOSS_HUBER, 1)}, FNN_OPT_SGD_NESTEROV, 0.05, 1100, 1100, 1, 0, 1,
     .update = {.global_clipnorm = 0.5, .use_ema = 1, .ema_momentum = 0.5, .ema_overwrite = 2}},
    {"restricted, updated block by block, own loss",
     {{1, 20}, {1, 190}, {1, 190}, {1, 190}, {1, 190}, {1, 190}, {1, 190}, {1, 3}},
     {DENSE(0, 1, FNN_ACT_LINEAR),
      {.kind = FNN_OP_BATCH_NORM, IN(1), .output = 2, .use_scale = 1, .use_bias = 1,
       .epsilon = 1e-3, .momentum = 0.9, .trainable = 1},
      {.kind = FNN_OP_PRELU, IN(2), .output = 3, .trainable = 1}, DENSE(3, 4, FNN_ACT_LINEAR),
      {.kind = FNN_OP_LAYER_NORM, IN(4), .output = 5, .use_scale = 1, .use_bias = 1, .epsilon = 1e-3,
       .trainable = 1},
      PENALTY(5, 6, 0, 0.0001), DENSE(6, 7, FNN_ACT_LINEAR)},
     {0}, 1, {7}, 1, {OWN(1)}, FNN_OPT_SGD_MOMENTUM, 0.001, 48, 24, .restricted = 1, .folds = 1},
    {"own loss beside another, lamb",
     {{1, 5}, {1, 11}, {1, 4}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), DENSE(1, 2, FNN_ACT_SOFTPLUS), DENSE(1, 3, FNN_ACT_LINEAR)},
     {0}, 1, {2, 3}, 2, {OWN(2), LOSS(FNN_LOSS_LOG_COSH, 0.5)}, FNN_OPT_LAMB, 0.02, 50, 12, 1, 0, 0,
     .update = {.use_ema = 1, .ema_momentum = 0.75}},
    /* Behind a product, in front of two (through dropout), behind one of those. */
    {"folded normalisations",
     {{1, 9}, {1, 70}, {1, 70}, {1, 70}, {1, 70}, {1, 70}, {1, 33}, {1, 33}, {1, 33}, {1, 33}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_LINEAR), BATCH(1, 2),
      {.kind = FNN_OP_ACTIVATION, IN(2), .output = 3, .activation = FNN_ACT_RELU}, BATCH(3, 4),
      NOISE(FNN_OP_DROPOUT, 4, 5, 0.25), DENSE(5, 6, FNN_ACT_TANH), DENSE(5, 7, FNN_ACT_LINEAR),
      BATCH(7, 8), MERGE(FNN_OP_ADD, 9, 6, 8), DENSE(9, 10, FNN_ACT_LINEAR)},
     {0}, 1, {10}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 300, 50, .folds = 1},
    /* (positions, width) (5, 6) seen as (6, 5) and back, read twice. */
    {"permuted",
     {{5, 3}, {5, 6}, {6, 5}, {6, 7}, {5, 6}, {5, 6}, {1, 42}, {1, 30}, {1, 72}, {1, 2}},
     {DENSE(0, 1, FNN_ACT_TANH), {.kind = FNN_OP_PERMUTE, IN(1), .output = 2, .order = turned},
      DENSE(2, 3, FNN_ACT_SOFTPLUS),
      {.kind = FNN_OP_PERMUTE, IN(2), .output = 4, .order = back}, MERGE(FNN_OP_MULTIPLY, 5, 1, 4),
      {.kind = FNN_OP_RESHAPE, IN(3), .output = 6}, {.kind = FNN_OP_RESHAPE, IN(5), .output = 7},
      MERGE(FNN_OP_CONCATENATE, 8, 6, 7), DENSE(8, 9, FNN_ACT_LINEAR)},
     {0}, 1, {9}, 1, {LOSS(FNN_LOSS_MSE, 1)}, FNN_OPT_ADAM, 0.01, 60, 16, .folds = 0},
    {"muon",
     {{1, 4}, {4, 7}, {1, 28}, {1, 28}, {1, 70}, {1, 90}, {1, 3}},
     {{.kind = FNN_OP_EMBEDDING, IN(0), .output = 1, .vocabulary = 70, .trainable = 1},
      {.kind = FNN_OP_RESHAPE, IN(1), .output = 2},
      {.kind = FNN_OP_PRELU, IN(2), .output = 3, .param_rows = 4, .trainable = 1},
      DENSE(3, 4, FNN_ACT_TANH), DENSE(4, 5, FNN_ACT_SOFTPLUS), DENSE(5, 6, FNN_ACT_SOFTMAX)},
     {0}, 1, {6}, 1, {LOSS(FNN_LOSS_SCCE, 1)}, FNN_OPT_MUON, 0.01, 60, 30, .vocabulary = 70,
     .update = {.clipnorm = 0.5}},
};
enum { DAGS = sizeof dags / sizeof *dags };

#endif /* FNN_DAG_NETS_H */
