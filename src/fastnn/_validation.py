"""Checks of user data: arrays, shapes, labels, weights, and the messages when they are wrong.

Nothing here copies a data set: arrays are handed on as they are, whatever their type and
strides, and the core converts them while it reads.
"""

import math
import operator
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._errors import WrongTypeError

# Types that the core reads: bool, integers, float16, float32, float64, in native byte order.
READABLE = frozenset("?bBhHiIlLqQefd")

_CHUNK = 1 << 22  # elements looked at in one go when labels are checked
_FEW = 1 << 12  # and so few in a plain loop


def as_array(value: Any, argument: str) -> NDArray[Any]:
    """Return `value` as a NumPy array of a type that the core reads.

    Arrays of such a type are returned as they are. Lists, pandas and polars objects and
    whatever else NumPy can convert are converted.
    """
    if type(value) is np.ndarray:
        array = value
    elif isinstance(value, np.ndarray):
        array = np.asarray(value)
    elif value is None:
        raise ValueError(f"`{argument}` must be an array, got None")
    elif isinstance(value, dict) or hasattr(value, "__next__"):
        raise ValueError(f"`{argument}` must be one array, got {type(value).__name__}")
    else:
        try:
            array = value.to_numpy() if hasattr(value, "to_numpy") else np.asarray(value)
        except (ValueError, TypeError) as error:
            raise ValueError(f"`{argument}` cannot be made an array of numbers: {error}") from error
    if array.dtype.char in READABLE and array.dtype.isnative:
        return array
    return _converted(array, argument)


def _converted(array: NDArray[Any], argument: str) -> NDArray[Any]:
    """Convert types that the core does not read, where that keeps their meaning."""
    kind = array.dtype.kind
    if kind in "biuf" and array.dtype.itemsize <= 8:  # foreign byte order
        return array.astype(array.dtype.newbyteorder("="))
    if kind == "f":  # long double
        return array.astype(np.float64)
    if kind == "O":  # pandas columns of mixed numeric types
        try:
            return array.astype(np.float64)
        except (ValueError, TypeError) as error:
            raise ValueError(f"`{argument}` must hold numbers: {error}") from error
    raise WrongTypeError(f"`{argument}` must hold real numbers, got dtype {array.dtype}")


def by_name(value: Any, names: Sequence[str], argument: str, *, surplus: bool = False) -> Any:
    """Return the array in a dict, for a model with one input or output; all else as it is.

    `names` are what the dict may call it. With `surplus` it may have more entries, which are left
    out with a warning, as Keras does with inputs.
    """
    if not isinstance(value, dict):
        return value
    known = [name for name in names if name in value]
    unknown = [key for key in value if key not in names]
    if len(known) != 1 or (unknown and not surplus):
        wanted = f", or a dict with {' or '.join(map(repr, names))}" if names else ""
        raise ValueError(
            f"`{argument}` must be one array{wanted}, got a dict with "
            f"{', '.join(map(repr, value)) or 'nothing'}"
        )
    warn_surplus(unknown, argument, repr(known[0]))
    return value[known[0]]


def only_entry(value: Any) -> Any:
    """Return the array in a list of one: a model with one input or output takes it."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        only = value[0]
        if getattr(only, "ndim", 0) >= 2 or hasattr(only, "to_numpy"):
            return only
    return value


def warn_surplus(names: Sequence[Any], argument: str, known: str) -> None:
    """Warn of entries of a dict that nothing reads."""
    if names:
        warnings.warn(
            f"`{argument}` has entries that the model does not read: "
            f"{', '.join(map(repr, names))}; it has {known}",
            stacklevel=4,
        )


def check_x(x: Any, input_shape: tuple[int, ...], argument: str = "x") -> NDArray[Any]:
    """Return the input rows ``(n, *input_shape)``; a last axis of size 1 may be there or not."""
    array = as_array(only_entry(x), argument)
    if array.ndim == len(input_shape) and input_shape[-1] == 1:
        array = array[..., np.newaxis]
    elif array.ndim == len(input_shape) + 2 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.ndim == 0 or array.shape[1:] != input_shape:
        expected = ", ".join(["n", *map(str, input_shape)])
        raise ValueError(
            f"`{argument}` must have shape ({expected}), got {array.shape}"
            + _shape_hint(array.shape, input_shape)
        )
    return array


def _shape_hint(got: tuple[int, ...], input_shape: tuple[int, ...]) -> str:
    if got == input_shape:
        return "; one sample is a batch of one: x[numpy.newaxis]"
    if len(input_shape) == 1 and len(got) == 2:
        return f": the model takes {input_shape[0]} features, each row has {got[1]}"
    return ""


def check_rows(array: NDArray[Any], argument: str) -> int:
    """Return the number of rows, which must not be zero."""
    if array.shape[0] == 0:
        raise ValueError(f"`{argument}` is empty: it has shape {array.shape}")
    return int(array.shape[0])


def check_same_rows(n: int, array: NDArray[Any], argument: str, other: str = "x") -> None:
    """Raise unless `array` has as many rows as `other`, which has `n`."""
    if array.shape[0] != n:
        raise ValueError(
            f"`{argument}` must have as many rows as `{other}`: {n}, got {array.shape[0]}"
        )


def check_y(
    y: Any, output_shape: tuple[int, ...], targets: str, loss: str, argument: str = "y",
    ignore_class: int | None = None, one_target: bool = False,
) -> NDArray[Any]:  # fmt: skip
    """Return the targets as the core reads them: ``(n, values)``, or ``(n, labels)``.

    `targets` is what the loss compares with: ``"values"``, ``"probabilities"`` (in [0, 1])
    ``"labels"`` (class numbers), ``"nonnegative"`` or ``"positive"`` (such numbers). Labels may be
    `ignore_class` too; with `one_target` one value may stand for all columns.
    """
    array = as_array(y, argument)
    if array.ndim == 0:
        raise ValueError(f"`{argument}` must have one row for each row of `x`, got a scalar")
    if targets == "labels":
        return _check_labels(array, output_shape, loss, argument, ignore_class)
    if array.ndim == len(output_shape) and (output_shape[-1] == 1 or one_target):
        array = array[..., np.newaxis]
    elif targets == "values" and not one_target and len(output_shape) == 1 < output_shape[0]:
        array = _for_every_output(array, output_shape[0], argument)
    if one_target and array.shape[1:] == (*output_shape[:-1], 1):
        array = np.broadcast_to(array, (len(array), *output_shape))
    if array.shape[1:] != output_shape:
        raise ValueError(_target_message(array, output_shape, targets, loss, argument))
    if targets == "probabilities":
        _check_range(array, 0, 1, f"`{argument}` for the loss {loss!r}", argument)
    elif targets in ("nonnegative", "positive"):
        low = 0.0 if targets == "nonnegative" else math.ulp(0.0)
        _check_range(array, low, math.inf, f"`{argument}` for the loss {loss!r}", argument)
    return array


def _for_every_output(array: NDArray[Any], outputs: int, argument: str) -> NDArray[Any]:
    """Compare each of several outputs with the one target of its row, as Keras does."""
    if array.shape[1:] != (1,):
        return array
    warnings.warn(
        f"`{argument}` has one value a row and the model {outputs} outputs: each of them is "
        "compared with that value",
        stacklevel=6,
    )
    return np.broadcast_to(array, (array.shape[0], outputs))


def _target_message(
    array: NDArray[Any], output_shape: tuple[int, ...], targets: str, loss: str, argument: str
) -> str:
    expected = ", ".join(["n", *map(str, output_shape)])
    message = f"`{argument}` must have shape ({expected}), got {array.shape}"
    if targets == "probabilities" and array.ndim <= 2 and array.shape[1:] in ((), (1,)):
        message += (
            f": the loss {loss!r} takes one column per class; for class numbers use "
            "'sparse_categorical_crossentropy' or utils.to_categorical"
        )
    return message


def _check_labels(
    array: NDArray[Any], output_shape: tuple[int, ...], loss: str, argument: str,
    ignore_class: int | None,
) -> NDArray[Any]:  # fmt: skip
    positions, classes = output_shape[:-1], output_shape[-1]
    if array.ndim == len(output_shape) + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    if array.shape[1:] != positions:
        expected = ", ".join(["n", *map(str, positions)]) + ("," if not positions else "")
        message = f"`{argument}` must hold one class number a row, shape ({expected}), got "
        message += f"{array.shape}"
        if array.shape[1:] == output_shape:
            message += f": the loss {loss!r} takes class numbers; for one column per class use "
            message += "'categorical_crossentropy'"
        raise ValueError(message)
    where = f"class numbers in `{argument}`"
    _check_range(array, 0, classes - 1, where, argument, ignore_class)
    if array.dtype.kind == "f":
        _check_whole(array, where, argument)
    return array if positions else array[:, np.newaxis]


def _chunks(array: NDArray[Any]) -> Any:
    """Yield (first row, rows) so that a memory-mapped array is never loaded as a whole."""
    step = max(1, _CHUNK // max(1, math.prod(array.shape[1:])))
    for start in range(0, array.shape[0], step):
        yield start, array[start : start + step]


def _check_range(
    array: NDArray[Any], low: float, high: float, where: str, argument: str,
    besides: int | None = None,
) -> None:  # fmt: skip
    """Raise unless all values lie in [low, high] or are `besides`; NaN does not.

    Names the first offender.
    """
    # Two reductions of NumPy take longer than a step of a small net.
    if array.size == 0 or (array.size <= _FEW and _core.all_within(array, low, high)):
        return
    for start, part in _chunks(array):
        if bool(part.min() >= low) and bool(part.max() <= high):
            continue
        bad = ~((part >= low) & (part <= high))
        if besides is not None:
            bad &= part != besides
            if not bad.any():
                continue
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        expected = f"in [{low}, {high}]"
        if high == math.inf:
            expected = "at least 0" if low == 0 else "positive"
        raise ValueError(f"{where} must be {expected}, got {part[place]} in row {start + place[0]}")


def _check_whole(array: NDArray[Any], where: str, argument: str) -> None:
    for start, part in _chunks(array):
        bad = part != np.floor(part)
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            raise ValueError(
                f"{where} must be whole numbers, got {part[place]} in row {start + place[0]}"
            )


def check_sample_weight(
    sample_weight: Any, n: int, argument: str = "sample_weight"
) -> NDArray[Any]:
    """Return the weights as ``(n, 1)``."""
    array = as_array(sample_weight, argument)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise ValueError(f"`{argument}` must have shape (n,), got {array.shape}")
    check_same_rows(n, array, argument)
    if array.dtype.kind == "f":
        for start, part in _chunks(array):
            bad = ~np.isfinite(part)
            if bad.any():
                row = int(np.argmax(bad))
                raise ValueError(
                    f"`{argument}` must be finite, got {part[row]} in row {start + row}"
                )
    return array[:, np.newaxis]


def class_weights_to_sample_weights(
    class_weight: Any, y: NDArray[Any], targets: str
) -> NDArray[np.float64]:
    """Return ``(n, 1)`` weights: that of each row's class, 1 for classes not named.

    `y`: the targets as they were given, one for several outputs maybe. The class is the label,
    the rounded value of a one-column target, or the largest of several columns.
    """
    if not isinstance(class_weight, dict):
        raise WrongTypeError(
            f"`class_weight` must be a dict of class number to weight, got {class_weight!r}"
        )
    if y.size == len(y):
        y = y.reshape(-1, 1)
    if y.ndim != 2:
        raise ValueError("`class_weight` needs one output position a row")
    if targets != "labels" and y.shape[1] > 1:
        labels = np.argmax(y, axis=1)
    else:
        labels = np.round(y[:, 0]).astype(np.int64)
    weights = np.ones(y.shape[0], np.float64)
    for key, weight in class_weight.items():
        if isinstance(key, bool) or not hasattr(key, "__index__") or key < 0:
            raise ValueError(f"keys of `class_weight` must be class numbers, got {key!r}")
        value = check_number(weight, f"class_weight[{key}]")
        weights[labels == int(key)] = value
    return weights[:, np.newaxis]


def check_number(value: Any, argument: str) -> float:
    """Return a finite float."""
    if isinstance(value, (str, bytes, bool, np.bool_)) or (
        isinstance(value, np.ndarray) and value.ndim > 0
    ):
        raise WrongTypeError(f"`{argument}` must be a number, got {value!r}")
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise WrongTypeError(f"`{argument}` must be a number, got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"`{argument}` must be finite, got {value!r}")
    return number


def check_integer(value: Any, argument: str, low: int) -> int:
    """Return an int of at least `low`."""
    number = None
    if not isinstance(value, (bool, np.bool_)):
        try:
            number = operator.index(value)
        except TypeError:
            if isinstance(value, (float, np.floating)) and float(value).is_integer():
                number = int(value)
    if number is None or number < low or number >= 2**63:
        error = WrongTypeError if number is None else ValueError
        raise error(f"`{argument}` must be an integer of at least {low}, got {value!r}")
    return number


def check_optional(value: Any, argument: str) -> int | None:
    """Return a positive int, or None for None."""
    return None if value is None else check_integer(value, argument, 1)


def check_bool(value: Any, argument: str) -> bool:
    """Return a bool."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise WrongTypeError(f"`{argument}` must be True or False, got {value!r}")


def check_in(value: Any, allowed: tuple[Any, ...], argument: str) -> Any:
    """Return `value` if it is one of `allowed`."""
    for choice in allowed:
        if value is choice or (type(value) is type(choice) and value == choice):
            return value
    raise ValueError(f"`{argument}` must be one of {list(allowed)}, got {value!r}")


def reject(owner: str, **arguments: tuple[Any, tuple[Any, ...]]) -> None:
    """Raise for arguments of Keras that fastnn knows only in their neutral value.

    Each argument is given as (value, neutral values).
    """
    for name, (value, neutral) in arguments.items():
        if not any(value is n or (type(value) is type(n) and value == n) for n in neutral):
            raise ValueError(
                f"`{name}={value!r}` of {owner} is not part of fastnn; leave it at {neutral[0]!r}"
            )


def check_shape(shape: Any, argument: str) -> tuple[int, ...]:
    """Return the shape of one sample, a tuple of positive integers."""
    if isinstance(shape, (int, np.integer)) and not isinstance(shape, bool):
        shape = (shape,)
    try:
        sizes = tuple(shape)
    except TypeError:
        raise ValueError(f"`{argument}` must be a tuple of integers, got {shape!r}") from None
    if not sizes:
        raise ValueError(f"`{argument}` must have at least one dimension, got ()")
    if any(size is None for size in sizes):
        raise ValueError(f"`{argument}` must have known sizes, got {shape!r}")
    checked = tuple(check_integer(size, f"{argument}[{i}]", 1) for i, size in enumerate(sizes))
    if math.prod(checked) >= 2**40:
        raise ValueError(f"`{argument}` is too large: {checked}")
    return checked
