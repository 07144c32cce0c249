"""What a model measured last, in the form of Keras' trackers. No numerics."""

from collections.abc import Mapping
from typing import Any

from fastnn.metrics.base import Metric


class LastValue(Metric):
    """A value of the last call of `fit`, `evaluate` or the like, as it stands in `model.metrics`.

    fastnn computes loss and metrics in the core: what is here is their result, not their state.

    Parameters
    ----------
    name : str
    value : float or ndarray

    Examples
    --------
    >>> import fastnn, numpy
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> loss = model.evaluate(numpy.ones((3, 2)), numpy.ones(3), verbose=0)
    >>> model.metrics[0].name, bool(model.metrics[0].result() == loss)
    ('loss', True)
    """

    targets = ""

    def __init__(self, name: str, value: Any) -> None:
        super().__init__(name=name)
        self._value = value

    def result(self) -> Any:
        """Return the value."""
        return self._value


class CompileMetrics(LastValue):
    """The metrics of `compile` together, as they stand in `model.metrics`.

    Parameters
    ----------
    values : mapping of str to float or ndarray
        The last value of each.

    Attributes
    ----------
    metrics : list of LastValue

    Examples
    --------
    >>> import fastnn
    >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", "mse", metrics=["mae"])
    >>> model.metrics[1].name, model.metrics[1].result()
    ('compile_metrics', {'mae': 0.0})
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        super().__init__("compile_metrics", dict(values))
        self.metrics = [LastValue(name, value) for name, value in values.items()]
