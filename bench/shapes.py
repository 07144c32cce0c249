"""The shapes that everything in this folder measures: networks, batches, rows, targets.

Owns every size; no other file of the folder writes one down. The networks are real ones: the
Keras tutorial on Pima, Boston housing, tabular data, MNIST, a wide classifier, and the headline
case of SimpleChains.jl. Targets are how many times faster than the best peer a shape has to be.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Case:
    """One thing to measure: a network and what is done with it."""

    name: str
    kind: str  # "train" or "predict"
    widths: tuple[int, ...]
    activation: str  # of the hidden layers
    output: str  # activation of the last layer
    loss: str  # "bce", "mse" or "scce" (class numbers)
    rows: int  # of the data set, or of one call of predict
    batch: int = 0  # training only
    target_ratio: float = 0.0  # best peer's time over fastnn's; 0: no target
    target_us: float = 0.0
    entry: str = ""  # the method timed, if not fit or predict: "evaluate" or "call" (model(x))
    dtype: str = "float32"
    optimizer: str = "adam"
    dropout: float = 0.0
    data: str = ""  # folder with x.npy and y.npy to be memory-mapped; "" makes data in memory

    @property
    def layers(self) -> tuple[tuple[int, int], ...]:
        """(n_in, n_out) of each dense layer."""
        return tuple(zip(self.widths[:-1], self.widths[1:], strict=True))

    @property
    def params(self) -> int:
        """Number of weights and biases."""
        return sum(n_in * n_out + n_out for n_in, n_out in self.layers)

    @property
    def steps(self) -> int:
        """Training steps of one epoch."""
        return -(-self.rows // self.batch) if self.batch else 0

    @property
    def flops(self) -> float:
        """Additions and multiplications of the matrix products of one step or call.

        A training step has a product forward, one for the gradient of the weights, and one for
        the gradient of the input, which the first layer does not need. The step is the average
        one of an epoch: the last batch may be short.
        """
        products = [2.0 * n_in * n_out for n_in, n_out in self.layers]
        if self.kind == "predict":
            return self.rows * sum(products)
        return self.rows / self.steps * (3 * sum(products) - products[0])

    @property
    def label(self) -> str:
        """How a table names the case."""
        net = "-".join(map(str, self.widths))
        if self.kind == "train":
            tanh = f" {self.activation}" if self.activation != "relu" else ""
            full = self.rows == self.batch
            return f"{net}{tanh}, " + ("full batch of" if full else "batch") + f" {self.batch}"
        rows = "one row" if self.rows == 1 else f"{self.rows} rows"
        return f"{net}, {rows}" + (", model(x)" if self.entry == "call" else "")

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` takes."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> "Case":
        """Return the case that `to_json` described."""
        return cls(**{**fields, "widths": tuple(fields["widths"])})

    def but(self, **changes: Any) -> "Case":
        """Return the case with some fields changed."""
        return replace(self, **changes)


# ---- training ---------------------------------------------------------------

PIMA = Case(
    "pima", "train", (8, 12, 8, 1), "relu", "sigmoid", "bce",
    rows=768, batch=10, target_ratio=12.0, target_us=1.2,
)  # fmt: skip
BOSTON = Case(
    "boston", "train", (13, 64, 64, 1), "relu", "linear", "mse",
    rows=404, batch=32, target_ratio=7.0, target_us=8.0,
)  # fmt: skip
TABULAR = Case(
    "tabular", "train", (100, 256, 256, 256, 1), "relu", "sigmoid", "bce",
    rows=25_600, batch=256, target_ratio=2.2, target_us=700.0,
)  # fmt: skip
MNIST = Case(
    "mnist", "train", (784, 512, 512, 10), "relu", "softmax", "scce",
    rows=12_800, batch=128, target_ratio=2.0, target_us=1300.0,
)  # fmt: skip
CHAINS = Case(
    "chains", "train", (4, 32, 16, 4), "tanh", "linear", "mse",
    rows=10_000, batch=10_000, target_ratio=6.0, target_us=320.0,
)  # fmt: skip
WIDE = Case(
    "wide", "train", (1024, 4096, 4096, 1000), "relu", "softmax", "scce",
    rows=2048, batch=512, target_ratio=1.4, target_us=200_000.0,
)  # fmt: skip
TRAINING = (PIMA, BOSTON, TABULAR, MNIST, CHAINS, WIDE)

# ---- inference --------------------------------------------------------------


def _served(net: Case, name: str, rows: int, ratio: float, target_us: float) -> Case:
    return net.but(
        name=name, kind="predict", rows=rows, batch=0, target_ratio=ratio, target_us=target_us
    )


PIMA_ROW = _served(PIMA, "pima-row", 1, 4.0, 1.4)
PIMA_CALL = PIMA_ROW.but(name="pima-call", entry="call", target_ratio=0.0, target_us=1.0)
TABULAR_ROW = _served(TABULAR, "tabular-row", 1, 2.5, 6.0)
CARD_ROW = Case(
    "card-row", "predict", (256, 384, 384, 128), "relu", "linear", "mse",
    rows=1, target_ratio=2.5, target_us=7.0,
)  # fmt: skip
MNIST_ROW = _served(MNIST, "mnist-row", 1, 1.8, 15.0)
MNIST_ROWS = _served(MNIST, "mnist-rows", 1024, 1.1, 3850.0)
TABULAR_ROWS = _served(TABULAR, "tabular-rows", 16_384, 1.2, 15_200.0)
WIDE_ROWS = _served(WIDE, "wide-rows", 512, 0.0, 0.0)  # no target: weights exceed the caches
INFERENCE = (
    PIMA_ROW, PIMA_CALL, TABULAR_ROW, CARD_ROW, MNIST_ROW, MNIST_ROWS, TABULAR_ROWS, WIDE_ROWS
)  # fmt: skip

CASES = {case.name: case for case in (*TRAINING, *INFERENCE)}

# Left out of the quick form: an epoch of it takes a second and more with every library.
SLOW = frozenset({"wide", "wide-rows"})

# FANN has sigmoids, and learns row by row: its own form of the Pima net.
FANN_PIMA = PIMA.but(activation="sigmoid", loss="mse", optimizer="sgd", batch=1)

# ---- further rows of the record ----------------------------------------------

SCALING = ("tabular", "mnist", "wide")  # two threads have to give 1.8 times one
SCALING_TARGET = 1.8
NEVER_SLOWER = ("pima", "boston", "chains")  # threads may not cost anything
FLAT_ROWS = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)  # tabular, memory-mapped
FLAT_ROWS_QUICK = FLAT_ROWS[:3]
FLAT_LIMIT = 1.10
AVX2_SHARE = 0.80  # of the AVX2 tier's own roof, on WIDE
FLOAT64_SHARE = 0.45  # of float32's rate
BREAKDOWN = ("tabular", "mnist", "wide")
FLOAT64_CASES = ("tabular", "mnist", "wide")
ACTIVATIONS = ("tanh", "sigmoid", "elu", "selu", "softplus", "gelu", "silu", "leaky_relu")
ACTIVATION_LIMIT = 1.15  # times ReLU's step, on MNIST
OPTIMIZERS = ("sgd", "sgd_momentum", "sgd_nesterov", "adam")
DROPOUT_RATE = 0.2
PIMA_EPOCHS = 150
PIMA_WALL_MS = 25.0
IMPORT_MS = 20.0
# Bytes of parameters and slots that an optimiser reads and writes, per parameter of 4 bytes.
OPTIMIZER_TRAFFIC = {"sgd": 8, "sgd_momentum": 16, "sgd_nesterov": 16, "adam": 24}

# ---- sweeps of the plots -------------------------------------------------------

SWEEP_WIDTHS = (8, 16, 32, 64, 128, 256, 512, 1024, 2048)  # 64-w-w-1, batch 128
SWEEP_BATCHES = (8, 32, 128, 512, 2048)  # tabular
SWEEP_ROWS = (1, 4, 16, 64, 256, 1024, 4096, 16_384)  # predict, mnist
SWEEP_BATCH = 128
SWEEP_INPUTS = 64
SWEEP_DATA = 4096


def sweeps() -> dict[str, list[tuple[int, Case]]]:
    """Return the cases of each sweep with the value on its axis."""
    return {
        "width": [
            (w, TABULAR.but(name=f"width-{w}", widths=(SWEEP_INPUTS, w, w, 1), rows=SWEEP_DATA,
                            batch=SWEEP_BATCH))
            for w in SWEEP_WIDTHS
        ],
        "batch": [
            (b, TABULAR.but(name=f"batch-{b}", rows=max(SWEEP_DATA, b), batch=b))
            for b in SWEEP_BATCHES
        ],
        "rows": [(r, MNIST_ROWS.but(name=f"rows-{r}", rows=r)) for r in SWEEP_ROWS],
    }  # fmt: skip
