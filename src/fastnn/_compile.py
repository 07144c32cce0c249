"""What `compile` was told: optimiser, loss, metrics; names to the core's codes."""

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from fastnn import _core, losses, metrics, optimizers
from fastnn._core import Result
from fastnn._registry import shorten
from fastnn.losses.base import REDUCTIONS, Loss, NativeLoss, check_columns, require_last_axis
from fastnn.metrics.base import Metric
from fastnn.optimizers.base import Optimizer

_ACCURACY = ("accuracy", "acc")  # what they mean depends on the loss and the output
_MAX_METRICS = 16


class MetricSlot(NamedTuple):
    """A metric of `compile`.

    Its key in the logs, its own name, the object (None: accuracy), and whether sample weights
    count.
    """

    name: str
    given: str
    metric: Metric | None
    weighted: bool

    def describe(self) -> Any:
        """Return what `compile` can be told again."""
        return self.given if self.metric is None else metrics.serialize(self.metric)

    def kept(self) -> bool:
        """Tell whether a file can hold it; warn when it cannot: it is the user's own."""
        if self.metric is None or metrics.is_known(self.metric):
            return True
        warnings.warn(
            f"the metric {self.name!r} is not part of fastnn and is left out of the file",
            stacklevel=2,
        )
        return False


class Compiled:
    """The checked arguments of `compile`."""

    def __init__(
        self, optimizer: Any, loss: Any, metric_list: Any, weighted_metric_list: Any
    ) -> None:
        self.optimizer: Optimizer = optimizers.get(optimizer)
        self.loss: Loss | None = None if loss is None else losses.get(_single(loss, "loss"))
        if self.loss is not None:
            own = type(self.loss)
            if own.is_own() and (own.gradient is Loss.gradient or own.call is Loss.call):
                raise ValueError(
                    f"`loss`: a loss of your own needs `call` and `gradient`; {own.__name__} does "
                    "not define both"
                )
            if not own.is_own():
                self.loss.native()
            if REDUCTIONS[self.loss.reduction] is None:
                raise ValueError(
                    "`reduction='none'` gives no number to minimize; use 'sum_over_batch_size'"
                )
        self.slots = _metric_slots(metric_list, False, "metrics")
        self.slots += _metric_slots(weighted_metric_list, True, "weighted_metrics")
        self.slots = _unique(self.slots)
        if len(self.slots) > _MAX_METRICS:
            raise ValueError(f"at most {_MAX_METRICS} metrics, got {len(self.slots)}")

    def require_loss(self) -> Loss:
        """Return the loss, or raise if `compile` was given none."""
        if self.loss is None:
            raise ValueError("compile() was given no `loss`: nothing can be trained or evaluated")
        return self.loss

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that `from_config` takes."""
        return {
            "optimizer": optimizers.serialize(self.optimizer),
            "loss": self._loss_config(),
            "metrics": [s.describe() for s in self.slots if not s.weighted and s.kept()],
            "weighted_metrics": [s.describe() for s in self.slots if s.weighted and s.kept()],
        }

    def _loss_config(self) -> dict[str, Any] | None:
        if self.loss is not None and self.loss.is_own():
            warnings.warn(
                f"the loss {self.loss.name!r} is not part of fastnn and is left out of the file",
                stacklevel=2,
            )
            return None
        return None if self.loss is None else losses.serialize(self.loss)

    @classmethod
    def from_config(cls, config: Any) -> "Compiled":
        """Return what `get_config` described."""
        if not isinstance(config, dict) or not isinstance(config.get("optimizer"), dict):
            raise ValueError(f"bad compile configuration: {shorten(config)}")
        if "outputs" in config:
            from fastnn._outputs import MultiCompiled

            return MultiCompiled.from_config(config)
        return cls(
            config["optimizer"],
            config.get("loss"),
            config.get("metrics"),
            config.get("weighted_metrics"),
        )


def on_rows(metric: Metric | None) -> bool:
    """Tell whether a metric is fed with targets and predictions: it has no form in the core."""
    return metric is not None and type(metric).native is Metric.native and metric.targets != ""


def _single(value: Any, argument: str) -> Any:
    """Unpack a list of one; a model has one output."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        return value[0]
    return value


def _metric_slots(given: Any, weighted: bool, argument: str) -> list[MetricSlot]:
    if given is None:
        return []
    if isinstance(given, (str, Metric)):
        given = [given]
    if isinstance(given, (list, tuple)) and len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = given[0]
    if not isinstance(given, (list, tuple)):
        raise ValueError(f"`{argument}` must be a list of metrics, got {shorten(given)}")
    slots = []
    for item in given:
        if isinstance(item, str) and item.lower() in _ACCURACY:
            slots.append(MetricSlot(item, item, None, weighted))
            continue
        metric = metrics.get(item, argument)
        if not on_rows(metric):
            metric.native()
        if isinstance(item, str):
            metric.name = item
        slots.append(MetricSlot(metric.name, metric.name, metric, weighted))
    return slots


def _unique(slots: list[MetricSlot]) -> list[MetricSlot]:
    """Tell names that occur again apart as Keras does.

    ``mse``, ``mse_1``; of a weighted metric ``weighted_mse``, ``weighted_mse_1``.
    """
    seen: dict[str, int] = {"loss": 1}
    unique = []
    for slot in slots:
        name = f"weighted_{slot.name}" if slot.weighted and slot.name in seen else slot.name
        count = seen.get(name, 0)
        seen[name] = count + 1
        if count:
            name = f"{name}_{count}"
        unique.append(slot._replace(name=name))
    return unique


class Objective:
    """Loss and metrics for a given output, as the core takes them."""

    def __init__(self, compiled: Compiled, output_shape: tuple[int, ...]) -> None:
        loss = compiled.require_loss()
        self.targets = loss.targets
        self.loss_name = loss.name
        native = own_form(loss) if loss.is_own() else loss.native()
        self.own = own_rows(loss, output_shape) if loss.is_own() else None
        require_last_axis(loss.axis, 1 + len(output_shape), loss.name)
        check_columns(native, output_shape[-1])
        self.loss_code, self.loss_params = native.code, native.params
        self.loss_columns = native.columns
        self.ignore_class, self.one_target = loss.ignore_class, loss.one_target
        self.reduction = _core.REDUCTIONS[str(REDUCTIONS[loss.reduction])]
        labels = loss.targets == "labels"
        if labels and output_shape[-1] < 2:
            raise ValueError(
                f"the loss {loss.name!r} needs one output per class, the model has "
                f"{output_shape[-1]}; for two classes and one output use 'binary_crossentropy'"
            )
        self.metric_specs = [
            (*_native_metric(slot, labels, output_shape, loss.name), slot.weighted)
            for slot in compiled.slots
            if not on_rows(slot.metric)
        ]
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

    @property
    def row_elements(self) -> int:
        """Numbers that the output has for one row."""
        return math.prod(self.output_shape)

    def room(self, rows: int, dtype: str) -> Any:
        """Return room for the outputs of so many rows."""
        return np.empty((rows, *self.output_shape), dtype)

    def specs(self) -> list[tuple[Any, ...]]:
        """Return what the core's trainer is to do, for each output."""
        return [self.spec(1.0)]

    def spec(self, loss_weight: float) -> tuple[Any, ...]:
        """Return what the core's trainer is to do for an output whose loss has that weight."""
        return (
            self.loss_code, self.loss_params, loss_weight, self.reduction, self.metric_specs,
            self.loss_columns, self.own,
        )  # fmt: skip

    def logs(self, sums: "Sums") -> dict[str, float]:
        """Return loss and metrics by name, in the order of the logs."""
        values = self.values(sums)
        return {self.names[i]: values[i] for i in self._order}

    def values(self, sums: "Sums") -> list[Any]:
        """Return loss and metrics in the order of `compile`."""
        values = sums.values()
        return [values[place] for place in self._places]

    def sums(self) -> "Sums":
        """Return sums of nothing yet."""
        sums = Sums(len(self.metric_specs))
        for slot in self.row_slots:
            metric = copy.deepcopy(slot.metric)
            assert metric is not None
            metric.reset_state()
            sums.row_metrics.append((metric, slot.weighted))
        return sums


def own_form(loss: Loss) -> NativeLoss:
    """Return a loss of the core that takes targets of the same form."""
    return NativeLoss("scce" if loss.targets == "labels" else "mse", ())


def own_rows(loss: Loss, output_shape: tuple[int, ...]) -> Callable[[Any, Any], tuple[Any, Any]]:
    """Return values and gradient of rows as the core calls for them."""

    def run(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
        shape = (-1, *output_shape)
        true = y_true.reshape(-1, *output_shape[:-1] if y_true.ndim == 1 else output_shape)
        return loss.values_and_gradient(true, y_pred.reshape(shape))

    return run


def _native_metric(
    slot: MetricSlot, labels: bool, output_shape: tuple[int, ...], loss: str
) -> tuple[int, int, tuple[float, ...]]:
    metric = slot.metric
    if metric is None:
        if labels:
            metric = metrics.SparseCategoricalAccuracy()
        elif output_shape[-1] == 1:
            metric = metrics.BinaryAccuracy()
        else:
            metric = metrics.CategoricalAccuracy()
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

    def values(self) -> list[Any]:
        """Return the means: loss, then the core's metrics, then the others."""
        values: list[Any] = [self.loss_sum / self.loss_weight if self.loss_weight else 0.0]
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
