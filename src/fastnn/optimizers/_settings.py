"""Arguments of optimisers: what all have in common, and how a class states its own.

A class names its own arguments in ``__init__``, takes the common ones as ``**common``, and lists
its own as `Setting` attributes, which check them and show them. `complete` gives the class the
signature and the documentation that Keras' class has.
"""

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, Generic, TypedDict, TypeVar, overload

from fastnn._common import signature_with
from fastnn._errors import UnknownArgumentError
from fastnn._validation import check_integer, check_number

T = TypeVar("T")


class CommonButDecay(TypedDict, total=False):
    """Arguments that every optimiser takes, but for the weight decay, which some make their own."""

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class Common(CommonButDecay, total=False):
    """Arguments that every optimiser takes."""

    weight_decay: float | None


# In Keras' order.
DEFAULTS: Common = {
    "weight_decay": None, "clipnorm": None, "clipvalue": None, "global_clipnorm": None,
    "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
    "loss_scale_factor": None, "gradient_accumulation_steps": None, "name": None,
}  # fmt: skip

_DOCUMENTED = {
    "weight_decay": """\
    weight_decay : float, default=None
        Share of a weight, times the learning rate, that it loses before each step.""",
    "rest": """\
    clipnorm : float, default=None
        Largest Euclidean norm of the gradient of each weight; a longer one is shortened.
    clipvalue : float, default=None
        Bound that every element of the gradient is clipped to.
    global_clipnorm : float, default=None
        Largest norm of the gradients of all weights together.
    use_ema : bool, default=False
        Keep a moving average of the weights; when `fit` ends, the weights become it.
    ema_momentum : float in [0, 1], default=0.99
        ``average = ema_momentum * average + (1 - ema_momentum) * weight``.
    ema_overwrite_frequency : int, default=None
        In every so manieth update the weights become their average.
    loss_scale_factor : float, default=None
        The loss is multiplied, and its gradient divided again, by this.
    gradient_accumulation_steps : int of at least 2, default=None
        Move the weights in every so manieth step only, by the mean of the gradients since.
    name : str, default=None""",
}


class Setting(Generic[T]):
    """A read-only attribute that shows an argument of an optimiser.

    Parameters
    ----------
    check : callable
        Takes a value and the argument's name; returns what to keep, or raises.
    doc : str
    """

    def __init__(self, check: Callable[[Any, str], T], doc: str) -> None:
        self.check = check
        self.__doc__ = doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> "Setting[T]": ...
    @overload
    def __get__(self, instance: object, owner: type) -> T: ...
    def __get__(self, instance: object | None, owner: type) -> "T | Setting[T]":
        if instance is None:
            return self
        value: T = instance.__dict__[f"_{self.name}"]
        return value

    def __set__(self, instance: object, value: object) -> None:
        raise AttributeError(f"{self.name!r} of {type(instance).__name__} cannot be changed")

    def take(self, instance: object, value: Any) -> None:
        """Check and keep the argument."""
        instance.__dict__[f"_{self.name}"] = self.check(value, self.name)


def settings_of(cls: type) -> list[str]:
    """Return the names of the settings of a class, its base's first."""
    found: dict[str, None] = {}
    for base in reversed(cls.__mro__):
        found |= {name: None for name, value in vars(base).items() if isinstance(value, Setting)}
    return list(found)


def complete(cls: type, after: str | None) -> None:
    """Let ``__init__`` of a class take and show the common arguments, as Keras' does.

    They stand behind the argument `after`, by default behind all of its own.
    """
    init = cls.__dict__.get("__init__")
    if init is None:
        return
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = signature_with(init, DEFAULTS, Common.__annotations__, kind, after)
    if signature is None:
        return
    named = init.__annotations__

    @functools.wraps(init)
    def completed(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.keys() - signature.parameters.keys():
            _refuse(cls, signature, kwargs)
        given = signature.bind(self, *args, **kwargs).arguments
        given.pop("self")
        init(self, **given)

    completed.__signature__ = signature  # type: ignore[attr-defined]
    cls.__init__ = completed  # type: ignore[misc]
    if cls.__doc__ is not None:
        texts = [_DOCUMENTED["rest"]]
        if "weight_decay" not in named:
            texts.insert(0, _DOCUMENTED["weight_decay"])
        cls.__doc__ = cls.__doc__.replace("    {common}", "\n".join(texts))


def _refuse(cls: type, signature: inspect.Signature, kwargs: dict[str, Any]) -> None:
    """Raise for an argument that no optimiser has; drop one that all once had, with a warning."""
    if kwargs.pop("decay", None) is not None:
        warnings.warn(
            "`decay` is ignored, as Keras 3 does: give a schedule as `learning_rate`, or "
            "`weight_decay`",
            stacklevel=3,
        )
    for name in kwargs:
        if name not in signature.parameters:
            raise UnknownArgumentError(
                f"{cls.__name__}() got an unexpected keyword argument {name!r}"
            )


# ---- checks -------------------------------------------------------------------------------


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


def check_momentum(value: Any, argument: str) -> float:
    """Return a number in [0, 1]."""
    number = check_number(value, argument)
    if not 0.0 <= number <= 1.0:
        raise ValueError(f"`{argument}` must be in [0, 1], got {value!r}")
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


def at_least(least: int) -> Callable[[Any, str], int]:
    """Return a check for a whole number of at least that."""
    return lambda value, argument: check_integer(value, argument, least)


def optional(check: Callable[[Any, str], T]) -> Callable[[Any, str], T | None]:
    """Return a check that also takes None."""
    return lambda value, argument: None if value is None else check(value, argument)
