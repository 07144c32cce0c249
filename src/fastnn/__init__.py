"""Dense neural networks on CPUs, with the interface of Keras and a core in C.

``import fastnn as keras`` runs a program that uses what fastnn has: see
``docs/keras-differences.md`` for what it has not.
"""

from typing import TYPE_CHECKING

from fastnn._core import InternalError
from fastnn._lazy import make_lazy
from fastnn._runtime import __version__, get_num_threads, set_num_threads, show_config

if TYPE_CHECKING:
    from fastnn import (
        activations,
        backend,
        callbacks,
        config,
        constraints,
        datasets,
        dtype_policies,
        initializers,
        layers,
        losses,
        metrics,
        models,
        ops,
        optimizers,
        random,
        regularizers,
        saving,
        utils,
    )
    from fastnn.dtype_policies import DTypePolicy
    from fastnn.initializers import Initializer
    from fastnn.layers import Input, InputSpec
    from fastnn.losses import Loss
    from fastnn.metrics import Metric
    from fastnn.models import Model, Sequential
    from fastnn.optimizers import Optimizer
    from fastnn.regularizers import Regularizer

__all__ = [
    "DTypePolicy", "Initializer", "Input", "InputSpec", "InternalError", "Loss", "Metric", "Model",
    "Optimizer", "Regularizer", "Sequential", "__version__", "activations", "backend", "callbacks",
    "config", "constraints", "datasets", "dtype_policies", "get_num_threads", "initializers",
    "layers", "losses", "metrics", "models", "ops", "optimizers", "random", "regularizers",
    "saving", "set_num_threads", "show_config", "utils",
]  # fmt: skip

make_lazy(
    __name__,
    {
        "dtype_policies": "DTypePolicy",
        "initializers": "Initializer",
        "layers": "Input InputSpec",
        "losses": "Loss",
        "metrics": "Metric",
        "models": "Model Sequential",
        "optimizers": "Optimizer",
        "regularizers": "Regularizer",
    },
    modules=[
        "activations", "backend", "callbacks", "config", "constraints", "datasets",
        "dtype_policies", "initializers", "layers", "losses", "metrics", "models", "ops",
        "optimizers", "random", "regularizers", "saving", "utils",
    ],
)  # fmt: skip
