"""A weight as users see it: a name, a shape, and a value to read or assign."""

from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from fastnn._array_like import ArrayLike
from fastnn._validation import as_array

if TYPE_CHECKING:
    from fastnn.layers.base import Layer


class Variable(ArrayLike):
    """One weight of a layer, read from and written to where it lives; NumPy takes it for an array.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.Dense(2, kernel_initializer="ones", name="out")
    >>> layer.build((None, 1))
    >>> layer.kernel.assign([[3, 4]])
    >>> layer.kernel.numpy()
    array([[3., 4.]], dtype=float32)
    >>> layer.kernel.path
    'out/kernel'
    """

    def __init__(
        self, layer: "Layer", index: int, name: str, shape: tuple[int, ...], learns: bool = True
    ) -> None:
        self._layer = layer
        self._index = index
        self.name = name
        self.shape = shape
        #: Whether the optimiser has slots for it: not for moving averages and the like.
        self.learns = learns

    @property
    def path(self) -> str:
        """The layer's path and the name of the weight."""
        return f"{self._layer.path or self._layer.name}/{self.name}"

    @property
    def key(self) -> str:
        """Names of layer and weight: what files know it by, whatever the model is called."""
        return f"{self._layer.name}/{self.name}"

    @property
    def dtype(self) -> str:
        """Type of the values."""
        return self._layer.dtype

    @property
    def initializer(self) -> Any:
        """What drew the first value."""
        return self._layer.spec_of(self._index).initializer

    @property
    def regularizer(self) -> Any:
        """The penalty of the weight, None without one."""
        return self._layer.spec_of(self._index).regularizer

    @property
    def constraint(self) -> Any:
        """What the weight becomes after each step, None to stay as it is."""
        return self._layer.spec_of(self._index).constraint

    @property
    def trainable(self) -> bool:
        """Whether the optimiser changes the weight."""
        return self.learns and self._layer.trainable

    @property
    def param(self) -> int:
        """Number of the weight in the model's network; of one that `learns`."""
        return self._layer.param_number(self._index)

    def read_slot(self, slot: int) -> NDArray[Any]:
        """Return a copy of an array that the optimiser keeps, counted from 1."""
        return self._layer.network().get_param(self.param, slot).reshape(self.shape)

    def write_slot(self, slot: int, value: NDArray[Any]) -> None:
        """Set an array that the optimiser keeps."""
        network = self._layer.network()
        network.set_param(self.param, value.reshape(network.param_shape(self.param)), slot)

    def is_same(self, other: "Variable") -> bool:
        """Tell whether another object stands for the same weight."""
        return self._layer is other._layer and self._index == other._index

    def numpy(self) -> NDArray[Any]:
        """Return a copy of the value."""
        return self._layer.read_weight(self._index)

    def assign(self, value: Any) -> None:
        """Set the value.

        Raises
        ------
        ValueError
            If `value` has another shape.
        """
        array = as_array(value, "value")
        if array.shape != self.shape:
            raise ValueError(f"`value` must have shape {self.shape}, got {array.shape}")
        self._layer.write_weight(self._index, array)

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}>"
