"""What every model can do: compile, train, evaluate, predict, save.

How layers are put together is the business of the subclasses.
"""

import functools
import threading
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, NoReturn, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastnn import _core, _streams, _training, saving
from fastnn._compile import Compiled, Objective, Sums
from fastnn._keras_names import absent_message
from fastnn._progress import format_logs, format_seconds, make_progress, resolve_verbose
from fastnn._random import mix_seeds, next_seed
from fastnn._sources import Source, as_source, check_stream_arguments
from fastnn._validation import (
    check_bool,
    check_in,
    check_integer,
    check_rows,
    check_x,
    only_entry,
    reject,
)
from fastnn.callbacks.callback_list import CallbackList
from fastnn.callbacks.history import History
from fastnn.callbacks.progbar_logger import ProgbarLogger
from fastnn.layers.base import Layer
from fastnn.layers.random_layer import RandomLayer
from fastnn.layers.variable import Variable
from fastnn.optimizers.base import Optimizer

_P = ParamSpec("_P")
_R = TypeVar("_R")

_TRAINERS_KEPT = 4  # plans for recent batch sizes; each holds activations and gradients


def _trains(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Refuse a second thread that would train the model; a callback of the first goes on."""

    @functools.wraps(method)
    def exclusive(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        model: Any = args[0]
        if not model._training.acquire(blocking=False):
            raise RuntimeError(f"model {model.name!r} is being trained by another thread")
        try:
            return method(*args, **kwargs)
        finally:
            model._training.release()

    return exclusive


class TrainingState:
    """What a resumed run needs besides weights and optimiser slots."""

    def __init__(self) -> None:
        self.seed = next_seed()
        self.passes = 0  # passes over the data so far: numbers the permutations
        self.epochs = 0


class Model(ABC):
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

    name: str
    stop_training: bool = False
    is_multiple: bool = False  # several inputs or outputs: data and targets come as tuples
    history: History | None = None
    training_run: "_training.Run | None" = None  # while `fit` is at work

    def __init__(self) -> None:
        self.training_state = TrainingState()
        self._compiled: Compiled | None = None
        self._objective: Objective | None = None
        self._trainers: OrderedDict[int, _core.Trainer] = OrderedDict()
        self._training = threading.RLock()  # held for the whole of a fit, not only an epoch
        self.loss: Any = None

    # ---- what a subclass says ------------------------------------------------------

    @property
    @abstractmethod
    def layers(self) -> list[Layer]:
        """The layers, without the declaration of the input."""

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
    def input_names(self) -> list[str]:
        """Names by which data may be given as a dict."""
        return ["input"]

    @property
    def output_names(self) -> list[str]:
        """Names by which targets may be given as a dict."""
        return ["output"]

    @property
    def input_sample_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample of each input."""
        return [self.sample_shape]

    @property
    def output_sample_shapes(self) -> list[tuple[int, ...]]:
        """Shape of one sample of each output."""
        return [self.output_sample_shape]

    def make_objective(self, compiled: Compiled) -> Objective:
        """Return loss and metrics for the outputs of the built model."""
        return Objective(compiled, self.output_sample_shape)

    def make_compiled(
        self, optimizer: Any, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any
    ) -> Compiled:
        """Check arguments of `compile`."""
        reject("compile", loss_weights=(loss_weights, (None, [1.0], [1])))
        return Compiled(optimizer, loss, metrics, weighted_metrics)

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

    # ---- compile ---------------------------------------------------------------------

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: Any = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Say how the model is trained.

        Parameters
        ----------
        optimizer : str or Optimizer
            Keras' default, ``"rmsprop"``, is not part of fastnn: give one.
        loss : str or Loss, default=None
            None leaves a model that can only predict.
        loss_weights : list or dict of float, default=None
            Weights of the outputs' losses in the sum that is minimised; None is 1 for all. For
            several outputs `loss`, `metrics` and `weighted_metrics` are lists or dicts too; an
            output without a loss is only predicted.
        metrics, weighted_metrics : list of str or Metric, default=None
            ``"accuracy"`` means the accuracy that fits loss and output. Sample weights count
            in `weighted_metrics` only.
        run_eagerly : bool, default=False
            fastnn has only False.
        steps_per_execution : int, default=1
            Has no use here: an epoch is one native call. Only 1 and "auto" are accepted.
        jit_compile : {"auto", True, False}, default="auto"
            Has no use here: nothing is compiled at run time.
        auto_scale_loss : bool, default=True
            Has no use here: it concerns float16.

        Raises
        ------
        ValueError
            If an argument is none of these, or loss, metrics and output do not fit.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(1)])
        >>> model.compile(optimizer="adam", loss="mse", metrics=["mae"])
        >>> model.metrics_names
        ['loss', 'mae']
        """
        reject(
            "compile",
            run_eagerly=(run_eagerly, (False, None)),
            steps_per_execution=(steps_per_execution, (1, "auto")),
        )
        check_in(jit_compile, ("auto", True, False, None), "jit_compile")
        check_bool(auto_scale_loss, "auto_scale_loss")
        compiled = self.make_compiled(optimizer, loss, loss_weights, metrics, weighted_metrics)
        if self.built and compiled.loss is not None:
            self.make_objective(compiled)
        self.loss = loss
        self.use_compiled(compiled)

    def use_compiled(self, compiled: Compiled) -> None:
        """Take over checked arguments of `compile`; a new optimiser starts afresh."""
        old = self._compiled.optimizer if self._compiled is not None else None
        new = compiled.optimizer
        if new is not old and new._network is not None:
            raise ValueError(
                f"this {type(new).__name__} belongs to another model; make one for each model"
            )
        self._compiled = compiled
        self.forget_plans()
        if new is not old:
            if old is not None:
                old.unbind()
            if self.built:
                new.bind(self.network(), self.weights)

    def forget_plans(self) -> None:
        """Drop what was derived from network, loss and metrics."""
        self._objective = None
        self._trainers.clear()

    @property
    def compiled(self) -> bool:
        """Whether `compile` was called."""
        return self._compiled is not None

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimiser, None before `compile`."""
        return None if self._compiled is None else self._compiled.optimizer

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns: the loss, then the metrics in their order."""
        if self.is_multiple and self.require_compiled().loss is not None:
            return list(self.require_objective().names)
        return ["loss", *(slot.name for slot in self.require_compiled().slots)]

    def require_compiled(self) -> Compiled:
        """Return what `compile` was told, or raise."""
        if self._compiled is None:
            raise RuntimeError("call compile() before training or evaluating the model")
        return self._compiled

    def require_optimizer(self) -> Optimizer:
        """Return the optimiser, or raise."""
        return self.require_compiled().optimizer

    def require_objective(self) -> Objective:
        """Return loss and metrics for the built model."""
        if self._objective is None:
            self._objective = self.make_objective(self.require_compiled())
        return self._objective

    def trainer(self, batch: int, at_least: bool = False) -> "_core.Trainer":
        """Return a plan for batches of that size, or with `at_least`, of that size or more."""
        trainer = self._trainers.get(batch)
        if trainer is None and at_least:
            batch = min((b for b in self._trainers if b > batch), default=batch)
            trainer = self._trainers.get(batch)
        if trainer is None:
            objective, network = self.require_objective(), self.network()
            trainer = _core.Trainer(network, batch, objective.specs(), self._dropout_seed())
            self._trainers[batch] = trainer
            if len(self._trainers) > _TRAINERS_KEPT:
                self._trainers.popitem(last=False)
        else:
            self._trainers.move_to_end(batch)
        return trainer

    def _dropout_seed(self) -> int:
        """Key of dropout masks and noise: the layers' own seeds if any has one."""
        layers = [layer for layer in self.layers if isinstance(layer, RandomLayer)]
        seeds = [layer.seed for layer in layers if layer.seed is not None]
        return mix_seeds(seeds) if seeds else self.training_state.seed

    # ---- training ----------------------------------------------------------------------

    @_trains
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Train for a number of epochs.

        The data is read where it lies, batch by batch; it is never copied as a whole.

        Parameters
        ----------
        x : array_like of shape (n, ...), or batches
            Rows of any numeric type and any strides; also pandas, polars and lists. Or
            something that yields batches ``(x, y)`` or ``(x, y, sample_weight)``: a
            `utils.PyDataset` (or what has its ``__len__`` and ``__getitem__``), an iterable, a
            generator. Each batch is one step.
        y : array_like of shape (n, n_out), (n,) for one output, or (n,) class numbers
        batch_size : int, default=32
            Batches that come as such keep their sizes.
        epochs : int, default=1
            Number of the epoch at which to stop; see `initial_epoch`.
        verbose : {"auto", 0, 1, 2}, default="auto"
            0: silent; 1: a bar; 2: a line per epoch; "auto": a bar on a terminal, else lines.
        callbacks : list of Callback, default=None
        validation_split : float in [0, 1), default=0.0
            Share of the last rows that is held out, before shuffling.
        validation_data : tuple (x, y) or (x, y, sample_weight), or batches, default=None
            Takes precedence over `validation_split`.
        shuffle : bool, default=True
            A new order for every pass over the data: of rows, or of the batches of a
            `utils.PyDataset`. Iterables and generators keep theirs, and so does a single batch of
            all rows.
        class_weight : dict of int to float, default=None
            Weight of the rows of each class.
        sample_weight : array_like of shape (n,), default=None
        initial_epoch : int, default=0
        steps_per_epoch : int, default=None
            Batches per epoch; the next epoch goes on from there.
        validation_steps : int, default=None
            Batches of validation data; None takes all.
        validation_batch_size : int, default=batch_size
        validation_freq : int or list of int, default=1
            Validate every so many epochs, or after those epochs (counted from 1).

        Returns
        -------
        History
            Its `history` holds a list per logged value.

        Raises
        ------
        ValueError
            If an argument is none of these or the arrays do not fit the model.
        RuntimeError
            If the model is not compiled.
        KeyboardInterrupt
            On Ctrl-C, after a finished step; the model stays as it is then.

        Examples
        --------
        >>> import fastnn, numpy
        >>> x = numpy.linspace(-1, 1, 64).reshape(-1, 1)
        >>> model = fastnn.Sequential([fastnn.layers.Dense(1)])
        >>> model.compile("adam", "mse")
        >>> history = model.fit(x, 2 * x, epochs=5, verbose=0)
        >>> history.history["loss"][4] < history.history["loss"][0]
        True
        """
        self.require_compiled().require_loss()
        epochs = check_integer(epochs, "epochs", 0)
        initial_epoch = check_integer(initial_epoch, "initial_epoch", 0)
        steps = _optional(steps_per_epoch, "steps_per_epoch")
        shuffle = check_bool(shuffle, "shuffle")
        resolve_verbose(verbose)
        source = as_source(x)
        if source is not None:
            check_stream_arguments("fit", y, sample_weight, batch_size, validation_split)
        batch = _training.batch_size_or_default(batch_size)
        source = self._build_from(x, source)
        objective = self.require_objective()
        held = None
        run: _training.Run
        if source is not None:
            run = _streams.StreamRun(self, objective, source, class_weight, shuffle, steps)
        else:
            data = _training.check_data(self, objective, x, y, sample_weight, class_weight)
            if validation_data is None:
                data, held = _training.split_validation(data, validation_split)
            run = _training.TrainingRun(self, objective, data, batch, shuffle, steps)
        validation_batch = (
            batch
            if validation_batch_size is None
            else check_integer(validation_batch_size, "validation_batch_size", 1)
        )
        validation_limit = _optional(validation_steps, "validation_steps")
        frequency = _training.check_frequency(validation_freq)
        validation = None
        validate = self._validator(validation_data, held, validation_batch, validation_limit)
        if validate is not None:
            validation = _training.Validation(validate, frequency)
        hooks = CallbackList(
            callbacks, add_history=True, model=self, verbose=resolve_verbose(verbose),
            epochs=epochs, steps=run.steps_per_epoch,
        )  # fmt: skip
        own = any(isinstance(callback, ProgbarLogger) for callback in hooks.callbacks)
        progress = make_progress(0 if own else verbose, epochs, initial_epoch, run.steps_per_epoch)
        self.history = _training.run_epochs(
            self, run, objective, validation, hooks, progress, range(initial_epoch, epochs)
        )
        return self.history

    def _build_from(self, x: Any, source: Source | None) -> Source | None:
        """Build for the data, unless the model is built; returns the source as it is now."""
        if source is None:
            if not self.built:
                self.build_from_data(only_entry(x, "x"))
        elif not self.built:
            source = _streams.First(source)
            self.build_from_data(only_entry(source.peek(), "batch x"))
        return source

    def _validator(
        self, validation_data: Any, held: _training.Data | None, batch: int, steps: int | None
    ) -> Callable[[CallbackList], Sums] | None:
        """Return what evaluates the model on validation data, None without any."""
        objective = self.require_objective()
        if validation_data is not None:
            source = as_source(validation_data)
            if source is not None:
                if not source.restarts and steps is None:
                    raise ValueError(
                        "`validation_steps` must be given: `validation_data` is an iterator, "
                        "which is used up by one validation"
                    )
                return functools.partial(_streams.evaluate_stream, self, objective, source, steps)
            held = _training.unpack_validation(self, objective, validation_data)
        if held is None:
            return None
        return functools.partial(_training.run_evaluation, self, objective, held, batch, steps)

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
        self.require_compiled().require_loss()
        level = resolve_verbose(verbose)
        limit = _optional(steps, "steps")
        return_dict = check_bool(return_dict, "return_dict")
        source = as_source(x)
        if source is not None:
            check_stream_arguments("evaluate", y, sample_weight, batch_size)
        batch = _training.batch_size_or_default(batch_size)
        source = self._build_from(x, source)
        objective = self.require_objective()
        if source is not None:
            evaluate = functools.partial(_streams.evaluate_stream, self, objective, source, limit)
            count = source.num_batches
        else:
            data = _training.check_data(self, objective, x, y, sample_weight)
            evaluate = functools.partial(
                _training.run_evaluation, self, objective, data, batch, limit
            )
            count = -(-data.n // batch)
        hooks = CallbackList(callbacks, model=self, verbose=level, epochs=1, steps=limit or count)
        start = time.perf_counter()
        sums = evaluate(hooks)
        if level:
            seconds = format_seconds(time.perf_counter() - start)
            print(f"{seconds} - {format_logs(objective.logs(sums))}")
        return self._report(sums, return_dict)

    def _report(self, sums: Sums, return_dict: bool) -> Any:
        objective = self.require_objective()
        if return_dict:
            return objective.logs(sums)
        values = objective.values(sums)
        return values if len(values) > 1 else values[0]

    @_trains
    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None,
        return_dict: bool = False,
    ) -> Any:  # fmt: skip
        """Take one training step on the rows given; returns loss and metrics of these rows.

        Parameters
        ----------
        x, y, sample_weight, class_weight
            As in `fit`.
        return_dict : bool, default=False
            As in `evaluate`.
        """
        data, objective = self._batch(x, y, sample_weight, class_weight)
        return_dict = check_bool(return_dict, "return_dict")
        optimizer = self.require_optimizer()
        fit = (optimizer.rates(1), optimizer.hyper())
        return self._count(data, objective, return_dict, fit)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """Return loss and metrics of the rows given; see `train_on_batch`."""
        data, objective = self._batch(x, y, sample_weight, None)
        return_dict = check_bool(return_dict, "return_dict")
        return self._count(data, objective, return_dict, None)

    def _batch(
        self, x: Any, y: Any, sample_weight: Any, class_weight: Any
    ) -> tuple[_training.Data, Objective]:
        self.require_compiled().require_loss()
        self.build_from_data(x)
        objective = self.require_objective()
        return _training.check_data(self, objective, x, y, sample_weight, class_weight), objective

    def _count(
        self, data: _training.Data, objective: Objective, return_dict: bool,
        fit: tuple[NDArray[np.float64], Any] | None,
    ) -> Any:  # fmt: skip
        sums = objective.sums()
        trainer = self.trainer(data.n, at_least=True)
        _training.native_steps(trainer, objective, sums, data, None, 0, 1, fit)
        return self._report(sums, return_dict)

    def reset_metrics(self) -> None:  # noqa: B027 - there is nothing to do
        """Do nothing: every call starts its means anew, as Keras' do."""

    # ---- prediction --------------------------------------------------------------------

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
        source = None if isinstance(x, np.ndarray) else as_source(x)
        if source is not None:
            check_stream_arguments("predict", batch_size=batch_size)
            source = self._build_from(x, source)
            assert source is not None
            limit = _optional(steps, "steps")
            hooks = CallbackList(
                callbacks, model=self, verbose=resolve_verbose(verbose), epochs=1,
                steps=limit or source.num_batches,
            )  # fmt: skip
            return _streams.predict_stream(self, source, limit, hooks)
        if batch_size is None and steps is None and callbacks is None:
            if verbose != "auto":
                resolve_verbose(verbose)
            return self.predict_rows(x)
        batch = _training.batch_size_or_default(batch_size)
        level, limit = resolve_verbose(verbose), _optional(steps, "steps")
        if limit is None and callbacks is None:
            return self.predict_rows(x)
        self.build_from_data(x)
        inputs: Any
        if self.is_multiple:
            inputs = _training.check_inputs(self, x)
            rows = inputs[0].shape[0]
        else:
            inputs = check_x(x, self.sample_shape)
            rows = check_rows(inputs, "x")
        count = -(-rows // batch)
        hooks = CallbackList(callbacks, model=self, verbose=level, epochs=1, steps=limit or count)
        return _training.run_prediction(self, inputs, batch, limit, hooks)

    @abstractmethod
    def predict_rows(self, x: Any, argument: str = "x") -> Any:
        """Return the outputs for the rows of `x`, with as little around it as can be."""

    def predict_on_batch(self, x: Any) -> Any:
        """Return the outputs for the rows of `x`; see `predict`."""
        return self.predict_rows(x)

    @abstractmethod
    def __call__(self, inputs: Any, training: bool = False) -> Any:
        """Return the outputs for a batch."""

    def released(self) -> None:  # noqa: B027 - a chain keeps its layers
        """Know that another model has taken the weights of layers that both have."""

    # ---- weights -------------------------------------------------------------------------

    @property
    def weights(self) -> list[Variable]:
        """All weights, layer by layer."""
        return [weight for layer in self.layers for weight in layer.weights]

    variables = weights

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that training changes."""
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that training leaves alone."""
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    @property
    def losses(self) -> list[Any]:
        """The penalties of the weights that training changes, as they are now.

        Examples
        --------
        >>> import fastnn
        >>> layer = fastnn.layers.Dense(2, kernel_initializer="ones", kernel_regularizer="l2")
        >>> fastnn.Sequential([fastnn.Input((3,)), layer]).losses
        [np.float32(0.06)]
        """
        return [penalty for layer in self.layers for penalty in layer.losses]

    def get_weights(self) -> list[NDArray[Any]]:
        """Return copies of all weights: kernel and bias of each dense layer, in order."""
        return [weight for layer in self.layers for weight in layer.get_weights()]

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
        return sum(layer.count_params() for layer in self.layers)

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

        Parameters
        ----------
        **kwargs
            Further arguments of ``json.dumps``, such as ``indent=1``.
        """
        import json

        described = {"class_name": type(self).__name__, "config": self.get_config()}
        return json.dumps(described, **kwargs)

    def __getattr__(self, name: str) -> NoReturn:
        # Only for what is not found: Keras' models have attributes that fastnn's have not.
        message = absent_message("Sequential", name)
        if message is None:
            message = f"{type(self).__name__!r} object has no attribute {name!r}"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickles and copies hold the bytes of a saved file, and loading them checks as much.
        return saving.model_from_bytes, (saving.model_to_bytes(self),)


def _optional(value: Any, argument: str) -> int | None:
    return None if value is None else check_integer(value, argument, 1)
