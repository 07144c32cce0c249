"""A part of an optimiser's state as users see it."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn._array_like import ArrayLike
from fastnn._validation import as_array, check_integer

if TYPE_CHECKING:
    from fastnn.optimizers.base import Optimizer


class OptimizerVariable(ArrayLike):
    """One array, or number, of an optimiser's state: to read, or to assign to.

    Examples
    --------
    >>> import fastnn, numpy
    >>> optimizer = fastnn.optimizers.SGD(0.5, momentum=0.5)
    >>> optimizer.build([numpy.zeros(2, "float32")])
    >>> [variable.name for variable in optimizer.variables]
    ['iteration', 'learning_rate', 'variable_momentum']
    """

    def __init__(
        self, optimizer: "Optimizer", name: str, read: Callable[[], Any],
        write: Callable[[Any], None],
    ) -> None:  # fmt: skip
        self.name = name
        self.path = f"{optimizer.name}/{name}"
        self._read, self._write = read, write

    @classmethod
    def of_optimizer(cls, optimizer: "Optimizer") -> "list[OptimizerVariable]":
        """Step count, and the learning rate unless it follows a schedule."""

        def count(value: Any) -> None:
            steps = check_integer(value, "value", 0)
            if optimizer._network is None:
                optimizer._steps = steps
            else:
                optimizer._network.iterations = steps

        def rate(value: Any) -> None:
            optimizer.learning_rate = float(value)

        found = [cls(optimizer, "iteration", lambda: optimizer.steps, count)]
        if optimizer.schedule is None:
            found.append(
                cls(optimizer, "learning_rate", lambda: float(optimizer.learning_rate), rate)
            )
        return found

    @classmethod
    def in_network(
        cls, optimizer: "Optimizer", variable: Any, name: str, slot: int
    ) -> "OptimizerVariable":
        """An array that a model's network keeps for one of its weights."""
        return cls(
            optimizer, state_name(variable, name), lambda: variable.read_slot(slot),
            lambda value: variable.write_slot(slot, value),
        )  # fmt: skip

    def numpy(self) -> NDArray[Any]:
        """Return a copy of the value."""
        return np.array(self._read())

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        return self.numpy().shape

    @property
    def dtype(self) -> str:
        """Type of the value."""
        return str(self.numpy().dtype)

    def assign(self, value: Any) -> None:
        """Set the value.

        Raises
        ------
        ValueError
            If `value` has another shape.
        """
        array = as_array(value, "value")
        if array.shape != self.shape:
            raise ValueError(f"`value` must have shape {self.shape}, got {array.shape}")
        self._write(array if array.ndim else array.item())

    def __repr__(self) -> str:
        return f"<OptimizerVariable path={self.path}, shape={self.shape}, dtype={self.dtype}>"


def state_name(variable: Any, name: str) -> str:
    """Return what Keras calls the array `name` of a weight."""
    path: str = getattr(variable, "path", "variable")
    return f"{path.replace('/', '_')}_{name}"


def slot_order(optimizer: "Optimizer", variables: Sequence[Any]) -> list[tuple[int, int]]:
    """Return (number of the slot, number of the variable), from 0, in Keras' order.

    Slots made together alternate, variable by variable; the others follow, slot by slot. Slots
    that the optimiser does not use for a variable are left out.
    """
    names = optimizer.slot_names()
    apart = _slots_apart(names)
    together = [i for i, name in enumerate(names) if name not in apart]
    before = [i for i, name in enumerate(names) if apart.get(name)]
    after = [i for i, name in enumerate(names) if name in apart and not apart[name]]
    groups = [*([i] for i in before), together, *([i] for i in after)]
    return [
        (slot, v)
        for group in groups
        for v, variable in enumerate(variables)
        for slot in group
        if optimizer.uses_slot(names[slot], variable)
    ]


def _slots_apart(names: tuple[str, ...]) -> dict[str, bool]:
    """Return the slots that Keras makes by themselves: before the others or not."""
    apart = {"average": True, "gradient_accumulator": True, "velocity_hat": False}
    if names[:1] == ("velocity",):  # RMSprop makes each slot by itself
        apart |= {"momentum": False, "average_gradient": False}
    return apart
