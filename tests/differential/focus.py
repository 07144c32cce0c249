"""Programs about one feature each, in the company of ordinary ones.

The programs of `draw.py` are drawn evenly from a catalogue that is closed: a new entry would change
them all. These here are independent of one another: each is seeded by its own name, so a feature
can be added without changing the others.
"""

import zlib
from typing import Any

import numpy as np

from . import manners
from .draw import Program

VARIATIONS = 2
_HIDDEN = ["tanh", "sigmoid", "softplus", "gelu", "silu", "elu"]
_LOSS = {
    "values": ["MeanSquaredError", {}],
    "binary": ["BinaryCrossentropy", {}],
    "one-hot": ["CategoricalCrossentropy", {}],
    "labels": ["SparseCategoricalCrossentropy", {}],
    "signs": ["Hinge", {}],
}
_LAST: dict[str, dict[str, Any]] = {
    "values": {"units": 3},
    "binary": {"units": 1, "activation": ["sigmoid", {}]},
    "one-hot": {"units": 3, "activation": ["softmax", {}]},
    "labels": {"units": 3, "activation": ["softmax", {}]},
    "signs": {"units": 2, "activation": ["tanh", {}]},
}
_FITS = ["plain", "sample_weight", "validation_data", "validation_split", "class_weight"]

# name: (kind of target, what to change in the program)
LOSSES: dict[str, tuple[str, dict[str, Any]]] = {
    f"{name} {' '.join(f'{k}={v}' for k, v in options.items())}".strip(): (
        kind,
        {
            "loss": [name, options],
            "logits": options.get("from_logits", False),
            # Keras' generalized cross-entropy compares each row of a column with every other.
            "targets": "flat" if name.startswith("CategoricalGeneralized") else "array",
        },
    )
    for kind, name, options in [
        ("signs", "Hinge", {}),
        ("signs", "SquaredHinge", {"reduction": "mean_with_sample_weight"}),
        ("one-hot", "CategoricalHinge", {}),
        ("values", "CosineSimilarity", {}),
        ("values", "CosineSimilarity", {"reduction": "sum"}),
        ("binary", "BinaryFocalCrossentropy", {}),
        ("binary", "BinaryFocalCrossentropy", {"from_logits": True}),
        ("binary", "BinaryFocalCrossentropy", {"gamma": 1.5, "alpha": 0.75,
                                               "label_smoothing": 0.125,
                                               "apply_class_balancing": True}),
        ("one-hot", "CategoricalFocalCrossentropy", {}),
        ("one-hot", "CategoricalFocalCrossentropy", {"from_logits": True}),
        ("one-hot", "CategoricalFocalCrossentropy", {"gamma": 1.5, "alpha": 0.5,
                                                     "label_smoothing": 0.125}),
        ("labels", "CategoricalGeneralizedCrossEntropy", {"q": 0.75}),
        ("labels", "SparseCategoricalCrossentropy", {"ignore_class": 1}),
    ]
}  # fmt: skip

METRICS: dict[str, tuple[str, Any]] = {
    "R2Score": ("values", ["R2Score", {}]),
    "R2Score variance": ("values", ["R2Score", {"class_aggregation":
                                                "variance_weighted_average"}]),
    "own": ("values", ["own", {}]),
    "MeanMetricWrapper": ("values", ["MeanMetricWrapper", {"name": "largest"}]),
    "CosineSimilarity": ("values", ["CosineSimilarity", {}]),
    "PearsonCorrelation": ("values", ["PearsonCorrelation", {}]),
    "ConcordanceCorrelation": ("values", ["ConcordanceCorrelation", {}]),
    "Hinge": ("signs", ["Hinge", {}]),
    "SquaredHinge": ("signs", ["SquaredHinge", {}]),
    "CategoricalHinge": ("one-hot", ["CategoricalHinge", {}]),
    "SensitivityAtSpecificity": ("binary", ["SensitivityAtSpecificity", {"specificity": 0.5}]),
    "SpecificityAtSensitivity": ("binary", ["SpecificityAtSensitivity", {"sensitivity": 0.5}]),
    "PrecisionAtRecall": ("binary", ["PrecisionAtRecall", {"recall": 0.5}]),
    "RecallAtPrecision": ("binary", ["RecallAtPrecision", {"precision": 0.5}]),
    "BinaryIoU": ("binary", ["BinaryIoU", {"threshold": 0.375}]),
    "IoU": ("labels", ["IoU", {"num_classes": 3, "target_class_ids": [0, 2],
                               "sparse_y_pred": False}]),
    "MeanIoU": ("labels", ["MeanIoU", {"num_classes": 3, "sparse_y_pred": False}]),
    "OneHotIoU": ("one-hot", ["OneHotIoU", {"num_classes": 3, "target_class_ids": [1]}]),
    "OneHotMeanIoU": ("one-hot", ["OneHotMeanIoU", {"num_classes": 3}]),
}  # fmt: skip

_SHAPED = ["Reshape", {"target_shape": [2, 3]}]
LAYERS: dict[str, list[Any]] = {
    "BatchNormalization": [["BatchNormalization", {}]],
    "BatchNormalization options": [["BatchNormalization", {"momentum": 0.5, "epsilon": 0.125,
                                                           "center": False}]],
    "LayerNormalization": [["LayerNormalization", {}]],
    "LayerNormalization options": [["LayerNormalization", {"epsilon": 0.125, "scale": False}]],
    "RMSNormalization": [["RMSNormalization", {}]],
    "UnitNormalization": [["UnitNormalization", {}]],
    "PReLU": [["PReLU", {}]],
    "BatchNormalization axis": [_SHAPED, ["BatchNormalization", {"axis": 1}], ["Flatten", {}]],
    "LayerNormalization axis": [_SHAPED, ["LayerNormalization", {"axis": 1}], ["Flatten", {}]],
    "UnitNormalization axis": [_SHAPED, ["UnitNormalization", {"axis": 1}], ["Flatten", {}]],
    "Softmax axis": [_SHAPED, ["Softmax", {"axis": 1}], ["Flatten", {}]],
    "Softmax axes": [_SHAPED, ["Softmax", {"axis": [1, 2]}], ["Flatten", {}]],
    "PReLU shared_axes": [_SHAPED, ["PReLU", {"shared_axes": [2], "alpha_initializer": "ones"}],
                          ["Flatten", {}]],
    "Permute": [_SHAPED, ["Permute", {"dims": [2, 1]}], ["LayerNormalization", {}],
                ["Flatten", {}]],
    "Rescaling": [["Rescaling", {"scale": 0.5, "offset": 0.25}]],
    "Reshape": [["Reshape", {"target_shape": [2, 3]}], ["Flatten", {}]],
    "RepeatVector": [["RepeatVector", {"n": 3}], ["Flatten", {}]],
    "Identity": [["Identity", {}]],
    "AlphaDropout": [["AlphaDropout", {"rate": 0.0}]],
    "GaussianDropout": [["GaussianDropout", {"rate": 0.0}]],
    "GaussianNoise": [["GaussianNoise", {"stddev": 0.0}]],
    "ActivityRegularization": [["ActivityRegularization", {"l1": 0.03125, "l2": 0.0625}]],
}  # fmt: skip

DENSE: dict[str, dict[str, Any]] = {
    "L1": {"kernel_regularizer": ["L1", {"l1": 0.03125}]},
    "L2 of both": {"kernel_regularizer": ["L2", {"l2": 0.0625}],
                   "bias_regularizer": ["L2", {"l2": 0.125}]},
    "L1L2": {"kernel_regularizer": ["L1L2", {"l1": 0.03125, "l2": 0.0625}]},
    "OrthogonalRegularizer": {"kernel_regularizer": ["OrthogonalRegularizer", {"factor": 0.125}]},
    "activity": {"activity_regularizer": ["L2", {"l2": 0.0625}]},
    "MaxNorm": {"kernel_constraint": ["MaxNorm", {"max_value": 0.75}]},
    "NonNeg": {"kernel_constraint": ["NonNeg", {}], "bias_constraint": ["NonNeg", {}]},
    "UnitNorm": {"kernel_constraint": ["UnitNorm", {}]},
    "MinMaxNorm": {"kernel_constraint": ["MinMaxNorm", {"min_value": 0.5, "max_value": 0.75,
                                                        "rate": 0.5}]},
}  # fmt: skip

_SLOW = ["SGD", {"learning_rate": 0.03125}]

# Regularisers and constraints of other layers than Dense.
RESTRICTED: dict[str, dict[str, Any]] = {
    "BatchNormalization": {"optimizer": _SLOW, "inserted": [["BatchNormalization", {
        "gamma_regularizer": ["L2", {"l2": 0.0625}], "gamma_constraint": ["MaxNorm", {}],
        "beta_regularizer": ["L2", {"l2": 0.125}], "beta_constraint": ["UnitNorm", {}],
        "activity_regularizer": ["L2", {"l2": 0.03125}]}]]},
    "LayerNormalization": {"optimizer": _SLOW, "inserted": [["LayerNormalization", {
        "gamma_regularizer": ["L1L2", {"l1": 0.03125, "l2": 0.0625}],
        "beta_constraint": ["MaxNorm", {"max_value": 0.25}]}]]},
    "LayerNormalization of two axes": {"optimizer": _SLOW, "inserted": [
        ["Reshape", {"target_shape": [2, 3]}],
        ["LayerNormalization", {
            "axis": [1, 2], "gamma_constraint": ["UnitNorm", {"axis": 1}],
            "beta_constraint": ["MaxNorm", {"max_value": 0.25}]}],
        ["Flatten", {}]]},
    "RMSNormalization": {"optimizer": _SLOW, "inserted": [["RMSNormalization", {
        "activity_regularizer": ["L2", {"l2": 0.03125}]}]]},
    "PReLU": {"inserted": [["PReLU", {
        "alpha_regularizer": ["L2", {"l2": 0.125}], "alpha_constraint": ["MaxNorm", {
            "max_value": 0.25}], "activity_regularizer": ["L1", {"l1": 0.03125}]}]]},
    "PReLU of two axes": {"inserted": [
        ["Reshape", {"target_shape": [2, 3]}],
        ["PReLU", {"alpha_regularizer": ["OrthogonalRegularizer", {"factor": 0.125}],
                   "alpha_constraint": ["MinMaxNorm", {"min_value": 0.25, "max_value": 0.5}]}],
        ["Flatten", {}]]},
    "Embedding": {"kind": "values", "input": "uint8", "layers": [
        ["Embedding", {"input_dim": 4, "output_dim": 3,
                       "embeddings_regularizer": ["L2", {"l2": 0.0625}],
                       "embeddings_constraint": ["MaxNorm", {"max_value": 0.75, "axis": 1}],
                       "activity_regularizer": ["L2", {"l2": 0.0625}]}],
        ["Flatten", {}],
        ["Dense", {"units": 3}]]},
}  # fmt: skip

# Whole chains: what comes first or last in one. Keras takes a layer with glu to be as wide as what
# it halves, so that it can only be the last one.
CHAINS: dict[str, dict[str, Any]] = {
    "Normalization": {"layers": [["Normalization", {"mean": [0.5, -0.25, 0.0, 1.0],
                                                    "variance": [1.5, 0.5, 1.0, 2.0]}],
                                 ["Dense", {"units": 5, "activation": ["tanh", {}]}],
                                 ["Dense", {"units": 3}]]},
    "Normalization adapted": {"layers": [["Normalization", {}],
                                         ["Dense", {"units": 5, "activation": ["tanh", {}]}],
                                         ["Dense", {"units": 3}]]},
    "glu": {"width": 3, "layers": [["Dense", {"units": 5, "activation": ["tanh", {}]}],
                                   ["Dense", {"units": 6, "activation": ["glu", {}]}]]},
    "glu of its own": {"width": 2, "layers": [["Dense", {"units": 4}],
                                              ["Activation", {"activation": "glu"}]]},
    "Circle": {"loss": ["Circle", {"gamma": 4.0}], "kind": "labels", "width": 3,
               "fit": "sample_weight", "layers": [
                   ["Dense", {"units": 3}], ["UnitNormalization", {}]]},
    "Circle by class": {"loss": ["Circle", {"gamma": 4.0, "margin": 0.125,
                                            "reduction": "mean_with_sample_weight"}],
                        "kind": "labels", "width": 3, "fit": "class_weight", "layers": [
                            ["Dense", {"units": 3}], ["UnitNormalization", {}]]},
    "Dice": {"loss": ["Dice", {}], "kind": "one-hot", "fit": "sample_weight", "layers": [
        ["Dense", {"units": 3, "activation": ["sigmoid", {}]}]]},
    "Dice by class": {"loss": ["Dice", {"reduction": "sum"}], "kind": "one-hot",
                      "fit": "class_weight", "layers": [
                          ["Dense", {"units": 3, "activation": ["sigmoid", {}]}]]},
    "Tversky": {"loss": ["Tversky", {"alpha": 0.25, "beta": 0.75,
                                     "reduction": "mean_with_sample_weight"}],
                "kind": "one-hot", "fit": "sample_weight", "layers": [
                    ["Dense", {"units": 3, "activation": ["softmax", {}]}]]},
    "Tversky of rows": {"loss": ["Tversky", {"axis": -1}], "kind": "one-hot",
                        "fit": "class_weight", "layers": [
                            ["Dense", {"units": 3, "activation": ["softmax", {}]}]]},
    "Quartic": {"loss": ["own", {}], "layers": [["Dense", {"units": 3}]]},
    # Outputs that are exactly -1 or 1, but for a few.
    "Accuracy": {"kind": "signs", "metrics": [["Accuracy", {}]], "layers": [
        ["Rescaling", {"scale": 8.0}], ["Dense", {"units": 2, "activation": ["hard_tanh", {}]}]]},
    "values of predictions": {"measures": list(manners.MEASURES), "layers": [
        ["Dense", {"units": 5, "activation": ["tanh", {}]}], ["Dense", {"units": 3}]]},
}  # fmt: skip

OPTIMIZERS: dict[str, list[Any]] = {
    "clipnorm": ["SGD", {"learning_rate": 0.0625, "clipnorm": 0.125}],
    "clipnorm Adam": ["Adam", {"learning_rate": 0.015625, "clipnorm": 0.0625}],
    "global_clipnorm": ["SGD", {"learning_rate": 0.0625, "momentum": 0.5,
                                "global_clipnorm": 0.125}],
    "global_clipnorm RMSprop": ["RMSprop", {"learning_rate": 0.0078125, "global_clipnorm": 0.125}],
    "use_ema": ["SGD", {"learning_rate": 0.0625, "use_ema": True, "ema_momentum": 0.75}],
    "use_ema overwrite": ["Adam", {"learning_rate": 0.015625, "use_ema": True,
                                   "ema_momentum": 0.75, "ema_overwrite_frequency": 2}],
    "accumulation": ["SGD", {"learning_rate": 0.0625, "momentum": 0.5,
                             "gradient_accumulation_steps": 2}],
    "accumulation Adam": ["Adam", {"learning_rate": 0.015625, "gradient_accumulation_steps": 3}],
    "loss_scale_factor": ["SGD", {"learning_rate": 0.0625, "loss_scale_factor": 8.0}],
    "Lamb": ["Lamb", {"learning_rate": 0.015625}],
    "Muon": ["Muon", {"learning_rate": 0.015625}],
    "Muon options": ["Muon", {"learning_rate": 0.015625, "exclude_layers": ["dense_1"],
                              "nesterov": False, "momentum": 0.5, "weight_decay": 0.125,
                              "adam_weight_decay": 0.25, "adam_lr_ratio": 2.0}],
    "Lamb decay": ["Lamb", {"learning_rate": 0.015625, "weight_decay": 0.125}],
}  # fmt: skip


def _dense(units: int, activation: str | None = None) -> list[Any]:
    options: dict[str, Any] = {"units": units}
    if activation is not None:
        options["activation"] = [activation, {}]
    return ["Dense", options]


# Nodes as [class, options, numbers of what goes in]: inputs have the first numbers, nodes the next.
# "again" is the layer of the node whose place follows.
GRAPHS: dict[str, dict[str, Any]] = {
    merge: {
        "inputs": [4],
        "nodes": [
            [*_dense(3, "tanh"), [0]],
            [*_dense(3, "sigmoid"), [0]],
            [merge, {}, [1, 2]],
            [*_dense(2), [3]],
        ],
        "outputs": [4],
    }
    for merge in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum", "Concatenate")
} | {
    "Dot": {
        "inputs": [4],
        "nodes": [
            [*_dense(3, "tanh"), [0]],
            [*_dense(3, "tanh"), [0]],
            ["Dot", {"axes": 1}, [1, 2]],
            [*_dense(2), [3]],
        ],
        "outputs": [4],
    },
    "Dot normalized": {
        "inputs": [4],
        "nodes": [
            [*_dense(3, "softplus"), [0]],
            [*_dense(3, "softplus"), [0]],
            ["Dot", {"axes": 1, "normalize": True}, [1, 2]],
            [*_dense(2), [3]],
        ],
        "outputs": [4],
    },
    "residual": {
        "inputs": [4],
        "nodes": [
            [*_dense(4, "tanh"), [0]],
            [*_dense(4), [1]],
            ["Add", {}, [0, 2]],
            ["ReLU", {}, [3]],
            [*_dense(2), [4]],
        ],
        "outputs": [5],
    },
    "shared": {
        "inputs": [3, 3],
        "nodes": [
            [*_dense(4, "tanh"), [0]],
            ["again", {}, [1], 0],
            ["Subtract", {}, [2, 3]],
            [*_dense(2), [4]],
        ],
        "outputs": [5],
    },
    "gate": {
        "inputs": [4],
        "nodes": [
            [*_dense(1, "sigmoid"), [0]],
            [*_dense(5, "tanh"), [0]],
            ["Multiply", {}, [1, 2]],
            [*_dense(2), [3]],
        ],
        "outputs": [4],
    },
    "quotient": {
        "inputs": [4],
        "nodes": [
            [*_dense(3, "tanh"), [0]],
            [*_dense(3, "sigmoid"), [0]],
            ["operator", {"name": "add", "value": 0.5}, [2]],
            ["operator", {"name": "truediv"}, [1, 3]],
            ["operator", {"name": "truediv", "value": "0.75"}, [3]],
            ["operator", {"name": "sub"}, [4, 5]],
            [*_dense(2), [6]],
        ],
        "outputs": [7],
    },
    "powers": {
        "inputs": [4],
        "nodes": [
            [*_dense(5, "sigmoid"), [0]],
            ["operator", {"name": "pow", "value": 2}, [1]],
            ["operator", {"name": "pow", "value": 0.5}, [1]],
            ["operator", {"name": "pow", "value": -0.75}, [1]],
            ["Concatenate", {}, [2, 3, 4]],
            [*_dense(2), [5]],
        ],
        "outputs": [6],
    },
    "parts": {
        "inputs": [6],
        "nodes": [
            ["operator", {"name": "getitem", "value": [1, 4]}, [0]],
            ["operator", {"name": "getitem", "value": [None, None, -2]}, [0]],
            ["operator", {"name": "abs"}, [2]],
            ["operator", {"name": "mul"}, [1, 3]],
            ["operator", {"name": "neg"}, [4]],
            [*_dense(4, "tanh"), [5]],
            ["operator", {"name": "getitem", "value": [-3, None]}, [6]],
            [*_dense(2), [7]],
        ],
        "outputs": [8],
    },
    "two inputs": {
        "inputs": [3, 2],
        "nodes": [
            [*_dense(4, "tanh"), [0]],
            ["Concatenate", {}, [2, 1]],
            [*_dense(3), [3]],
        ],
        "outputs": [4],
    },
    "two outputs": {
        "inputs": [4],
        "nodes": [
            [*_dense(5, "tanh"), [0]],
            [*_dense(2), [1]],
            [*_dense(1), [1]],
        ],
        "outputs": [2, 3],
    },
    "two outputs weighted": {
        "inputs": [3, 2],
        "nodes": [
            [*_dense(4, "tanh"), [0]],
            ["Concatenate", {}, [2, 1]],
            [*_dense(2), [3]],
            [*_dense(1), [2]],
        ],
        "outputs": [4, 5],
        "loss_weights": [0.75, 0.25],
    },
}


def focus_programs() -> list[Program]:
    """Return every program about one feature, `VARIATIONS` of each."""
    made = []
    for variation in range(VARIATIONS):
        for name, (kind, change) in LOSSES.items():
            made.append(_program("loss", name, variation, kind, **change))
        for name, (kind, metric) in METRICS.items():
            made.append(_program("metric", name, variation, kind, metrics=[metric]))
        for name, layers in LAYERS.items():
            made.append(_program("layer", name, variation, None, inserted=layers))
        for name, options in DENSE.items():
            made.append(_program("Dense", name, variation, None, dense=options))
        for name, change in RESTRICTED.items():
            made.append(_program("restricted", name, variation, **{"kind": None, **change}))
        for name, optimizer in OPTIMIZERS.items():
            made.append(_program("optimizer", name, variation, None, optimizer=optimizer))
        for name, change in CHAINS.items():
            made.append(_program("chain", name, variation, **{"kind": "values", **change}))
        for name in (*manners.BEFORE, *manners.CALLS):
            made.append(_mannered(name, variation))
        for name in manners.CALLBACKS:
            optimizer = ["SGD", {"learning_rate": 0.0625, "use_ema": name == "SwapEMAWeights",
                                 "ema_momentum": 0.75}]  # fmt: skip
            made.append(_program("callback", name, variation, None, callback=name, epochs=3,
                                 fit="plain", optimizer=optimizer))  # fmt: skip
        for name, graph in GRAPHS.items():
            made.append(_program("graph", name, variation, "values", graph=graph))
    return made


def _mannered(name: str, variation: int) -> Program:
    change: dict[str, Any] = {"manner": name, "fit": ["plain", "sample_weight"][variation % 2]}
    if name == "dict":
        graph = GRAPHS[["two inputs", "two outputs weighted"][variation % 2]]
        change |= {"graph": graph, "fit": "plain"}
    return _program("manner", name, variation, "values", **change)


def _program(family: str, name: str, variation: int, kind: str | None, **change: Any) -> Program:
    number = zlib.crc32(f"{family} {name} {variation}".encode()) % 2**31
    rng = np.random.RandomState(number)
    kind = kind or ["values", "binary", "one-hot", "labels"][rng.randint(4)]
    fit = _FITS[rng.randint(len(_FITS))]
    if fit == "class_weight" and kind in ("values", "signs"):
        fit = "sample_weight"
    hidden = ["Dense", {"units": 6, "activation": [_HIDDEN[rng.randint(len(_HIDDEN))], {}],
                        **change.pop("dense", {})}]  # fmt: skip
    last = dict(_LAST[kind])
    if change.pop("logits", False):
        del last["activation"]
    program: Program = {
        "number": number,
        "focus": f"{family} {name}",
        "kind": kind,
        "loss": _LOSS[kind],
        "input": "float32",
        "targets": "array",
        "rows": 17 + int(rng.randint(12)),
        "epochs": 1 + variation % 3,
        "batch_size": 7 + int(rng.randint(4)),
        "fit": fit,
        "evaluate": ["return_dict", "plain", "batch_size"][variation % 3],
        "predict batch_size": None,
        "shape": [4],
        "layers": [hidden, *change.pop("inserted", []), ["Dense", last]],
        "optimizer": [["SGD", {"learning_rate": 0.0625, "momentum": 0.5}],
                      ["Adam", {"learning_rate": 0.015625}]][variation % 2],
        "metrics": [],
        "weighted_metrics": [],
    }  # fmt: skip
    if "graph" in change:
        program["fit"] = ["plain", "validation_data", "validation_split"][variation % 3]
    if family == "layer" and name.endswith("Normalization") and variation % 2:
        # The bias before a normalisation has a gradient of mere roundings, which Adam blows up.
        program["optimizer"] = ["SGD", {"learning_rate": 0.03125}]
    return program | change
