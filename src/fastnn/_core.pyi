"""Types of the compiled bridge. Arrays in, arrays out; every status becomes an exception.

No defaults and no policy here: the layers above decide. Arrays are converted from any
bool/int/uint/float16/32/64 dtype and any strides while they are read; nothing is copied
as a whole.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

ACTIVATIONS: dict[str, int]  # "linear", "relu", "sigmoid", "tanh", "softmax", "softplus", "elu",
# "selu", "gelu", "gelu_tanh", "silu", "leaky_relu", "step", "clipped_relu", "celu", "softsign",
# "mish", "exponential", "hard_sigmoid", "hard_silu", "hard_tanh", "hard_shrink", "soft_shrink",
# "tanh_shrink", "squareplus", "sparse_plus", "sparse_sigmoid", "threshold", "log_sigmoid",
# "log_softmax", "sparsemax", "abs", "power"
OP_KINDS: dict[str, int]  # "dense", "activation", "dropout", "reshape", "add", "subtract",
# "multiply", "average", "maximum", "minimum", "concatenate", "dot", "penalty",
# "slice", "divide"
LOSSES: dict[str, int]  # "mse", "sse", "mae", "bce", "bce_logits", "cce", "cce_logits", "scce",
# "scce_logits", "mape", "msle", "huber", "log_cosh", "poisson", "kld"
METRICS: dict[str, int]  # "binary_accuracy", "categorical_accuracy", "sparse_accuracy", "loss"
OPTIMIZERS: dict[str, int]  # "none", "sgd", "sgd_momentum", "sgd_nesterov", "adam",
# "adam_amsgrad", "adamax", "nadam", "rmsprop", "rmsprop_momentum", "rmsprop_centered",
# "rmsprop_centered_momentum", "adagrad", "adadelta", "lion", "ftrl", "ftrl_power", "lamb"
HYPER_DECAY: int  # place of the weight decay in every optimiser's hyperparameters
HYPER_CLIP: int  # and of the largest gradient
HYPER_MUON_DECAY: int  # of the weight decay where Muon steps by Adam
SLOT_AVERAGE: int  # slot number of the moving average of a parameter
SLOT_ACCUMULATED: int  # and of the sum of its gradients since the last update
SCHEDULES: dict[str, int]  # "exponential", "inverse_time", "polynomial", "cosine",
# "cosine_restarts", "piecewise"
REGULARIZERS: dict[str, int]  # "none", "l1_l2", "orthogonal_rows", "orthogonal_columns"
CONSTRAINTS: dict[str, int]  # "none", "non_negative", "norm_columns", "norm_rows", "norm_all"
REDUCTIONS: dict[str, int]  # "mean", "sum", "mean_weight"

# One array, or for several inputs or outputs one each, None where there is none.
Arrays = NDArray[Any] | tuple[NDArray[Any] | None, ...]

class InternalError(RuntimeError):
    """The core refused what the layers above had accepted: a bug worth reporting."""

def init(isa: str | None) -> None:
    """Select the instruction set; ImportError for an unknown or unsupported name."""

def config() -> dict[str, object]:
    """Keys: version, compiler, isa, isa_available (list), openmp, num_threads."""

def set_num_threads(count: int) -> None: ...
def get_num_threads() -> int: ...
def allocation_count() -> int: ...
def random_uniform(seed: int, stream: int, step: int, n: int) -> NDArray[np.float64]: ...
def random_normal(seed: int, stream: int, step: int, n: int) -> NDArray[np.float64]: ...
def orthonormal_columns(a: NDArray[Any]) -> NDArray[np.float64]:
    """The Q of a QR decomposition whose R has a positive diagonal; a: (n, m), n >= m."""

def random_permutation(seed: int, stream: int, step: int, n: int) -> NDArray[np.int64]: ...
def all_within(a: NDArray[Any], low: float, high: float) -> bool:
    """Whether all values lie in [low, high], NaN in none. False also for an array that is not
    C-contiguous or of a type that is rarely a target: look at it by other means."""

def fill_permutation(seed: int, stream: int, step: int, out: NDArray[np.int64]) -> None: ...

# Elementwise or row-wise on plain arrays (2-D, float32 or float64, any strides), for the
# objects that users call by themselves. Results are new C-contiguous arrays of x's dtype.
def activation(code: int, params: Sequence[float], x: NDArray[Any]) -> NDArray[Any]: ...
def activation_grad(
    code: int, params: Sequence[float], x: NDArray[Any], dy: NDArray[Any]
) -> NDArray[Any]:
    """dy * act'(x), elementwise (row-wise Jacobian product for softmax)."""

def regularizer(
    code: int, params: Sequence[float], w: NDArray[Any], with_grad: bool
) -> tuple[float, NDArray[Any] | None]:
    """Penalty of a matrix, and with `with_grad` its derivative."""

def constraint(code: int, params: Sequence[float], w: NDArray[Any]) -> NDArray[Any]: ...
def loss(
    code: int,
    params: Sequence[float],
    y_true: NDArray[Any],
    y_pred: NDArray[Any],
    columns: Sequence[float] | None = None,
) -> NDArray[np.float64]:
    """Unweighted loss of each row. y_true: (n, cols) or (n,) labels for the sparse losses.
    columns: a parameter for each column."""

def batch_stats(x: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean and variance of each column of a matrix, as in training."""

def blend(average: NDArray[Any], fresh: NDArray[Any], keep: float) -> NDArray[Any]:
    """keep * average + (1 - keep) * fresh, as in training."""

def loss_grad(
    code: int,
    params: Sequence[float],
    y_true: NDArray[Any],
    y_pred: NDArray[Any],
    columns: Sequence[float] | None = None,
) -> NDArray[Any]:
    """d(loss of row r) / d y_pred[r, c]."""

def metric(
    code: int, param: float, y_true: NDArray[Any], y_pred: NDArray[Any]
) -> NDArray[np.float64]:
    """Value of each row."""

def optimizer_initial(code: int, hyper: Sequence[float]) -> tuple[float, ...]:
    """What each slot starts at."""

def schedule_rates(
    code: int, params: Sequence[float], steps: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Learning rate of each step; params as fnn_schedule says in fastnn.h."""

def optimizer_step(
    code: int,
    hyper: Sequence[float],
    learning_rate: float,
    step: int,
    w: NDArray[Any],
    slots: Sequence[NDArray[Any]],
    g: NDArray[Any],
    factor: float = 1.0,
) -> None:
    """One update in place on C-contiguous arrays of one dtype and size; step counts from 1.

    The gradient is multiplied by `factor` first.
    """

def sum_squares(x: NDArray[Any]) -> float:
    """Sum of squares of a C-contiguous array, in the order of the norms of training."""

def clip_factor(sum_of_squares: float, most: float, of_all: bool) -> float:
    """What brings a gradient with that sum of squares to a norm of at most `most`."""

def average(mean: NDArray[Any], x: NDArray[Any], share: float) -> None:
    """mean += (x - mean) * share, in place."""

class Op:
    """One op of the plan (see struct fnn_op_spec in fastnn.h)."""

    def __init__(
        self,
        kind: int,
        inputs: Sequence[int],
        output: int,
        activation: int = 0,
        act_params: Sequence[float] = (),
        use_bias: bool = False,
        trainable: bool = True,
        rate: float = 0.0,
        stream: int = 0,
        shares: int = -1,
        groups: int = 0,
        first: int = 0,
        dot_axes: Sequence[int] = (0, 0),
        normalize: bool = False,
        use_scale: bool = False,
        epsilon: float = 0.0,
        momentum: float = 0.0,
        vocabulary: int = 0,
        param_rows: int = 0,
        order: NDArray[Any] | None = None,
        same: tuple[bool, bool] = (False, False),
    ) -> None:
        """shares: number of the op whose parameters it uses, -1 for its own."""

class Network:
    """Parameters, optimiser slots and the op list: the native half of a built model."""

    def __init__(
        self,
        dtype: str,
        tensors: Sequence[tuple[int, int]],
        ops: Sequence[Op],
        inputs: Sequence[int] = (0,),
        outputs: Sequence[int] | None = None,
    ) -> None:
        """tensors: (positions, width) of each tensor. inputs, outputs: their numbers; outputs
        None is the last. Parameters zero."""
    n_params: int
    dtype: str
    optimizer_slots: int
    iterations: int  # readable and settable
    def param_shape(self, index: int) -> tuple[int, ...]:
        """(rows, columns) of a kernel or a table, (width,) of any other."""
    def get_param(self, index: int, slot: int = 0) -> NDArray[Any]: ...
    def set_param(self, index: int, value: NDArray[Any], slot: int = 0) -> None: ...
    def set_optimizer(self, code: int, hyper: Sequence[float] = ()) -> None:
        """Fresh slots, iteration 0."""
    def set_update(
        self,
        clipnorm: float,
        global_clipnorm: float,
        loss_scale: float,
        accumulate: int,
        use_ema: bool,
        ema_momentum: float,
        ema_overwrite: int,
    ) -> None:
        """What an update does besides the optimiser's step, 0 for none; fresh slots for it."""
    def set_matrix(self, index: int, matrix: bool) -> None:
        """Whether Muon takes a parameter for a matrix; at first it does not."""
    def set_decay(self, index: int, decay: bool) -> None:
        """Whether weight decay applies to a parameter; at first it does."""
    def set_regularizer(self, index: int, code: int, params: Sequence[float]) -> None: ...
    def set_constraint(
        self, index: int, code: int, params: Sequence[float], groups: int = 0, rows: int = 0
    ) -> None: ...
    def set_trainable(self, op: int, trainable: bool) -> None: ...
    def predict(self, x: NDArray[Any], out: NDArray[Any] | None = None) -> NDArray[Any]:
        """x: (n, ...) with positions * width elements a row. out: C-contiguous
        (n, positions * width) of the model's dtype; a new array when None."""
    def predict_samples(self, x: Any, sample: tuple[int, ...]) -> NDArray[Any] | None:
        """What predict gives for an array of such samples that the core can read, or None for
        anything else: the checks of a small prediction cost as much as it does."""
    def predict_all(self, arrays: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
        """One array an input; one array (n, positions * width) an output."""

class Trainer:
    """A plan for one (network, batch size, loss, metrics). Keeps its network alive."""

    network: Network
    batch: int

    def __init__(
        self,
        network: Network,
        batch: int,
        outputs: Sequence[
            tuple[
                int,
                Sequence[float],
                float | None,
                int,
                Sequence[tuple[int, int, Sequence[float], bool]],
                Sequence[float] | None,
                Callable[[NDArray[Any], NDArray[Any]], tuple[Any, Any]] | None,
            ]
        ],
        seed: int,
    ) -> None:
        """outputs: (loss code, its params, loss weight or None for no loss, reduction code,
        metrics, the loss's parameter of each column, a loss in Python or None) each; metrics:
        (metric code, loss code, params, weighted) each. A loss in Python goes from rows of targets
        (or labels) and outputs to values of rows and gradient; the loss code then says the form
        of targets."""

    def fit(
        self,
        x: Arrays,
        y: Arrays,
        sample_weight: Arrays | None,
        order: NDArray[np.int64] | None,
        n_rows: int,
        first_step: int,
        learning_rate: NDArray[np.float64],
        hyper: Sequence[float],
        predictions: Arrays | None = None,
    ) -> Result:
        """len(learning_rate) steps from first_step of an epoch of n_rows rows. KeyboardInterrupt
        after a finished step; ValueError for a bad label."""

    def fit_epochs(
        self,
        x: Arrays,
        y: Arrays,
        sample_weight: Arrays | None,
        order: NDArray[np.int64] | None,
        shuffle_seed: int,
        shuffle_stream: int,
        first_pass: int,
        n_epochs: int,
        n_rows: int,
        learning_rate: NDArray[np.float64],
        hyper: Sequence[float],
        results: list[Result],
    ) -> None:
        """Epochs of all batches, one after another; order, unless None, is written with the
        permutation first_pass + e for epoch e. learning_rate: (n_epochs * steps). Appends to
        results what each finished epoch gave, also when it raises what `fit` does."""

    def minimize(
        self,
        x: NDArray[Any],
        y: NDArray[Any],
        sample_weight: NDArray[Any] | None,
        n_rows: int,
        learning_rate: float,
        search: Sequence[float],
        predictions: NDArray[Any] | None = None,
    ) -> Result:
        """L-BFGS over all rows as one batch; search: as struct fnn_minimize has it from its
        second member on."""

    def evaluate(
        self,
        x: Arrays,
        y: Arrays,
        sample_weight: Arrays | None,
        order: NDArray[np.int64] | None,
        n_rows: int,
        first_step: int,
        n_steps: int,
        predictions: Arrays | None = None,
    ) -> Result: ...

class Result:
    steps_done: int
    loss_sum: float
    loss_weight: float
    penalty_sum: float
    penalty_weight: float
    metric_sum: list[float]
    metric_weight: list[float]
    loss_sums: list[float]  # of several outputs
    loss_weights: list[float]
