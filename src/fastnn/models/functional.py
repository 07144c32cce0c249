"""A model that is any graph of layers without cycles."""

from collections import Counter
from typing import Any, Self

import numpy as np

from fastnn import _core, _custom
from fastnn._compile import Compiled
from fastnn._data import check_inputs, input_rows
from fastnn._objective import Objective
from fastnn._outputs import MultiCompiled, MultiObjective, spread
from fastnn._plan import Plan
from fastnn._registry import shorten
from fastnn._symbolic import Node, SymbolicTensor, all_symbolic, sorted_nodes
from fastnn._validation import check_bool, check_rows, check_x
from fastnn.layers import REGISTRY as LAYERS
from fastnn.layers._names import auto_name, check_name
from fastnn.layers.base import Layer
from fastnn.layers.input_layer import InputLayer
from fastnn.layers.merging.base import Merge
from fastnn.models._graph_config import ReadWeights, named, read_graph
from fastnn.models.described import Described


class Functional(Described):
    """What ``Model(inputs, outputs)`` makes; see `Model`."""

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, trainable: bool = True
    ) -> None:
        super().__init__()
        self.name = auto_name("Functional") if name is None else check_name(name)
        self._input_keys = list(inputs) if isinstance(inputs, dict) else None
        self._output_keys = list(outputs) if isinstance(outputs, dict) else None
        self._inputs = _tensors(inputs, "inputs")
        self._outputs = _tensors(outputs, "outputs")
        for tensor in self._inputs:
            if not isinstance(tensor.node.layer, InputLayer):
                raise ValueError(
                    f"`inputs` must come from Input, got the result of layer {tensor.name!r}"
                )
        # Keras follows the outputs of a dict in the order of its keys.
        followed = self._outputs
        if self._output_keys is not None:
            pairs = zip(self._output_keys, self._outputs, strict=True)
            followed = [tensor for _, tensor in sorted(pairs, key=lambda pair: pair[0])]
        self._nodes, layers, self._listed = sorted_nodes(followed, self._inputs)
        self._layers: list[Layer] = []
        for layer in layers:
            if isinstance(layer, InputLayer):
                raise ValueError(
                    f"`outputs` depend on the input {layer.name!r}, which is not in `inputs`"
                )
            self._layers.append(layer)
        self._check_layers()
        self._network: _core.Network | None = None
        self._ops: dict[int, int] = {}
        self._lost = False  # another model has the weights of the layers
        # Of an array that goes to the network as it is; None as long as none does.
        self._sample: tuple[int, ...] | None = None
        self.is_multiple = len(self._inputs) > 1 or len(self._outputs) > 1
        if not check_bool(trainable, "trainable"):
            self.trainable = False

    def _check_layers(self) -> None:
        if not self._layers and not self._outputs:
            raise ValueError("`outputs` must not be empty")
        names = [tensor.name for tensor in self._inputs] + [layer.name for layer in self._layers]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise ValueError(f"the model has more than one layer called {min(twice)!r}")
        dtypes = {layer.dtype for layer in self._layers}
        if len(dtypes) > 1:
            raise ValueError(f"all layers of a model have one dtype, got {sorted(dtypes)}")

    # ---- the network ---------------------------------------------------------------------

    def network(self) -> _core.Network:
        if self._network is None:
            self._network = self._make_network()
            self.take_layers(self._network, self._ops)
            self.bind_optimizer()
        elif self._lost:
            self.take_layers(self._network, self._ops)
        self._lost = False
        if not self.is_multiple and self._output_keys is None and self._outputs[0].ndim == 2:
            self._sample = self._inputs[0].sample_shape
        return self._network

    def released(self) -> None:
        self._lost, self._sample = True, None

    def _make_network(self) -> _core.Network:
        plan = Plan(self._inputs[0].sample_shape, chain=False)
        place = {id(self._inputs[0]): 0}
        for tensor in self._inputs[1:]:
            place[id(tensor)] = plan.add_input(tensor.sample_shape)
        for node in self._nodes:
            tensors = tuple(place[id(tensor)] for tensor in node.inputs)
            shapes = [tensor.sample_shape for tensor in node.inputs]
            node.layer.emit_call(plan, tensors, shapes)
            place[id(node.output)] = plan.at
        outputs: list[int] = []
        for tensor in self._outputs:
            plan.at = place[id(tensor)]
            if plan.at in plan.inputs or plan.at in outputs:
                plan.copy()
            outputs.append(plan.at)
        self._ops = plan.op_of_layer
        return plan.network(self.dtype, tuple(outputs))

    # ---- what it is -------------------------------------------------------------------------

    @property
    def layers(self) -> list[Any]:
        """The layers, with the declarations of inputs, in Keras' order."""
        return list(self._listed)

    @property
    def built(self) -> bool:
        """Whether the weights exist: always."""
        return True

    @property
    def dtype(self) -> str:
        """The type that the model computes in."""
        return self._layers[0].dtype if self._layers else "float32"

    @property
    def nodes(self) -> list[Node]:
        """The calls of the layers, in order of execution."""
        return list(self._nodes)

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic inputs."""
        return list(self._inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic outputs."""
        return list(self._outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs as they were given: one, a list or a dict."""
        return _like(self._inputs, self._input_keys)

    @property
    def output(self) -> Any:
        """The symbolic outputs as they were given: one, a list or a dict."""
        return _like(self._outputs, self._output_keys)

    @property
    def input_names(self) -> list[str]:
        return self._input_keys or [tensor.name for tensor in self._inputs]

    @property
    def output_names(self) -> list[str]:
        names: list[str] = self._output_keys or []
        for tensor in [] if self._output_keys else self._outputs:
            count = sum(name == tensor.name or name.startswith(f"{tensor.name}_") for name in names)
            names = [*names, tensor.name if count == 0 else f"{tensor.name}_{count}"]
        return names

    @property
    def input_sample_shapes(self) -> list[tuple[int, ...]]:
        return [tensor.sample_shape for tensor in self._inputs]

    @property
    def output_sample_shapes(self) -> list[tuple[int, ...]]:
        return [tensor.sample_shape for tensor in self._outputs]

    @property
    def sample_shape(self) -> tuple[int, ...]:
        return self._inputs[0].sample_shape

    @property
    def output_sample_shape(self) -> tuple[int, ...]:
        return self._outputs[0].sample_shape

    @property
    def input_shape(self) -> Any:
        """Shape of an input batch, None for its size; a list or dict for several inputs."""
        return _like([tensor.shape for tensor in self._inputs], self._input_keys)

    @property
    def output_shape(self) -> Any:
        """Shape of an output batch, None for its size; a list or dict for several outputs."""
        return _like([tensor.shape for tensor in self._outputs], self._output_keys)

    @property
    def operations(self) -> list[Any]:
        """The layers."""
        return self.layers

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of an output batch, or a list or dict of them.

        Parameters
        ----------
        input_shape : tuple, or list or dict of them
            Shapes of the inputs, which must be those of the model but for the size of the batch.
        """
        given = input_shape
        if isinstance(given, dict):
            given = [given[name] for name in self.input_names]
        elif len(self._inputs) == 1 and not isinstance(next(iter(given)), (list, tuple)):
            given = [given]
        known = [tensor.sample_shape for tensor in self._inputs]
        if [tuple(shape)[1:] for shape in given] != known:
            raise ValueError(
                f"`input_shape` must be {self.input_shape} but for the size of the batch, got "
                f"{input_shape!r}"
            )
        size = next((shape[0] for shape in given if shape[0] is not None), None)
        return _like([(size, *tensor.sample_shape) for tensor in self._outputs], self._output_keys)

    def chain(self) -> list[Layer]:
        tensors = [*self._inputs, *(node.output for node in self._nodes)]
        read = [node.inputs for node in self._nodes]
        if [tensors[-1]] != self._outputs or read != [(tensor,) for tensor in tensors[:-1]]:
            raise ValueError(
                f"model {self.name!r} is no chain of layers: call it on a symbolic tensor, and "
                "make a Model of the result"
            )
        return [node.layer for node in self._nodes]

    def sample_shape_if_known(self) -> tuple[int, ...] | None:
        return self._inputs[0].sample_shape

    def build_from_data(self, x: Any) -> None:
        """Do nothing: the model is built."""

    def build(self, input_shape: Any = None) -> None:
        """Do nothing: the weights were made when the layers were called."""

    # ---- compile and data -----------------------------------------------------------------

    def make_compiled(
        self, optimizer: Any, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any
    ) -> Compiled:
        arguments = [loss, metrics, weighted_metrics]
        if len(self._outputs) > 1:
            return MultiCompiled(
                self.output_names, optimizer, loss, loss_weights, metrics, weighted_metrics
            )
        for i, argument in enumerate(("loss", "metrics", "weighted_metrics")):
            if isinstance(arguments[i], dict):
                arguments[i] = spread(arguments[i], self.output_names, argument)[0]
        if isinstance(loss_weights, dict):
            loss_weights = spread(loss_weights, self.output_names, "loss_weights")
        return super().make_compiled(optimizer, arguments[0], loss_weights, *arguments[1:])

    def make_objective(self, compiled: Compiled) -> Objective:
        if isinstance(compiled, MultiCompiled):
            return MultiObjective(compiled, self.output_sample_shapes)
        return super().make_objective(compiled)

    def settle(self, y: Any) -> None:
        compiled = self.require_compiled()
        if isinstance(compiled, MultiCompiled):
            compiled.settle(y, self.output_sample_shapes)
        else:
            super().settle(y)

    # ---- prediction ------------------------------------------------------------------------

    def predict_rows(self, x: Any, argument: str = "x") -> Any:
        if self._sample is not None:
            out = self._network.predict_samples(x, self._sample)  # type: ignore[union-attr]
            if out is not None:
                return out
        if self.is_multiple:
            arrays = check_inputs(self, x, argument)
        else:
            arrays = (check_x(input_rows(self, x, argument), self.sample_shape, argument),)
        n = check_rows(arrays[0], argument)
        found = self.network().predict_all(arrays)
        shapes = self.output_sample_shapes
        return _like(
            [each.reshape(n, *shape) for each, shape in zip(found, shapes, strict=True)],
            self._output_keys,
        )

    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for a batch, or for symbolic tensors.

        Parameters
        ----------
        inputs : array_like of shape (batch, ...), or a list or dict of them
            Or symbolic tensors: then the layers become part of another model, which shares
            their weights.
        training : bool, default=False
            True does what layers do only in training.

        Returns
        -------
        ndarray of shape (batch, ...), of the model's dtype; a list or dict for several outputs
        """
        symbolic = None if isinstance(inputs, np.ndarray) else all_symbolic(inputs)
        if symbolic is not None:
            if isinstance(inputs, dict):
                symbolic = all_symbolic(spread(inputs, self.input_names, "inputs")) or symbolic
            return self._walk(symbolic, lambda node, values: node.layer(values))
        if training is not False and self.differs_in(training):
            return self._call_each(inputs, training=True)
        out = self.predict_rows(inputs, "inputs")
        if self._penalizes:
            self._call_each(inputs)  # which leaves the penalties in the layers
        return out

    def _call_each(self, inputs: Any, training: bool = False) -> Any:
        """Call the layers by themselves."""
        arrays = check_inputs(self, inputs, "inputs")
        return self._walk(list(arrays), lambda node, values: node.layer(values, training=training))

    def _walk(self, values: list[Any], call: Any) -> Any:
        """Call the layers on other inputs; returns the outputs."""
        if len(values) != len(self._inputs):
            raise ValueError(
                f"model {self.name!r} takes {len(self._inputs)} inputs, got {len(values)}"
            )
        found: dict[int, Any] = {}
        for tensor, value in zip(self._inputs, values, strict=True):
            if isinstance(value, SymbolicTensor) and value.sample_shape != tensor.sample_shape:
                raise ValueError(
                    f"input {tensor.name!r} of model {self.name!r} has shape {tensor.shape}, got "
                    f"{value.shape}"
                )
            found[id(tensor)] = value
        for node in self._nodes:
            given = [found[id(tensor)] for tensor in node.inputs]
            found[id(node.output)] = call(
                node, given if isinstance(node.layer, Merge) else given[0]
            )
        return _like([found[id(tensor)] for tensor in self._outputs], self._output_keys)

    # ---- description ----------------------------------------------------------------------------

    def connections(self) -> list[tuple[Layer, str]]:
        """Return inputs and layers with the names of what they are connected to.

        A source is its layer's name, which of the layer's calls it is from, and 0.
        """
        calls: Counter[int] = Counter()
        names: dict[int, str] = {}
        for node in [*(tensor.node for tensor in self._inputs), *self._nodes]:
            names[id(node.output)] = f"{node.layer.name}[{calls[id(node.layer)]}][0]"
            calls[id(node.layer)] += 1
        rows: list[tuple[Layer, str]] = []
        for layer in self._listed:
            sources = [
                names[id(t)] for node in self._nodes if node.layer is layer for t in node.inputs
            ]
            rows.append((layer, ", ".join(sources) or "-"))
        return rows

    def get_config(self) -> dict[str, Any]:
        """Return name, inputs, layers and how they are connected, without weights.

        Tensors are numbered: the inputs, then the result of each node in `nodes`, which is the
        number of a layer and those of the tensors it is called on.
        """
        number = {id(tensor): i for i, tensor in enumerate(self._inputs)}
        place = {id(layer): i for i, layer in enumerate(self._layers)}
        nodes = []
        for node in self._nodes:
            nodes.append([place[id(node.layer)], [number[id(tensor)] for tensor in node.inputs]])
            number[id(node.output)] = len(number)
        return {
            "name": self.name,
            "inputs": [LAYERS.serialize(tensor.node.layer) for tensor in self._inputs],
            "layers": [LAYERS.serialize(layer) for layer in self._layers],
            "nodes": nodes,
            "outputs": [number[id(tensor)] for tensor in self._outputs],
            "input_keys": self._input_keys,
            "output_keys": self._output_keys,
        }

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
            return cls.from_description(config, None)

    @classmethod
    def from_description(cls, config: Any, read: ReadWeights | None) -> Self:
        """Return the model that `get_config` described, with the weights that `read` finds."""
        graph = read_graph(config)
        if read is not None:
            graph.build(read)
        tensors = [each.symbolic for each in graph.inputs]
        for layer, given in graph.nodes:
            tensors.append(graph.layers[layer].apply([tensors[t] for t in given]))
        return cls(
            named(tensors[: len(graph.inputs)], config.get("input_keys")),
            named([tensors[t] for t in graph.outputs], config.get("output_keys")),
            name=config.get("name"),
        )

    def __repr__(self) -> str:
        return f"<Functional name={self.name}>"


def _tensors(given: Any, argument: str) -> list[SymbolicTensor]:
    found = all_symbolic(given)
    if found is None:
        raise ValueError(
            f"`{argument}` must be what Input and layers return, or a list or dict of that, got "
            f"{shorten(given)}"
        )
    if argument == "inputs" and len({id(tensor) for tensor in found}) != len(found):
        raise ValueError("`inputs` has one input twice")
    return found


def _like(values: list[Any], keys: list[str] | None) -> Any:
    """Return values by name when there are names, the only one, or the list."""
    if keys is not None:
        return dict(zip(keys, values, strict=True))
    return values[0] if len(values) == 1 else values
