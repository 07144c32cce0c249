"""What every model is: layers with weights, an input and an output.

How layers are put together is the business of the subclasses of `Model`.
"""

import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn._random import next_seed
from fastnn.layers.base import Layer
from fastnn.layers.variable import Variable

if TYPE_CHECKING:
    from fastnn import _core


class TrainingState:
    """What a resumed run needs besides weights and optimiser slots."""

    def __init__(self) -> None:
        self.seed = next_seed()
        self.passes = 0  # passes over the data so far: numbers the permutations
        self.epochs = 0


class ModelBase(ABC):
    """What a subclass says, and the weights."""

    name: str
    is_multiple: bool = False  # several inputs or outputs: data and targets come as tuples

    def __init__(self) -> None:
        self.training_state = TrainingState()
        self._training = threading.RLock()  # held for the whole of a fit, not only an epoch

    # ---- what a subclass says ------------------------------------------------------

    @property
    @abstractmethod
    def layers(self) -> list[Any]:
        """The layers, and models that are used as such, in order."""

    @property
    @abstractmethod
    def leaves(self) -> list[Layer]:
        """The layers that compute, those of models in the model included, in order of weights."""

    @property
    @abstractmethod
    def built(self) -> bool:
        """Whether the weights exist."""

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of one input sample; the model is built."""

    @property
    @abstractmethod
    def output_sample_shape(self) -> tuple[int, ...]:
        """Shape of one output sample; the model is built."""

    @property
    @abstractmethod
    def input_names(self) -> list[str]:
        """Names by which data may be given as a dict."""

    @property
    @abstractmethod
    def output_names(self) -> list[str]:
        """Names by which targets may be given as a dict."""

    @property
    def input_sample_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample of each input."""
        return [self.sample_shape]

    @property
    def output_sample_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample of each output."""
        return [self.output_sample_shape]

    @property
    @abstractmethod
    def dtype(self) -> str:
        """The type that the model computes in."""

    @abstractmethod
    def network(self) -> "_core.Network":
        """Return the native network; the model is built."""

    @abstractmethod
    def build_from_data(self, x: Any) -> None:
        """Build for the samples of `x`, unless the model is built."""

    @abstractmethod
    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` takes."""

    @classmethod
    @abstractmethod
    def from_config(cls, config: Any) -> Any:
        """Return the model that `get_config` described, with new weights."""

    @abstractmethod
    def predict_rows(self, x: Any, argument: str = "x") -> Any:
        """Return the outputs for the rows of `x`, with as little around it as can be."""

    @abstractmethod
    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for a batch."""

    @property
    def path(self) -> str:
        """The name, with which the paths of layers begin that a `Sequential` builds."""
        return self.name

    @property
    def compute_dtype(self) -> str:
        """The type that the model computes in."""
        return self.dtype

    variable_dtype = input_dtype = compute_dtype

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Return ``model(inputs, training=training)``."""
        return self(inputs, training=training)

    def released(self) -> None:  # noqa: B027 - a chain keeps its layers
        """Know that another model has taken the weights of layers that both have."""

    # ---- weights -------------------------------------------------------------------------

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        return [weight for layer in self.leaves for weight in layer.weights]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [weight for layer in self.leaves for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [weight for layer in self.leaves for weight in layer.non_trainable_weights]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def losses(self) -> list[Any]:
        """The penalties of the weights that training changes, as they are now.

        Before them those of the outputs of layers with an `activity_regularizer`, from the last
        call of the model on arrays.

        Examples
        --------
        >>> import fastnn
        >>> layer = fastnn.layers.Dense(2, kernel_initializer="ones", kernel_regularizer="l2")
        >>> fastnn.Sequential([fastnn.Input((3,)), layer]).losses
        [np.float32(0.06)]
        """
        leaves = self.leaves
        return [
            *(penalty for layer in leaves for penalty in layer.activity_losses()),
            *(penalty for layer in leaves for penalty in layer.weight_losses()),
        ]

    def get_weights(self) -> list[NDArray[Any]]:
        """Return copies of all weights: kernel and bias of each dense layer, in order."""
        return [weight for layer in self.leaves for weight in layer.get_weights()]

    def set_weights(self, weights: Any) -> None:
        """Set all weights, in the order of `get_weights`.

        Raises
        ------
        ValueError
            If their number or a shape is wrong; then none is changed.
        """
        values = [np.asarray(weight) for weight in weights]
        variables = self.weights
        if len(values) != len(variables):
            raise ValueError(
                f"model {self.name!r} has {len(variables)} weights, got {len(values)} in `weights`"
            )
        for i, (value, variable) in enumerate(zip(values, variables, strict=True)):
            if value.shape != variable.shape:
                raise ValueError(
                    f"`weights[{i}]` is {variable.path!r} and must have shape {variable.shape}, "
                    f"got {value.shape}"
                )
        for value, variable in zip(values, variables, strict=True):
            variable.assign(value)

    def count_params(self) -> int:
        """Return the number of scalars in the weights."""
        if not self.built:
            raise ValueError(
                f"model {self.name!r} has no weights yet: call build() or train it first"
            )
        return sum(layer.count_params() for layer in self.leaves)
