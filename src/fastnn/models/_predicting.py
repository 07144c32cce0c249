"""`predict`: outputs for the rows of data."""

from typing import Any

import numpy as np

from fastnn import _streams, _training
from fastnn._data import batch_size_or_default, check_inputs, input_rows
from fastnn._progress import resolve_verbose
from fastnn._sources import as_source, check_stream_arguments, warn_short
from fastnn._validation import check_optional, check_rows, check_x
from fastnn.callbacks.callback_list import CallbackList
from fastnn.models._evaluable import Evaluable

_ndarray = np.ndarray  # looked up once: a row through a small net takes less than a few lookups


class Predicting(Evaluable):
    """A model that gives its outputs."""

    stop_predicting: bool = False  # a callback may set it

    def predict(
        self, x: Any, batch_size: int | None = None, verbose: Any = "auto",
        steps: int | None = None, callbacks: Any = None,
    ) -> Any:  # fmt: skip
        """Return the outputs for the rows of `x`.

        All rows go through one native call, block by block: the bits of a row do not depend
        on the others, and nothing is printed.

        Parameters
        ----------
        x : array_like of shape (n, ...)
        batch_size : int, default=32
            Matters only to `steps` and `callbacks`.
        verbose : {"auto", 0, 1, 2}, default="auto"
            Without effect.
        steps : int, default=None
            Batches to predict; None takes all.
        callbacks : list of Callback, default=None

        Returns
        -------
        ndarray of shape (n, ...), of the model's dtype
            For several outputs a list of them, or a dict if the model was made with one.

        Raises
        ------
        ValueError
            If an argument is none of these or `x` does not fit the model.

        Examples
        --------
        >>> import fastnn, numpy
        >>> model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(3)])
        >>> model.predict(numpy.zeros((2, 8)))
        array([[0., 0., 0.],
               [0., 0., 0.]], dtype=float32)
        """
        array = isinstance(x, _ndarray)
        if array and batch_size is None and steps is None and callbacks is None:
            if verbose not in ("auto", 0, 1, 2):
                resolve_verbose(verbose)
            return self.predict_rows(x)
        source = None if array else as_source(x)
        if source is not None:
            check_stream_arguments("predict", batch_size=batch_size)
            source = self._build_from(x, None, source)
            assert source is not None
            limit = check_optional(steps, "steps")
            hooks = CallbackList(
                callbacks, model=self, verbose=resolve_verbose(verbose), epochs=1,
                steps=limit or source.num_batches,
            )  # fmt: skip
            return _streams.predict_stream(self, source, limit, hooks)
        batch = batch_size_or_default(batch_size)
        level, limit = resolve_verbose(verbose), check_optional(steps, "steps")
        if limit is None and callbacks is None:
            return self.predict_rows(x)
        self.build_from_data(input_rows(self, x, "x"))
        inputs: Any
        if self.is_multiple:
            inputs = check_inputs(self, x)
            rows = inputs[0].shape[0]
        else:
            inputs = check_x(input_rows(self, x, "x"), self.sample_shape)
            rows = check_rows(inputs, "x")
        count = -(-rows // batch)
        warn_short(limit, count, "steps")
        hooks = CallbackList(callbacks, model=self, verbose=level, epochs=1, steps=limit or count)
        return _training.run_prediction(self, inputs, batch, limit, hooks)

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for the rows of `x`; see `predict`."""
        return self.predict_rows(x)
