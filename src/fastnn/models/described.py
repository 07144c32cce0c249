"""What models say of their layers: which there are, which are trained, the table of `summary`."""

import weakref
from abc import abstractmethod
from typing import Any

from fastnn import _core
from fastnn._validation import check_bool, check_integer
from fastnn.layers.base import Layer, Place
from fastnn.models._summary import print_summary
from fastnn.models.model import Model


class Described(Model):
    """Base of the models that keep a list of their layers."""

    _layers: list[Layer]
    _penalizes = False  # a layer has an activity regulariser; known once there is a network

    def take_layers(self, network: "_core.Network", ops: dict[int, int]) -> None:
        """Move the layers' weights into this model's network, from wherever they are.

        There the parameters lie in the order of the ops.
        """
        first = 0
        self._penalizes = any(layer.activity_regularizer is not None for layer in self._layers)
        for layer in sorted(self._layers, key=lambda layer: ops.get(id(layer), -1)):
            owner = layer._owner() if layer._owner is not None else None
            if owner is not None and owner is not self:
                owner.released()
            layer.leave()
            layer._owner = weakref.ref(self)
            if layer.param_count():
                op = ops[id(layer)]
                layer.join(Place(network, first, op))
                network.set_trainable(op, layer.trainable)
                first += layer.param_count()

    @abstractmethod
    def chain(self) -> list[Layer]:
        """Return the layers, each of which reads the one before; raise for any other graph."""

    @abstractmethod
    def sample_shape_if_known(self) -> tuple[int, ...] | None:
        """Return the shape of one input sample, None for a chain that has not been built."""

    def give_back(self) -> None:
        """Have the layers take their weights out of this model's network, before it goes."""
        for layer in self._layers:
            if layer._owner is not None and layer._owner() is self:
                layer.leave()
                layer._owner = None

    def differs_in(self, training: Any) -> bool:
        """Tell whether a call with that argument is another one than for prediction."""
        return check_bool(training, "training") and any(
            layer._DIFFERS_IN_TRAINING for layer in self._layers
        )

    @property
    def leaves(self) -> list[Layer]:
        return list(self._layers)

    @property
    def trainable(self) -> bool:
        """Whether any layer is trainable; setting it sets all."""
        return any(layer.trainable for layer in self._layers) or not self._layers

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self._layers:
            layer.trainable = value

    def get_layer(self, name: str | None = None, index: int | None = None) -> Any:
        """Return a layer by its name or its place.

        Raises
        ------
        ValueError
            If there is none, or not exactly one of the two is given.
        """
        if (name is None) == (index is None):
            raise ValueError("give `name` or `index` to get_layer")
        if index is not None:
            layers = self.layers
            place = check_integer(index, "index", -len(layers))
            if place >= len(layers):
                raise ValueError(f"`index={index}`: the model has {len(layers)} layers")
            return layers[place]
        for layer in self.layers:
            if layer.name == name:
                return layer
        known = ", ".join(layer.name for layer in self.layers)
        raise ValueError(f"the model has no layer {name!r}; it has: {known}")

    def summary(
        self, line_length: int | None = None, positions: Any = None, print_fn: Any = None,
        expand_nested: bool = False, show_trainable: bool = False, layer_range: Any = None,
    ) -> None:  # fmt: skip
        """Print a table of layers, output shapes and numbers of parameters.

        Parameters
        ----------
        line_length : int, default=None
            Width of the table; None takes 88, 108 with a column of connections, or as much of
            it as the terminal has.
        positions : list of float, default=None
            Where each column ends, as part of the width.
        print_fn : callable, default=print
            Called with the table as one string.
        expand_nested : bool, default=False
            Add rows for the layers of models in the model.
        show_trainable : bool, default=False
            Add a column that says whether a layer is trainable.
        layer_range : (str, str), default=None
            Names, or patterns of them, of the first and the last layer to show.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(12)], name="net")
        >>> model.summary(line_length=60)  # doctest: +ELLIPSIS
        Model: "net"
        ┏━...
        """
        print_summary(self, line_length, positions, print_fn, expand_nested, show_trainable,
                      layer_range)  # fmt: skip
