"""Loss and metrics of a model's output as the core takes them, and their running sums."""

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from fastnn import _core, metrics
from fastnn._compile import Compiled, MetricSlot, on_rows
from fastnn._core import Result
from fastnn._registry import shorten
from fastnn.losses.base import REDUCTIONS, Loss, NativeLoss, check_columns, require_last_axis
from fastnn.metrics.base import Metric


class Objective:
    """Loss and metrics for a given output, as the core takes them."""

    latest: "Sums | None" = None  # what was begun last: of an epoch, a validation, a batch

    def __init__(self, compiled: Compiled, output_shape: tuple[int, ...]) -> None:
        loss = compiled.loss
        labels = compiled.targets == "labels"
        self.targets = str(compiled.targets)
        self.has_loss = loss is not None
        self._weight = compiled.loss_weight
        self.own: tuple[Callable[..., Any], bool] | None = None
        if loss is None:  # the core has a loss of the same targets there, without effect
            native, name = _form(labels), compiled.slots[0].name
            self.ignore_class, self.one_target, reduction = None, False, "sum_over_batch_size"
        else:
            name, reduction = loss.name, loss.reduction
            native = _form(labels) if loss.is_own() else loss.native()
            if loss.is_own():
                self.own = own_rows(loss, output_shape), not loss.by_rows(1 + len(output_shape))
            loss.check_output(output_shape)
            check_columns(native, output_shape[-1])
            self.ignore_class, self.one_target = loss.ignore_class, loss.one_target
        self.takes_weights = loss is None or loss.takes_weights(1 + len(output_shape))
        self.loss_name = name
        self.loss_code, self.loss_params = native.code, native.params
        self.loss_columns = native.columns
        self.reduction = _core.REDUCTIONS[str(REDUCTIONS[reduction])]
        if labels and output_shape[-1] < 2:
            raise ValueError(
                f"the {'loss' if loss else 'metric'} {name!r} needs one output per class, the "
                f"model has {output_shape[-1]}; for two classes and one output use "
                "'binary_crossentropy'"
            )
        self.metric_specs = [
            (*_native_metric(slot, labels, output_shape, name), slot.weighted)
            for slot in compiled.slots
            if not on_rows(slot.metric)
        ]
        self.slots = compiled.slots
        self.row_slots = [slot for slot in compiled.slots if on_rows(slot.metric)]
        self.output_shape = output_shape
        self.names = ["loss", *(slot.name for slot in compiled.slots)]
        # Where each of the names stands in Sums.values(): the core's first.
        core = iter(range(1, 1 + len(self.metric_specs)))
        rest = iter(range(1 + len(self.metric_specs), 1 + len(compiled.slots)))
        self._places = [
            0,
            *(next(rest if on_rows(slot.metric) else core) for slot in compiled.slots),
        ]
        # As Keras does, logs are ordered by key.
        self._order = sorted(range(len(self.names)), key=self.names.__getitem__)

    def measured(self) -> list[tuple[Metric, int]]:
        """Return each metric of `compile`, and its place among those of `Sums`."""
        labels = self.targets == "labels"
        return [
            (slot_metric(slot, labels, self.output_shape), place - 1)
            for slot, place in zip(self.slots, self._places[1:], strict=True)
        ]

    def check_weights(self, argument: str) -> None:
        """Raise if rows cannot have weights of their own; `argument` gives them some."""
        if not self.takes_weights:
            raise ValueError(
                f"`{argument}` cannot be used with the loss {self.loss_name!r}, whose values are "
                "of columns over all rows of a batch"
            )

    @property
    def row_elements(self) -> int:
        """Numbers that the output has for one row."""
        return math.prod(self.output_shape)

    def room(self, rows: int, dtype: str) -> Any:
        """Return room for the outputs of so many rows."""
        return np.empty((rows, *self.output_shape), dtype)

    def specs(self) -> list[tuple[Any, ...]]:
        """Return what the core's trainer is to do, for each output."""
        return [self.spec(self._weight)]

    def spec(self, loss_weight: float) -> tuple[Any, ...]:
        """Return what the core's trainer is to do for an output whose loss has that weight."""
        weight = loss_weight if self.has_loss else None
        return (
            self.loss_code, self.loss_params, weight, self.reduction, self.metric_specs,
            self.loss_columns, self.own,
        )  # fmt: skip

    def logs(self, sums: "Sums") -> dict[str, float]:
        """Return loss and metrics by name, in the order of the logs."""
        values = self.values(sums)
        return {self.names[i]: values[i] for i in self._order}

    def values(self, sums: "Sums") -> list[Any]:
        """Return loss and metrics in the order of `compile`."""
        values = sums.values(self._weight)
        return [values[place] for place in self._places]

    def sums(self) -> "Sums":
        """Return sums of nothing yet."""
        sums = Sums(len(self.metric_specs))
        for slot in self.row_slots:
            metric = copy.deepcopy(slot.metric)
            assert metric is not None
            metric.reset_state()
            sums.row_metrics.append((metric, slot.weighted))
        self.latest = sums
        return sums


def _form(labels: bool) -> NativeLoss:
    """Return a loss of the core that takes targets of that form."""
    return NativeLoss("scce" if labels else "mse", ())


def own_rows(loss: Loss, output_shape: tuple[int, ...]) -> Callable[..., tuple[Any, Any]]:
    """Return values and gradient of rows as the core calls for them.

    A loss of a batch as a whole gets the weights of the samples too.
    """

    def run(y_true: Any, y_pred: Any, *weight: Any) -> tuple[Any, Any]:
        pred = y_pred.reshape(-1, *output_shape)
        true = y_true.reshape(-1, *output_shape[:-1] if y_true.ndim == 1 else output_shape)
        # The core has a weight for each row of a sample.
        each = [w if w is None else w.reshape(len(pred), -1)[:, 0] for w in weight]
        return loss.values_and_gradient(true, pred, *each)

    return run


def slot_metric(slot: MetricSlot, labels: bool, output_shape: tuple[int, ...]) -> Metric:
    """Return the metric of a slot; what "accuracy" is depends on targets and output."""
    if slot.metric is not None:
        return slot.metric
    if labels:
        return metrics.SparseCategoricalAccuracy(slot.given)
    if output_shape[-1] == 1:
        return metrics.BinaryAccuracy(slot.given)
    return metrics.CategoricalAccuracy(slot.given)


def _native_metric(
    slot: MetricSlot, labels: bool, output_shape: tuple[int, ...], loss: str
) -> tuple[int, int, tuple[float, ...]]:
    metric = slot_metric(slot, labels, output_shape)
    if (metric.targets == "labels") != labels:
        wanted = "class numbers" if metric.targets == "labels" else "one column per output"
        raise ValueError(
            f"the metric {slot.name!r} compares with {wanted}, which the loss {loss!r} does not "
            "take; the model has one `y`"
        )
    require_last_axis(getattr(metric, "axis", -1), 1 + len(output_shape), slot.name)
    native = metric.native()
    return (*native.codes, native.params)


class Sums:
    """Running sums of loss and metrics, which add up over native calls."""

    __slots__ = (
        "loss_sum", "loss_weight", "metric_sum", "metric_weight", "penalty_sum",
        "penalty_weight", "row_metrics",
    )  # fmt: skip

    def __init__(self, n_metrics: int) -> None:
        self.loss_sum = self.loss_weight = 0.0
        self.penalty_sum = self.penalty_weight = 0.0
        self.metric_sum = [0.0] * n_metrics
        self.metric_weight = [0.0] * n_metrics
        self.row_metrics: list[tuple[Metric, bool]] = []  # and whether weights count

    def add(self, result: Result) -> None:
        """Add what a native call returned."""
        self.loss_sum += result.loss_sum
        self.loss_weight += result.loss_weight
        self.penalty_sum += result.penalty_sum
        self.penalty_weight += result.penalty_weight
        for i, value in enumerate(result.metric_sum):
            self.metric_sum[i] += value
        for i, value in enumerate(result.metric_weight):
            self.metric_weight[i] += value

    def add_rows(self, y: Any, predictions: Any, sample_weight: Any) -> None:
        """Feed targets and predictions to the metrics that need them."""
        for metric, weighted in self.row_metrics:
            if weighted and sample_weight is not None:
                metric.update_state(y, predictions, sample_weight)
            else:
                metric.update_state(y, predictions)

    def reset(self) -> None:
        """Forget what was added."""
        self.loss_sum = self.loss_weight = self.penalty_sum = self.penalty_weight = 0.0
        self.metric_sum = [0.0] * len(self.metric_sum)
        self.metric_weight = [0.0] * len(self.metric_weight)
        for metric, _ in self.row_metrics:
            metric.reset_state()

    def state(self) -> list[str]:
        """Return the sums as text that keeps every bit."""
        sums = [
            self.loss_sum, self.loss_weight, self.penalty_sum, self.penalty_weight,
            *self.metric_sum, *self.metric_weight,
        ]  # fmt: skip
        return [float(value).hex() for value in sums]

    def restore(self, state: Any) -> None:
        """Take over sums whose `state` this is."""
        n = len(self.metric_sum)
        if not isinstance(state, list) or len(state) != 4 + 2 * n or self.row_metrics:
            raise ValueError(
                "a backup made within an epoch cannot be continued with other metrics, nor with "
                f"metrics that have no form in the core: {shorten(state)}"
            )
        numbers = [float.fromhex(value) for value in state]
        self.loss_sum, self.loss_weight, self.penalty_sum, self.penalty_weight = numbers[:4]
        rest = numbers[4:]
        self.metric_sum, self.metric_weight = rest[:n], rest[n:]

    def values(self, weight: float = 1.0) -> list[Any]:
        """Return the means: loss times `weight`, then the core's metrics, then the others."""
        mean = self.loss_sum / self.loss_weight if self.loss_weight else 0.0
        values: list[Any] = [weight * mean]
        if self.penalty_weight:
            values[0] += self.penalty_sum / self.penalty_weight
        for total, weight in zip(self.metric_sum, self.metric_weight, strict=True):
            values.append(total / weight if weight else 0.0)
        for metric, _ in self.row_metrics:
            values.append(_plain(metric.result()))
        return values


def _plain(value: Any) -> Any:
    """Return a number as a float; arrays, of a metric with several results, stay."""
    return float(value) if np.ndim(value) == 0 else value
