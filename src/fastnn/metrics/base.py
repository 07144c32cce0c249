"""Base of the metrics: state, and a running mean of values that come from the core."""

import copy
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn.config import resolve_dtype
from fastnn.layers._names import snake_case
from fastnn.losses.base import NativeLoss, row_losses, weights_like
from fastnn.metrics._variable import AttributeVariable, MetricVariable

# Types of results besides those that fastnn computes in.
_RESULTS = ("float16", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")


class NativeMetric(NamedTuple):
    """What the core needs: the names in `_core.METRICS` and `_core.LOSSES`, the parameters."""

    name: str
    loss: str
    params: tuple[float, ...]

    @property
    def codes(self) -> tuple[int, int]:
        return _core.METRICS[self.name], _core.LOSSES[self.loss]


class Metric:
    """Base class of the metrics.

    A metric is fed with `update_state`, read with `result` and emptied with `reset_state`;
    calling it does the first two. In `compile` it is computed by the core instead, within
    the training step, or where it has no form in the core, a copy of it is fed with the targets
    and predictions of each native call; its own state is not touched.

    A subclass that defines `update_state` and `result` can be used in `compile`. It keeps its
    state in what `add_variable` made, which `reset_state` sets to 0, or in attributes, with a
    `reset_state` of its own.

    Parameters
    ----------
    dtype : str, default=None
        Type of results, a float or an integer; None is float64, in which sums are kept.
    name : str, default=None
        Key in the logs; None takes that of the class.

    Examples
    --------
    >>> import numpy as np
    >>> import fastnn
    >>> class Furthest(fastnn.metrics.Metric):
    ...     def __init__(self, **kwargs):
    ...         super().__init__(**kwargs)
    ...         self.most = self.add_variable(shape=(), initializer="zeros", name="most")
    ...
    ...     def update_state(self, y_true, y_pred, sample_weight=None):
    ...         self.most.assign(np.maximum(self.most, abs(y_pred - y_true).max()))
    ...
    ...     def result(self):
    ...         return self.most.value
    >>> metric = Furthest()
    >>> float(metric(np.zeros((2, 1)), np.ones((2, 1))))
    1.0
    """

    # What targets the metric compares with: "values", "labels", or "" for none.
    targets: ClassVar[str] = "values"
    _NAME: ClassVar[str] = ""
    # Attributes that hold the state of the package's own metrics; the names are without "_".
    _STATE: ClassVar[tuple[str, ...]] = ()

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        self.name = str(name or self._NAME or snake_case(type(self).__name__))
        self._dtype = None if dtype is None else resolve_dtype(dtype, also=_RESULTS)
        self._variables: list[MetricVariable] = []

    @property
    def dtype(self) -> str | None:
        """Type of results; None is float64."""
        return self._dtype

    def __getattr__(self, name: str) -> Any:
        # Only for what is not found: the state of the package's own, as Keras' metrics have it.
        attribute = f"_{name}"
        if attribute in type(self)._STATE and vars(self).get(attribute) is not None:
            return AttributeVariable(self, attribute)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def native(self) -> NativeMetric:
        """Return the core's metric."""
        raise ValueError(
            f"{type(self).__name__} cannot be used in compile(): it has no form in the core"
        )

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        """Add a batch."""
        raise NotImplementedError(f"{type(self).__name__} does not define `update_state`")

    def result(self) -> Any:
        """Return the value for what was added."""
        raise NotImplementedError(f"{type(self).__name__} does not define `result`")

    def reset_state(self) -> None:
        """Forget what was added."""
        for variable in self.variables:
            variable.assign(np.zeros(variable.shape))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Add a batch and return the result so far."""
        self.update_state(*args, **kwargs)
        return self.result()

    # ---- state -------------------------------------------------------------------------

    @property
    def variables(self) -> list[MetricVariable]:
        """The state: that of metrics among the attributes behind the metric's own."""
        own = [
            AttributeVariable(self, attribute)
            for attribute in self._STATE
            if getattr(self, attribute) is not None
        ]
        known = {id(variable) for variable in self._variables}
        further: list[MetricVariable] = []
        for key, value in vars(self).items():
            for part in _parts(value) if key != "_variables" else ():
                if isinstance(part, Metric):
                    further += part.variables
                elif id(part) not in known:
                    further.append(part)
        return [*own, *self._variables, *further]

    def add_variable(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None,
        aggregation: Any = "sum", name: str | None = None,
    ) -> MetricVariable:  # fmt: skip
        """Make an array that is kept between calls.

        Parameters
        ----------
        shape : tuple of int, default=()
        initializer : str, initializer or array, default=None
            What it starts with; None: zeros.
        dtype : str, default=None
            Type of the values; None is float64.
        aggregation : str
            Without effect.
        name : str, default=None
        """
        from fastnn import initializers

        start = initializers.get("zeros" if initializer is None else initializer, "initializer")
        array = np.asarray(start(tuple(shape), dtype="float64"))
        dtype = "float64" if dtype is None else "int64" if dtype == "int" else dtype
        made = MetricVariable(array.astype(dtype), name or "variable")
        self._variables.append(made)
        return made

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> MetricVariable:
        """Make an array that is kept between calls; see `add_variable`."""
        return self.add_variable(shape, initializer, dtype, name=name)

    def stateless_update_state(
        self, metric_variables: Sequence[Any], *args: Any, **kwargs: Any
    ) -> list[NDArray[Any]]:
        """Return the state that a batch makes of the given one; the metric stays as it is."""
        other = self._with(metric_variables)
        other.update_state(*args, **kwargs)
        return [variable.numpy() for variable in other.variables]

    def stateless_result(self, metric_variables: Sequence[Any]) -> Any:
        """Return the result of the given state."""
        return self._with(metric_variables).result()

    def stateless_reset_state(self) -> list[NDArray[Any]]:
        """Return the state of nothing added."""
        other = copy.deepcopy(self)
        other.reset_state()
        return [variable.numpy() for variable in other.variables]

    def _with(self, metric_variables: Sequence[Any]) -> Self:
        """Return a copy with the given state."""
        other = copy.deepcopy(self)
        if len(metric_variables) != len(other.variables):
            raise ValueError(
                f"`metric_variables` must be as many as the variables, {len(other.variables)}, "
                f"got {len(metric_variables)}"
            )
        for variable, value in zip(other.variables, metric_variables, strict=True):
            variable.assign(value)
        return other

    def _accumulate(self, *parts: Any) -> None:
        """Add to the attributes in `_STATE`, in their order; None is nothing yet."""
        for attribute, part in zip(self._STATE, parts, strict=True):
            before = getattr(self, attribute)
            setattr(self, attribute, part if before is None else before + part)

    # ---- description -------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal metric."""
        config: dict[str, Any] = {"name": self.name}
        if self.dtype is not None:
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the metric that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def _parts(value: Any) -> Iterator[Any]:
    """Yield the metrics and variables in an attribute, also within lists and dicts."""
    if isinstance(value, (MetricVariable, Metric)):
        yield value
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _parts(part)
    elif isinstance(value, dict):
        yield from _parts(list(value.values()))


class MeanMetric(Metric):
    """Base of the metrics that are a weighted mean of values.

    As in Keras, `total` and `count` are the sums of values and of weights, as variables.
    """

    _STATE: ClassVar[tuple[str, ...]] = ("_total", "_count")

    def __init__(self, dtype: Any = None, name: str | None = None) -> None:
        super().__init__(dtype, name)
        self._total = 0.0
        self._count = 0.0

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        raise NotImplementedError(f"{type(self).__name__} does not say what it measures")

    def update_state(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> None:
        """Add a batch.

        Parameters
        ----------
        y_true : array_like of shape (batch, n_out), or (batch,) class numbers
        y_pred : array_like of shape (batch, n_out)
        sample_weight : array_like of shape (batch,), default=None
        """
        self._add(self._values(y_true, y_pred), sample_weight)

    def _add(self, values: NDArray[Any], sample_weight: ArrayLike | None) -> None:
        """Add values; as in Keras, what lies in one row counts as its mean."""
        values = values.astype(np.float64)
        row = values[0].size if values.ndim > 1 and len(values) else 1
        if sample_weight is None:
            self._total += float(values.sum()) / row
            self._count += float(values.size) / row
        else:
            weight = weights_like(sample_weight, values)
            self._total += float((values * weight).sum()) / row
            self._count += float(weight.sum()) / row

    def result(self) -> Any:
        """Return the weighted mean of what was added, 0 before anything was."""
        value = self._total / self._count if self._count else 0.0
        return np.dtype(self.dtype or "float64").type(value)

    def reset_state(self) -> None:
        """Forget what was added."""
        self._total = self._count = 0.0


class LossMetric(MeanMetric):
    """Base of the metrics that are the mean of a loss."""

    axis: int = -1  # along which a row lies

    def _loss(self) -> NativeLoss:
        raise NotImplementedError(f"{type(self).__name__} does not name its loss")

    def native(self) -> NativeMetric:
        loss = self._loss()
        return NativeMetric("loss", loss.name, loss.params)

    def _values(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        return row_losses(self._loss(), y_true, y_pred, self.targets == "labels", self.axis)
