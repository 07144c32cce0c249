"""`evaluate`, and single batches: loss and metrics on data."""

import functools
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastnn import _streams, _training
from fastnn._data import Data, batch_size_or_default, check_data, input_rows
from fastnn._messages import say
from fastnn._objective import Objective, Sums
from fastnn._progress import format_line, resolve_verbose
from fastnn._runs import native_steps
from fastnn._sources import Source, as_source, check_stream_arguments, warn_short
from fastnn._validation import check_bool, check_optional, only_entry
from fastnn.callbacks.callback_list import CallbackList
from fastnn.metrics.base import Metric
from fastnn.models._compilable import Compilable


class Evaluable(Compilable):
    """A model that can be compared with targets."""

    stop_evaluating: bool = False  # a callback may set it

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """Return loss and metrics on data.

        Parameters
        ----------
        x, y, sample_weight
            As in `fit`.
        batch_size : int, default=32
        verbose : {"auto", 0, 1, 2}, default="auto"
            0: silent; otherwise one line.
        steps : int, default=None
            Batches to look at; None takes all.
        callbacks : list of Callback, default=None
        return_dict : bool, default=False
            Return a dict by name instead of a list in the order of `metrics_names`.

        Returns
        -------
        float, list of float or dict
            The loss alone if there are no metrics.

        Raises
        ------
        ValueError
            If an argument is none of these or the arrays do not fit the model.
        RuntimeError
            If the model is not compiled.
        """
        self.require_compiled().require_measures()
        level = resolve_verbose(verbose)
        limit = check_optional(steps, "steps")
        return_dict = check_bool(return_dict, "return_dict")
        source = as_source(x)
        if source is not None:
            check_stream_arguments("evaluate", y, sample_weight, batch_size)
        batch = batch_size_or_default(batch_size)
        source = self._build_from(x, y, source)
        objective = self.require_objective()
        if source is not None:
            evaluate = functools.partial(_streams.evaluate_stream, self, objective, source, limit)
            count = source.num_batches
        else:
            data = check_data(self, objective, x, y, sample_weight)
            evaluate = functools.partial(
                _training.run_evaluation, self, objective, data, batch, limit
            )
            count = -(-data.n // batch)
            warn_short(limit, count, "steps")
        hooks = CallbackList(callbacks, model=self, verbose=level, epochs=1, steps=limit or count)
        start = time.perf_counter()
        sums = evaluate(hooks)
        if level:
            seconds = time.perf_counter() - start
            say(format_line(limit or count, seconds, objective.logs(sums)))
        return self._report(sums, return_dict)

    def _report(self, sums: Sums, return_dict: bool) -> Any:
        objective = self.require_objective()
        if return_dict:
            return objective.logs(sums)
        values = objective.values(sums)
        return values if len(values) > 1 else values[0]

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return loss and metrics of the rows given; see `train_on_batch`."""
        data, objective = self._batch(x, y, sample_weight, None)
        return_dict = check_bool(return_dict, "return_dict")
        return self._count(data, objective, return_dict, None)

    def _batch(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any
    ) -> tuple[Data, Objective]:
        if self._objective is None:
            self.require_compiled().require_measures()
            self.build_from_data(input_rows(self, x, "x"))
            self.settle(y)
        objective = self.require_objective()
        return check_data(self, objective, x, y, sample_weight, class_weight), objective

    def _count(
        self, data: Data, objective: Objective, return_dict: bool,
        fit: tuple[NDArray[np.float64], Any] | None,
    ) -> Any:  # fmt: skip
        sums = objective.sums()
        trainer = self.trainer(data.n, at_least=True)
        native_steps(trainer, objective, sums, data, None, 0, 1, fit)
        return self._report(sums, return_dict)

    # ---- what was measured last ------------------------------------------------------------

    @property
    def metrics(self) -> list[Metric]:
        """The loss, what `compile` was told to measure, and the losses of several outputs.

        Objects of their own with the values of now: of the epoch, validation, evaluation or batch
        that began last. None before `compile`.

        Examples
        --------
        >>> import fastnn, numpy
        >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
        >>> model.compile("sgd", "mse", metrics=["mae"])
        >>> [metric.name for metric in model.metrics]
        ['loss', 'compile_metrics']
        >>> loss, mae = model.evaluate(numpy.zeros((4, 2)), numpy.ones(4), verbose=0)
        >>> [(metric.name, float(metric.result())) for metric in model.metrics[1].metrics]
        [('mae', 1.0)]
        """
        from fastnn.models._measured import measured, unmeasured

        if self._compiled is None:
            return []
        objective = self._known_objective()
        if objective is None:
            return unmeasured(self._compiled)
        return measured(objective, objective.latest or objective.sums())

    def get_metrics_result(self) -> dict[str, Any]:
        """Return loss and metrics by name: of the epoch, validation or call that began last.

        After `fit` with validation these are the values of the last validation, as in Keras.
        Zeros before, and {} for a model that is not compiled.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> model.get_metrics_result()
        {'loss': 0.0}
        """
        if self._compiled is None:
            return {}
        objective = self._known_objective()
        if objective is None or objective.latest is None:
            return dict.fromkeys(self.metrics_names, 0.0)
        return dict(zip(objective.names, objective.values(objective.latest), strict=True))

    def reset_metrics(self) -> None:
        """Forget what was measured, of an epoch that is under way too.

        Every call starts its means anew in any case, as Keras' do.
        """
        if self._objective is not None and self._objective.latest is not None:
            self._objective.latest.reset()

    def _known_objective(self) -> Objective | None:
        """Return loss and metrics, unless data has still to say what they are."""
        compiled = self.require_compiled()
        ready = self.built and compiled.measures and not compiled.waits
        return self.require_objective() if ready else None

    def _build_from(self, x: Any, y: Any, source: Source | None) -> Source | None:
        """Build for the data and settle for its targets, unless that is done.

        Returns the source as it is now.
        """
        waits = self._compiled is not None and self._compiled.waits
        if source is not None and (waits or not self.built):
            source = _streams.First(source)
            x, y, _ = source.peek()
        if not self.built:
            argument = "x" if source is None else "batch x"
            self.build_from_data(only_entry(input_rows(self, x, argument)))
        if waits and y is not None:
            self.settle(y)
        return source
