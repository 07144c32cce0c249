"""What Keras' models say of themselves besides layers and weights, and their state as a tree."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from fastnn import dtype_policies
from fastnn._outputs import loss_of
from fastnn._symbolic import SymbolicTensor
from fastnn._validation import as_array, check_in
from fastnn.layers._attributes import built_shape, output_spec
from fastnn.layers.input_spec import InputSpec
from fastnn.models._evaluable import Evaluable


class Attributed(Evaluable):
    """A model with Keras' further attributes."""

    supports_masking = False  # there are no masks
    supports_jit = autocast = True
    activity_regularizer = quantization_mode = None

    @property
    def dtype_policy(self) -> dtype_policies.DTypePolicy:
        """The type that the model computes in, as an object."""
        return dtype_policies.DTypePolicy(self.dtype)

    @property
    def input_spec(self) -> list[InputSpec] | None:
        """What the model asks of the shapes of its inputs; None before it is built."""
        if not self.built:
            return None
        return [InputSpec(shape=(None, *shape)) for shape in self.input_sample_shapes]

    @property
    def metrics_variables(self) -> list[Any]:
        """The state of `metrics`, with the values of now."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shape of an input batch for `build_from_config`, None if not built.

        Examples
        --------
        >>> import fastnn
        >>> fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)]).get_build_config()
        {'input_shape': (None, 2)}
        """
        if not self.built:
            return None
        shapes = [(None, *shape) for shape in self.input_sample_shapes]
        return {"input_shape": shapes[0] if len(shapes) == 1 else shapes}

    def build_from_config(self, config: dict[str, Any] | None) -> None:
        """Create the weights for the shape that `get_build_config` returned; None does nothing.

        Raises
        ------
        ValueError
            If `config` names no shape, or the model has another.
        """
        shape = built_shape(config)
        if shape is not None:
            self.build(shape)  # type: ignore[attr-defined]

    def compute_output_spec(self, inputs: Any, training: bool = False) -> SymbolicTensor:
        """Return a tensor of the shape and type of the outputs, without calling the model."""
        return output_spec(self, inputs)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None,
        training: bool = True,
    ) -> Any:  # fmt: skip
        """Return the loss of predictions that are given, with the penalties in `losses`.

        Parameters
        ----------
        x : ignored
            In Keras too.
        y, y_pred : array_like, or list or dict of them
            Targets and outputs.
        sample_weight : array_like, or list or dict of them, default=None
        training : bool, default=True
            Without effect.

        Raises
        ------
        ValueError
            If `compile` was given no loss, or `y_pred` is None.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> float(model.compute_loss(y=[[1.0], [3.0]], y_pred=[[2.0], [2.0]]))
        1.0
        """
        compiled = self.require_compiled()
        compiled.require_loss()
        if y_pred is None:
            raise ValueError("`y_pred` must be given: the outputs of the model")
        if compiled.waits:
            self.settle(y)
        return loss_of(compiled, y, y_pred, sample_weight) + sum(self.losses)

    # ---- the state as a tree ----------------------------------------------------------------

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, Any]:
        """Return the values of all variables, nested by their paths.

        Parameters
        ----------
        value_format : {"backend_tensor", "numpy_array"}
            The same here: NumPy arrays.

        Returns
        -------
        dict
            Of ``trainable_variables``, ``non_trainable_variables``, ``optimizer_variables`` and
            ``metrics_variables``.

        Examples
        --------
        >>> import fastnn
        >>> layer = fastnn.layers.Dense(1, kernel_initializer="ones", name="out")
        >>> model = fastnn.Sequential([fastnn.Input((1,)), layer], name="net")
        >>> model.get_state_tree()["trainable_variables"]["net"]["out"]["kernel"]
        array([[1.]], dtype=float32)
        """
        check_in(value_format, ("backend_tensor", "numpy_array"), "value_format")
        return {name: _nested(variables) for name, variables in self._state().items()}

    def set_state_tree(self, state_tree: dict[str, Any]) -> None:
        """Set variables of a tree of `get_state_tree`; families and variables may be missing.

        Metrics are left as they are: every call starts them anew.

        Raises
        ------
        ValueError
            If it names a variable that the model has not, or a value has another shape; then
            nothing is changed.
        """
        state = self._state()
        pending: list[tuple[Any, Any]] = []
        for family, tree in state_tree.items():
            if family not in state:
                raise ValueError(f"`state_tree` has the unknown entry {family!r}")
            known = dict(state[family])
            for path, value in _flat(tree):
                if path not in known:
                    raise ValueError(f"`state_tree`: there is no variable {path!r} in {family}")
                array = as_array(value, path)
                if array.shape != tuple(known[path].shape):
                    raise ValueError(
                        f"`state_tree`: {path!r} must have shape {tuple(known[path].shape)}, got "
                        f"{array.shape}"
                    )
                if family != "metrics_variables":
                    pending.append((known[path], array))
        for variable, array in pending:
            variable.assign(array)

    def _state(self) -> dict[str, list[tuple[str, Any]]]:
        """Return paths and variables."""
        measures = [
            each for metric in self.metrics for each in getattr(metric, "metrics", [metric])
        ]
        return {
            "trainable_variables": [(each.path, each) for each in self.trainable_variables],
            "non_trainable_variables": [(each.path, each) for each in self.non_trainable_variables],
            "optimizer_variables": [
                (each.path, each) for each in getattr(self.optimizer, "variables", ())
            ],
            "metrics_variables": [
                (f"{metric.name}/{each.name}", each)
                for metric in measures
                for each in metric.variables
            ],
        }


def _nested(variables: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, variable in variables:
        *parts, last = path.split("/")
        at = tree
        for part in parts:
            at = at.setdefault(part, {})
        at[last] = np.asarray(variable)
    return tree


def _flat(tree: Any, path: str = "") -> list[tuple[str, Any]]:
    if not isinstance(tree, dict):
        return [(path, tree)]
    return [
        found
        for name, value in tree.items()
        for found in _flat(value, f"{path}/{name}" if path else str(name))
    ]
