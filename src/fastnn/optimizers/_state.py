"""The state of an optimiser as a whole: to copy, to keep, to go on from."""

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastnn.optimizers._arrays import ArrayState, put

if TYPE_CHECKING:
    from fastnn.optimizers._variable import OptimizerVariable


class StateAccess:
    """Part of the optimisers that reads and writes all of `variables`."""

    _arrays: ArrayState | None
    _steps: int

    @property
    def variables(self) -> "list[OptimizerVariable]":
        """The state as Keras lists it."""
        raise NotImplementedError(f"{type(self).__name__} does not list its state")

    @property
    def built(self) -> bool:
        """Whether the optimiser knows what it steps."""
        raise NotImplementedError(f"{type(self).__name__} does not say what it steps")

    def apply(self, grads: Iterable[Any], trainable_variables: Iterable[Any] | None = None) -> None:
        """Take one step."""
        raise NotImplementedError(f"{type(self).__name__} takes no step")

    def set_weights(self, weights: Iterable[Any]) -> None:
        """Set the state to that of `variables` of an equal optimiser.

        Parameters
        ----------
        weights : iterable of array_like or variables

        Raises
        ------
        ValueError
            If the optimiser is not built, or values are not as many or of other shapes.
        """
        mine, given = self.variables, list(weights)
        if not self.built:
            raise ValueError(f"set_weights() of this {type(self).__name__} needs build() before")
        if len(mine) != len(given):
            raise ValueError(f"`weights` must be {len(mine)} arrays, got {len(given)}")
        for i, (variable, value) in enumerate(zip(mine, given, strict=True)):
            if np.shape(value) != variable.shape:
                raise ValueError(
                    f"`weights[{i}]` must have shape {variable.shape}, got {np.shape(value)}"
                )
        for variable, value in zip(mine, given, strict=True):
            variable.assign(np.asarray(value))

    def save_own_variables(self, store: MutableMapping[str, Any]) -> None:
        """Put the state into a mapping, under the numbers of `variables`."""
        for i, variable in enumerate(self.variables):
            store[str(i)] = variable.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take over what `save_own_variables` put into a mapping; see `set_weights`."""
        self.set_weights([store[str(i)] for i in range(len(store))])

    def stateless_apply(
        self, optimizer_variables: Sequence[Any], grads: Sequence[Any],
        trainable_variables: Sequence[Any],
    ) -> tuple[list[NDArray[Any]], list[NDArray[Any]]]:  # fmt: skip
        """Return arrays and state after a step from the given ones, which stay as they are.

        Parameters
        ----------
        optimizer_variables : list of array_like
            What `variables` holds.
        grads : list of array_like
        trainable_variables : list of array_like
            As many, and of the shapes, that the optimiser was built for.

        Returns
        -------
        tuple of (list of ndarray, list of ndarray)
        """
        if self._arrays is None:
            raise ValueError(
                f"stateless_apply() of this {type(self).__name__} needs build() with arrays before"
            )
        before, steps = [variable.numpy() for variable in self.variables], self._steps
        stepped = self._arrays.variables_stepped
        kept = [np.array(variable) for variable in stepped]
        try:
            self.set_weights(optimizer_variables)
            for variable, value in zip(stepped, trainable_variables, strict=True):
                put(variable, value)
            self.apply(grads)
            return (
                [np.array(variable) for variable in stepped],
                [variable.numpy() for variable in self.variables],
            )
        finally:
            self.set_weights(before)
            self._steps = steps
            for variable, value in zip(stepped, kept, strict=True):
                put(variable, value)

    # ---- what Keras' own tests look at, besides `_clip_gradients` ------------------------

    def _named(self, end: str) -> "list[OptimizerVariable]":
        return [variable for variable in self.variables if variable.name.endswith(f"_{end}")]

    @property
    def _model_variables_moving_average(self) -> "list[OptimizerVariable]":
        return self._named("average")

    @property
    def _accumulated_gradients(self) -> "list[OptimizerVariable]":
        return self._named("gradient_accumulator")

    @property
    def _iterations(self) -> "OptimizerVariable":
        return self.variables[0]
