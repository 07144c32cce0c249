"""Base of the layers that make one tensor of several."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastnn._plan import Plan
from fastnn._symbolic import Node, SymbolicTensor, all_symbolic
from fastnn._validation import as_array, check_rows, check_same_rows
from fastnn.layers._restrictions import activity_penalty
from fastnn.layers.base import Layer, Shapes, Tensors


class Merge(Layer):
    """Layer of several inputs. Called with a list of tensors or arrays."""

    _LEAST: ClassVar[int] = 1  # inputs
    _MOST: ClassVar[int | None] = None
    _KIND: ClassVar[str]
    # Shapes of one sample of each input, of the first call on symbolic tensors or of `build`.
    _called_on: Shapes | None = None

    def merged_shape(self, shapes: Shapes) -> tuple[int, ...]:
        """Return the shape of one output sample, or raise when the inputs do not fit."""
        try:
            return np.broadcast_shapes(*(tuple(shape) for shape in shapes))
        except ValueError:
            raise ValueError(
                f"layer {self.name!r} needs inputs of one shape, or such that broadcast, got "
                + ", ".join(str((None, *shape)) for shape in shapes)
            ) from None

    def emit_merge(self, plan: Plan, tensors: Tensors, shapes: Shapes) -> None:
        """Append the layer's op to a plan."""
        merged = self.merged_shape(shapes)
        if len(tensors) == 1:  # which is its own sum, product or mean
            plan.at = tensors[0]
            return
        alike = [plan.broadcast(t, tuple(s), merged) for t, s in zip(tensors, shapes, strict=True)]
        plan.merge(self._KIND, tuple(alike), merged)

    def emit_call(self, plan: Plan, tensors: Tensors, shapes: Shapes) -> None:
        self.emit_merge(plan, tensors, shapes)
        plan.penalty(*activity_penalty(self.activity_regularizer))

    def check_shapes(self, shapes: Shapes) -> None:
        """Raise unless there are as many inputs as the layer takes."""
        n = len(shapes)
        if n < self._LEAST or (self._MOST is not None and n > self._MOST):
            wanted = f"{self._LEAST}" if self._MOST == self._LEAST else f"{self._LEAST} or more"
            raise ValueError(f"layer {self.name!r} takes a list of {wanted} inputs, got {n}")

    def apply(self, tensors: list[SymbolicTensor]) -> SymbolicTensor:
        shapes = [tensor.sample_shape for tensor in tensors]
        self.check_shapes(shapes)
        shape = self.merged_shape(shapes)
        self._built_for, self._called_on = shape, shapes
        return self.record(Node(self, tuple(tensors), shape))

    def build(self, input_shape: Any) -> None:
        """Check the shapes of the input batches, a list; there are no weights."""
        self._built_for = self.compute_output_shape(input_shape)[1:]  # type: ignore[assignment]
        self._called_on = [tuple(shape)[1:] for shape in input_shape]

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` takes, the shapes of the inputs; None before a call."""
        if self._called_on is None:
            return None
        return {"input_shape": [(None, *shape) for shape in self._called_on]}

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of an output batch for those of the input batches."""
        shapes = [tuple(shape)[1:] for shape in input_shape]
        self.check_shapes(shapes)
        sizes = (next(iter(shape)) for shape in input_shape)
        return (next((n for n in sizes if n is not None), None), *self.merged_shape(shapes))

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Apply the layer to a list of arrays or symbolic tensors.

        Parameters
        ----------
        inputs : list of array_like of shape (batch, ...), or of symbolic tensors
        training : bool, default=False
            Without effect.

        Returns
        -------
        ndarray of shape (batch, ...), of the layer's dtype; or a symbolic tensor
        """
        if not isinstance(inputs, (list, tuple)):
            raise ValueError(f"layer {self.name!r} takes a list of inputs, got {inputs!r}")
        symbolic = all_symbolic(inputs)
        if symbolic is not None:
            return self.apply(symbolic)
        arrays = [as_array(value, f"inputs[{i}]") for i, value in enumerate(inputs)]
        for i, array in enumerate(arrays):
            if array.ndim < 2:
                raise ValueError(f"`inputs[{i}]` must have shape (batch, ...), got {array.shape}")
            check_rows(array, f"inputs[{i}]")
            check_same_rows(arrays[0].shape[0], array, f"inputs[{i}]", "inputs[0]")
        shapes = [array.shape[1:] for array in arrays]
        self.check_shapes(shapes)
        return self.returned(self._compute(arrays, shapes))

    def _compute(self, arrays: list[NDArray[Any]], shapes: Shapes) -> NDArray[Any]:
        shape = self.merged_shape(shapes)
        plan = Plan(shapes[0], chain=False)
        tensors = [0, *(plan.add_input(each) for each in shapes[1:])]
        self.emit_call(plan, tuple(tensors), shapes)
        out = plan.network(self.dtype).predict_all(arrays)[0]
        return np.reshape(out, (arrays[0].shape[0], *shape))
