"""Circle loss."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn._validation import as_array, check_bool, check_number
from fastnn.activations.base import as_float
from fastnn.losses._batch import BatchLoss


class Circle(BatchLoss):
    r"""Circle loss of class numbers and points of length 1 (Sun et al., 2020).

    Each row is compared with the other rows of the batch. With the distances
    :math:`d_j = \max(1 - \hat y \cdot \hat y_j, 0)`, those of its class :math:`P`, those of
    other classes :math:`N` and the margin :math:`m`, its loss is

    .. math:: \log\left(1 + \sum_{j \in P} e^{\gamma (d_j^2 - m^2)}
        \sum_{j \in N} e^{\gamma \max(1 + m - d_j, 0) (1 - m - d_j)}\right)

    Means are over the rows whose loss is above 0, which those without a partner in `P` or `N`
    have not. The model should end with `layers.UnitNormalization`. In `fit` the loss is computed
    by NumPy once a batch.

    Parameters
    ----------
    gamma : float, default=80.0
        How sharply far and near are told apart.
    margin : float, default=0.4
        Distance within which rows of one class may lie, and its opposite for others.
    remove_diagonal : bool, default=True
        A row is not compared with itself.
    reduction : str, default="sum_over_batch_size"
        See `Loss`.
    name : str, default="circle"
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Raises
    ------
    ValueError
        If an argument is none of these; in a call, if shapes do not agree.

    Examples
    --------
    >>> import fastnn
    >>> points = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]]
    >>> print(f"{fastnn.losses.Circle(gamma=4.0)([0, 0, 1], points):.4f}")
    1.2402
    """

    # A class number needs no column of its own.
    one_target = True
    _NAME: ClassVar[str] = "circle"

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.gamma, self.margin = check_number(gamma, "gamma"), check_number(margin, "margin")
        self.remove_diagonal = check_bool(remove_diagonal, "remove_diagonal")

    def check_output(self, shape: tuple[int, ...]) -> None:
        if len(shape) != 1:
            raise ValueError(f"the loss {self.name!r} takes one point a row, got shape {shape}")

    def by_rows(self, ndim: int) -> bool:
        return False

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each row."""
        return circle(
            y_true, y_pred, remove_diagonal=self.remove_diagonal, gamma=self.gamma,
            margin=self.margin,
        )  # fmt: skip

    def _shared_gradient(
        self, y_true: ArrayLike, y_pred: ArrayLike, shares: NDArray[np.float64]
    ) -> NDArray[Any]:
        labels, points = _labels(y_true, "y_true"), as_float(y_pred, "y_pred")
        pairs = _Pairs(labels, points, labels, points, self.remove_diagonal)
        by_distance = pairs.slopes(self.gamma, self.margin) * shares[..., np.newaxis]
        by_product = np.where(pairs.distance > 0.0, -by_distance, 0.0)
        both = _products(by_product + by_product.T, points.T)  # a point stands on either side
        return both.astype(points.dtype)

    def _counted(self, y_true: NDArray[Any], values: NDArray[Any]) -> NDArray[np.bool_] | None:
        return np.asarray(values > 0.0)

    def get_config(self) -> dict[str, Any]:
        own = {
            "gamma": self.gamma, "margin": self.margin, "remove_diagonal": self.remove_diagonal,
        }  # fmt: skip
        return {**own, **super().get_config()}


def circle(
    y_true: ArrayLike, y_pred: ArrayLike, ref_labels: ArrayLike | None = None,
    ref_embeddings: ArrayLike | None = None, remove_diagonal: bool = True, gamma: float = 80,
    margin: float = 0.4,
) -> NDArray[Any]:  # fmt: skip
    """Return the circle loss of each row; see `Circle`.

    Parameters
    ----------
    y_true : array_like of shape (batch,)
        Class numbers.
    y_pred : array_like of shape (batch, n_out)
    ref_labels : array_like of shape (n,), default=None
        Class numbers of what rows are compared with; None: `y_true`.
    ref_embeddings : array_like of shape (n, n_out), default=None
        What rows are compared with; None: `y_pred`.
    remove_diagonal : bool, default=True
        A row is not compared with the reference of its number.
    gamma : float, default=80
    margin : float, default=0.4

    Returns
    -------
    ndarray of shape (batch,)

    Examples
    --------
    >>> import fastnn
    >>> fastnn.losses.circle([0, 0, 1], [[1, 0], [0.6, 0.8], [0, 1]], gamma=4.0).round(4)
    array([0.4235, 2.0568, 0.    ], dtype=float32)
    """
    labels, points = _labels(y_true, "y_true"), as_float(y_pred, "y_pred")
    others = labels if ref_labels is None else _labels(ref_labels, "ref_labels")
    targets = points if ref_embeddings is None else as_float(ref_embeddings, "ref_embeddings")
    pairs = _Pairs(labels, points, others, targets, remove_diagonal)
    same, apart = pairs.sums(gamma, margin)
    return np.asarray(np.logaddexp(0.0, same + apart)).astype(points.dtype)


class _Pairs:
    """Rows beside what they are compared with."""

    def __init__(
        self, labels: Any, points: NDArray[Any], others: Any, targets: NDArray[Any], strict: bool
    ) -> None:
        for argument, numbers, array in (
            ("y_true", labels, points), ("ref_labels", others, targets),
        ):  # fmt: skip
            if array.ndim != 2 or numbers.shape != array.shape[:1]:
                raise ValueError(
                    f"`{argument}` must have one class number for each of the points, which have "
                    f"shape {array.shape}, got {numbers.shape}"
                )
        if points.shape[1] != targets.shape[1]:
            raise ValueError(
                f"`ref_embeddings` must have {points.shape[1]} columns, got {targets.shape[1]}"
            )
        self.distance = np.maximum(1.0 - _products(points, targets), 0.0)
        self.same = labels[:, np.newaxis] == others
        self.apart = ~self.same
        if strict:
            np.fill_diagonal(self.same, False)

    def _logits(self, gamma: float, margin: float) -> tuple[Any, Any]:
        d = self.distance
        near = np.maximum(1.0 + margin - d, 0.0) * (1.0 - margin - d)
        return (
            np.where(self.same, gamma * (margin + d) * (d - margin), -np.inf),
            np.where(self.apart, gamma * near, -np.inf),
        )

    def sums(self, gamma: float, margin: float) -> tuple[Any, Any]:
        """Return the logarithms of both sums for each row, -inf for one of nothing."""
        same, apart = self._logits(gamma, margin)
        return np.logaddexp.reduce(same, axis=1), np.logaddexp.reduce(apart, axis=1)

    def slopes(self, gamma: float, margin: float) -> NDArray[np.float64]:
        """Return the derivative of each row's loss by its distances."""
        d = self.distance
        same, apart = self._logits(gamma, margin)
        total = [np.logaddexp.reduce(part, axis=1, keepdims=True) for part in (same, apart)]
        both = total[0] + total[1]
        share = np.exp(both - np.logaddexp(0.0, both))  # the slope of the outer logarithm
        with np.errstate(invalid="ignore"):  # where there is nothing to add up
            pull = np.where(self.same, np.exp(same - total[0]) * 2.0 * gamma * d, 0.0)
            near = np.where(d < 1.0 + margin, -2.0 * gamma * (1.0 - d), 0.0)
            push = np.where(self.apart, np.exp(apart - total[1]) * near, 0.0)
        return np.asarray(share * (pull + push))


def _products(first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.float64]:
    """Return the products of rows, by plain loops: the same for any number of threads."""
    a, b = first.astype(np.float64), second.astype(np.float64)
    return np.asarray(np.einsum("ik,jk->ij", a, b, optimize=False))


def _labels(value: ArrayLike, argument: str) -> NDArray[Any]:
    """Return class numbers, one a row: of columns that `fit` made of them the first."""
    array = as_array(value, argument)
    return array[:, 0] if array.ndim == 2 else array
