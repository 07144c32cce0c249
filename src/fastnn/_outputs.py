"""`compile` and data of models with several inputs or outputs: a part for each output.

Arguments may be lists in the order of the inputs or outputs, or dicts by their names; what
belongs to one output is what a model of one output has (`_compile.py`).
"""

import copy
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from fastnn import _core, optimizers
from fastnn._compile import Compiled
from fastnn._objective import Objective, Sums
from fastnn._registry import shorten
from fastnn._validation import check_number, warn_surplus
from fastnn.losses.base import Loss
from fastnn.optimizers.base import Optimizer


def spread(
    value: Any, names: Sequence[str], argument: str, optional: bool = False, surplus: bool = False
) -> list[Any]:
    """Return one entry for each name, of a dict by name or a list in their order.

    With `optional`, a dict may lack names; their entries are None. With `surplus` it may have more,
    which are left out with a warning.
    """
    known = ", ".join(map(repr, names))
    if isinstance(value, dict):
        unknown = [key for key in value if key not in names]
        if surplus and len(unknown) < len(value):
            warn_surplus(unknown, argument, known)
        elif unknown:
            raise ValueError(f"`{argument}` has an entry {unknown[0]!r}; the model has {known}")
        missing = [name for name in names if name not in value]
        if missing and not optional:
            raise ValueError(f"`{argument}` has no entry {missing[0]!r}; the model has {known}")
        return [value.get(name) for name in names]
    if len(names) == 1 and not (isinstance(value, (list, tuple)) and len(value) == 1):
        return [value]
    if not isinstance(value, (list, tuple)) or len(value) != len(names):
        got = f"a list of {len(value)}" if isinstance(value, (list, tuple)) else shorten(value)
        raise ValueError(
            f"`{argument}` must be a list of {len(names)} or a dict, for {known}; got {got}"
        )
    return list(value)


def given_targets(y: Any, names: Sequence[str], needed: Sequence[bool], argument: str) -> list[Any]:
    """Return the targets of each output; those of the only one that needs some may be alone."""
    if sum(needed) == 1 and not isinstance(y, (dict, list, tuple)):
        return [y if need else None for need in needed]
    return spread(y, names, argument, optional=True)


class MultiCompiled(Compiled):
    """The checked arguments of `compile` for a model of several outputs.

    Parameters
    ----------
    names : sequence of str
        Names of the outputs.
    optimizer, loss, loss_weights, metrics, weighted_metrics
        As in `compile`.
    """

    def __init__(
        self, names: Sequence[str], optimizer: Any, loss: Any, loss_weights: Any,
        metrics: Any, weighted_metrics: Any,
    ) -> None:  # fmt: skip
        self.names = tuple(names)
        self.optimizer: Optimizer | None = optimizers.resolve(optimizer)
        self.given_loss = loss
        if isinstance(loss, (str, Loss)):
            loss = [loss] * len(names)
        parts = [[None] * len(names) if loss is None else spread(loss, names, "loss", True)]
        for argument, value in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            parts.append(
                [None] * len(names) if value is None else spread(value, names, argument, True)
            )
        weights = (
            [None] * len(names)
            if loss_weights is None
            else spread(loss_weights, names, "loss_weights", True)
        )
        self.loss_weights = [
            1.0 if weight is None else check_number(weight, f"loss_weights of {name!r}")
            for name, weight in zip(names, weights, strict=True)
        ]
        self.parts = [
            Compiled(self.optimizer, *arguments) for arguments in zip(*parts, strict=True)
        ]
        self.loss = next((part.loss for part in self.parts if part.loss is not None), None)
        self.slots = [
            slot._replace(name=f"{name}_{slot.name}")
            for name, part in zip(names, self.parts, strict=True)
            for slot in part.slots
        ]

    def copy(self, optimizer: Optimizer | None) -> "MultiCompiled":
        copied = copy.copy(self)
        copied.optimizer = optimizer
        copied.parts = [part.copy(optimizer) for part in self.parts]
        return copied

    @property
    def has_loss(self) -> bool:
        return any(part.has_loss for part in self.parts)

    @property
    def measures(self) -> bool:
        return any(part.measures for part in self.parts)

    @property
    def waits(self) -> bool:
        return any(part.waits for part in self.parts)

    def settle(self, y: Any, output_shape: Any) -> None:
        """Choose what the first targets decide; `output_shape` has that of each output."""
        if self.waits:
            given = given_targets(y, self.names, [part.measures for part in self.parts], "y")
            for part, shape, target in zip(self.parts, output_shape, given, strict=True):
                part.settle(target, shape)
            self.loss = next((part.loss for part in self.parts if part.loss is not None), None)

    def measured_names(self) -> list[str]:
        """Return names of losses and metrics, in the order of `evaluate`."""
        named = list(zip(self.names, self.parts, strict=True))
        # Of one output's loss Keras reports nothing beside the sum that it is.
        losses = [name for name, part in named if part.has_loss]
        losses = losses if len(losses) > 1 else []
        metrics = [f"{name}_{slot.name}" for name, part in named for slot in part.slots]
        return ["loss", *(f"{name}_loss" for name in losses), *sorted(metrics)]

    def get_config(self) -> dict[str, Any]:
        described = [part.get_config() for part in self.parts]
        return {
            "optimizer": self.optimizer and optimizers.serialize(self.optimizer),
            "outputs": list(self.names),
            "loss_weights": self.loss_weights,
            **{
                key: [each[key] for each in described]
                for key in ("loss", "metrics", "weighted_metrics")
            },
        }

    @classmethod
    def from_config(cls, config: Any) -> "MultiCompiled":
        names = config.get("outputs")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ValueError(f"bad compile configuration: {shorten(config)}")
        return cls(
            names, config.get("optimizer"), config.get("loss"), config.get("loss_weights"),
            config.get("metrics"), config.get("weighted_metrics"),
        )  # fmt: skip


class MultiObjective(Objective):
    """Losses and metrics of several outputs, as the core takes them."""

    def __init__(self, compiled: MultiCompiled, output_shapes: Sequence[tuple[int, ...]]) -> None:
        self.weights = compiled.loss_weights
        self.parts = [
            Objective(part, shape) if part.measures else None
            for part, shape in zip(compiled.parts, output_shapes, strict=True)
        ]
        self.output_names = compiled.names
        self.output_shapes = list(output_shapes)
        self.row_slots = [slot for part in self._parts() for slot in part.row_slots]
        self.names = compiled.measured_names()

    def _parts(self) -> list[Objective]:
        return [part for part in self.parts if part is not None]

    @property
    def row_elements(self) -> int:
        """Numbers that the outputs have for one row."""
        return sum(math.prod(shape) for shape in self.output_shapes)

    def room(self, rows: int, dtype: str) -> Any:
        return tuple(np.empty((rows, *shape), dtype) for shape in self.output_shapes)

    def specs(self) -> list[tuple[Any, ...]]:
        nothing = (_core.LOSSES["mse"], (), None, _core.REDUCTIONS["mean"], (), None, None)
        return [
            nothing if part is None else part.spec(weight)
            for part, weight in zip(self.parts, self.weights, strict=True)
        ]

    def sums(self) -> "MultiSums":
        self.latest = MultiSums([None if part is None else part.sums() for part in self.parts])
        return self.latest

    def logs(self, sums: Sums) -> dict[str, float]:
        values = dict(zip(self.names, self.values(sums), strict=True))
        return dict(sorted(values.items()))

    def values(self, sums: Sums) -> list[Any]:
        assert isinstance(sums, MultiSums)
        penalty = sums.penalty_sum / sums.penalty_weight if sums.penalty_weight else 0.0
        found: dict[str, Any] = {"loss": penalty}
        rows = zip(self.output_names, self.parts, self.weights, sums.parts, strict=True)
        for name, part, weight, part_sums in rows:
            if part is None or part_sums is None:
                continue
            loss, *metrics = part.values(part_sums)
            found["loss"] += weight * loss
            found[f"{name}_loss"] = loss
            for metric, value in zip(part.names[1:], metrics, strict=True):
                found[f"{name}_{metric}"] = value
        return [found[name] for name in self.names]


class MultiSums(Sums):
    """Running sums of each output."""

    __slots__ = ("parts",)

    def __init__(self, parts: "Sequence[Sums | None]") -> None:
        super().__init__(0)
        self.parts = list(parts)
        self.row_metrics = [pair for part in self.parts if part for pair in part.row_metrics]

    def add(self, result: "_core.Result") -> None:
        self.penalty_sum += result.penalty_sum
        self.penalty_weight += result.penalty_weight
        at = 0
        for o, part in enumerate(self.parts):
            if part is None:
                continue
            end = at + len(part.metric_sum)
            part.loss_sum += result.loss_sums[o]
            part.loss_weight += result.loss_weights[o]
            for i in range(at, end):
                part.metric_sum[i - at] += result.metric_sum[i]
                part.metric_weight[i - at] += result.metric_weight[i]
            at = end

    def reset(self) -> None:
        self.penalty_sum = self.penalty_weight = 0.0
        for part in self.parts:
            if part is not None:
                part.reset()

    def add_rows(self, y: Any, predictions: Any, sample_weight: Any) -> None:
        for o, part in enumerate(self.parts):
            if part is not None and part.row_metrics:
                weight = None if sample_weight is None else sample_weight[o]
                part.add_rows(y[o], predictions[o], weight)

    def state(self) -> list[str]:
        penalty = [self.penalty_sum.hex(), self.penalty_weight.hex()]
        return penalty + [v for part in self.parts if part is not None for v in part.state()]

    def restore(self, state: Any) -> None:
        known = [part for part in self.parts if part is not None]
        if not isinstance(state, list) or len(state) != len(self.state()):
            raise ValueError(
                "a backup made within an epoch cannot be continued with other outputs or metrics: "
                f"{shorten(state)}"
            )
        self.penalty_sum, self.penalty_weight = (float.fromhex(value) for value in state[:2])
        at = 2
        for part in known:
            size = len(part.state())
            part.restore(state[at : at + size])
            at += size


def loss_of(compiled: Compiled, y: Any, y_pred: Any, sample_weight: Any) -> Any:
    """Return the loss of given predictions, weighted as `compile` was told, without penalties."""
    if not isinstance(compiled, MultiCompiled):
        assert compiled.loss is not None
        return compiled.loss_weight * compiled.loss(y, y_pred, sample_weight)
    names, parts = compiled.names, compiled.parts
    weights = [None] * len(names)
    if sample_weight is not None:
        weights = spread(sample_weight, names, "sample_weight", True)
    targets = given_targets(y, names, [part.has_loss for part in parts], "y")
    rows = zip(parts, compiled.loss_weights, targets, spread(y_pred, names, "y_pred"), weights,
               strict=True)  # fmt: skip
    return sum(
        factor * part.loss(true, predicted, weight)
        for part, factor, true, predicted, weight in rows
        if part.loss is not None
    )
