"""Run a program with Keras or with fastnn; the code is the same, the module differs."""

import copy
import functools
import operator
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import manners
from .draw import Program

Array = NDArray[np.float64]
GRID = 256.0  # all data are multiples of 1 / GRID: exact in every type that holds them


@dataclass
class Data:
    """Rows and targets, one array for each input and output, and weights."""

    x: list[NDArray[Any]]
    y: list[NDArray[Any]]
    weight: NDArray[Any]


def data(program: Program, held_out: bool = False) -> Data:
    """Return the rows of a program; its number is the seed."""
    rng = np.random.RandomState([program["number"], int(held_out)])
    n = program["rows"]
    graph = program.get("graph")
    if graph is None:
        width = program["width"] if "width" in program else program["layers"][-1][1]["units"]
        shapes, widths = [program["shape"]], [width]
    else:
        shapes = [[width] for width in graph["inputs"]]
        nodes = graph["nodes"]
        widths = [nodes[o - len(shapes)][1]["units"] for o in graph["outputs"]]
    x = [_inputs(rng, program["input"], (n, *shape)) for shape in shapes]
    x[0].flat[0] = 2
    y = [_targets(rng, program["kind"], n, width) for width in widths]
    return Data(x, y, _grid(rng.uniform(0.25, 2.0, n)))


def _inputs(rng: Any, form: str, shape: tuple[int, ...]) -> NDArray[Any]:
    x: NDArray[Any]
    if form == "int64":
        x = rng.randint(-2, 3, shape)
    elif form == "uint8":
        x = rng.randint(0, 4, shape).astype(np.uint8)
    else:
        x = _grid(rng.normal(size=shape))
    return x


def _targets(rng: Any, kind: str, n: int, width: int) -> NDArray[Any]:
    y: NDArray[Any]
    if kind == "values":
        y = _grid(rng.normal(size=(n, width)))
    elif kind == "positive":
        y = _grid(rng.uniform(0.25, 2.0, (n, width)))
    elif kind == "binary":
        y = rng.randint(0, 2, (n, width))
    elif kind == "signs":
        y = 2 * rng.randint(0, 2, (n, width)) - 1
    else:
        y = rng.randint(0, width, (n, 1))
        if kind == "one-hot":
            y = np.eye(width, dtype=np.int64)[y[:, 0]]
    return y


def spoilt(given: Data, kind: str) -> Data:
    """Return the data with another first row: one term of many."""
    given.x[0].flat[0] = 0
    first = given.y[0][0]
    given.y[0][0] = {
        "values": 0,
        "positive": first / 2,
        "binary": 1 - first,
        "signs": -first,
        "one-hot": np.roll(first, 1),
        "labels": (first + 1) % 3,
    }[kind]
    return given


def _grid(values: NDArray[Any]) -> Array:
    return np.round(values * GRID) / GRID


def initial_weights(program: Program, shapes: list[tuple[int, ...]]) -> list[Array]:
    """Return weights of variance 1 / fan-in and small biases, exact in float32.

    With normalisation by variances, which must be positive, vectors are about one half.
    """
    rng = np.random.RandomState([program["number"], 2])
    normalizes = {name for name, _ in program["layers"]} & {"BatchNormalization", "Normalization"}
    weights = []
    for shape in shapes:
        values = rng.normal(size=shape)
        if not shape:  # what Normalization counts
            weights.append(np.zeros(()))
        elif len(shape) > 1:
            weights.append(_grid(values / np.sqrt(shape[0])))
        else:
            weights.append(_grid(values / 8 + 0.5 * bool(normalizes)))
    return weights


# ---- the program as objects -----------------------------------------------------------------


def activation(api: Any, given: Any) -> Any:
    """Return an activation by name, or a partial with its arguments."""
    name, options = given
    if not options:
        return name
    return functools.partial(getattr(api.activations, name), **options)


def layer(api: Any, name: str, options: dict[str, Any]) -> Any:
    """Return a layer."""
    options = dict(options)
    if isinstance(options.get("activation"), (list, tuple)):
        options["activation"] = activation(api, options["activation"])
    for argument, given in options.items():
        for family in ("regularizer", "constraint"):
            if argument.endswith(f"_{family}"):
                kind, arguments = given
                options[argument] = getattr(getattr(api, f"{family}s"), kind)(**arguments)
    return getattr(api.layers, name)(**options)


def loss(api: Any, given: Any) -> Any:
    """Return a loss: a name, or an object; "own" is one that a user writes."""
    if given[0] == "own":
        return _own_loss(api)(**given[1])
    return given if isinstance(given, str) else getattr(api.losses, given[0])(**given[1])


def _own_loss(api: Any) -> Any:
    class Quartic(api.losses.Loss):  # type: ignore[misc]
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return api.ops.mean((y_pred - y_true) ** 4, axis=-1)

        def gradient(self, y_true: Any, y_pred: Any) -> Any:  # Keras asks for none
            return 4.0 * (y_pred - y_true) ** 3 / y_pred.shape[-1]

    return Quartic


def metric(api: Any, given: Any) -> Any:
    """Return a metric: a name, or an object; "own" is a function that a user writes."""
    if isinstance(given, str):
        return given

    def largest_error(y_true: Any, y_pred: Any) -> Any:
        return api.ops.max(api.ops.abs(y_true - y_pred), axis=-1)

    if given[0] == "own":
        return largest_error
    if given[0] == "MeanMetricWrapper":
        return api.metrics.MeanMetricWrapper(largest_error, **given[1])
    return getattr(api.metrics, given[0])(**given[1])


def optimizer(api: Any, given: Any, rate_error: float = 0.0) -> Any:
    """Return an optimiser; with `rate_error`, its rate is off by that, relative."""
    name, options = given[0], copy.deepcopy(given[1])
    rate = options.get("learning_rate")
    if isinstance(rate, (list, tuple)):
        options["learning_rate"] = getattr(api.optimizers.schedules, rate[0])(**rate[1])
        return getattr(api.optimizers, name)(**options)
    made = getattr(api.optimizers, name)(**options)
    if rate_error:
        made.learning_rate = float(made.learning_rate) * (1.0 + rate_error)
    return made


def chain(api: Any, program: Program) -> Any:
    """Return the model of a program that is a chain of layers."""
    model = api.Sequential([api.Input(tuple(program["shape"]))])
    for name, options in program["layers"]:
        model.add(layer(api, name, options))
    return model


def functional(api: Any, graph: dict[str, Any]) -> Any:
    """Return the model of a graph."""
    values = [api.Input((width,), name=f"in{i}") for i, width in enumerate(graph["inputs"])]
    inputs, layers = list(values), []
    for number, (name, options, places, *of_node) in enumerate(graph["nodes"]):
        if name == "operator":
            layers.append(functools.partial(_operated, options))
        elif of_node:
            layers.append(layers[of_node[0]])
        else:
            layers.append(layer(api, name, {**options, "name": f"node{number}"}))
        given = [values[place] for place in places]
        values.append(layers[-1](given if len(given) > 1 else given[0]))
    outputs = [values[place] for place in graph["outputs"]]
    return api.Model(
        inputs if len(inputs) > 1 else inputs[0], outputs if len(outputs) > 1 else outputs[0]
    )


def _operated(options: dict[str, Any], given: Any) -> Any:
    """Apply an operator to tensors, or to one and a number; a number as text comes first."""
    kind, value = options["name"], options.get("value")
    if kind == "getitem":
        return given[:, slice(*value)]
    if isinstance(given, list):
        return getattr(operator, kind)(*given)
    if value is None:
        return getattr(operator, kind)(given)
    pair = (float(value), given) if isinstance(value, str) else (given, value)
    return getattr(operator, kind)(*pair)


def build(api: Any, program: Program, rate_error: float = 0.0) -> Any:
    """Return the compiled model with its initial weights."""
    graph = program.get("graph")
    model = chain(api, program) if graph is None else functional(api, graph)
    manner = program.get("manner")
    model = manners.changed(api, model, manner)
    several = graph is not None and len(graph["outputs"]) > 1
    losses: Any = ["mse", "huber"] if several else loss(api, program["loss"])
    measured: Any = [metric(api, m) for m in program["metrics"]] or None
    if several and manner == "dict":
        losses = dict(zip(model.output_names, losses, strict=True))
        measured = {name: ["mae"] for name in model.output_names}
    model.compile(
        optimizer=optimizer(api, program["optimizer"], rate_error),
        loss=losses,
        loss_weights=graph.get("loss_weights") if graph else None,
        metrics=measured,
        weighted_metrics=[metric(api, m) for m in program["weighted_metrics"]] or None,
    )
    model.set_weights(initial_weights(program, [w.shape for w in model.get_weights()]))
    for layer in model.layers:
        if type(layer).__name__ == "Normalization" and layer.input_mean is None:
            layer.adapt(data(program).x[0].astype("float32"))
    manners.restored(model, manner)
    return model


# ---- the rows as users hold them ---------------------------------------------------------------


def as_given(given: Data, form: str, lists: bool) -> Any:
    """Return rows in the form that a program asks for; Keras takes no nested lists."""
    if len(given.x) > 1:
        return [x.astype("float32") for x in given.x]
    x = given.x[0]
    if form in ("int64", "uint8"):
        return x
    if form == "fortran":
        return np.asfortranarray(x.astype("float32"))
    if form == "strided":
        wide = np.zeros((2 * x.shape[0], *x.shape[1:]), "float32")
        wide[::2] = x
        return wide[::2]
    if form == "list" and lists:
        return x.tolist()
    if form == "pandas":
        import pandas as pd

        return pd.DataFrame(x, columns=[f"column {i}" for i in range(x.shape[1])])
    return x.astype("float64" if form == "float64" else "float32")


def targets_as_given(given: Data, program: Program, lists: bool) -> Any:
    """Return targets in the form that a program asks for."""
    if len(given.y) > 1:
        return [y.astype("float32") for y in given.y]
    y = given.y[0]
    form = program["targets"]
    if form == "float64":
        return y.astype("float64")
    if form == "flat" and y.shape[1] == 1:
        return y[:, 0]
    if form == "list" and lists:
        return y.tolist()
    return y if y.dtype.kind == "i" else y.astype("float32")


CLASS_WEIGHT = {0: 0.5, 1: 1.75, 2: 1.25}


def fit_arguments(program: Program, train: Data, held: Data, lists: bool) -> dict[str, Any]:
    """Return the keyword arguments of `fit`."""
    given = program["fit"]
    held_x = as_given(held, program["input"], lists)
    held_y = targets_as_given(held, program, lists)
    data_of: dict[str, Any] = {"validation_data": (held_x, held_y)}
    weights = {"sample_weight": train.weight}
    return {
        "plain": {},
        "sample_weight": weights,
        "class_weight": {"class_weight": CLASS_WEIGHT},
        "validation_split": {"validation_split": 0.25},
        "validation_data": data_of,
        "validation_data with weights": {
            **weights, "validation_data": (held_x, held_y, held.weight),
        },
        "validation_freq": {**data_of, "validation_freq": 2},
        "validation_freq list": {**data_of, "validation_freq": [1, 3]},
        "validation_batch_size": {**data_of, "validation_batch_size": 5},
        "validation_steps": {**data_of, "validation_batch_size": 4, "validation_steps": 2},
        "steps_per_epoch": {"steps_per_epoch": 2},
        "initial_epoch": {"initial_epoch": 1},
        "sample_weight and validation_split": {**weights, "validation_split": 0.25},
    }[given]  # fmt: skip


def evaluate_arguments(program: Program, held: Data) -> dict[str, Any]:
    """Return the keyword arguments of `evaluate`."""
    return {
        "plain": {},
        "return_dict": {"return_dict": True},
        "batch_size": {"batch_size": 5},
        "sample_weight": {"sample_weight": held.weight},
        "steps": {"steps": 2, "batch_size": 6},
    }[program["evaluate"]]


# ---- the run -----------------------------------------------------------------------------------


@dataclass
class Outcome:
    """What a program left behind: names in their order, and numbers by name."""

    history_keys: list[str]
    evaluate_keys: list[str]  # of a dict; what else evaluate returned has none
    quantities: dict[str, Array]


def run(
    api: Any,
    program: Program,
    *,
    keras: bool,
    nudge: Callable[[Any], None] | None = None,
    rate_error: float = 0.0,
    drop_term: bool = False,
) -> Outcome:
    """Run a program.

    `nudge` is called with the model before each step, before evaluate and before predict;
    `rate_error` is a relative error of the learning rate; `drop_term` trains with row 0 spoilt.
    """
    train, held = data(program), data(program, held_out=True)
    if drop_term:
        train = spoilt(train, program["kind"])
    api.utils.clear_session()  # names are then numbered from the beginning
    model = build(api, program, rate_error)
    arguments = fit_arguments(program, train, held, not keras)
    callbacks = []
    if nudge is not None:
        callbacks.append(
            api.callbacks.LambdaCallback(on_train_batch_begin=lambda batch, logs: nudge(model))
        )
    with tempfile.TemporaryDirectory() as folder:
        name = program.get("callback")
        if name is not None:
            callbacks.append(manners.callback(api, name, model, Path(folder)))
        options = {
            "batch_size": program["batch_size"],
            "epochs": program["epochs"],
            "shuffle": False,
            "verbose": 0,
            "callbacks": callbacks,
            **arguments,
        }
        epochs, history = manners.trained(
            api,
            model,
            as_given(train, program["input"], not keras),
            targets_as_given(train, program, not keras),
            program.get("manner"),
            options,
        )
        quantities = {f"history {k}": _numbers(v) for k, v in history.items()}
        quantities["epochs"] = np.array(epochs, np.float64)
        quantities |= manners.left_behind(model, name, Path(folder))
    for i, w in enumerate(model.get_weights()):
        quantities[f"weight {i}"] = np.asarray(w, np.float64)[None]
    if nudge is not None:
        nudge(model)
    held_x = as_given(held, program["input"], not keras)
    found = model.evaluate(
        held_x,
        targets_as_given(held, program, not keras),
        verbose=0,
        **evaluate_arguments(program, held),
    )
    keys = list(found) if isinstance(found, dict) else []
    if isinstance(found, dict):
        quantities |= {f"evaluate {k}": _numbers([v]) for k, v in found.items()}
    else:
        values = found if isinstance(found, list) else [found]
        quantities |= {f"evaluate {i}": _numbers([v]) for i, v in enumerate(values)}
    if nudge is not None:
        nudge(model)
    predicted = model.predict(held_x, batch_size=program["predict batch_size"], verbose=0)
    for i, values in enumerate(predicted if isinstance(predicted, list) else [predicted]):
        quantities[f"predict {i}" if i else "predict"] = np.asarray(values, np.float64)[None]
    for name in program.get("measures", []):
        quantities[name] = manners.measured(api, name, quantities["predict"][0], held.weight)
    return Outcome(list(history), keys, quantities)


def _numbers(values: Any) -> Array:
    return np.stack([np.asarray(v, np.float64) for v in values])
