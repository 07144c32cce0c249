"""Arguments that every layer takes.

A class names its own arguments in ``__init__`` and takes these as ``**common``, which it hands on
to the base. `complete` shows them in its signature and its documentation.
"""

import inspect
from typing import Any, TypedDict, get_args

from fastnn._common import signature_with


class _Basic(TypedDict, total=False):
    trainable: bool
    dtype: Any
    autocast: bool
    name: str | None
    input_shape: tuple[int, ...] | None


class ButActivity(_Basic, total=False):
    """What every layer takes, but for the activity regulariser, which some name themselves."""

    input_dim: int | None


class ButInputDim(_Basic, total=False):
    """What every layer takes, but for `input_dim`, which means something else in `Embedding`."""

    activity_regularizer: Any


class Common(ButActivity, ButInputDim, total=False):
    """What every layer takes."""


# In Keras' order.
DEFAULTS: Common = {
    "activity_regularizer": None, "trainable": True, "dtype": None, "autocast": True,
    "name": None, "input_shape": None, "input_dim": None,
}  # fmt: skip

_DOCUMENTED = {
    "activity_regularizer": """\
    activity_regularizer : str or Regularizer, default=None
        Penalty on the outputs, divided by the batch size: L1, L2 or L1L2.""",
    "trainable": """\
    trainable : bool, default=True
        Whether training changes the weights.""",
    "dtype": """\
    dtype : {"float32", "float64"} or DTypePolicy, default=config.dtype_policy()""",
    "autocast": """\
    autocast : bool, default=True
        Without effect: inputs are converted to the layer's type in any case.""",
    "name": """\
    name : str, default=None
        None takes the class name in snake case, with a number after the first.""",
    "input_shape": """\
    input_shape : tuple of int, default=None
        Shape of one sample; for the first layer of a model.""",
    "input_dim": """\
    input_dim : int, default=None
        The same for samples that are vectors.""",
}


def complete(cls: type) -> None:
    """Show the common arguments of a layer in its signature and its documentation."""
    init = cls.__init__  # type: ignore[misc]
    if "__init__" in cls.__dict__ and "common" in init.__annotations__:
        types = get_args(init.__annotations__["common"])[0].__annotations__
        signature = signature_with(init, DEFAULTS, types, inspect.Parameter.KEYWORD_ONLY)
        init.__signature__ = signature
    if cls.__doc__ is not None:
        shown = inspect.signature(init).parameters
        texts = [
            text
            for name, text in _DOCUMENTED.items()
            if name in shown and shown[name].kind is inspect.Parameter.KEYWORD_ONLY
        ]
        cls.__doc__ = cls.__doc__.replace("    {common}", "\n".join(texts))
