"""Batch normalisation."""

from typing import Any, ClassVar, Unpack

import numpy as np
from numpy.typing import NDArray

from fastnn import _core, initializers
from fastnn._plan import Plan
from fastnn._validation import check_bool, check_integer, check_number, reject
from fastnn.layers._axes import sample_axes, sizes_of
from fastnn.layers._common import Common
from fastnn.layers._restrictions import (
    check_constraint,
    check_regularizer,
    restrictions_config,
)
from fastnn.layers.base import Layer, WeightSpec
from fastnn.layers.input_spec import InputSpec
from fastnn.layers.variable import Variable


class BatchNormalization(Layer):
    r"""Normalise each column, :math:`y = \gamma (x - \mu) / \sqrt{\sigma^2 + \epsilon} + \beta`.

    In training :math:`\mu` and :math:`\sigma^2` are mean and variance of the column over the
    batch (Ioffe and Szegedy, 2015), and the moving averages follow them,
    ``moving = moving * momentum + batch * (1 - momentum)``. Outside training the moving averages
    are used. A layer with ``trainable = False`` uses the moving averages in training too.

    Parameters
    ----------
    axis : int, default=-1
        The axis that keeps its entries apart: a column is one entry at all places of the others.
    momentum : float in [0, 1], default=0.99
    epsilon : float, default=0.001
    center, scale : bool, default=True
        Whether there is a beta, and a gamma.
    beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer : \
    str or Initializer, default="zeros", "ones", "zeros", "ones"
    beta_regularizer, gamma_regularizer : str or Regularizer, default=None
        Penalty on beta or gamma, which is part of the loss while the layer is trainable.
    beta_constraint, gamma_constraint : str or Constraint, default=None
        What beta or gamma becomes after each training step.
    renorm, renorm_clipping, renorm_momentum, synchronized
        Keras' further arguments; fastnn has only their defaults.
    {common}

    Attributes
    ----------
    gamma, beta : Variable of shape (n,), or None
    moving_mean, moving_variance : Variable of shape (n,)
        Not trained by the optimiser.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> import fastnn
    >>> layer = fastnn.layers.BatchNormalization(epsilon=0.0)
    >>> layer([[1.0], [3.0]], training=True)
    array([[-1.],
           [ 1.]], dtype=float32)
    >>> [w.name for w in layer.weights]
    ['gamma', 'beta', 'moving_mean', 'moving_variance']
    >>> layer.moving_mean.numpy()
    array([0.02], dtype=float32)
    """

    _DIFFERS_IN_TRAINING: ClassVar[bool] = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: None = None,
        renorm_momentum: float = 0.99,
        synchronized: bool = False,
        **common: Unpack[Common],
    ) -> None:
        if renorm:
            raise ValueError(
                f"`renorm={renorm!r}` of BatchNormalization is not part of fastnn; leave it at "
                "False, with batches that are large enough, or use LayerNormalization or "
                "RMSNormalization, whose statistics do not depend on the batch"
            )
        reject(
            "BatchNormalization",
            renorm_clipping=(renorm_clipping, (None,)),
            renorm_momentum=(renorm_momentum, (0.99,)),
            synchronized=(synchronized, (False,)),
        )
        self.axis = check_integer(axis, "axis", -(2**31))
        self.momentum = check_number(momentum, "momentum")
        if not 0.0 <= self.momentum <= 1.0:
            raise ValueError(f"`momentum` must be in [0, 1], got {momentum!r}")
        self.epsilon = check_epsilon(epsilon)
        self.center = check_bool(center, "center")
        self.scale = check_bool(scale, "scale")
        self.beta_initializer = initializers.get(beta_initializer, "beta_initializer")
        self.gamma_initializer = initializers.get(gamma_initializer, "gamma_initializer")
        self.moving_mean_initializer = initializers.get(
            moving_mean_initializer, "moving_mean_initializer"
        )
        self.moving_variance_initializer = initializers.get(
            moving_variance_initializer, "moving_variance_initializer"
        )
        self.beta_regularizer = check_regularizer(beta_regularizer, "beta_regularizer", 1)
        self.gamma_regularizer = check_regularizer(gamma_regularizer, "gamma_regularizer", 1)
        self.beta_constraint = check_constraint(beta_constraint, "beta_constraint", 1)
        self.gamma_constraint = check_constraint(gamma_constraint, "gamma_constraint", 1)
        super().__init__(**common)

    renorm = synchronized = False
    renorm_clipping, renorm_momentum = None, 0.99

    def weight_specs(self, input_shape: tuple[int, ...]) -> list[WeightSpec]:
        shape = sizes_of(input_shape, sample_axes(self.axis, input_shape, self.name))
        specs = []
        if self.scale:
            specs.append(
                WeightSpec(
                    "gamma", shape, self.gamma_initializer,
                    regularizer=self.gamma_regularizer, constraint=self.gamma_constraint,
                )
            )  # fmt: skip
        if self.center:
            specs.append(
                WeightSpec(
                    "beta", shape, self.beta_initializer,
                    regularizer=self.beta_regularizer, constraint=self.beta_constraint,
                )
            )  # fmt: skip
        return [
            *specs,
            WeightSpec("moving_mean", shape, self.moving_mean_initializer, learns=False),
            WeightSpec("moving_variance", shape, self.moving_variance_initializer, learns=False),
        ]

    @property
    def input_spec(self) -> InputSpec | None:
        """What the layer asks of the shapes of its input; None before it is built."""
        sample = self._built_for
        if sample is None:
            return None
        axes = sample_axes(self.axis, sample, self.name)
        return InputSpec(ndim=1 + len(sample), axes={self.axis: sample[axes[0]]})

    def emit(self, plan: Plan, input_shape: tuple[int, ...]) -> None:
        axes = sample_axes(self.axis, input_shape, self.name)
        plan.along(input_shape, axes, lambda: self._append(plan))

    def _append(self, plan: Plan) -> None:
        plan.columns(
            "batch_norm",
            self,
            use_scale=self.scale,
            use_bias=self.center,
            epsilon=self.epsilon,
            momentum=self.momentum,
        )

    def call(self, inputs: NDArray[Any], training: bool) -> NDArray[Any]:
        if not training or not self.trainable:
            return super().call(inputs, training)
        # The same op with the statistics of this batch in place of the moving averages.
        moved = np.moveaxis(inputs.astype(self.dtype), self.axis, -1)
        rows = np.ascontiguousarray(moved).reshape(-1, moved.shape[-1])
        plan = Plan(rows.shape[1:])
        self._append(plan)
        network = plan.network(self.dtype)
        self.load(network, 0)
        first = self.weight_count() - 2
        for i, fresh in enumerate(_core.batch_stats(rows), start=first):
            network.set_param(i, fresh)
            self.write_weight(i, _core.blend(self.read_weight(i), fresh, self.momentum))
        out = network.predict(rows).reshape(moved.shape)
        return np.moveaxis(out, -1, self.axis)

    @property
    def gamma(self) -> Variable | None:
        """The factor of each column, None without one."""
        return self.built_weight(0) if self.scale else None

    @property
    def beta(self) -> Variable | None:
        """What is added to each column, None without one."""
        return self.built_weight(int(self.scale)) if self.center else None

    @property
    def moving_mean(self) -> Variable:
        """Moving average of the means."""
        return self.built_weight(-2)

    @property
    def moving_variance(self) -> Variable:
        """Moving average of the variances."""
        return self.built_weight(-1)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "axis": self.axis,
            "momentum": self.momentum,
            "epsilon": self.epsilon,
            "center": self.center,
            "scale": self.scale,
            "beta_initializer": initializers.serialize(self.beta_initializer),
            "gamma_initializer": initializers.serialize(self.gamma_initializer),
            "moving_mean_initializer": initializers.serialize(self.moving_mean_initializer),
            "moving_variance_initializer": initializers.serialize(self.moving_variance_initializer),
            **restrictions_config(
                beta_regularizer=self.beta_regularizer,
                gamma_regularizer=self.gamma_regularizer,
                beta_constraint=self.beta_constraint,
                gamma_constraint=self.gamma_constraint,
            ),
            "synchronized": self.synchronized,
        }


def check_epsilon(epsilon: Any) -> float:
    """Return an epsilon that is finite and not negative."""
    value = check_number(epsilon, "epsilon")
    if value < 0.0:
        raise ValueError(f"`epsilon` must not be negative, got {epsilon!r}")
    return value
