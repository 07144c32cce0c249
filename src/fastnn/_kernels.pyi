"""Types of the private module of kernels, for tests and benchmarks; the package never imports it.

Functions are the slots of struct fnn_kernels; csrc/kernels/kernels.h has their contracts. Buffers
are flat C-contiguous arrays that begin at the first element, a Block adds the leading dimension.
ValueError: an extent, code or tier that does not fit. TypeError: a dtype or shape.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Buffer = NDArray[Any]
Block = tuple[Buffer, int]

CHUNK: int
PAD: int
COLS: int
LANES: int
ACT_COUNT: int
LOSS_COUNT: int
METRIC_COUNT: int
OPT_COUNT: int
HYPER_MAX: int
DTYPES: dict[str, int]

def tiers() -> dict[str, bool]:
    """Compiled tiers, best first, and whether this CPU can run each."""

def table(isa: str, dtype: DTypeLike) -> dict[str, int]:
    """Keys elem, panel, mr."""

def act_needs_z(code: int) -> bool: ...
def act_elementwise(code: int) -> bool: ...
def loss_is_sparse(code: int) -> bool: ...
def optimizer_slots(code: int) -> int: ...
def opt_coefficients(
    code: int, hyper: Sequence[float], learning_rate: float, step: int
) -> NDArray[np.float64]: ...
def dense_fwd(
    isa: str,
    rows: int,
    k: int,
    cols: int,
    x: Block,
    xstep: int,
    w: Block,
    bias: Buffer | None,
    relu: bool,
    y: Block,
    add: bool = False,
) -> None: ...
def dense_row(
    isa: str, k: int, n: int, x: Buffer, w: Buffer, bias: Buffer | None, relu: bool, y: Buffer
) -> None: ...
def dense_dw(isa: str, rows: int, n: int, cols: int, x: Block, dy: Block, g: Buffer) -> None: ...
def dense_db(isa: str, rows: int, cols: int, dy: Block, g: Buffer) -> None: ...
def pack_wt(isa: str, n: int, i0: int, k: int, n_out: int, w: Buffer, dst: Buffer) -> None: ...
def act_fwd(
    isa: str, code: int, rows: int, cols: int, z: Block, y: Block, params: Sequence[float] = ()
) -> None: ...
def act_bwd(
    isa: str, code: int, rows: int, cols: int, ref: Block, d: Block, params: Sequence[float] = ()
) -> None: ...
def dropout_fwd(
    isa: str,
    rows: int,
    cols: int,
    z: Block,
    y: Block,
    keep: Block,
    *,
    seed: int,
    stream: int,
    step: int,
    threshold: int,
    width: int,
    row0: int,
    col0: int,
    scale: float,
) -> None: ...

MERGES: dict[str, int]

def merge_fwd(
    isa: str, name: str, rows: int, cols: int, a: Block, b: Block, y: Block, param: float = 0.0
) -> None: ...
def merge_bwd(
    isa: str,
    name: str,
    rows: int,
    cols: int,
    a: Block,
    b: Block,
    dy: Block,
    dx: Block,
    *,
    side: int,
    add: bool,
    param: float = 0.0,
) -> None: ...
def dot_fwd(
    isa: str,
    samples: int,
    shapes: tuple[tuple[int, int], tuple[int, int]],
    axes: tuple[int, int],
    a: Block,
    b: Block,
    y: Block,
    *,
    normalize: bool,
) -> None: ...
def dot_bwd(
    isa: str,
    samples: int,
    shapes: tuple[tuple[int, int], tuple[int, int]],
    axes: tuple[int, int],
    a: Block,
    b: Block,
    y: Block,
    dy: Block,
    dx: Block,
    *,
    normalize: bool,
    side: int,
    add: bool,
) -> None: ...
def dropout_bwd(isa: str, rows: int, cols: int, keep: Block, d: Block, scale: float) -> None: ...
def alpha_dropout_fwd(
    isa: str,
    rows: int,
    cols: int,
    z: Block,
    y: Block,
    keep: Block,
    *,
    seed: int,
    stream: int,
    step: int,
    threshold: int,
    width: int,
    row0: int,
    col0: int,
    scale: float,
    shift: float,
    fill: float,
) -> None: ...
def noise(
    isa: str,
    multiply: bool,
    rows: int,
    cols: int,
    z: Block,
    y: Block,
    *,
    seed: int,
    stream: int,
    step: int,
    width: int,
    row0: int,
    col0: int,
    scale: float,
) -> None: ...
def batch_stats(isa: str, rows: int, cols: int, x: Block, mean: Buffer, var: Buffer) -> None: ...
def batch_bwd(
    isa: str,
    rows: int,
    cols: int,
    x: Block,
    d: Block,
    mean: Buffer | None,
    var: Buffer,
    gamma: Buffer | None,
    eps: float,
    floor: float,
    dgamma: Buffer | None,
    dbeta: Buffer | None,
) -> None: ...
def blend(isa: str, n: int, a: Buffer, x: Buffer, keep: float) -> None: ...
def cols_fwd(
    isa: str,
    rows: int,
    cols: int,
    x: Block,
    y: Block,
    mean: Buffer | None,
    var: Buffer | None,
    gamma: Buffer | None,
    beta: Buffer | None,
    eps: float,
    floor: float,
) -> None: ...
def cols_bwd(
    isa: str,
    rows: int,
    cols: int,
    d: Block,
    var: Buffer | None,
    gamma: Buffer | None,
    eps: float,
    floor: float,
) -> None: ...
def rows_fwd(
    isa: str,
    kind: int,
    rows: int,
    cols: int,
    x: Block,
    y: Block,
    gamma: Buffer | None,
    beta: Buffer | None,
    eps: float,
    stats: Buffer | None,
) -> None: ...
def rows_bwd(
    isa: str, kind: int, rows: int, cols: int, x: Block, d: Block, gamma: Buffer | None,
    stats: Buffer,
) -> None: ...  # fmt: skip
def rows_dgamma(
    isa: str, rows: int, cols: int, x: Block, dy: Block, stats: Buffer, g: Buffer
) -> None: ...
def prelu_fwd(isa: str, rows: int, cols: int, x: Block, y: Block, alpha: Buffer) -> None: ...
def prelu_bwd(
    isa: str, rows: int, cols: int, x: Block, d: Block, alpha: Buffer, dalpha: Buffer | None
) -> None: ...
def loss(
    isa: str,
    code: int,
    rows: int,
    cols: int,
    y: Block,
    t: Block | None,
    labels: NDArray[np.int32] | None,
    row_weight: Buffer | None,
    scale: float,
    params: Sequence[float],
    row_loss: NDArray[np.float64],
    dy: Block | None = None,
    p: Block | None = None,
    columns: NDArray[np.float64] | None = None,
) -> None: ...
def metric(
    isa: str,
    code: int,
    rows: int,
    cols: int,
    y: Block,
    t: Block | None,
    labels: NDArray[np.int32] | None,
    threshold: float,
    value: NDArray[np.float64],
) -> None: ...
def accumulate(isa: str, n: int, acc: Buffer, x: Buffer) -> None: ...
def divide(isa: str, n: int, x: Buffer, d: float) -> None: ...
def average(isa: str, n: int, mean: Buffer, x: Buffer, share: float) -> None: ...
def sum_squares(isa: str, rows: int, cols: int, x: Block, out: NDArray[np.float64]) -> None: ...
def opt(
    isa: str,
    code: int,
    n: int,
    w: Buffer,
    slots: Sequence[Buffer],
    g: Buffer,
    coefs: NDArray[np.float64],
) -> None: ...
def sum_abs(isa: str, rows: int, cols: int, x: Block, out: NDArray[np.float64]) -> None: ...
def lane_sums(
    isa: str,
    cols: int,
    x: Buffer,
    first: int,
    abs_lanes: NDArray[np.float64] | None,
    square_lanes: NDArray[np.float64] | None,
) -> None: ...
def regularize(
    isa: str, rows: int, cols: int, w: Block, g: Block, l1: float, l2: float
) -> None: ...
def scale(
    isa: str,
    rows: int,
    cols: int,
    w: Block,
    row: NDArray[np.float64] | None,
    col: NDArray[np.float64] | None,
) -> None: ...
def orthogonal_scratch(rows: int, cols: int, columns: bool) -> int: ...
def orthogonal(
    isa: str,
    rows: int,
    cols: int,
    w: Buffer,
    columns: bool,
    factor: float,
    scratch: Buffer,
    penalty: NDArray[np.float64],
    g: Buffer | None,
) -> None: ...
def gather(
    isa: str,
    memory: NDArray[np.uint8],
    offset: int,
    src_dtype: str,
    rows: int,
    cols: int,
    row_stride: int,
    col_stride: int,
    col_offset: NDArray[np.int64] | None,
    index: NDArray[np.int64] | None,
    row0: int,
    count: int,
    dst: Block,
) -> None:
    """memory: bytes of the source array; element (0, 0) begins at `offset`."""
