"""Base of the losses: reduction and sample weights; the values come from the core."""

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from fastnn import _core
from fastnn._validation import as_array, check_in
from fastnn.activations.base import as_float
from fastnn.config import resolve_dtype
from fastnn.layers._names import snake_case

# Reductions by Keras' name, with the core's; "none" is for calls on arrays only.
REDUCTIONS: dict[str, str | None] = {
    "sum_over_batch_size": "mean",
    "sum": "sum",
    "mean": "mean",
    "mean_with_sample_weight": "mean_weight",
    "none": None,
}


class NativeLoss(NamedTuple):
    """What the core needs: the name in `_core.LOSSES`, parameters, and those of each column."""

    name: str
    params: tuple[float, ...]
    columns: tuple[float, ...] | None = None

    @property
    def code(self) -> int:
        return _core.LOSSES[self.name]


class _Function:
    """The attribute `fn` of the package's losses; the user's own may have one of their own."""

    def __get__(self, loss: Any, owner: type) -> Any:
        from fastnn import losses

        function = losses.REGISTRY.function_of(owner)
        if function is None:
            raise AttributeError(f"{owner.__name__!r} object has no attribute 'fn'")
        return function


class Loss:
    """Base class of the losses.

    A loss of one's own is a subclass with `call`, which returns the loss of each row, and
    `gradient`, which returns the derivative of each row's loss by each element of `y_pred`; both
    take and return NumPy arrays. `fit` runs them once a batch. With `get_config` files can hold
    it; see `saving.register_keras_serializable`.

    Parameters
    ----------
    name : str, default=None
        None takes the name of the class in snake case.
    reduction : str, default="sum_over_batch_size"
        ``"sum_over_batch_size"`` (or ``"mean"``): the sum over rows of weight times loss,
        divided by the number of rows; ``"sum"``: that sum; ``"mean_with_sample_weight"``: that
        sum divided by the sum of the weights; ``"none"`` or None: the loss of each row, for
        calls on arrays only.
    dtype : {"float16", "float32", "float64"}, default=None
        Type of returned values; None keeps the type of `y_pred`.

    Examples
    --------
    >>> import numpy as np
    >>> import fastnn
    >>> class Quartic(fastnn.losses.Loss):
    ...     def call(self, y_true, y_pred):
    ...         return ((y_pred - y_true) ** 4).mean(axis=-1)
    ...
    ...     def gradient(self, y_true, y_pred):
    ...         return 4 * (y_pred - y_true) ** 3 / y_pred.shape[-1]
    >>> model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    >>> model.compile("sgd", Quartic())
    >>> history = model.fit(np.ones((8, 1)), np.ones((8, 1)), verbose=0)
    """

    # What targets the loss compares with: "values", "probabilities", "labels", or numbers that
    # are "nonnegative" or "positive".
    targets: str = "values"
    axis: Any = -1  # along which a row lies
    ignore_class: int | None = None  # label of rows that do not count
    one_target: bool = False  # all columns may have one target
    _NAME: ClassVar[str] = ""
    fn: Any = _Function()  # the function of `losses` that it is, as Keras' losses have it

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size",
        dtype: Any = None,
    ) -> None:  # fmt: skip
        self.name = str(name or self._NAME or snake_case(type(self).__name__))
        self.reduction = check_reduction(reduction)
        self._dtype = None if dtype is None else resolve_dtype(dtype, also=("float16",))

    @property
    def dtype(self) -> str | None:
        """Type of returned values, None for that of `y_pred`."""
        return self._dtype

    def native(self) -> NativeLoss:
        """Return the core's loss."""
        raise NotImplementedError(
            f"{type(self).__name__} has no form in the core; a loss of your own needs "
            "`call(y_true, y_pred)` and `gradient(y_true, y_pred)`"
        )

    def gradient(self, y_true: NDArray[Any], y_pred: NDArray[Any]) -> NDArray[Any]:
        """Return d(loss of a row) / d y_pred of each element, of the shape of `y_pred`."""
        if self.is_own():
            raise NotImplementedError(f"{type(self).__name__} does not define `gradient`")
        native = self.native()
        true, pred, _ = paired(y_true, y_pred, self.targets == "labels", self.axis)
        check_columns(native, pred.shape[1])
        rows = _core.loss_grad(native.code, native.params, true, pred, native.columns)
        last = np.moveaxis(np.empty(np.shape(y_pred)), self.axis, -1).shape
        return np.moveaxis(rows.reshape(last), -1, self.axis)

    def check_output(self, shape: tuple[int, ...]) -> None:
        """Raise unless outputs of which one sample has this shape can be trained with it."""
        require_last_axis(self.axis, 1 + len(shape), self.name)

    def by_rows(self, ndim: int) -> bool:
        """Tell whether the loss of each row of such an array is the row's alone."""
        return True

    def takes_weights(self, ndim: int) -> bool:
        """Tell whether the rows of such an array may have weights in training."""
        return True

    @classmethod
    def is_own(cls) -> bool:
        """Tell whether a loss is written in Python."""
        return cls.native is Loss.native

    def values_and_gradient(
        self, y_true: NDArray[Any], y_pred: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return what `fit` needs of a loss that is written in Python, checked."""
        values = checked_rows(self.call(y_true, y_pred), y_pred.shape[:-1], self, "call")
        gradient = checked_rows(self.gradient(y_true, y_pred), y_pred.shape, self, "gradient")
        return values, gradient

    def call(self, y_true: ArrayLike, y_pred: ArrayLike) -> NDArray[Any]:
        """Return the loss of each row: the shape of `y_pred` without its last axis."""
        labels = self.targets == "labels"
        spread = self.targets not in ("labels", "probabilities")
        return row_losses(self.native(), y_true, y_pred, labels, self.axis, spread)

    def __call__(
        self, y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Return the loss of a batch, a NumPy scalar unless the reduction is ``"none"``.

        Parameters
        ----------
        y_true : array_like of shape (batch, n_out), or (batch,) class numbers
        y_pred : array_like of shape (batch, n_out)
        sample_weight : array_like of shape (batch,), default=None
            Weight of each row; None is 1. As in Keras, what ``"mean_with_sample_weight"``
            divides by is the sum of the weights as they are given.
        """
        true, pred = as_array(y_true, "y_true"), as_float(y_pred, "y_pred")
        if self.is_own() and self.targets != "labels":  # which computes with both
            true = true.astype(pred.dtype, copy=False)
        values = np.asarray(self.call(true, pred))
        total = values.astype(np.float64)
        weight: NDArray[np.float64] | None = None
        if sample_weight is not None:
            total, weight = weights_for(sample_weight, total)
        counted = self._counted(true, values)
        seen: NDArray[np.float64] | None = None
        if counted is not None:
            seen = counted.reshape(total.shape).astype(np.float64)
            weight = seen if weight is None else weight * seen
        if weight is not None:
            total = total * weight
        if self.reduction == "none" or total.ndim == 0:  # of one row there is nothing to reduce
            return total.astype(self.dtype or values.dtype)[()]
        result = total.sum()
        if self.reduction == "mean_with_sample_weight" and weight is not None:
            count = float(weight.sum())
        elif self.reduction == "sum":
            count = 1.0
        else:
            count = float(total.size if seen is None else seen.sum())
        return np.asarray(result / count if count else 0.0).astype(self.dtype or values.dtype)[()]

    def _counted(self, y_true: NDArray[Any], values: NDArray[Any]) -> NDArray[np.bool_] | None:
        """Return which of the losses of a batch count, None for all."""
        return None if self.ignore_class is None else y_true != self.ignore_class

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal loss."""
        config: dict[str, Any] = {"name": self.name, "reduction": self.reduction}
        if self.dtype is not None:
            config["dtype"] = self.dtype
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the loss that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def checked_rows(values: Any, shape: tuple[int, ...], loss: Loss, what: str) -> NDArray[Any]:
    """Return what a loss of the user's own returned as an array of that shape, or raise."""
    array = np.asarray(values)
    if array.shape != shape:
        raise ValueError(
            f"`{what}` of the loss {loss.name!r} must return an array of shape {shape}, got "
            f"{array.shape}"
        )
    return array


def check_reduction(reduction: Any) -> str:
    """Return the name of a reduction; None is ``"none"``."""
    if reduction is None:
        return "none"
    return str(check_in(reduction, tuple(REDUCTIONS), "reduction"))


def check_axis(axis: Any) -> int:
    """Return the number of an axis; whether there is one shows in a call."""
    if isinstance(axis, (bool, np.bool_)) or not hasattr(axis, "__index__"):
        raise ValueError(f"`axis` must be an integer, got {axis!r}")
    return int(axis)


def require_last_axis(axis: int, rank: int, name: str) -> None:
    """Raise unless `axis` is the last of outputs of that rank: models have rows along it."""
    if axis not in (-1, rank - 1):
        raise ValueError(f"`axis={axis}` of {name!r} is not the last axis of the model's output")


def weights_like(sample_weight: ArrayLike, values: NDArray[Any]) -> NDArray[np.float64]:
    """Return weights of the shape of `values`, one for each."""
    weight = as_array(sample_weight, "sample_weight").astype(np.float64)
    if weight.ndim == values.ndim + 1 and weight.shape[-1] == 1:
        weight = weight[..., 0]
    while 0 < weight.ndim < values.ndim:
        weight = weight[..., np.newaxis]
    try:
        return np.broadcast_to(weight, values.shape)
    except ValueError:
        raise ValueError(
            f"`sample_weight` must have one weight a row, shape {values.shape}, got "
            f"{np.shape(sample_weight)}"
        ) from None


def same_rank(
    first: NDArray[Any], second: NDArray[Any], expand: bool = True
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return two arrays whose ranks differ by one with one rank, as Keras does.

    A last axis of length 1 is dropped; but of a column beside a vector it stays, with `expand`,
    and the vector becomes a column.
    """
    if first.ndim == second.ndim + 1 and first.shape[-1] == 1:
        if expand and second.ndim == 1:
            return first, second[:, np.newaxis]
        return first[..., 0], second
    if second.ndim == first.ndim + 1:
        second, first = same_rank(second, first, expand)
    return first, second


def weights_for(
    sample_weight: ArrayLike, values: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return values and weights that multiply as Keras multiplies them.

    Losses of shape (n,) and weights of shape (n, 1) make losses of shape (n, 1).
    """
    weight = as_array(sample_weight, "sample_weight").astype(np.float64)
    values, weight = same_rank(values, weight)
    while 0 < weight.ndim < values.ndim:
        weight = weight[..., np.newaxis]
    try:
        shape = np.broadcast_shapes(values.shape, weight.shape)
    except ValueError:
        shape = ()
    if shape != values.shape and values.ndim:
        raise ValueError(
            f"`sample_weight` must have one weight a row, shape {values.shape}, got "
            f"{np.shape(sample_weight)}"
        )
    return values, weight


def row_losses(
    native: NativeLoss,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    labels: bool,
    axis: int = -1,
    spread: bool = False,
) -> NDArray[Any]:
    """Return the loss of each row of `y_pred`, in its type; a row lies along `axis`."""
    true, pred, shape = paired(y_true, y_pred, labels, axis, spread)
    check_columns(native, pred.shape[1])
    values = _core.loss(native.code, native.params, true, pred, native.columns)
    return values.astype(pred.dtype).reshape(shape)


def check_columns(native: NativeLoss, width: int) -> None:
    """Raise unless a loss with parameters of the columns has one for each."""
    if native.columns is not None and len(native.columns) != width:
        raise ValueError(
            f"the loss has parameters for {len(native.columns)} columns, there are {width}"
        )


def paired(
    y_true: ArrayLike, y_pred: ArrayLike, labels: bool, axis: int = -1, spread: bool = False
) -> tuple[NDArray[Any], NDArray[Any], tuple[int, ...]]:
    """Return targets and predictions as the core reads them, and the shape of the result.

    As in Keras, a column and a vector are taken for the same thing, and with `spread`, which
    losses of probabilities and of class numbers have not, one target for those of several outputs.
    """
    true, pred = as_array(y_true, "y_true"), as_float(y_pred, "y_pred")
    if pred.ndim == 0:
        raise ValueError("`y_pred` must have at least one axis, got a scalar")
    if not -pred.ndim <= axis < pred.ndim:
        raise ValueError(f"`axis={axis}` is none of `y_pred` of shape {pred.shape}")
    if axis not in (-1, pred.ndim - 1):
        pred = np.moveaxis(pred, axis, -1)
        if true.ndim == pred.ndim:
            true = np.moveaxis(true, axis, -1)
    if labels:
        if true.ndim == pred.ndim and true.shape[-1] == 1:
            true = true[..., 0]
        expected = pred.shape[:-1]
    else:
        true, pred = same_rank(true, pred)
        if spread and true.shape != pred.shape:
            true, pred = _spread(true, pred)
        expected = pred.shape
    if true.shape != expected:
        raise ValueError(
            f"`y_true` must have shape {expected} for `y_pred` of shape {pred.shape}, got "
            f"{np.shape(y_true)}"
        )
    if pred.shape[-1] == 0:
        raise ValueError(f"`y_pred` has no columns: shape {pred.shape}")
    rows = pred.reshape(-1, pred.shape[-1])
    flat = true.reshape(-1) if labels else true.reshape(rows.shape)
    return flat, rows, pred.shape[:-1]


def _spread(true: NDArray[Any], pred: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Broadcast targets and predictions to one shape, if there is one."""
    try:
        shape = np.broadcast_shapes(true.shape, pred.shape)
    except ValueError:
        return true, pred
    return np.broadcast_to(true, shape), np.broadcast_to(pred, shape)
