"""The float64 NumPy twin: what every number of fastnn is supposed to mean.

The package owns definitions and nothing else: no speed, no validation, no state beyond what a
formula needs. It never imports fastnn. test_reference.py proves it by finite differences and by
values worked by hand; the core is then held against it.

A network is a ``Graph``: ops over named tensors. A new layer is a new class in ``ops.py`` (forward
and vector-Jacobian product); a new activation, loss, metric or optimiser is one entry in the table
of its file. Nothing else needs to change.
"""

from .activations import ACTIVATIONS, Activation
from .graph import Graph, Node
from .losses import LOSSES, REDUCTIONS, Loss, reduce_loss
from .metrics import METRICS, Metric
from .norm import AlphaDropout, BatchNorm, Embedding, Noise, PRelu, RowNorm
from .ops import Activate, Add, Concatenate, Context, Dense, Dropout, Op, Permute, Reshape
from .optimizers import Adam, Optimizer, Sgd
from .random import dropout_mask, philox4x32
from .training import Twin, TwinHistory, dense_chain, sequential

__all__ = [
    "ACTIVATIONS",
    "LOSSES",
    "METRICS",
    "REDUCTIONS",
    "Activate",
    "Activation",
    "Adam",
    "Add",
    "AlphaDropout",
    "BatchNorm",
    "Concatenate",
    "Context",
    "Dense",
    "Dropout",
    "Embedding",
    "Graph",
    "Loss",
    "Metric",
    "Node",
    "Noise",
    "Op",
    "Optimizer",
    "PRelu",
    "Permute",
    "Reshape",
    "RowNorm",
    "Sgd",
    "Twin",
    "TwinHistory",
    "dense_chain",
    "dropout_mask",
    "philox4x32",
    "reduce_loss",
    "sequential",
]
