"""The class of all models: what its parts can do, and files.

What a model is stands in `_base.py`, and each thing it can do in a file of its own.
"""

from typing import Any, NoReturn

from fastnn import _custom, saving
from fastnn._keras_names import raise_missing
from fastnn._registry import shorten
from fastnn._validation import reject
from fastnn.models._attributes import Attributed
from fastnn.models._predicting import Predicting
from fastnn.models._trainable import Trainable


class Model(Trainable, Predicting, Attributed):
    """A model: layers put together, with weights, optimiser and training.

    ``Model(inputs, outputs)`` makes one of any graph of layers without cycles, described by
    calling layers on what `Input` and other layers return: residual nets, several inputs and
    outputs, shared layers. `Sequential` is the model that is a chain.

    Parameters
    ----------
    inputs : Input, symbolic tensor, or list or dict of them
    outputs : symbolic tensor, or list or dict of them
    name : str, default=None
        None takes ``functional``, ``functional_1`` and so on.
    trainable : bool, default=True
        False makes all layers untrainable.

    Raises
    ------
    ValueError
        If `outputs` do not come from `inputs`, or layers share a name.

    Examples
    --------
    >>> import fastnn as keras
    >>> x = keras.Input((8,))
    >>> h = keras.layers.Dense(8, activation="relu")(x)
    >>> y = keras.layers.Dense(1)(keras.layers.Add()([x, h]))
    >>> model = keras.Model(x, y)
    >>> model.output_shape, model.count_params()
    ((None, 1), 81)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Return a functional model for ``Model(inputs, outputs)``."""
        if cls is Model:
            from fastnn.models.functional import Functional

            return object.__new__(Functional)
        return object.__new__(cls)

    # ---- files -----------------------------------------------------------------------------

    def save(self, filepath: Any, overwrite: bool = True, zipped: bool | None = None) -> None:
        """Write model, optimiser and training state to one file; see `saving.save_model`."""
        saving.save_model(self, filepath, overwrite, zipped)

    def save_weights(
        self, filepath: Any, overwrite: bool = True, max_shard_size: None = None
    ) -> None:
        """Write the weights alone to one file; see `saving.save_weights`."""
        reject("save_weights", max_shard_size=(max_shard_size, (None,)))
        saving.save_weights(self, filepath, overwrite)

    def load_weights(
        self, filepath: Any, skip_mismatch: bool = False, by_name: bool | None = None
    ) -> None:
        """Take the weights of a file; see `saving.load_weights`."""
        saving.load_weights(self, filepath, skip_mismatch, by_name)

    def to_json(self, **kwargs: Any) -> str:
        """Return the layers as JSON, without weights; see `models.model_from_json`.

        It is JSON that Keras reads too, unless the model has what Keras has not.

        Parameters
        ----------
        **kwargs
            Further arguments of ``json.dumps``, such as ``indent=1``.
        """
        import json

        from fastnn.saving._build import class_entry, own_config
        from fastnn.saving.keras_format import full_entry

        try:
            described = full_entry(self)
        except ValueError:
            described = {**class_entry(self), "config": own_config(self)}
        return json.dumps(described, **kwargs)

    @classmethod
    def from_config(cls, config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
        """Return the model that `get_config` described, with new weights.

        Parameters
        ----------
        config : dict
            Of any model of fastnn, or of a functional model or chain of Keras.
        custom_objects : dict, default=None
            Classes and functions of one's own, by name.

        Raises
        ------
        ValueError
            If `config` is not such a description.
        """
        from fastnn.saving._build import make_model
        from fastnn.saving._files import checked
        from fastnn.saving.keras_format import described_model

        if not isinstance(config, dict):
            raise ValueError(f"`config` must be a dict, got {shorten(config)}")
        class_name = "Functional" if {"nodes", "input_layers"} & set(config) else "Sequential"
        layers = config.get("layers")
        first = layers[0] if isinstance(layers, list) and layers else None
        with _custom.supplied(custom_objects):
            if "input_layers" in config or (isinstance(first, dict) and "module" in first):
                entry = {"class_name": class_name, "config": config}
                return checked(lambda: described_model(entry, None)[0], "`config`")
            return make_model({"class_name": class_name, "config": config}, None)

    def __getattr__(self, name: str) -> NoReturn:
        # Only for what is not found: Keras' models have attributes that fastnn's have not.
        raise_missing(self, "Sequential", name)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickles and copies hold the bytes of a saved file, and loading them checks as much. Own
        # classes and functions are beside it, which a pickle holds by where they are imported from.
        with _custom.seen() as own:
            data = saving.model_to_bytes(self)
        return saving.model_from_bytes, (data, own)
