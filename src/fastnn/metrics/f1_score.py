"""F-1 score: a metric."""

from typing import Any, ClassVar

from fastnn.metrics.fbeta_score import FBetaScore


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall: `FBetaScore` with ``beta=1``.

    Parameters
    ----------
    average, threshold, name, dtype
        As in `FBetaScore`.

    Examples
    --------
    >>> import fastnn
    >>> metric = fastnn.metrics.F1Score(threshold=0.5)
    >>> metric.update_state([[1, 1, 1], [1, 0, 0], [1, 1, 0]],
    ...                     [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]])
    >>> metric.result().round(4)
    array([0.5   , 0.8   , 0.6667])
    """

    _NAME: ClassVar[str] = "f1_score"

    def __init__(
        self, average: str | None = None, threshold: float | None = None,
        name: str | None = "f1_score", dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        return {key: value for key, value in super().get_config().items() if key != "beta"}
