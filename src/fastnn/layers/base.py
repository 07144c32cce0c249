"""Base of the layers: names, shapes, weights. No numerics and no optimiser state.

A layer owns its weights as NumPy arrays until it joins a model; from then on they live in
the model's network, and the layer only knows their place there.
"""

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, NoReturn, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import dtype_policies
from fastnn._errors import UnknownArgumentError
from fastnn._keras_names import raise_missing
from fastnn._plan import Plan
from fastnn._symbolic import Node, SymbolicTensor, all_symbolic
from fastnn._validation import as_array, check_bool, check_rows
from fastnn.config import resolve_dtype
from fastnn.constraints import Constraint
from fastnn.layers._attributes import Attributes
from fastnn.layers._common import DEFAULTS, Common, complete
from fastnn.layers._names import auto_name, check_name
from fastnn.layers._restrictions import (
    activity_penalty,
    check_activity,
    check_restrictions,
    restrictions_config,
)
from fastnn.layers._shapes import batch_shape, check_weight, declared_shape
from fastnn.layers.variable import Variable
from fastnn.regularizers import Regularizer

if TYPE_CHECKING:
    from fastnn import _core
    from fastnn.models.model import Model
    from fastnn.models.sequential import Sequential


class WeightSpec(NamedTuple):
    """A weight that a layer needs: its name, shape and initialiser, and what applies to it.

    `learns`: the optimiser changes it while the layer is trainable.
    """

    name: str
    shape: tuple[int, ...]
    initializer: Callable[[tuple[int, ...], str], NDArray[Any]]
    regularizer: Regularizer | None = None
    constraint: Constraint | None = None
    learns: bool = True


class Place(NamedTuple):
    """Where a layer's weights are: the network, the number of the first, that of the op."""

    network: "_core.Network"
    first: int
    op: int


Tensors = tuple[int, ...]  # of a plan, by number
Shapes = Sequence[tuple[int, ...]]  # of samples


class Layer(Attributes):
    """Base class of the layers.

    Parameters
    ----------
    {common}
    """

    # Whether the layer does something else when called with training=True.
    _DIFFERS_IN_TRAINING: ClassVar[bool] = False

    # Rank of the input without the batch axis that the layer needs at least.
    _MIN_RANK: ClassVar[int] = 1
    # Whether the layer by itself also takes a vector, as one row; it has no weights then.
    _TAKES_VECTORS: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        complete(cls)

    def __init__(self, **common: Unpack[Common]) -> None:
        given: dict[str, Any] = {**DEFAULTS, **common}
        unknown = [name for name in given if name not in DEFAULTS]
        if unknown:
            raise UnknownArgumentError(
                f"{type(self).__name__} got an unexpected keyword argument {unknown[0]!r}"
            )
        name = given["name"]
        self.name = auto_name(type(self).__name__) if name is None else check_name(name)
        self.dtype = resolve_dtype(dtype_policies.get(given["dtype"]).name)
        self.autocast = check_bool(given["autocast"], "autocast")
        self._trainable = check_bool(given["trainable"], "trainable")
        self.activity_regularizer = check_activity(given["activity_regularizer"])
        self._activity: Any = None  # penalty of the outputs of the last call
        self._declared_shape = declared_shape(given["input_shape"], given["input_dim"])
        self._built_for: tuple[int, ...] | None = None
        self._scope = ""  # the path of the `Sequential` that builds the layer
        self._own: list[NDArray[Any]] = []
        self._place: Place | None = None
        self._calls_made: list[Node] = []
        self._owner: weakref.ref[Model] | None = None
        self._chain: weakref.ref[Sequential] | None = None  # which it is a layer of

    # ---- what a layer class says -------------------------------------------------

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        """Return the weights for input samples of that shape."""
        return []

    def output_shape_for(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of one output sample."""
        return input_shape

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        """Append the layer's ops to a plan."""
        raise NotImplementedError(f"{type(self).__name__} has no ops in the core")

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer."""
        config = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        if self.activity_regularizer is not None:
            config |= restrictions_config(activity_regularizer=self.activity_regularizer)
        return config

    def emit_call(self, plan: Plan, tensors: Tensors, shapes: Shapes) -> None:
        """Append the ops of a call on tensors of a plan, and the penalty of what it returns."""
        plan.at = tensors[0]
        self.emit(plan, shapes[0])
        plan.penalty(*activity_penalty(self.activity_regularizer))

    # ---- building ------------------------------------------------------------------

    @property
    def built(self) -> bool:
        """Whether the weights exist, or the layer has none."""
        return self._built_for is not None or type(self).weight_specs is Layer.weight_specs

    def build(self, input_shape: Any) -> None:
        """Create the weights.

        Parameters
        ----------
        input_shape : tuple
            Shape of a batch, whose first entry (None) stands for its size.
        """
        self.build_for(batch_shape(input_shape))

    def build_for(self, shape: tuple[int, ...], weights: list[NDArray[Any]] | None = None) -> None:
        """Create the weights for samples of `shape`, drawn, or copied from `weights`."""
        if self._built_for is not None:
            built, asked = (
                [spec.shape for spec in self.weight_specs(s)] for s in (self._built_for, shape)
            )
            if built != asked:
                raise ValueError(
                    f"layer {self.name!r} was built for samples of shape {self._built_for}, "
                    f"got {shape}"
                )
            return
        if len(shape) < self._MIN_RANK:
            raise ValueError(
                f"layer {self.name!r} needs samples of at least {self._MIN_RANK} axes, got {shape}"
            )
        specs = self.weight_specs(shape)
        for spec in specs:
            check_restrictions(spec.name, spec.shape, spec.regularizer, spec.constraint)
        if weights is None:
            self._own = [spec.initializer(spec.shape, self.dtype) for spec in specs]
            for spec, value in zip(specs, self._own, strict=True):
                check_weight(value, spec.shape, f"{self.name}/{spec.name}")
        else:
            self._own = [np.ascontiguousarray(w, self.dtype) for w in weights]
        self._built_for = shape

    def sample_shape_if_known(self) -> tuple[int, ...] | None:
        """Return the shape of one input sample, when the layer was told it or has its weights."""
        if self._declared_shape is not None:
            return self._declared_shape
        return self._built_for if self.weight_count() else None

    def join(self, place: Place) -> None:
        """Move the weights into a network."""
        self.load(place.network, place.first)
        self._own, self._place = [], place
        for i, spec in enumerate(self.weight_specs(self._require_built())):
            if spec.regularizer is not None:
                penalty = spec.regularizer.native()
                place.network.set_regularizer(place.first + i, penalty.code, penalty.params)
            if spec.constraint is not None:
                allowed = spec.constraint.native(spec.shape)
                place.network.set_constraint(
                    place.first + i, allowed.code, allowed.params, *allowed.view
                )

    def load(self, network: "_core.Network", first: int) -> None:
        """Write the weights to a network whose parameters of this layer begin at `first`."""
        for i in range(self.weight_count()):
            value = self.read_weight(i)
            network.set_param(first + i, value.reshape(network.param_shape(first + i)))

    def leave(self) -> None:
        """Take the weights back from the network."""
        if self._place is not None:
            self._own, self._place = self.get_weights(), None

    # ---- weights ---------------------------------------------------------------------

    @property
    def trainable(self) -> bool:
        """Whether training changes the weights; may be set at any time."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = check_bool(value, "trainable")
        if self._place is not None:
            self._place.network.set_trainable(self._place.op, self._trainable)

    @property
    def weights(self) -> list[Variable]:
        """The weights, as variables that can be read and assigned; none before they are built."""
        specs = [] if self._built_for is None else self.weight_specs(self._built_for)
        return [
            Variable(self, i, spec.name, spec.shape, spec.learns) for i, spec in enumerate(specs)
        ]

    variables = weights

    def built_weight(self, index: int) -> Variable:
        """Return one of the weights; there is no such attribute before they are built."""
        if self._built_for is None:
            raise AttributeError(
                f"layer {self.name!r} has no weights yet: its input shape is not known"
            )
        return self.weights[index]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that the optimiser changes."""
        return [weight for weight in self.weights if weight.trainable]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that the optimiser leaves alone."""
        return [weight for weight in self.weights if not weight.trainable]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def losses(self) -> list[Any]:
        """The penalties of the weights that training changes, as they are now.

        With an activity regulariser also that of the last call of the layer by itself, which
        comes first.
        """
        return [*self.activity_losses(), *self.weight_losses()]

    def activity_losses(self) -> list[Any]:
        """Return the penalty of the outputs of the last call of the layer by itself, in a list."""
        return [] if self._activity is None else [self._activity]

    def weight_losses(self) -> list[Any]:
        """Return the penalties of the weights that training changes."""
        if self._built_for is None or not self.trainable:
            return []
        return [
            spec.regularizer(self.read_weight(i))
            for i, spec in enumerate(self.weight_specs(self._built_for))
            if spec.regularizer is not None
        ]

    def get_weights(self) -> list[NDArray[Any]]:
        """Return copies of the weights: for a dense layer, kernel and bias."""
        return [self.read_weight(i) for i in range(self.weight_count())]

    def set_weights(self, weights: Any) -> None:
        """Set the weights, in the order of `get_weights`.

        Raises
        ------
        ValueError
            If their number or a shape is wrong; then none is changed.
        """
        specs = self.weight_specs(self._require_built())
        values = list(weights)
        if len(values) != len(specs):
            raise ValueError(
                f"layer {self.name!r} has {len(specs)} weights, got {len(values)} in `weights`"
            )
        checked = [
            check_weight(as_array(value, f"weights[{i}]"), spec.shape, f"{self.name}/{spec.name}")
            for i, (value, spec) in enumerate(zip(values, specs, strict=True))
        ]
        for i, value in enumerate(checked):
            self.write_weight(i, value)

    def spec_of(self, index: int) -> WeightSpec:
        """Return what one weight was made by."""
        return self.weight_specs(self._require_built())[index]

    def weight_count(self) -> int:
        """Return the number of weight arrays."""
        return len(self.weight_specs(self._built_for)) if self._built_for is not None else 0

    def param_count(self) -> int:
        """Return the number of parameters that the layer's op has in a network."""
        return self.weight_count()

    def param_number(self, index: int) -> int:
        """Return where a weight is among the parameters of the model's network."""
        if self._place is None:
            raise RuntimeError(f"layer {self.name!r} is in no network")
        return self._place.first + index

    def network(self) -> "_core.Network":
        """Return the network that has the weights."""
        if self._place is None:
            raise RuntimeError(f"layer {self.name!r} is in no network")
        return self._place.network

    def read_weight(self, index: int) -> NDArray[Any]:
        """Return a copy of one weight."""
        if self._place is None:
            return self._own[index].copy()
        shape = self.weight_specs(self._require_built())[index].shape
        return self._place.network.get_param(self._place.first + index).reshape(shape)

    def write_weight(self, index: int, value: NDArray[Any]) -> None:
        """Set one weight; its shape has been checked."""
        if self._place is None:
            self._own[index] = np.array(value, self.dtype, order="C")
        else:
            network, number = self._place.network, self._place.first + index
            network.set_param(number, value.reshape(network.param_shape(number)))

    def count_params(self) -> int:
        """Return the number of scalars in the weights."""
        if self.built and self._built_for is None:
            return 0
        shape = self._require_built()
        return sum(int(np.prod(spec.shape)) for spec in self.weight_specs(shape))

    def _require_built(self) -> tuple[int, ...]:
        if self._built_for is None:
            raise ValueError(
                f"layer {self.name!r} has no weights yet: its input shape is not known"
            )
        return self._built_for

    # ---- standalone use ----------------------------------------------------------------

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of an output batch for that of an input batch."""
        return (next(iter(input_shape)), *self.output_shape_for(batch_shape(input_shape)))

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Apply the layer to a batch; the first call creates the weights.

        Parameters
        ----------
        inputs : array_like of shape (batch, ...), or symbolic tensor
            A tensor of `Input` or of another layer describes part of a `Model`.
        training : bool, default=False
            Whether to do what the layer does only in training.

        Returns
        -------
        ndarray of shape (batch, ...), of the layer's dtype; or a symbolic tensor
        """
        symbolic = all_symbolic(inputs)
        if symbolic is not None:
            return self.apply(symbolic)
        array = as_array(inputs, "inputs")
        if array.ndim == 1 and self._TAKES_VECTORS:
            row: NDArray[Any] = self(array[np.newaxis], training)[0]
            return row
        if array.ndim < 2:
            raise ValueError(f"`inputs` must have shape (batch, ...), got {array.shape}")
        check_rows(array, "inputs")
        self.build_for(array.shape[1:])
        return self.returned(self.call(array, check_bool(training, "training")))

    def returned(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the outputs of a call of the layer by itself; their penalty is kept."""
        if self.activity_regularizer is not None:
            self._activity = self.activity_regularizer(outputs) / len(outputs)
        return outputs

    def apply(self, tensors: list[SymbolicTensor]) -> SymbolicTensor:
        """Describe a call on symbolic tensors; the first one creates the weights."""
        if len(tensors) != 1:
            raise ValueError(f"layer {self.name!r} takes one tensor, got {len(tensors)}")
        shape = tensors[0].sample_shape
        self.build_for(shape)
        return self.record(Node(self, tuple(tensors), self.output_shape_for(shape)))

    def record(self, node: Node) -> SymbolicTensor:
        """Remember a call on symbolic tensors; returns its result."""
        self._calls_made.append(node)
        return node.output

    def belong_to(self, model: "Sequential") -> None:
        """Remember the first model made of the layer, which can call it on a symbolic tensor."""
        if self._chain is None:
            self._chain = weakref.ref(model)

    @property
    def output(self) -> SymbolicTensor:
        """What the layer's first call on symbolic tensors returned.

        A built `Sequential` calls its layers when one is asked for it.
        """
        model = None if self._calls_made or self._chain is None else self._chain()
        if model is not None and model.built:
            model.call_layers()
        if not self._calls_made:
            raise AttributeError(f"layer {self.name!r} was never called on a symbolic tensor")
        return self._calls_made[0].output

    @property
    def input(self) -> Any:
        """What the layer was first called on, of symbolic tensors: one, or a list."""
        given = self.output.node.inputs
        return given[0] if len(given) == 1 else list(given)

    def call(self, inputs: NDArray[Any], training: bool) -> NDArray[Any]:
        """Apply the layer; the input has been checked and the layer built."""
        shape = inputs.shape[1:]
        plan = Plan(shape)
        self.emit_call(plan, (plan.at,), (shape,))
        network = plan.network(self.dtype)
        self.load(network, 0)
        out = network.predict(inputs)
        return out.reshape(inputs.shape[0], *self.output_shape_for(shape))

    # ---- description -----------------------------------------------------------------

    @property
    def path(self) -> str | None:
        """The name, behind that of the `Sequential` that built the layer; None before that."""
        if self._built_for is None:
            return None
        return f"{self._scope}/{self.name}" if self._scope else self.name

    @property
    def compute_dtype(self) -> str:
        """The type that the layer computes in."""
        return self.dtype

    variable_dtype = input_dtype = compute_dtype

    def __getattr__(self, name: str) -> NoReturn:
        # Only for what is not found: Keras' layers have attributes that fastnn's have not.
        raise_missing(self, "Layer", name)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Return the layer that `get_config` described, with new weights."""
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


complete(Layer)
