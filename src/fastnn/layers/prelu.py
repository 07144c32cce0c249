"""ReLU with a learned slope."""

from typing import Any, Unpack

from fastnn import constraints, initializers, regularizers
from fastnn._plan import Plan
from fastnn._validation import check_integer
from fastnn.layers._common import Common
from fastnn.layers._restrictions import (
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.input_spec import InputSpec
from fastnn.layers.variable import Variable


class PReLU(Layer):
    r"""Learned slopes below zero, :math:`y = x` for :math:`x \ge 0`, else :math:`\alpha x`.

    Every element of a sample has its own :math:`\alpha`, but along `shared_axes` (He et al.,
    2015).

    Parameters
    ----------
    alpha_initializer : str or Initializer, default="Zeros"
    alpha_regularizer : str or Regularizer, default=None
        Penalty on alpha, which is part of the loss while the layer is trainable.
    alpha_constraint : str or Constraint, default=None
        What alpha becomes after each training step.
    shared_axes : int or list of int, default=None
        Axes of the sample, counted from 1, along which alpha is one.
    {common}

    Attributes
    ----------
    alpha : Variable of the shape of a sample, 1 along `shared_axes`

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> fastnn.layers.PReLU(fastnn.initializers.Constant(0.25))([[-2.0, 2.0]])
    array([[-0.5,  2. ]], dtype=float32)
    """

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **common: Unpack[Common],
    ) -> None:
        self.alpha_initializer = initializers.get(alpha_initializer, "alpha_initializer")
        # Whether they suit alpha is seen when its shape is known.
        self.alpha_regularizer = regularizers.get(alpha_regularizer, "alpha_regularizer")
        self.alpha_constraint = constraints.get(alpha_constraint, "alpha_constraint")
        self.shared_axes: list[int] | None = None
        if shared_axes is not None:
            listed = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
            self.shared_axes = [check_integer(a, "shared_axes", 1) for a in listed]
        super().__init__(**common)

    def _shared(self, sample: tuple[int, ...]) -> list[int]:
        """Return the axes of a sample, counted from 0, along which alpha is one."""
        shared = sorted({a - 1 for a in self.shared_axes or ()})
        if shared and shared[-1] >= len(sample):
            raise ValueError(
                f"layer {self.name!r}: `shared_axes` must be axes of the sample, counted from 1; "
                f"got {self.shared_axes} for samples of shape {sample}"
            )
        return shared

    def _alpha_shape(self, sample: tuple[int, ...]) -> tuple[int, ...]:
        shared = self._shared(sample)
        return tuple(1 if a in shared else n for a, n in enumerate(sample))

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        return [
            WeightSpec(
                "alpha", self._alpha_shape(input_shape), self.alpha_initializer,
                regularizer=self.alpha_regularizer, constraint=self.alpha_constraint,
            )
        ]  # fmt: skip

    @property
    def input_spec(self) -> InputSpec | None:
        """What the layer asks of the shapes of its input; None before it is built."""
        sample = self._built_for
        if sample is None:
            return None
        shared = self._shared(sample)
        own = {a + 1: n for a, n in enumerate(sample) if shared and a not in shared}
        return InputSpec(ndim=1 + len(sample), axes=own)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        shared, shape = self._shared(input_shape), self._alpha_shape(input_shape)
        own = [a for a in range(len(input_shape)) if a not in shared]
        plan.along(input_shape, own, lambda: plan.columns("prelu", self, shape))

    @property
    def alpha(self) -> Variable:
        """The slopes."""
        return self.built_weight(0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "alpha_initializer": initializers.serialize(self.alpha_initializer),
            "shared_axes": self.shared_axes,
            **restrictions_config(
                alpha_regularizer=self.alpha_regularizer,
                alpha_constraint=self.alpha_constraint,
            ),
        }
