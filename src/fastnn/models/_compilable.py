"""`compile`: what a model is told of its training, and the core's plans that follow from it."""

from collections import OrderedDict
from typing import Any

from fastnn import _core, optimizers
from fastnn._compile import Compiled
from fastnn._data import output_rows
from fastnn._errors import NotCompiledError, UnknownArgumentError, WrongTypeError
from fastnn._objective import Objective
from fastnn._random import mix_seeds
from fastnn._registry import shorten
from fastnn._validation import check_bool, check_in, check_integer, only_entry
from fastnn.layers.random_layer import RandomLayer
from fastnn.metrics.base import Metric
from fastnn.models._base import ModelBase
from fastnn.optimizers.base import Optimizer

_TRAINERS_KEPT = 4  # plans for recent batch sizes; each holds activations and gradients


class Compilable(ModelBase):
    """A model that can be told how it is trained."""

    def __init__(self) -> None:
        super().__init__()
        self._compiled: Compiled | None = None
        self._objective: Objective | None = None
        self._trainers: OrderedDict[int, _core.Trainer] = OrderedDict()
        self.loss: Any = None
        self.steps_per_execution = 1
        self.run_eagerly, self.jit_compile = False, True  # as Keras resolves the defaults

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
        optimizer : str or Optimizer, default="rmsprop"
            None leaves a model that can be evaluated, not trained.
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
            Has no use here: nothing is traced.
        steps_per_execution : int or "auto", default=1
            Batches for which the batch hooks of callbacks are called once. Without such hooks an
            epoch is one native call anyway.
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
        check_in(run_eagerly, (False, True, None), "run_eagerly")
        together = 1 if steps_per_execution == "auto" else steps_per_execution
        together = check_integer(together, "steps_per_execution", 1)
        check_in(jit_compile, ("auto", True, False, None), "jit_compile")
        check_bool(auto_scale_loss, "auto_scale_loss")
        for argument, given in (("metrics", metrics), ("weighted_metrics", weighted_metrics)):
            if isinstance(given, (str, Metric)):
                raise WrongTypeError(
                    f"`{argument}` must be a list or a dict of metrics, got {shorten(given)}"
                )
        compiled = self.make_compiled(optimizer, loss, loss_weights, metrics, weighted_metrics)
        if self.built and compiled.measures and not compiled.waits:
            self.make_objective(compiled)
        self.loss = loss
        self.use_compiled(compiled)
        self.steps_per_execution, self.run_eagerly = together, bool(run_eagerly)
        self.jit_compile = jit_compile in ("auto", True) and not run_eagerly
        compiled.told = {
            "loss": loss, "loss_weights": loss_weights, "metrics": metrics,
            "weighted_metrics": weighted_metrics,
        }  # fmt: skip

    def use_compiled(self, compiled: Compiled) -> None:
        """Take over checked arguments of `compile`; a new optimiser starts afresh."""
        old = self._compiled.optimizer if self._compiled is not None else None
        new = compiled.optimizer
        if new is not None and new is not old and new._network is not None:
            raise ValueError(
                f"this {type(new).__name__} belongs to another model; make one for each model"
            )
        self._compiled = compiled
        self.forget_plans()
        if new is not old:
            if old is not None:
                old.unbind()
            if self.built:
                self.bind_optimizer()

    def bind_optimizer(self) -> None:
        """Have the optimiser, if there is one, step the weights of the network."""
        if self.optimizer is not None:
            self.optimizer.bind(self.network(), self.weights)

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
        """The optimiser, None before `compile` and where that was given none.

        Another one that is set starts afresh, as if `compile` had been given it.
        """
        return None if self._compiled is None else self._compiled.optimizer

    @optimizer.setter
    def optimizer(self, optimizer: Any) -> None:
        self.use_compiled(self.require_compiled().copy(optimizers.resolve(optimizer)))

    def get_compile_config(self) -> dict[str, Any]:
        """Return what `compile` was told, as Keras describes it; {} before `compile`.

        Examples
        --------
        >>> import fastnn
        >>> model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> other = fastnn.models.clone_model(model)
        >>> other.compile_from_config(model.get_compile_config())
        >>> other.loss
        'mse'
        """
        from fastnn.saving.keras_format import compile_entry

        config = compile_entry(self)  # type: ignore[arg-type]
        if config is None:
            return {}
        return {
            **config,
            "run_eagerly": self.run_eagerly,
            "steps_per_execution": self.steps_per_execution,
            "jit_compile": self.jit_compile,
        }

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compile as `get_compile_config` of a model of fastnn or Keras says; {} does nothing.

        Raises
        ------
        ValueError
            If `config` is no such description, or of what fastnn does not have.
        """
        import inspect

        from fastnn.saving.keras_format import compile_from

        taken = inspect.signature(self.compile).parameters
        for key in config if isinstance(config, dict) else ():
            if key not in taken:
                raise UnknownArgumentError(f"`config` has {key!r}, which compile() does not take")
        if config:
            compile_from(self, config)  # type: ignore[arg-type]

    @property
    def metrics_names(self) -> list[str]:
        """Names of what `evaluate` returns: the loss, then the metrics in their order."""
        return self.require_compiled().measured_names()

    def require_compiled(self) -> Compiled:
        """Return what `compile` was told, or raise."""
        if self._compiled is None:
            raise NotCompiledError("call compile() before training or evaluating the model")
        return self._compiled

    def require_optimizer(self) -> Optimizer:
        """Return the optimiser, or raise."""
        optimizer = self.require_compiled().optimizer
        if optimizer is None:
            raise NotCompiledError("compile() was given no `optimizer`: nothing can be trained")
        return optimizer

    def settle(self, y: Any) -> None:
        """Choose what the first targets decide of loss and metrics; the model is built."""
        self.require_compiled().settle(
            only_entry(output_rows(self, y, "y")), self.output_sample_shape
        )

    def require_objective(self) -> Objective:
        """Return loss and metrics for the built model."""
        if self._objective is None:
            self._objective = self.make_objective(self.require_compiled())
        return self._objective

    def trainer(self, batch: int, at_least: bool = False) -> "_core.Trainer":
        """Return a plan for batches of that size, or with `at_least`, of that size or more."""
        network = self.network()  # which takes back weights that another model has used
        trainer = self._trainers.get(batch)
        if trainer is None and at_least:
            batch = min((b for b in self._trainers if b > batch), default=batch)
            trainer = self._trainers.get(batch)
        if trainer is None:
            objective = self.require_objective()
            trainer = _core.Trainer(network, batch, objective.specs(), self._dropout_seed())
            self._trainers[batch] = trainer
            if len(self._trainers) > _TRAINERS_KEPT:
                self._trainers.popitem(last=False)
        else:
            self._trainers.move_to_end(batch)
        return trainer

    def _dropout_seed(self) -> int:
        """Key of dropout masks and noise: the layers' own seeds if any has one."""
        layers = [layer for layer in self.leaves if isinstance(layer, RandomLayer)]
        seeds = [layer.seed for layer in layers if layer.seed is not None]
        return mix_seeds(seeds) if seeds else self.training_state.seed

    def make_objective(self, compiled: Compiled) -> Objective:
        """Return loss and metrics for the outputs of the built model."""
        return Objective(compiled, self.output_sample_shape)

    def make_compiled(
        self, optimizer: Any, loss: Any, loss_weights: Any, metrics: Any, weighted_metrics: Any
    ) -> Compiled:
        """Check arguments of `compile`."""
        only = self._of_the_output
        weight = only(loss_weights)
        if isinstance(weight, (list, tuple)) and len(weight) == 1:
            weight = weight[0]
        return Compiled(optimizer, only(loss), only(metrics), only(weighted_metrics), weight)

    def _of_the_output(self, given: Any) -> Any:
        """Return what a dict says of the model's one output."""
        if isinstance(given, dict) and len(given) == 1 and next(iter(given)) in self.output_names:
            return next(iter(given.values()))
        return given
