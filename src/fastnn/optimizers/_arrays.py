"""An optimiser at work on NumPy arrays, or on weights of layers, without a model.

The order of an update is Keras', and that of training (csrc/nn/update.h): with the same gradients
both make the same bits. Each operation is one of the core's, or one rounding of NumPy's.
"""

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._validation import as_array
from fastnn.layers.variable import Variable
from fastnn.optimizers._variable import OptimizerVariable, slot_order, state_name

if TYPE_CHECKING:
    from fastnn.optimizers.base import Optimizer

Array = NDArray[Any]


class ArrayState:
    """What is kept for each array: the kind's slots, its average, its accumulated gradient."""

    def __init__(self, optimizer: "Optimizer", variables: list[Any]) -> None:
        self.variables_stepped = variables
        self._optimizer = optimizer
        values = [_value(variable, i) for i, variable in enumerate(variables)]
        starts = _core.optimizer_initial(_core.OPTIMIZERS[optimizer.kind()], optimizer.hyper())
        self._slots = [[np.full_like(value, start) for start in starts] for value in values]
        self._averages = [np.zeros_like(value) for value in values] if optimizer.use_ema else []
        accumulates = optimizer.gradient_accumulation_steps is not None
        self._accumulated = [np.zeros_like(value) for value in values] if accumulates else []

    def _place(self, variable: Any) -> int:
        for i, mine in enumerate(self.variables_stepped):
            weights = isinstance(mine, Variable) and isinstance(variable, Variable)
            if mine is variable or (weights and mine.is_same(variable)):
                return i
        raise ValueError(
            f"unknown variable {variable!r}: an optimizer steps what it was built for; make "
            "another one"
        )

    def average_of(self, variable: Any) -> OptimizerVariable:
        """Return the moving average of an array."""
        return self._variable(self._place(variable), "average", self._averages)

    def _variable(self, i: int, name: str, arrays: Sequence[Array]) -> OptimizerVariable:
        label = state_name(self.variables_stepped[i], name)
        array = arrays[i]

        def write(value: Any) -> None:
            array[...] = value

        return OptimizerVariable(self._optimizer, label, lambda: array, write)

    def variables(self) -> list[OptimizerVariable]:
        """Return all arrays in Keras' order."""
        own = len(self._optimizer.SLOTS[self._optimizer.kind()])
        kept = [[slots[i] for slots in self._slots] for i in range(own)]
        kept += [arrays for arrays in (self._averages, self._accumulated) if arrays]
        names = self._optimizer.slot_names()
        return [
            self._variable(i, names[slot], kept[slot])
            for slot, i in slot_order(self._optimizer, self.variables_stepped)
        ]

    def step(self, gradients: list[Any], variables: list[Any], steps: int) -> None:
        """Take step number `steps`, counted from 0."""
        optimizer = self._optimizer
        if len(gradients) != len(variables):
            raise ValueError(
                f"`grads` must be as many as what the optimizer was built for: {len(gradients)} "
                f"and {len(variables)}"
            )
        given = [i for i, gradient in enumerate(gradients) if gradient is not None]
        if not given:
            raise ValueError("`grads` has no gradient of any variable")
        if len(given) < len(gradients):
            warnings.warn(
                f"there are no gradients for {len(gradients) - len(given)} of {len(gradients)} "
                "variables",
                stacklevel=4,
            )
        places = [self._place(variables[i]) for i in given]
        values = {p: _value(self.variables_stepped[p], p) for p in range(len(self._slots))}
        grads = [_gradient(gradients[i], values[p], i) for i, p in zip(given, places, strict=True)]
        every = optimizer.gradient_accumulation_steps or 1
        grads, moves = self._collect(grads, places, (steps + 1) % every == 0)
        if moves:
            self._move(grads, places, values, steps // every + 1)
        if optimizer.use_ema:
            self._average(values, steps // every)
        for place, value in values.items():
            variable = self.variables_stepped[place]
            constraint = getattr(variable, "constraint", None)  # a subclass of arrays may have one
            if constraint is not None:
                put(variable, constraint(value))
            elif isinstance(variable, Variable):
                variable.assign(value)

    def _collect(
        self, grads: list[Array], places: list[int], moves: bool
    ) -> tuple[list[Array], bool]:
        """Divide by the scale of the loss, and accumulate."""
        scale, every = (
            self._optimizer.loss_scale_factor,
            self._optimizer.gradient_accumulation_steps,
        )
        if scale is not None:
            grads = [g / g.dtype.type(scale) for g in grads]
        if every is None:
            return grads, True
        for g, place in zip(grads, places, strict=True):
            self._accumulated[place] += g
        if moves:
            grads = [self._accumulated[p] / self._accumulated[p].dtype.type(every) for p in places]
            for array in self._accumulated:
                array.fill(0)
        return grads, moves

    def _move(
        self, grads: list[Array], places: list[int], values: dict[int, Array], number: int
    ) -> None:
        """Clip, let the weights decay, and take the optimiser's own step."""
        optimizer = self._optimizer
        hyper = optimizer.hyper()
        rate, exempt = float(optimizer.learning_rate), [*hyper]
        for at in optimizer.DECAY_PLACES:
            exempt[at] = 0.0
        factors = _clip_factors(optimizer, grads)
        for g, place, factor in zip(grads, places, factors, strict=True):
            variable = self.variables_stepped[place]
            _core.optimizer_step(
                _core.OPTIMIZERS[optimizer.kind_for(variable)],
                hyper if optimizer.decays(variable) else exempt,
                rate, number, values[place], self._slots[place], g, factor,
            )  # fmt: skip

    def _average(self, values: dict[int, Array], update: int) -> None:
        optimizer = self._optimizer
        frequency = optimizer.ema_overwrite_frequency
        for place, value in values.items():
            average = self._averages[place]
            if update == 0:
                average[...] = value
            else:
                _core.average(average, value, 1.0 - optimizer.ema_momentum)
            if frequency is not None and (update + 1) % frequency == 0:
                value[...] = average

    @staticmethod
    def clip(optimizer: "Optimizer", gradients: list[Any]) -> list[Array]:
        """Return clipped copies of gradients."""
        grads = [np.array(as_array(g, f"grads[{i}]"), order="C") for i, g in enumerate(gradients)]
        grads = [g if g.dtype.char in "fd" else g.astype(np.float32) for g in grads]
        if optimizer.clipvalue is not None:
            return [np.clip(g, -optimizer.clipvalue, optimizer.clipvalue) for g in grads]
        factors = _clip_factors(optimizer, grads)
        return [g * g.dtype.type(f) for g, f in zip(grads, factors, strict=True)]


def _clip_factors(optimizer: "Optimizer", grads: list[Array]) -> list[float]:
    """What each gradient is multiplied with."""
    if optimizer.clipnorm is not None:
        most = optimizer.clipnorm
        return [_core.clip_factor(_core.sum_squares(g), most, False) for g in grads]
    if optimizer.global_clipnorm is not None:
        total = 0.0
        for g in grads:
            total += _core.sum_squares(g)
        return [_core.clip_factor(total, optimizer.global_clipnorm, True)] * len(grads)
    return [1.0] * len(grads)


def put(variable: Any, value: Any) -> None:
    """Set a weight of a layer, or the elements of an array."""
    if isinstance(variable, np.ndarray):
        variable[...] = value
    else:
        variable.assign(np.asarray(value))


def _value(variable: Any, i: int) -> Array:
    """Return an array itself, or a copy of a layer's weight."""
    if isinstance(variable, Variable):
        return variable.numpy()
    if (
        not isinstance(variable, np.ndarray)
        or variable.dtype.char not in "fd"
        or not variable.dtype.isnative
        or not variable.flags.c_contiguous
        or not variable.flags.writeable
    ):
        raise ValueError(
            f"`trainable_variables[{i}]` must be a weight of a layer, or a writable C-contiguous "
            "float32 or float64 array"
        )
    return variable


def _gradient(gradient: Any, variable: Array, i: int) -> Array:
    array = as_array(gradient, f"grads[{i}]")
    if array.shape != variable.shape:
        raise ValueError(f"`grads[{i}]` must have shape {variable.shape}, got {array.shape}")
    return np.ascontiguousarray(array, dtype=variable.dtype)
