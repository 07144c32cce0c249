"""Base of the optimisers: hyperparameters and their state; the step itself is in the core."""

from collections.abc import Iterable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._validation import as_array, check_integer, check_number, reject


class Optimizer:
    """Base class of the optimisers.

    An optimiser steps a model's weights in `fit`, or NumPy arrays in place by `apply`. The
    model keeps the state (slots) of its optimiser; one optimiser serves one model.
    """

    # Names of the arrays kept for each weight, in the core's order.
    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(self, learning_rate: float, name: str | None, default_name: str) -> None:
        self.name = default_name if name is None else str(name)
        self.learning_rate = learning_rate
        self._network: _core.Network | None = None
        self._iterations = 0
        # Arrays given to `apply`: the array itself (its identity is the key) and its slots.
        self._state: dict[int, tuple[NDArray[Any], list[NDArray[Any]]]] = {}

    @property
    def learning_rate(self) -> float:
        """Step size; may be set at any time, also by a callback."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        if callable(value):
            raise ValueError(
                "`learning_rate` must be a number: learning-rate schedules are not part of "
                f"fastnn, got {value!r}"
            )
        number = check_number(value, "learning_rate")
        if number < 0:
            raise ValueError(f"`learning_rate` must be at least 0, got {value!r}")
        self._learning_rate = number

    @property
    def iterations(self) -> int:
        """Number of steps taken."""
        return self._iterations if self._network is None else self._network.iterations

    def kind(self) -> str:
        """Return the optimiser's name in `_core.OPTIMIZERS`."""
        raise NotImplementedError(f"{type(self).__name__} has no step in the core")

    def hyper(self) -> tuple[float, ...]:
        """Return the hyperparameters in the core's order, without the learning rate."""
        return ()

    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the arrays kept for each weight."""
        return self.SLOTS[self.kind()]

    def bind(self, network: _core.Network) -> None:
        """Become the optimiser of a model's network, with fresh state there."""
        network.set_optimizer(_core.OPTIMIZERS[self.kind()])
        network.iterations = 0
        self._network = network
        self._iterations = 0

    def unbind(self) -> None:
        """Leave the network; the step count stays."""
        self._iterations, self._network = self.iterations, None

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any]) -> None:
        """Take one step on NumPy arrays, in place.

        Parameters
        ----------
        grads : iterable of array_like
            Gradient of each array, of its shape.
        trainable_variables : iterable of ndarray, dtype=float32 or float64
            C-contiguous and writable. Slots are kept per array object, so give the same
            objects each time.

        Raises
        ------
        ValueError
            If the arrays are not of that kind, or gradients and arrays do not match.
        RuntimeError
            If the optimiser belongs to a model.
        """
        gradients, variables = list(grads), list(trainable_variables)
        if len(gradients) != len(variables):
            raise ValueError(
                f"`grads` and `trainable_variables` must be as many: {len(gradients)} and "
                f"{len(variables)}"
            )
        if self._network is not None:
            raise RuntimeError(
                f"this {type(self).__name__} belongs to a compiled model; make another one to "
                "step arrays"
            )
        pairs = [
            (_check_variable(w, i), _check_gradient(g, w, i))
            for i, (g, w) in enumerate(zip(gradients, variables, strict=True))
        ]
        code, hyper = _core.OPTIMIZERS[self.kind()], self.hyper()
        for variable, gradient in pairs:
            _, slots = self._state.setdefault(
                id(variable), (variable, [np.zeros_like(variable) for _ in self.slot_names()])
            )
            _core.optimizer_step(
                code, hyper, self._learning_rate, self._iterations + 1, variable, slots, gradient
            )
        self._iterations += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        """Take one step on pairs of gradient and array; see `apply`."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimiser."""
        return {"name": self.name, "learning_rate": self.learning_rate}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the optimiser that `get_config` described."""
        return cls(**config)

    def __repr__(self) -> str:
        arguments = ", ".join(f"{key}={value!r}" for key, value in self.get_config().items())
        return f"{type(self).__name__}({arguments})"


def _check_variable(variable: Any, i: int) -> NDArray[Any]:
    if (
        not isinstance(variable, np.ndarray)
        or variable.dtype.char not in "fd"
        or not variable.dtype.isnative
        or not variable.flags.c_contiguous
        or not variable.flags.writeable
    ):
        raise ValueError(
            f"`trainable_variables[{i}]` must be a writable C-contiguous float32 or float64 array"
        )
    return variable


def _check_gradient(gradient: Any, variable: NDArray[Any], i: int) -> NDArray[Any]:
    array = as_array(gradient, f"grads[{i}]")
    if array.shape != variable.shape:
        raise ValueError(
            f"`grads[{i}]` must have shape {variable.shape}, got {array.shape}"
        )
    return np.ascontiguousarray(array, dtype=variable.dtype)


def check_fraction(value: Any, argument: str) -> float:
    """Return a number in [0, 1)."""
    number = check_number(value, argument)
    if not 0.0 <= number < 1.0:
        raise ValueError(f"`{argument}` must be in [0, 1), got {value!r}")
    return number


def reject_unsupported(
    owner: str, *, weight_decay: Any, clipnorm: Any, clipvalue: Any, global_clipnorm: Any,
    use_ema: Any, ema_momentum: Any, ema_overwrite_frequency: Any, loss_scale_factor: Any,
    gradient_accumulation_steps: Any,
) -> None:  # fmt: skip
    """Raise for the arguments of Keras' base class that fastnn knows only as switched off."""
    check_number(ema_momentum, "ema_momentum")  # without use_ema it says nothing
    if gradient_accumulation_steps is not None:
        check_integer(gradient_accumulation_steps, "gradient_accumulation_steps", 1)
    reject(
        owner,
        weight_decay=(weight_decay, (None,)),
        clipnorm=(clipnorm, (None,)),
        clipvalue=(clipvalue, (None,)),
        global_clipnorm=(global_clipnorm, (None,)),
        use_ema=(use_ema, (False,)),
        ema_overwrite_frequency=(ema_overwrite_frequency, (None,)),
        loss_scale_factor=(loss_scale_factor, (None,)),
        gradient_accumulation_steps=(gradient_accumulation_steps, (None, 1)),
    )
