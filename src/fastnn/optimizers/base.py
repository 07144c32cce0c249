"""Base of the optimisers: hyperparameters and their state; the step itself is in the core."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import _core
from fastnn._validation import check_bool, check_number
from fastnn.layers._names import auto_name, check_name
from fastnn.optimizers import schedules
from fastnn.optimizers._arrays import ArrayState, put
from fastnn.optimizers._excluded import Excluded
from fastnn.optimizers._rate import Rate
from fastnn.optimizers._settings import (
    DEFAULTS,
    Common,
    Setting,
    at_least,
    check_momentum,
    check_not_negative,
    check_positive,
    complete,
    optional,
    settings_of,
)
from fastnn.optimizers._state import StateAccess
from fastnn.optimizers._variable import OptimizerVariable, slot_order
from fastnn.optimizers.schedules.base import FunctionSchedule, LearningRateSchedule

if TYPE_CHECKING:
    from fastnn.layers.variable import Variable

# A number, a schedule, its description in a configuration, or a function without arguments.
LearningRate = float | LearningRateSchedule | dict[str, Any] | Callable[[], float]


class Optimizer(StateAccess):
    """Base class of the optimisers.

    An optimiser steps a model's weights in `fit`, or NumPy arrays in place by `apply`. The
    model keeps the state (slots) of its optimiser; one optimiser serves one model.
    """

    # Names of the arrays kept for each weight, in the core's order.
    SLOTS: ClassVar[dict[str, tuple[str, ...]]] = {}
    # The argument behind which a signature has the common ones; None: behind all.
    COMMON_BEHIND: ClassVar[str | None] = None
    # Places of the weight decay among the hyperparameters.
    DECAY_PLACES: ClassVar[tuple[int, ...]] = (_core.HYPER_DECAY,)

    weight_decay = Setting(
        optional(check_not_negative),
        "Share of a weight, times the learning rate, that it loses before each step.",
    )
    clipnorm = Setting(optional(check_positive), "Largest norm of the gradient of each weight.")
    global_clipnorm = Setting(
        optional(check_positive), "Largest norm of the gradients of all weights together."
    )
    clipvalue = Setting(
        optional(check_positive), "Bound that every element of the gradient is clipped to."
    )
    use_ema = Setting(check_bool, "Whether a moving average of the weights is kept.")
    ema_momentum = Setting(check_momentum, "Share of the average that stays in each step.")
    ema_overwrite_frequency = Setting(
        optional(at_least(1)), "In every so manieth update the weights become their average."
    )
    loss_scale_factor = Setting(
        optional(check_positive), "What the loss is multiplied, its gradient divided by."
    )
    gradient_accumulation_steps = Setting(
        optional(at_least(2)), "Steps whose mean gradient makes one update."
    )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        complete(cls, cls.COMMON_BEHIND)

    def __init__(self, learning_rate: LearningRate, **common: Unpack[Common]) -> None:
        arguments: dict[str, Any] = {**DEFAULTS, **common}
        name = arguments.pop("name")
        clips = [key for key in ("clipnorm", "clipvalue", "global_clipnorm")
                 if arguments[key] is not None]  # fmt: skip
        if len(clips) > 1:
            raise ValueError(
                "only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set, got "
                + ", ".join(f"{key}={arguments[key]!r}" for key in clips)
            )
        self._take(**arguments)
        self.name = auto_name(type(self).__name__) if name is None else check_name(name)
        self._schedule: LearningRateSchedule | None = None
        self._learning_rate = 0.0
        described = isinstance(learning_rate, dict)
        self.learning_rate = schedules.deserialize(learning_rate) if described else learning_rate
        self._excluded = Excluded()  # from weight decay
        self._network: _core.Network | None = None
        self._bound: Sequence[Variable] = ()  # the weights of the network
        self.averages_swapped = False  # SwapEMAWeights has averages and weights change places
        self._steps = 0
        self._arrays: ArrayState | None = None  # state of what `apply` or `build` was given

    def _take(self, **arguments: Any) -> None:
        """Check and keep arguments that are settings."""
        for name, value in arguments.items():
            getattr(type(self), name).take(self, value)

    @property
    def learning_rate(self) -> Rate:
        """Step size, with a schedule that of the next step.

        May be set at any time, also by a callback, unless a schedule was given. A function of
        one's own is called for each step.
        """
        if self._schedule is not None:
            return Rate(self.rates(1)[0], self)
        return Rate(self._learning_rate, self)

    @learning_rate.setter
    def learning_rate(self, value: LearningRate) -> None:
        if isinstance(value, LearningRateSchedule):
            self._schedule = value
            return
        if callable(value):
            self._schedule = FunctionSchedule(value)
            return
        if self._schedule is not None and not isinstance(self._schedule, FunctionSchedule):
            raise TypeError(
                f"`learning_rate` of this {type(self).__name__} follows a schedule and cannot be "
                f"set to {value!r}; make the optimizer with a number"
            )
        number = check_number(value, "learning_rate")
        if number < 0:
            raise ValueError(f"`learning_rate` must be at least 0, got {value!r}")
        self._learning_rate, self._schedule = number, None

    @property
    def iterations(self) -> int:
        """Number of updates; with `gradient_accumulation_steps`, of steps over that."""
        return self.steps // (self.gradient_accumulation_steps or 1)

    @property
    def steps(self) -> int:
        """Number of steps taken, which schedules count."""
        return self._steps if self._network is None else self._network.iterations

    @property
    def schedule(self) -> LearningRateSchedule | None:
        """What the learning rate follows, None if it is a number."""
        return self._schedule

    def rates(self, count: int) -> NDArray[np.float64]:
        """Return the learning rate of each of the next `count` steps."""
        if self._schedule is None:
            constant = np.empty(count)
            constant.fill(self._learning_rate)  # np.full takes a microsecond longer
            return constant
        first = self.steps
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
        if self._network is not None or self._arrays is not None:
            raise RuntimeError(
                "call exclude_from_weight_decay() before the optimizer takes its first step or "
                "is given to a built model"
            )
        self._excluded = Excluded(var_list or (), var_names or ())

    def decays(self, variable: Any) -> bool:
        """Tell whether weight decay applies to a weight or an array."""
        return variable not in self._excluded

    def kind(self) -> str:
        """Return the optimiser's name in `_core.OPTIMIZERS`."""
        raise NotImplementedError(f"{type(self).__name__} has no step in the core")

    def kind_for(self, variable: Any) -> str:
        """Return the name in `_core.OPTIMIZERS` of what steps a variable or array."""
        return self.kind()

    def uses_slot(self, name: str, variable: Any) -> bool:
        """Tell whether a slot of a variable or array is used."""
        return True

    def own_hyper(self) -> tuple[float, ...]:
        """Return the hyperparameters of this kind in the core's order."""
        return ()

    def hyper(self) -> tuple[float, ...]:
        """Return all hyperparameters in the core's order, without the learning rate."""
        own = self.own_hyper()
        unused = (0.0,) * (_core.HYPER_DECAY - len(own))
        return (*own, *unused, self.weight_decay or 0.0, self.clipvalue or 0.0)

    def slots(self) -> dict[str, int]:
        """Return the names of the arrays kept for each weight, and their numbers in the core."""
        names = {name: i for i, name in enumerate(self.SLOTS[self.kind()], start=1)}
        if self.use_ema:
            names["average"] = _core.SLOT_AVERAGE
        if self.gradient_accumulation_steps:
            names["gradient_accumulator"] = _core.SLOT_ACCUMULATED
        return names

    def slot_names(self) -> tuple[str, ...]:
        """Return the names of the arrays kept for each weight."""
        return tuple(self.slots())

    # ---- in a model --------------------------------------------------------------------

    def bind(self, network: _core.Network, variables: "Sequence[Variable]") -> None:
        """Become the optimiser of a model's network, with fresh state there.

        `variables` are its weights.
        """
        network.set_optimizer(_core.OPTIMIZERS[self.kind()], self.hyper())
        network.set_update(
            self.clipnorm or 0.0, self.global_clipnorm or 0.0, self.loss_scale_factor or 0.0,
            self.gradient_accumulation_steps or 0, self.use_ema, self.ema_momentum,
            self.ema_overwrite_frequency or 0,
        )  # fmt: skip
        network.iterations = 0
        self._network, self._bound = network, [v for v in variables if v.learns]
        for variable in self._bound:
            network.set_decay(variable.param, self.decays(variable))
        self._steps = 0

    def unbind(self) -> None:
        """Leave the network; the step count stays."""
        self._steps, self._network, self._bound = self.steps, None, ()

    def finalize_variable_values(self, var_list: Iterable[Any]) -> None:
        """Set weights to their moving average, if one is kept; `fit` does so at its end.

        Parameters
        ----------
        var_list : iterable of weights or arrays
            Those that the optimiser has stepped.
        """
        if not self.use_ema:
            return
        for variable in var_list:
            average = self.average_of(variable)
            if self.averages_swapped:
                average.assign(variable)
            else:
                put(variable, average.numpy())
        self.averages_swapped = False

    def average_of(self, variable: Any) -> OptimizerVariable:
        """Return the moving average that is kept of a weight or an array."""
        if not self.use_ema:
            raise ValueError(
                f"no average is kept: `use_ema` of this {type(self).__name__} is False"
            )
        if self._network is not None:
            for mine in self._bound:
                if mine.path == getattr(variable, "path", None):
                    return OptimizerVariable.in_network(self, mine, "average", _core.SLOT_AVERAGE)
        elif self._arrays is not None:
            return self._arrays.average_of(variable)
        raise ValueError(f"{variable!r} is no weight that this optimizer steps")

    # ---- on arrays ---------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """Whether the optimiser knows what it steps."""
        return self._network is not None or self._arrays is not None

    def build(self, variables: Iterable[Any]) -> None:
        """Make the state for arrays, or weights of layers, that `apply` will step.

        Parameters
        ----------
        variables : iterable of ndarray, dtype=float32 or float64, or of weights
            Arrays must be C-contiguous and writable; they are known by identity.
        """
        if not self.built:
            self._arrays = ArrayState(self, list(variables))

    @property
    def variables(self) -> list[OptimizerVariable]:
        """The state as Keras lists it: step count, learning rate, arrays of each weight."""
        state = OptimizerVariable.of_optimizer(self)
        if self._network is not None:
            slots = [*self.slots().items()]
            for slot, i in slot_order(self, self._bound):
                name, number = slots[slot]
                state.append(OptimizerVariable.in_network(self, self._bound[i], name, number))
        elif self._arrays is not None:
            state += self._arrays.variables()
        return state

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any] | None = None) -> None:
        """Take one step on NumPy arrays, in place, or on weights of layers.

        Parameters
        ----------
        grads : iterable of array_like
            Gradient of each, of its shape; None leaves one out.
        trainable_variables : iterable, default=None
            What `build` takes; in the first call they may be given here. None: all of them.

        Raises
        ------
        ValueError
            If the arrays are not of that kind, or gradients and arrays do not match.
        RuntimeError
            If the optimiser belongs to a model.
        """
        gradients = list(grads)
        if not gradients:
            return
        if self._network is not None:
            raise RuntimeError(
                f"this {type(self).__name__} belongs to a compiled model; make another one to "
                "step arrays"
            )
        if trainable_variables is not None:
            variables = list(trainable_variables)
            if len(gradients) != len(variables):
                raise ValueError(
                    f"`grads` and `trainable_variables` must be as many: {len(gradients)} and "
                    f"{len(variables)}"
                )
        state = self._arrays
        if state is None:
            if trainable_variables is None:
                raise ValueError(
                    "`trainable_variables` must be given, or build() be called first: this "
                    f"{type(self).__name__} does not know what to step"
                )
            state = ArrayState(self, variables)
        if trainable_variables is None:
            variables = state.variables_stepped
        state.step(gradients, variables, self._steps)
        self._arrays = state
        self._steps += 1

    def apply_gradients(self, grads_and_vars: Iterable[tuple[Any, Any]]) -> int:
        """Take one step on pairs of gradient and array; returns the number of steps taken."""
        pairs = list(grads_and_vars)
        self.apply([g for g, _ in pairs], [v for _, v in pairs])
        return self._steps

    def _clip_gradients(self, grads: Iterable[Any]) -> list[Any]:
        """Return gradients as they are clipped before a step; Keras' tests call it."""
        return ArrayState.clip(self, list(grads))

    def scale_loss(self, loss: Any) -> Any:
        """Return a loss times `loss_scale_factor`."""
        return loss if self.loss_scale_factor is None else loss * self.loss_scale_factor

    # ---- description -------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal optimiser."""
        rate = self._schedule
        config: dict[str, Any] = {
            "name": self.name,
            "learning_rate": self._learning_rate if rate is None else schedules.serialize(rate),
            **{name: getattr(self, name) for name in settings_of(type(self))},
        }
        if (excluded := self._excluded.get_config()) is not None:
            config["exclude_from_weight_decay"] = excluded
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the optimiser that `get_config` described."""
        arguments = dict(config)
        excluded = arguments.pop("exclude_from_weight_decay", None)
        made = cls(**arguments)
        if excluded is not None:
            made._excluded = Excluded.from_config(excluded)
        return made

    def __repr__(self) -> str:
        values = {"learning_rate": self._schedule or self._learning_rate}
        values |= {name: getattr(self, name) for name in settings_of(type(self))}
        arguments = ", ".join(f"{key}={value!r}" for key, value in values.items())
        return f"{type(self).__name__}(name={self.name!r}, {arguments})"
