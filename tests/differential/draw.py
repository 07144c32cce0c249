"""Draw random programs. A program is a dict that JSON can hold; `run.py` executes it.

Within a category the entry that came least often so far is taken, ties by lot, so that every
entry of the catalogue is met about equally often, in ever new company.
"""

from collections import Counter
from typing import Any

import numpy as np

from . import catalogue as cat

Program = dict[str, Any]
PROGRAMS = 200


class Draw:
    """A balanced lottery. NumPy's old generator: its stream is frozen for good."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.RandomState(seed)
        self._counts: dict[str, Counter[int]] = {}

    def pick(self, category: str, entries: list[Any]) -> Any:
        """Return one of the entries met least often."""
        counts = self._counts.setdefault(category, Counter())
        least = min(counts[i] for i in range(len(entries)))
        index = int(self._rng.choice([i for i in range(len(entries)) if counts[i] == least]))
        counts[index] += 1
        return entries[index]

    def below(self, n: int) -> int:
        """Return a number in [0, n)."""
        return int(self._rng.randint(n))


def programs(count: int, seed: int = 4) -> list[Program]:
    """Return that many programs."""
    draw = Draw(seed)
    return [_program(draw, number) for number in range(count)]


def _program(draw: Draw, number: int) -> Program:
    kind = draw.pick("kind", list(cat.LOSSES))
    loss, logits = _loss(draw, number, kind)
    program: Program = {
        "number": number,
        "kind": kind,
        "loss": loss,
        "input": draw.pick("input", cat.INPUTS),
        "targets": draw.pick("targets", cat.TARGET_FORMS),
        "rows": 17 + draw.below(12),
        "epochs": 1 + draw.below(3),
        "batch_size": 7 + draw.below(4),
    }
    program["fit"] = draw.pick("fit", cat.FITS)
    if program["fit"] == "class_weight" and kind in ("values", "positive"):
        program["fit"] = "sample_weight"
    if program["fit"].startswith(("validation_freq", "initial_epoch", "steps_per_epoch")):
        program["epochs"] = 3
    program["evaluate"] = draw.pick("evaluate", cat.EVALUATES)
    program["predict batch_size"] = draw.pick("predict", [None, 5, 64])
    program["layers"], program["shape"] = _layers(draw, program, logits)
    program["optimizer"] = _optimizer(draw, program)
    metrics = cat.LOGIT_METRICS if logits else cat.METRICS
    found = [draw.pick(f"metric {kind} {logits}", metrics[kind]) for _ in range(1 + number % 2)]
    program["metrics"] = found if len(found) < 2 or found[0] != found[1] else found[:1]
    program["weighted_metrics"] = []
    if "weight" in program["fit"] or number % 4 == 0:
        weighted = draw.pick(f"weighted {kind} {logits}", metrics[kind])
        if not isinstance(weighted, str) and weighted[0] in cat.NUMBERED:
            weighted = [weighted[0], {**weighted[1], "name": "again"}]
        program["weighted_metrics"] = [weighted]
        # With a name twice, Keras' list repeats the first metric's value; its dict is right.
        program["evaluate"] = "return_dict"
    named = [m[0] for m in found + program["weighted_metrics"] if not isinstance(m, str)]
    if program["targets"] == "flat" and cat.NOT_FLAT.intersection(named):
        program["targets"] = "array"
    return program


def _loss(draw: Draw, number: int, kind: str) -> tuple[Any, bool]:
    """A name, or class and options; and whether it takes logits."""
    if number % 6 == 0:
        return draw.pick(f"name {kind}", cat.LOSS_NAMES[kind]), False
    name, options = draw.pick(f"loss {kind}", cat.LOSSES[kind])
    reduction = draw.pick(f"reduction {name}", cat.REDUCTIONS)
    return [name, {**options, "reduction": reduction}], options.get("from_logits", False)


def _layers(draw: Draw, program: Program, logits: bool) -> tuple[list[Any], list[int]]:
    """The layers as [class, options], and the shape of one input row."""
    shape = [2 + draw.below(5)]
    layers: list[Any] = []
    for _ in range(1 + draw.below(2)):
        if draw.below(3):
            layers.append(["Dense", {"activation": draw.pick("activation", cat.ACTIVATIONS)}])
        else:
            layers.append(["Dense", {}])
            layers.append(draw.pick("layer", cat.LAYERS))
    if any(name == "Flatten" for name, _ in layers):
        shape = [2, shape[0]]
        program["input"] = program["input"] if program["input"] != "pandas" else "float32"
    for layer in layers:
        if layer[0] == "Dense":
            layer[1].update(units=3 + draw.below(4), use_bias=bool(draw.below(4)))
    width = {"binary": 1, "one-hot": 3, "labels": 3}.get(program["kind"], 1 + draw.below(3))
    if program["targets"] == "flat" and program["kind"] != "one-hot":
        width = width if program["kind"] == "labels" else 1
    last: dict[str, Any] = {"units": width}
    if not logits and program["kind"] != "values":
        last["activation"] = draw.pick(
            f"output {program['kind']}",
            {
                "positive": [["softplus", {}], ["exponential", {}]],
                "binary": [["sigmoid", {}]],
                "one-hot": [["softmax", {}]],
                "labels": [["softmax", {}]],
            }[program["kind"]],
        )
    return [*layers, ["Dense", last]], shape


def _optimizer(draw: Draw, program: Program) -> Any:
    """A name with options; every third has a schedule or what all optimisers take."""
    name, options = draw.pick("optimizer", cat.OPTIMIZERS)
    options = dict(options)
    extra = draw.pick("extra", cat.EXTRAS)
    if name != "AdamW":
        options.update(extra)
    if name in ("SGD", "Adam") and program["number"] % 2:
        options["learning_rate"] = draw.pick("schedule", cat.SCHEDULES)
    loss = program["loss"]
    summed = not isinstance(loss, str) and loss[1]["reduction"] == "sum"
    steep = loss == "mape" or loss[0] == "MeanAbsolutePercentageError"
    if name == "Lion" and loss[0] == "MeanAbsoluteError":
        # Gradients that are sums of signs may be 0, and Lion takes the sign of their roundings.
        program["loss"] = ["MeanSquaredError", loss[1]]
    if name == "SGD" and (summed or steep):
        # Gradients are a batch or a hundred times larger: the clip keeps the run tame.
        options["clipvalue"] = 0.25
    return [name, options]


def features(program: Program) -> set[str]:
    """Return what a program exercises, one line each."""
    found = {f"fit {program['fit']}", f"evaluate {program['evaluate']}"}
    found |= {f"input {program['input']}", f"targets {program['targets']}"}
    loss = program["loss"]
    if isinstance(loss, str):
        found.add(f"loss {loss!r}")
    else:
        found.add(f"loss {loss[0]}")
        found |= {f"loss {loss[0]} {k}={v}" for k, v in loss[1].items()}
    for name, options in program["layers"]:
        found.add(f"layer {name}")
        found |= {f"layer {name} {k}" for k in options if k not in ("units", "activation")}
        activation = options.get("activation")
        if isinstance(activation, (list, tuple)):
            found.add(f"activation {activation[0]}")
            found |= {f"activation {activation[0]} {k}" for k in activation[1]}
        if options.get("use_bias") is False:
            found.add("layer Dense without bias")
    name, options = program["optimizer"]
    found.add(f"optimizer {name}")
    found |= {f"optimizer {name} {k}" for k in options}
    found |= {f"optimizer {k}" for k in options}
    rate = options.get("learning_rate")
    if isinstance(rate, (list, tuple)):
        found.add(f"schedule {rate[0]}")
        found |= {f"schedule {rate[0]} {k}" for k in rate[1]}
    for group in ("metrics", "weighted_metrics"):
        for metric in program[group]:
            name, options = (metric, {}) if isinstance(metric, str) else metric
            found.add(f"{group} {name}")
            found |= {f"metric {name} {k}" for k in options}
    return found
