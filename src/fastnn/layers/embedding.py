"""Rows of a table for whole numbers."""

import warnings
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import initializers
from fastnn._plan import Plan
from fastnn._symbolic import all_symbolic
from fastnn._validation import as_array, check_integer, reject
from fastnn.layers._common import ButInputDim
from fastnn.layers._restrictions import (
    check_constraint,
    check_regularizer,
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.variable import Variable

_FLOAT32_WHOLE = 2**24  # float32 has every whole number up to this


class Embedding(Layer):
    """Replace each whole number by the row of a table that it names.

    Input ``(batch, n)``, output ``(batch, n, output_dim)``; any further axes stay before the last
    alike. It must be the first layer of a model, but for `Reshape` and `Flatten`.

    Parameters
    ----------
    input_dim : int
        Rows of the table: numbers are in ``[0, input_dim)``; at most 2**24 in float32.
    output_dim : int
        Columns of the table.
    embeddings_initializer : str or Initializer, default="uniform"
    embeddings_regularizer : str or Regularizer, default=None
        Penalty on the whole table, which is part of the loss while the layer is trainable.
    embeddings_constraint : str or Constraint, default=None
        What the table becomes after each training step.
    lora_rank, lora_alpha, quantization_config : None
        Keras' further arguments; fastnn has none of them.
    mask_zero : False
        Keras' masks; fastnn has none.
    weights : array_like of shape (input_dim, output_dim), default=None
        The table to begin with, also as a list of that one array.
    input_length : int, default=None
        Without effect, as in Keras 3, with a warning.
    {common}

    Attributes
    ----------
    embeddings : Variable of shape (input_dim, output_dim)

    Raises
    ------
    ValueError
        If an argument is none of these, or a number is outside of the table. In training then
        nothing is changed by the step.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.Embedding(3, 2, weights=[[0, 1], [2, 3], [4, 5]])
    >>> layer([[2, 0]])
    array([[[4., 5.],
            [0., 1.]]], dtype=float32)
    """

    def __init__(
        self,
        input_dim: int,
        output_dim: int,
        embeddings_initializer: Any = "uniform",
        embeddings_regularizer: Any = None,
        embeddings_constraint: Any = None,
        mask_zero: bool = False,
        weights: Any = None,
        lora_rank: None = None,
        lora_alpha: None = None,
        quantization_config: None = None,
        *,
        input_length: int | None = None,
        **common: Unpack[ButInputDim],
    ) -> None:
        if input_length is not None:
            warnings.warn(
                "`input_length` has no effect: the length is that of the input", stacklevel=2
            )
        if mask_zero:
            raise ValueError(
                f"`mask_zero={mask_zero!r}` of Embedding is not part of fastnn, where layers and "
                "losses read no masks; leave it at False, and multiply the output with an Input of "
                "zeros and ones (layers.Multiply), or give `sample_weight` to fit"
            )
        reject(
            "Embedding",
            lora_rank=(lora_rank, (None,)),
            lora_alpha=(lora_alpha, (None,)),
            quantization_config=(quantization_config, (None,)),
        )
        self.input_dim = check_integer(input_dim, "input_dim", 1)
        self.output_dim = check_integer(output_dim, "output_dim", 1)
        self.embeddings_initializer = initializers.get(
            embeddings_initializer, "embeddings_initializer"
        )
        self.embeddings_regularizer = check_regularizer(
            embeddings_regularizer, "embeddings_regularizer", 2
        )
        self.embeddings_constraint = check_constraint(
            embeddings_constraint, "embeddings_constraint", 2
        )
        super().__init__(**common)
        if self.dtype == "float32" and self.input_dim > _FLOAT32_WHOLE:
            raise ValueError(
                f"`input_dim` must be at most 2**24 in float32, got {self.input_dim}; "
                'use dtype="float64"'
            )
        self._given = None if weights is None else self._check_given(weights)
        if self._given is not None:
            self.build()

    mask_zero = lora_enabled = False
    lora_rank = lora_alpha = quantization_config = None

    def build(self, input_shape: Any = None) -> None:
        """Create the table; its shape does not depend on that of the input.

        Parameters
        ----------
        input_shape : tuple, default=None
            Shape of a batch.
        """
        if self._built_for is None:
            self.build_for((1,))

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the rows for a batch of numbers, ``(batch, n)``; see `Layer`.

        A vector of numbers is a batch of single ones: the result has the shape
        ``(batch, output_dim)``.
        """
        if all_symbolic(inputs) is None:
            array = as_array(inputs, "inputs")
            if array.ndim == 1:
                return super().__call__(array[:, np.newaxis], training)[:, 0]
        return super().__call__(inputs, training)

    def _check_given(self, weights: Any) -> NDArray[Any]:
        table = weights[0] if isinstance(weights, list) and len(weights) == 1 else weights
        array = as_array(table, "weights")
        if array.shape != (self.input_dim, self.output_dim):
            raise ValueError(
                f"`weights` must have shape ({self.input_dim}, {self.output_dim}), got "
                f"{array.shape}"
            )
        return array

    def _initial(self, shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
        if self._given is None:
            values: NDArray[Any] = self.embeddings_initializer(shape, dtype)
            return values
        return np.array(self._given, dtype, order="C")

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        return [
            WeightSpec(
                "embeddings", (self.input_dim, self.output_dim), self._initial,
                regularizer=self.embeddings_regularizer, constraint=self.embeddings_constraint,
            )
        ]  # fmt: skip

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        return (*input_shape, self.output_dim)

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        if plan.at not in plan.inputs:
            raise ValueError(
                f"layer {self.name!r}: an Embedding must be the first layer that computes, on an "
                "input of the model"
            )
        plan.embedding(self, self.input_dim, self.output_dim)

    @property
    def embeddings(self) -> Variable:
        """The table."""
        return self.built_weight(0)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "input_dim": self.input_dim,
            "output_dim": self.output_dim,
            "embeddings_initializer": initializers.serialize(self.embeddings_initializer),
            **restrictions_config(
                embeddings_regularizer=self.embeddings_regularizer,
                activity_regularizer=self.activity_regularizer,
                embeddings_constraint=self.embeddings_constraint,
            ),
            "mask_zero": self.mask_zero,
        }
