"""What `compile` was told: optimiser, loss, metrics; names to the core's codes."""

import copy
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastnn import losses, metrics, optimizers
from fastnn._errors import NamelessError, WrongTypeError
from fastnn._registry import shorten
from fastnn._validation import as_array, check_number
from fastnn.losses.base import REDUCTIONS, Loss
from fastnn.metrics.base import Metric
from fastnn.optimizers.base import Optimizer

_ACCURACY = ("accuracy", "acc")  # what they mean depends on the loss and the output
_CROSSENTROPY = ("crossentropy", "ce")  # and these on output and targets
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


def _described(slots: list[MetricSlot]) -> list[Any]:
    """Return what files hold of metrics."""
    found = []
    for slot in slots:
        try:
            found.append(slot.describe())
        except NamelessError as error:
            _warn_left_out("metric", slot.name, error)
    return found


def _warn_left_out(family: str, name: str, error: Exception) -> None:
    warnings.warn(f"the {family} {name!r} is left out of the file: {error}", stacklevel=2)


class Compiled:
    """The checked arguments of `compile`."""

    #: Loss, metrics and weights as `compile` was given them; empty if they come from a file.
    told: Mapping[str, Any] = {}

    def __init__(
        self, optimizer: Any, loss: Any, metric_list: Any, weighted_metric_list: Any,
        loss_weight: Any = None,
    ) -> None:  # fmt: skip
        self.loss_weight = 1.0 if loss_weight is None else check_number(loss_weight, "loss_weights")
        self.optimizer: Optimizer | None = optimizers.resolve(optimizer)
        loss = _single(loss, "loss")
        self._crossentropy = isinstance(loss, str) and loss in _CROSSENTROPY
        absent = loss is None or self._crossentropy
        self.loss: Loss | None = None if absent else losses.resolve(loss)
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
        # Without a loss metrics say what `y` is; "accuracy" fits all.
        kinds = {slot.metric.targets for slot in self.slots if slot.metric is not None} - {""}
        self.targets = "labels" if "labels" in kinds else "values" if kinds else None
        if self.loss is not None:
            self.targets = self.loss.targets

    def copy(self, optimizer: Optimizer | None) -> "Compiled":
        """Return the same for another model, which has an optimiser of its own."""
        copied = copy.copy(self)
        copied.optimizer = optimizer
        return copied

    @property
    def has_loss(self) -> bool:
        """Whether there is something to minimise."""
        return self.loss is not None or self._crossentropy

    @property
    def measures(self) -> bool:
        """Whether there is a loss or a metric."""
        return self.has_loss or bool(self.slots)

    @property
    def waits(self) -> bool:
        """Whether the first targets decide what is computed; see `settle`."""
        return self.measures and (self.loss is None if self._crossentropy else self.targets is None)

    def require_loss(self) -> None:
        """Raise if `compile` was given no loss."""
        if not self.has_loss:
            raise ValueError("compile() was given no `loss`: nothing can be trained")

    def require_measures(self) -> None:
        """Raise if `compile` was given neither a loss nor metrics."""
        if not self.measures:
            raise ValueError("compile() was given no `loss` and no `metrics` to evaluate")

    def settle(self, y: Any, output_shape: tuple[int, ...]) -> None:
        """Choose what ``"crossentropy"``, or ``"accuracy"`` without a loss, means for targets `y`.

        Class numbers have an axis less than the output, or one of size 1.
        """
        if not self.waits:
            return
        array = as_array(y, "y")
        labels = array.ndim <= len(output_shape) or array.shape[-1] == 1 != output_shape[-1]
        if output_shape[-1] == 1:
            labels = False
        if self._crossentropy:
            kind = "binary" if output_shape[-1] == 1 else "categorical"
            self.loss = losses.resolve(f"{'sparse_' if labels else ''}{kind}_crossentropy")
        self.targets = "labels" if labels else "values"

    def measured_names(self) -> list[str]:
        """Return names of loss and metrics, in the order of `evaluate`."""
        return ["loss", *(slot.name for slot in self.slots)]

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that `from_config` takes."""
        return {
            "optimizer": self.optimizer and optimizers.serialize(self.optimizer),
            "loss": self._loss_config(),
            "metrics": _described([slot for slot in self.slots if not slot.weighted]),
            "weighted_metrics": _described([slot for slot in self.slots if slot.weighted]),
            **({} if self.loss_weight == 1.0 else {"loss_weights": self.loss_weight}),
        }

    def _loss_config(self) -> dict[str, Any] | str | None:
        if self._crossentropy and self.loss is None:
            return _CROSSENTROPY[0]
        if self.loss is None:
            return None
        try:
            described: dict[str, Any] = losses.serialize(self.loss)
            return described
        except NamelessError as error:
            _warn_left_out("loss", self.loss.name, error)
            return None

    @classmethod
    def from_config(cls, config: Any) -> "Compiled":
        """Return what `get_config` described."""
        if not isinstance(config, dict) or not isinstance(config.get("optimizer", 0), dict | None):
            raise ValueError(f"bad compile configuration: {shorten(config)}")
        if "outputs" in config:
            from fastnn._outputs import MultiCompiled

            return MultiCompiled.from_config(config)
        return cls(
            config["optimizer"],
            config.get("loss"),
            config.get("metrics"),
            config.get("weighted_metrics"),
            config.get("loss_weights"),
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
    if isinstance(given, (str, Metric)):  # of one output, by its name
        given = [given]
    if isinstance(given, (list, tuple)) and len(given) == 1 and isinstance(given[0], (list, tuple)):
        given = given[0]
    if not isinstance(given, (list, tuple)):
        raise WrongTypeError(f"`{argument}` must be a list of metrics, got {shorten(given)}")
    slots = []
    for item in given:
        if isinstance(item, str) and item.lower() in _ACCURACY:
            slots.append(MetricSlot(item, item, None, weighted))
            continue
        metric = metrics.resolve(item, argument)
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
