"""A model that is a chain of layers."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastnn import _core, _custom
from fastnn._data import input_rows
from fastnn._errors import OutOfRangeError, UnknownShapeError, WrongTypeError
from fastnn._plan import Plan
from fastnn._registry import shorten
from fastnn._symbolic import SymbolicTensor, all_symbolic
from fastnn._validation import as_array, check_bool, check_rows, check_x
from fastnn.layers import REGISTRY as LAYERS
from fastnn.layers._names import auto_name, check_name
from fastnn.layers._shapes import batch_shape
from fastnn.layers.base import Layer
from fastnn.layers.input_layer import InputLayer
from fastnn.models.described import Described


class Sequential(Described):
    """A chain of layers.

    The weights are created when the input shape is known: from `Input`, `input_shape` or
    `input_dim` of the first layer, from `build`, or from the first data.

    Parameters
    ----------
    layers : list of Layer, default=None
        An `Input` may come first.
    trainable : bool, default=True
        False makes all layers untrainable.
    name : str, default=None
        None takes ``sequential``, ``sequential_1`` and so on.

    Raises
    ------
    ValueError
        If something in `layers` is not a layer of fastnn, has been used in another model, or
        shares its name with another.

    Examples
    --------
    >>> import fastnn as keras
    >>> model = keras.Sequential([
    ...     keras.Input(shape=(8,)),
    ...     keras.layers.Dense(12, activation="relu"),
    ...     keras.layers.Dense(1, activation="sigmoid"),
    ... ])
    >>> model.output_shape, model.count_params()
    ((None, 1), 121)
    """

    def __init__(self, layers: Any = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__()
        self.name = auto_name("Sequential") if name is None else check_name(name)
        self._layers: list[Layer] = []
        self._parts: list[Layer | Described] = []  # what was added: layers, and models of them
        self._input: InputLayer | None = None
        # Shapes of one sample: of the input, then of the output of each layer; empty when
        # the input is not known.
        self._shapes: list[tuple[int, ...]] = []
        self._network: _core.Network | None = None
        self._ops: dict[int, int] = {}  # number of each layer's op
        self._ends: list[Any] | None = None  # symbolic input and output, and their layers
        self._lost = False  # another model has the weights of the layers
        # For the fast path of prediction: what one sample looks like, and what it becomes
        # if that is no vector.
        self._sample: tuple[int, ...] | None = None
        self._reshaped: tuple[int, ...] | None = None
        if layers is not None:
            if isinstance(layers, (Layer, Described, SymbolicTensor)):
                layers = [layers]
            for layer in layers:
                self.add(layer)
        if not check_bool(trainable, "trainable"):
            self.trainable = False

    # ---- the chain -----------------------------------------------------------------------

    def add(self, layer: Any) -> None:
        """Append a layer, or a model that is a chain; weights that exist stay.

        The layers may be part of other models too, which share their weights. The optimiser starts
        afresh.

        Raises
        ------
        ValueError
            If `layer` is neither, is in the model already, or shares its name with another.
        """
        if isinstance(layer, SymbolicTensor) and isinstance(layer.node.layer, InputLayer):
            layer = layer.node.layer
        if isinstance(layer, InputLayer):
            if self._input is not None or self._layers:
                raise ValueError("Input comes first and once; the model has layers already")
            self._input = layer
            self._shapes = [layer.shape]
            return
        if not isinstance(layer, (Layer, Described)):
            raise ValueError(f"`layer` must be a layer of fastnn.layers, got {shorten(layer)}")
        leaves = [layer] if isinstance(layer, Layer) else layer.chain()
        self._check_joins(layer, leaves)
        _enter(layer, self.name)
        self._release_network()
        first, known = len(self._layers), layer.sample_shape_if_known()
        if known is not None and not self._shapes and not self._layers:
            self._shapes = [known]
        for leaf in leaves:
            if self._shapes:
                leaf.build_for(self._shapes[-1])
                self._shapes.append(leaf.output_shape_for(self._shapes[-1]))
            self._layers.append(leaf)
            leaf.belong_to(self)
        self._parts.append(layer)
        self._build_parts(first)

    def _check_joins(self, part: "Layer | Described", leaves: list[Layer]) -> None:
        for layer in leaves:
            if any(other is layer for other in self._layers):
                raise ValueError(f"layer {layer.name!r} is in the model already")
            if any(other.name == layer.name for other in self._layers):
                raise ValueError(f"the model has a layer called {layer.name!r} already")
            if self._layers and self._layers[0].dtype != layer.dtype:
                raise ValueError(
                    f"all layers of a model have one dtype: layer {layer.name!r} has "
                    f"{layer.dtype}, the others {self._layers[0].dtype}"
                )
        if any(other.name == part.name for other in self._parts):
            raise ValueError(f"the model has a layer called {part.name!r} already")

    def _build_parts(self, first: int) -> None:
        """Have chains that were added know their shapes, from the layer of number `first`."""
        at = 0
        for part in self._parts:
            if isinstance(part, Sequential) and at >= first and self._shapes and part._layers:
                part._build(self._shapes[at])
            at += 1 if isinstance(part, Layer) else len(part.leaves)

    def chain(self) -> list[Layer]:
        return self.leaves

    def sample_shape_if_known(self) -> tuple[int, ...] | None:
        return self._shapes[0] if self._shapes else None

    def pop(self, rebuild: bool = True) -> Any:
        """Remove and return the last layer or model; the others keep their weights.

        Parameters
        ----------
        rebuild : bool, default=True
            Without effect: the model is always ready for use.

        Raises
        ------
        ValueError, IndexError
            If there is none.
        """
        check_bool(rebuild, "rebuild")
        if not self._parts:
            raise OutOfRangeError("the model has no layers")
        self._release_network()
        part = self._parts.pop()
        count = 1 if isinstance(part, Layer) else len(part.leaves)
        for _ in range(count):
            self._layers.pop()
            if self._shapes:
                self._shapes.pop()
        return part

    def build(self, input_shape: Any = None) -> None:
        """Create the weights.

        Parameters
        ----------
        input_shape : tuple
            Shape of a batch, whose first entry (None) stands for its size.
        """
        if input_shape is None:
            if not self._shapes:
                raise ValueError("`input_shape` must be given: the model declares none")
            return
        self._build(batch_shape(input_shape))

    def _build(self, shape: tuple[int, ...]) -> None:
        if self._shapes:
            if self._shapes[0] != shape:
                raise ValueError(f"the model takes samples of shape {self._shapes[0]}, got {shape}")
            return
        shapes = [shape]
        for layer in self._layers:
            layer.build_for(shapes[-1])
            shapes.append(layer.output_shape_for(shapes[-1]))
        self._shapes = shapes
        self._build_parts(0)

    def build_from_data(self, x: Any) -> None:
        if self._shapes:
            return
        array = as_array(x, "x")
        if array.ndim == 0:
            raise ValueError("`x` must have one row for each sample, got a scalar")
        check_rows(array, "x")
        self._build(array.shape[1:] or (1,))

    def _release_network(self) -> None:
        """Give the weights back to the layers, before the chain changes."""
        if self._network is None:
            return
        self.give_back()
        self._network = self._sample = self._reshaped = None
        self.forget_plans()
        if self.optimizer is not None:
            self.optimizer.unbind()

    def network(self) -> _core.Network:
        if self._network is None:
            self._network = self._make_network()
            self.bind_optimizer()
            self._reshaped = self._shapes[-1] if len(self._shapes[-1]) > 1 else None
            self._sample = self._shapes[0]
        elif self._lost:
            self.take_layers(self._network, self._ops)
            self._lost, self._sample = False, self._shapes[0]
        return self._network

    def _make_network(self) -> _core.Network:
        if not self._shapes:
            raise ValueError(
                f"model {self.name!r} is not built: its input shape is not known; give Input, "
                "call build(), or train it"
            )
        if not self._layers:
            raise ValueError(f"model {self.name!r} has no layers")
        plan = Plan(self._shapes[0])
        for layer, shape in zip(self._layers, self._shapes, strict=False):
            layer.emit_call(plan, (plan.at,), (shape,))
        network = plan.network(self.dtype)
        self._ops = plan.op_of_layer
        self.take_layers(network, self._ops)
        return network

    def released(self) -> None:
        self._lost, self._sample = True, None

    # ---- what it is -------------------------------------------------------------------------

    @property
    def layers(self) -> list[Any]:
        """The layers and models that were added, without the declaration of the input."""
        return list(self._parts)

    @property
    def built(self) -> bool:
        """Whether the weights exist."""
        return bool(self._shapes) and bool(self._layers)

    @property
    def dtype(self) -> str:
        """The type that the model computes in."""
        return self._layers[0].dtype if self._layers else "float32"

    @property
    def input_names(self) -> list[str]:
        """What a dict may call the input: the name of `Input`, if it is known."""
        entry = self._input if self._ends is None else self._ends[0]
        return [] if entry is None else [entry.name]

    @property
    def output_names(self) -> list[str]:
        """What a dict may call the output: the name of the last layer."""
        return [layer.name for layer in self._layers[-1:]]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return self._known_shapes()[0]

    @property
    def output_sample_shape(self) -> tuple[int, ...]:
        return self._known_shapes()[-1]

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of an input batch, None for its size unless `Input` was told it."""
        return (self._batch_size, *self.sample_shape)

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of an output batch, None for its size unless `Input` was told it."""
        return (self._batch_size, *self.output_sample_shape)

    def leaf_output_shapes(self) -> list[tuple[int | None, ...] | None]:
        """Return what each layer gives, None for each if that is not known yet."""
        if not self._shapes:
            return [None] * len(self._layers)
        return [(self._batch_size, *shape) for shape in self._shapes[1:]]

    @property
    def _batch_size(self) -> int | None:
        return None if self._input is None else self._input.batch_size

    def _known_shapes(self) -> list[tuple[int, ...]]:
        if not self._shapes:
            raise UnknownShapeError(
                f"model {self.name!r} is not built: its input shape is not known"
            )
        return self._shapes

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """Return the shape of an output batch for that of an input batch."""
        sample = batch_shape(input_shape)
        for layer in self._layers:
            sample = layer.output_shape_for(sample)
        return (next(iter(input_shape)), *sample)

    # ---- prediction ---------------------------------------------------------------------------

    def predict_rows(self, x: Any, argument: str = "x") -> NDArray[Any]:
        if self._sample is not None:
            out = self._network.predict_samples(x, self._sample)  # type: ignore[union-attr]
            if out is not None:
                return out if self._reshaped is None else out.reshape(-1, *self._reshaped)
        x = input_rows(self, x, argument)
        self.build_from_data(x)
        array = check_x(x, self.sample_shape, argument)
        n = check_rows(array, argument)
        return self.network().predict(array).reshape(n, *self.output_sample_shape)

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for a batch, or for a symbolic tensor.

        Parameters
        ----------
        inputs : array_like of shape (batch, ...), or symbolic tensor
            With a tensor the layers become part of another model, which shares their weights.
        training : bool, default=False
            True does what layers do only in training: dropout, noise, batch statistics.

        Returns
        -------
        ndarray of shape (batch, ...), of the model's dtype
        """
        # Looking for tensors costs as much as a prediction of one row: arrays go past it.
        symbolic = None if isinstance(inputs, np.ndarray) else all_symbolic(inputs)
        if symbolic is not None:
            return self.apply(symbolic)
        if training is not False and self.differs_in(training):
            return self._call_each(inputs, training=True)
        out = self.predict_rows(inputs, "inputs")
        if self._penalizes:
            self._call_each(inputs)  # which leaves the penalties in the layers
        return out

    def _call_each(self, inputs: Any, training: bool = False) -> NDArray[Any]:
        """Call the layers by themselves."""
        inputs = input_rows(self, inputs, "inputs")
        self.build_from_data(inputs)
        values = check_x(inputs, self.sample_shape, "inputs")
        check_rows(values, "inputs")
        for layer in self._layers:
            values = layer(values, training=training)
        return values

    def apply(self, tensors: list[SymbolicTensor]) -> SymbolicTensor:
        """Describe a call on a symbolic tensor: the layers become part of another model too."""
        if len(tensors) != 1:
            raise ValueError(f"model {self.name!r} takes one input, got {len(tensors)}")
        self._build(tensors[0].sample_shape)
        tensor = tensors[0]
        for layer in self._layers:
            tensor = layer.apply([tensor])
        return tensor

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic input, in a list."""
        return [self.input]

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic output, in a list."""
        return [self.output]

    @property
    def input(self) -> SymbolicTensor:
        """The symbolic input."""
        return self.call_layers()[0]

    @property
    def output(self) -> SymbolicTensor:
        """The symbolic output."""
        return self.call_layers()[1]

    def call_layers(self) -> tuple[SymbolicTensor, SymbolicTensor]:
        """Call the layers on a symbolic input, unless that is done; returns it and the output."""
        if self._ends is None or len(self._ends) != 2 + len(self._layers):
            entry = (self._input or InputLayer(self.sample_shape)).symbolic
            self._ends = [entry, self.apply([entry]), *self._layers]
        return self._ends[0], self._ends[1]

    # ---- description ----------------------------------------------------------------------------

    def get_config(self) -> dict[str, Any]:
        """Return name and layers, without weights."""
        layers: list[Any] = [] if self._input is None else [self._input]
        config: dict[str, Any] = {
            "name": self.name,
            "layers": [LAYERS.serialize(layer) for layer in [*layers, *self._layers]],
        }
        if self._shapes:
            config["build_input_shape"] = [None, *self._shapes[0]]
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: dict[str, Any] | None = None) -> Self:
        """Return the model that `get_config` described, with new weights.

        Parameters
        ----------
        config : dict
        custom_objects : dict, default=None
            Classes and functions of one's own, by name.

        Raises
        ------
        ValueError
            If `config` is not such a description.
        """
        with _custom.supplied(custom_objects):
            model, shape = cls.unbuilt_from_config(config)
            if shape is not None:
                model._build(shape)
        return model

    @classmethod
    def unbuilt_from_config(cls, config: Any) -> tuple[Self, tuple[int, ...] | None]:
        """Return the model without weights, and the shape of one sample if it was known."""
        if not isinstance(config, dict) or not isinstance(config.get("layers"), list):
            raise WrongTypeError(f"not the configuration of a Sequential model: {shorten(config)}")
        unknown = set(config) - {"name", "layers", "build_input_shape", "trainable", "dtype"}
        if unknown:
            raise ValueError(f"unknown entries in the model's configuration: {sorted(unknown)}")
        model = cls(name=config.get("name"))
        shape = config.get("build_input_shape")
        sample = None if shape is None else batch_shape(shape)
        for entry in config["layers"]:
            layer: Any = LAYERS.deserialize(entry)
            if isinstance(layer, InputLayer):
                if model._layers or model._input is not None:
                    raise ValueError("the model's configuration has an Input that is not first")
                model._input = layer
                if sample not in (None, layer.shape):
                    raise ValueError(
                        f"the model's configuration has two input shapes: {layer.shape}, {sample}"
                    )
                sample = layer.shape
            else:
                # A declared shape would have `add` draw weights at once.
                declared, layer._declared_shape = layer._declared_shape, None
                if declared is not None and (model._layers or sample not in (None, declared)):
                    raise ValueError(
                        f"layer {layer.name!r} declares an input shape of its own: {declared}"
                    )
                sample = declared or sample
                model.add(layer)
        return model, sample

    def build_with_weights(self, shape: tuple[int, ...], weights: list[list[NDArray[Any]]]) -> None:
        """Build with given weights of each layer instead of drawn ones; shapes were checked."""
        shapes = [shape]
        for layer, values in zip(self._layers, weights, strict=True):
            layer.build_for(shapes[-1], values)
            shapes.append(layer.output_shape_for(shapes[-1]))
        self._shapes = shapes

    def __repr__(self) -> str:
        return f"<Sequential name={self.name}, built={self.built}>"


def _enter(part: Any, scope: str) -> None:
    """Have the paths of layers that are not built begin with those of the models they are in."""
    if isinstance(part, Layer):
        if part.path is None:
            part._scope = scope
    elif isinstance(part, Sequential):
        for each in part.layers:
            _enter(each, f"{scope}/{part.name}")
