"""Base of the optimisers: hyperparameters and their state; the step itself is in the core."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._validation import as_array, check_integer, check_number, reject
from fastnn.optimizers import schedules
from fastnn.optimizers._rate import Rate
from fastnn.optimizers.schedules.base import LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.layers.variable import Variable

# A number, a schedule, or the description of a schedule in a configuration.
LearningRate = float | LearningRateSchedule | dict[str, Any]


class Optimizer:
    """Base class of the optimisers.

    An optimiser steps a model's weights in `fit`, or NumPy arrays in place by `apply`. The
    model keeps the state (slots) of its optimiser; one optimiser serves one model.
    """

    # Names of the arrays kept for each weight, in the core's order.
    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __init__(
        self,
        learning_rate: LearningRate,
        name: str | None,
        default_name: str,
        *,
        weight_decay: float | None = None,
        clipnorm: None = None,
        clipvalue: float | None = None,
        global_clipnorm: None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
    ) -> None:
        check_number(ema_momentum, "ema_momentum")  # without use_ema it says nothing
        if gradient_accumulation_steps is not None:
            check_integer(gradient_accumulation_steps, "gradient_accumulation_steps", 1)
        reject(
            type(self).__name__,
            clipnorm=(clipnorm, (None,)),
            global_clipnorm=(global_clipnorm, (None,)),
            use_ema=(use_ema, (False,)),
            ema_overwrite_frequency=(ema_overwrite_frequency, (None,)),
            loss_scale_factor=(loss_scale_factor, (None,)),
            gradient_accumulation_steps=(gradient_accumulation_steps, (None, 1)),
        )
        self.name = default_name if name is None else str(name)
        self._weight_decay = None
        if weight_decay is not None:
            self._weight_decay = check_not_negative(weight_decay, "weight_decay")
        self._clipvalue = None if clipvalue is None else check_positive(clipvalue, "clipvalue")
        self._schedule: LearningRateSchedule | None = None
        if isinstance(learning_rate, dict):
            learning_rate = schedules.deserialize(learning_rate)
        self.learning_rate = learning_rate
        # Weights without decay: paths of variables, arrays by identity, patterns of names.
        self._undecayed_paths: list[str] = []
        self._undecayed_arrays: list[NDArray[Any]] = []
        self._undecayed_names: list[str] = []
        self._network: _core.Network | None = None
        self._iterations = 0
        # Arrays given to `apply`: the array itself (its identity is the key) and its slots.
        self._state: dict[int, tuple[NDArray[Any], list[NDArray[Any]]]] = {}

    @property
    def learning_rate(self) -> Rate:
        """Step size, with a schedule that of the next step.

        May be set at any time, also by a callback, unless a schedule was given.
        """
        if self._schedule is not None:
            return Rate(self.rates(1)[0], self)
        return Rate(self._learning_rate, self)

    @learning_rate.setter
    def learning_rate(self, value: "float | LearningRateSchedule") -> None:
        if isinstance(value, LearningRateSchedule):
            self._schedule = value
            return
        if callable(value):
            raise ValueError(
                "`learning_rate` must be a number or a LearningRateSchedule; functions are not "
                f"part of fastnn, got {value!r}"
            )
        if self._schedule is not None:
            raise TypeError(
                f"`learning_rate` of this {type(self).__name__} follows a schedule and cannot be "
                f"set to {value!r}; make the optimizer with a number"
            )
        number = check_number(value, "learning_rate")
        if number < 0:
            raise ValueError(f"`learning_rate` must be at least 0, got {value!r}")
        self._learning_rate = number

    @property
    def iterations(self) -> int:
        """Number of steps taken."""
        return self._iterations if self._network is None else self._network.iterations

    @property
    def schedule(self) -> LearningRateSchedule | None:
        """What the learning rate follows, None if it is a number."""
        return self._schedule

    @property
    def weight_decay(self) -> float | None:
        """Share of a weight, times the learning rate, that it loses before each step."""
        return self._weight_decay

    @property
    def clipvalue(self) -> float | None:
        """Bound that every element of the gradient is clipped to."""
        return self._clipvalue

    def rates(self, count: int) -> NDArray[np.float64]:
        """Return the learning rate of each of the next `count` steps."""
        if self._schedule is None:
            constant = np.empty(count)
            constant.fill(self._learning_rate)  # np.full takes a microsecond longer
            return constant
        first = self.iterations
        rates = self._schedule.rates(first, count)
        good = np.isfinite(rates) & (rates >= 0)
        if not good.all():
            at = int(np.argmin(good))
            raise ValueError(
                f"`learning_rate` must be a finite number of at least 0, but the "
                f"{type(self._schedule).__name__} gives {rates[at]} for step {first + at}"
            )
        return rates

    def exclude_from_weight_decay(
        self, var_list: Iterable[Any] | None = None, var_names: Iterable[str] | None = None
    ) -> None:
        """Name the weights that weight decay leaves alone; a second call replaces the first.

        Parameters
        ----------
        var_list : iterable of weights, default=None
            Variables of the model, or the arrays that `apply` will be given.
        var_names : iterable of str, default=None
            Regular expressions, searched for in the names of weights, such as ``"bias"``.

        Raises
        ------
        ValueError
            If an entry is neither.
        RuntimeError
            If the optimiser has begun its work.
        """
        if self._network is not None or self._state:
            raise RuntimeError(
                "call exclude_from_weight_decay() before the optimizer takes its first step or "
                "is given to a built model"
            )
        paths: list[str] = []
        arrays: list[NDArray[Any]] = []
        for i, variable in enumerate(var_list or ()):
            if isinstance(variable, np.ndarray):
                arrays.append(variable)
            elif isinstance(getattr(variable, "path", None), str):
                paths.append(variable.path)
            else:
                raise ValueError(
                    f"`var_list[{i}]` must be a weight of a model or an array, got {variable!r}"
                )
        names = list(var_names or ())
        for i, name in enumerate(names):
            try:
                re.compile(name)
            except (re.error, TypeError) as error:
                raise ValueError(
                    f"`var_names[{i}]` must be a regular expression, got {name!r}: {error}"
                ) from error
        self._undecayed_paths, self._undecayed_arrays = paths, arrays
        self._undecayed_names = names

    def _decays(self, variable: Any) -> bool:
        """Tell whether weight decay applies to a variable or array."""
        if isinstance(variable, np.ndarray):
            return all(variable is not array for array in self._undecayed_arrays)
        return variable.path not in self._undecayed_paths and not any(
            re.search(name, variable.name) for name in self._undecayed_names
        )

    def kind(self) -> str:
        """Return the optimiser's name in `_core.OPTIMIZERS`."""
        raise NotImplementedError(f"{type(self).__name__} has no step in the core")

    def own_hyper(self) -> tuple[float, ...]:
        """Return the hyperparameters of this kind in the core's order."""
        return ()

    def hyper(self) -> tuple[float, ...]:
        """Return all hyperparameters in the core's order, without the learning rate."""
        own = self.own_hyper()
        unused = (0.0,) * (_core.HYPER_DECAY - len(own))
        return (*own, *unused, self._weight_decay or 0.0, self._clipvalue or 0.0)

    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the arrays kept for each weight."""
        return self.SLOTS[self.kind()]

    def bind(self, network: _core.Network, variables: "Sequence[Variable]") -> None:
        """Become the optimiser of a model's network, with fresh state there.

        `variables` are its weights, in the network's order.
        """
        network.set_optimizer(_core.OPTIMIZERS[self.kind()], self.hyper())
        network.iterations = 0
        for i, variable in enumerate(variables):
            network.set_decay(i, self._decays(variable))
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
        code, hyper, rate = _core.OPTIMIZERS[self.kind()], self.hyper(), self.learning_rate
        start = _core.optimizer_initial(code, hyper)
        exempt = [*hyper]
        exempt[_core.HYPER_DECAY] = 0.0
        for variable, gradient in pairs:
            if id(variable) not in self._state:
                fresh = [np.full_like(variable, value) for value in start]
                self._state[id(variable)] = (variable, fresh)
            _core.optimizer_step(
                code, hyper if self._decays(variable) else exempt, rate, self._iterations + 1,
                variable, self._state[id(variable)][1], gradient,
            )  # fmt: skip
        self._iterations += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> None:
        """Take one step on pairs of gradient and array; see `apply`."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimiser."""
        rate = self._schedule
        config: dict[str, Any] = {
            "name": self.name,
            "learning_rate": self._learning_rate if rate is None else schedules.serialize(rate),
            "weight_decay": self._weight_decay,
            "clipvalue": self._clipvalue,
        }
        if self._undecayed_paths or self._undecayed_names:
            config["exclude_from_weight_decay"] = {
                "paths": [*self._undecayed_paths],
                "names": [*self._undecayed_names],
            }
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the optimiser that `get_config` described."""
        arguments = dict(config)
        excluded = arguments.pop("exclude_from_weight_decay", None)
        made = cls(**arguments)
        if excluded is not None:
            made.exclude_from_weight_decay(var_names=excluded["names"])
            made._undecayed_paths = [str(path) for path in excluded["paths"]]
        return made

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
        raise ValueError(f"`grads[{i}]` must have shape {variable.shape}, got {array.shape}")
    return np.ascontiguousarray(array, dtype=variable.dtype)


def check_fraction(value: Any, argument: str) -> float:
    """Return a number in [0, 1)."""
    number = check_number(value, argument)
    if not 0.0 <= number < 1.0:
        raise ValueError(f"`{argument}` must be in [0, 1), got {value!r}")
    return number


def check_share(value: Any, argument: str) -> float:
    """Return a number in (0, 1]."""
    number = check_number(value, argument)
    if not 0.0 < number <= 1.0:
        raise ValueError(f"`{argument}` must be in (0, 1], got {value!r}")
    return number


def check_positive(value: Any, argument: str) -> float:
    """Return a number above 0."""
    number = check_number(value, argument)
    if number <= 0.0:
        raise ValueError(f"`{argument}` must be above 0, got {value!r}")
    return number


def check_not_negative(value: Any, argument: str) -> float:
    """Return a number of at least 0."""
    number = check_number(value, argument)
    if number < 0.0:
        raise ValueError(f"`{argument}` must be at least 0, got {value!r}")
    return number


def check_not_positive(value: Any, argument: str) -> float:
    """Return a number of at most 0."""
    number = check_number(value, argument)
    if number > 0.0:
        raise ValueError(f"`{argument}` must be at most 0, got {value!r}")
    return number
