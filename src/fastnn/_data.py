"""Arrays of one call of a model: checked, matched with its inputs and outputs, split."""

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from numpy.typing import NDArray

from fastnn._objective import Objective
from fastnn._validation import (
    as_array,
    by_name,
    check_integer,
    check_number,
    check_rows,
    check_same_rows,
    check_sample_weight,
    check_x,
    check_y,
    class_weights_to_sample_weights,
    only_entry,
)

if TYPE_CHECKING:
    from fastnn.models._compilable import Compilable


class Data(NamedTuple):
    """Checked arrays of one call: inputs, targets, weights ``(n, 1)`` or None.

    Tuples of arrays, None where there is none, for a model of several inputs or outputs.
    """

    x: Any
    y: Any
    sample_weight: Any

    @property
    def n(self) -> int:
        """Number of rows."""
        x = self.x
        return int(x[0].shape[0] if type(x) is tuple else x.shape[0])

    def split(self, at: int) -> "tuple[Data, Data]":
        """Return views of the rows before and from `at`."""
        return self.rows(slice(None, at)), self.rows(slice(at, None))

    def rows(self, at: Any) -> "Data":
        """Return the rows at `at`, a slice or an array of numbers."""
        return Data(*(take_rows(arrays, at) for arrays in self))


def take_rows(arrays: Any, at: Any) -> Any:
    """Return the rows at `at` of an array, of each in a tuple, or None."""
    if arrays is None:
        return None
    if type(arrays) is tuple:
        return tuple(take_rows(each, at) for each in arrays)
    return arrays[at]


def input_rows(model: "Compilable", x: Any, argument: str) -> Any:
    """Return the array in a dict by name, for a model of one input; all else as it is."""
    if not isinstance(x, dict) or model.is_multiple:
        return x
    return by_name(x, model.input_names, argument, surplus=True)


def output_rows(model: "Compilable", y: Any, argument: str) -> Any:
    """Return targets or weights in a dict by name, for a model of one output."""
    return by_name(y, model.output_names, argument) if isinstance(y, dict) else y


def check_data(
    model: "Compilable", objective: Objective, x: Any, y: Any, sample_weight: Any,
    class_weight: Any = None, prefix: str = "",
) -> Data:  # fmt: skip
    """Check the arrays of a call; `prefix` is put before argument names in messages."""
    if model.is_multiple:
        return _check_multiple(model, objective, x, y, sample_weight, class_weight, prefix)
    x_name, y_name = f"{prefix}x", f"{prefix}y"
    inputs = check_x(input_rows(model, x, x_name), model.sample_shape, x_name)
    n = check_rows(inputs, x_name)
    if y is None:
        raise ValueError(f"`{y_name}` must be given: the loss compares with it")
    raw = as_array(only_entry(output_rows(model, y, y_name)), y_name)
    if raw.ndim == 0:
        raise ValueError(f"`{y_name}` must have one row for each row of `{x_name}`, got a scalar")
    check_same_rows(n, raw, y_name, x_name)
    targets = check_y(
        raw, model.output_sample_shape, objective.targets, objective.loss_name, y_name,
        objective.ignore_class, objective.one_target,
    )  # fmt: skip
    weight: NDArray[Any] | None = None
    if class_weight is not None:
        if sample_weight is not None:
            raise ValueError("give `sample_weight` or `class_weight`, not both")
        objective.check_weights("class_weight")
        weight = class_weights_to_sample_weights(class_weight, raw, objective.targets)
    elif sample_weight is not None:
        objective.check_weights(f"{prefix}sample_weight")
        weight = check_sample_weight(
            only_entry(output_rows(model, sample_weight, f"{prefix}sample_weight")), n,
            f"{prefix}sample_weight",
        )  # fmt: skip
    return Data(inputs, targets, weight)


def check_inputs(model: "Compilable", x: Any, argument: str = "x") -> tuple[NDArray[Any], ...]:
    """Check the inputs of a model of several inputs or outputs: a list, or a dict by name."""
    from fastnn._outputs import spread

    names = model.input_names
    arrays = []
    for name, shape, value in zip(
        names, model.input_sample_shapes, spread(x, names, argument, surplus=True), strict=True
    ):
        label = argument if len(names) == 1 else f"{argument}[{name!r}]"
        arrays.append(check_x(value, shape, label))
        check_same_rows(check_rows(arrays[0], argument), arrays[-1], label, argument)
    return tuple(arrays)


def _check_multiple(
    model: "Compilable", objective: Objective, x: Any, y: Any, sample_weight: Any,
    class_weight: Any, prefix: str,
) -> Data:  # fmt: skip
    from fastnn._outputs import MultiObjective, given_targets, spread

    inputs = check_inputs(model, x, f"{prefix}x")
    n = inputs[0].shape[0]
    multiple = isinstance(objective, MultiObjective)
    parts = objective.parts if isinstance(objective, MultiObjective) else [objective]
    names, shapes = model.output_names, model.output_sample_shapes
    if y is None:
        raise ValueError(f"`{prefix}y` must be given: the loss compares with it")
    given = given_targets(y, names, [part is not None for part in parts], f"{prefix}y")
    weights: list[Any] = [None] * len(names)
    if class_weight is not None and (multiple or sample_weight is not None):
        raise ValueError(
            "`class_weight` is for models of one output, and not together with `sample_weight`"
        )
    if sample_weight is not None:
        one = multiple and not isinstance(sample_weight, (list, tuple, dict))
        weights = (
            [sample_weight] * len(names)
            if one
            else spread(sample_weight, names, f"{prefix}sample_weight", optional=True)
        )
    targets: list[Any] = []
    for name, shape, part, value in zip(names, shapes, parts, given, strict=True):
        label = f"{prefix}y" if len(names) == 1 else f"{prefix}y[{name!r}]"
        if part is None:
            targets.append(None)
            continue
        raw = as_array(value, label)
        if raw.ndim == 0:
            raise ValueError(f"`{label}` must have one row for each row of `x`, got a scalar")
        check_same_rows(n, raw, label)
        targets.append(
            check_y(
                raw, shape, part.targets, part.loss_name, label, part.ignore_class, part.one_target
            )
        )
    for part, weight in zip(parts, weights, strict=True):
        if part is not None and (weight is not None or class_weight is not None):
            part.check_weights("class_weight" if weight is None else f"{prefix}sample_weight")
    checked = [
        None if weight is None else check_sample_weight(weight, n, f"{prefix}sample_weight")
        for weight in weights
    ]
    if class_weight is not None:
        checked = [class_weights_to_sample_weights(class_weight, raw, objective.targets)]
    if not multiple:
        return Data(inputs, targets[0], checked[0])
    some = any(weight is not None for weight in checked)
    return Data(inputs, tuple(targets), tuple(checked) if some else None)


def unpack_validation(model: "Compilable", objective: Objective, validation_data: Any) -> Data:
    """Check ``(x, y)`` or ``(x, y, sample_weight)``."""
    if not isinstance(validation_data, (tuple, list)) or len(validation_data) not in (2, 3):
        raise ValueError(
            "`validation_data` must be (x, y) or (x, y, sample_weight), got "
            f"{type(validation_data).__name__}"
        )
    x, y, *rest = validation_data
    return check_data(model, objective, x, y, rest[0] if rest else None, prefix="validation_data ")


def split_validation(data: Data, validation_split: Any) -> tuple[Data, Data | None]:
    """Take the last share of the rows for validation, as Keras does, before shuffling."""
    share = check_number(validation_split, "validation_split")
    if share == 0.0:
        return data, None
    if not 0.0 < share < 1.0:
        raise ValueError(f"`validation_split` must be in [0, 1), got {validation_split!r}")
    at = math.floor(data.n * (1.0 - share))
    if at == 0 or at == data.n:
        raise ValueError(
            f"`validation_split={share}` of {data.n} rows leaves no rows for "
            f"{'training' if at == 0 else 'validation'}"
        )
    return data.split(at)


def batch_size_or_default(batch_size: Any, argument: str = "batch_size") -> int:
    """Return the batch size, 32 for None."""
    return 32 if batch_size is None else check_integer(batch_size, argument, 1)
