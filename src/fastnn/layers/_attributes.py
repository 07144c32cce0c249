"""What Keras' layers say of themselves besides arguments and weights, and how they are rebuilt."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fastnn import dtype_policies
from fastnn._symbolic import SymbolicTensor, all_symbolic
from fastnn.layers.input_spec import InputSpec

if TYPE_CHECKING:
    from fastnn.layers.variable import Variable


class Attributes:
    """Base of the layers' base: attributes that follow from what a layer is."""

    name: str
    dtype: str
    supports_masking = False  # there are no masks
    supports_jit = True
    quantization_mode = None
    _built_for: tuple[int, ...] | None

    if TYPE_CHECKING:

        def build(self, input_shape: Any) -> None: ...
        def compute_output_shape(self, input_shape: Any) -> Any: ...
        def get_weights(self) -> list[Any]: ...
        def set_weights(self, weights: Any) -> None: ...

    @property
    def dtype_policy(self) -> dtype_policies.DTypePolicy:
        """The type of the layer, as an object."""
        return dtype_policies.DTypePolicy(self.dtype)

    @property
    def input_spec(self) -> InputSpec | None:
        """What the layer asks of the shapes of its input, None if nothing is known."""
        return None

    @property
    def metrics(self) -> list[Any]:
        """None: models measure."""
        return []

    @property
    def metrics_variables(self) -> "list[Variable]":
        """None: models measure."""
        return []

    # ---- building anew --------------------------------------------------------------------

    def get_build_config(self) -> dict[str, Any] | None:
        """Return what `build_from_config` takes, None as long as the layer is not built.

        Examples
        --------
        >>> import fastnn
        >>> layer = fastnn.layers.Dense(2)
        >>> layer.build((None, 3))
        >>> layer.get_build_config()
        {'input_shape': (None, 3)}
        """
        return None if self._built_for is None else {"input_shape": (None, *self._built_for)}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Create the weights for the shape that `get_build_config` returned; None does nothing.

        Raises
        ------
        ValueError
            If `config` names no shape.
        """
        shape = built_shape(config)
        if shape is not None:
            self.build(shape)

    # ---- shapes ---------------------------------------------------------------------------

    def compute_output_spec(self, inputs: Any, training: bool = False) -> SymbolicTensor:
        """Return a tensor of the shape and type of the outputs, without calling the layer.

        Parameters
        ----------
        inputs : symbolic tensor, or a list of them for a layer that merges
        training : bool, default=False
            Without effect.

        Examples
        --------
        >>> import fastnn
        >>> fastnn.layers.Dense(2).compute_output_spec(fastnn.Input((3,))).shape
        (None, 2)
        """
        return output_spec(self, inputs)

    # ---- weights in a store -----------------------------------------------------------------

    def save_own_variables(self, store: Any) -> None:
        """Put copies of the weights into a mapping, under "0", "1" and so on."""
        for i, value in enumerate(self.get_weights()):
            store[str(i)] = value

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Set the weights from a mapping that `save_own_variables` filled.

        Raises
        ------
        ValueError
            If it has another number of weights, or one of another shape; then none is changed.
        """
        count = len(self.get_weights())
        if sorted(store.keys()) != sorted(str(i) for i in range(count)):
            raise ValueError(
                f"layer {self.name!r} has {count} weights, `store` has {sorted(store.keys())}"
            )
        self.set_weights([np.asarray(store[str(i)]) for i in range(count)])


def built_shape(config: Any) -> Any:
    """Return the shape in what `get_build_config` returned, None if there is none."""
    if config is None:
        return None
    if not isinstance(config, dict) or set(config) != {"input_shape"}:
        raise ValueError(f"`config` must have an 'input_shape' and no more, got {config!r}")
    return config["input_shape"]


def output_spec(owner: Any, inputs: Any) -> SymbolicTensor:
    """Return a tensor of the shape that a layer's, or a model's, outputs have for `inputs`."""
    from fastnn.layers.input_layer import InputLayer

    tensors = all_symbolic(inputs)
    if tensors is None:
        raise ValueError(
            f"`inputs` must be symbolic tensors, of Input or of layers, got {inputs!r}"
        )
    shapes = [tensor.shape for tensor in tensors]
    shape = owner.compute_output_shape(shapes if isinstance(inputs, (list, tuple)) else shapes[0])
    return InputLayer(batch_shape=shape, dtype=owner.dtype, name=owner.name).symbolic
