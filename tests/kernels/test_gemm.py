"""dense_fwd, dense_row, dense_dw, dense_db, pack_wt (body/gemm*.inc.h)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

from .exact import chunk_product, chunk_sum
from .guarded import Memory, assert_same_bits, round_up

Array = NDArray[Any]
Reals = Callable[..., Array]

CHUNK, COLS, PAD = _kernels.CHUNK, _kernels.COLS, _kernels.PAD
LENGTHS = (0, 1, 2, 17, 63, 64, 65, 127, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3)


def tile(isa: str, dtype: np.dtype[Any]) -> tuple[int, int]:
    """Rows of the register tile, columns of a panel."""
    t = _kernels.table(isa, dtype)
    return t["mr"], t["panel"]


def widths(panel: int) -> list[int]:
    """Panel widths: small ones, primes, and round every multiple of 4 and 16."""
    near = {c + d for c in (4, 8, 16, 32, 48, 64) for d in (-1, 0, 1)}
    return sorted(c for c in near | {1, 2, 11, 13, 29, 37, 61} if 1 <= c <= panel)


# Narrow tiles take up to this many rows, wide ones fewer.
TILE_ROWS = 12


def shapes(panel: int) -> list[tuple[int, int]]:
    """Rows and widths of a product: every number of rows up to twice the tile plus one for a width
    of each number of vectors, and every width for a few numbers of rows."""
    some = {c for c in (1, 5, 13, 16, 29, 45, panel) if c <= panel}
    tall = {(r, c) for r in range(2 * TILE_ROWS + 2) for c in some}
    return sorted(tall | {(r, c) for r in (1, 7, 13) for c in widths(panel)})


def padded_flat(a: Array, extra: int = PAD) -> Array:
    """The elements of a, and NaN behind them that may be read."""
    return np.concatenate([a.reshape(-1), np.full(extra, np.nan, a.dtype)])


def spread(a: Array, ld: int, last: int) -> Array:
    """Rows of a, `ld` apart, then NaN until the last row has `last` elements."""
    rows, cols = a.shape
    flat = np.full((rows - 1) * ld + last if rows else 0, np.nan, a.dtype)
    for r in range(rows):
        flat[r * ld : r * ld + cols] = a[r]
    return flat


def portable_fwd(x: Array, w: Array, bias: Array | None, relu: bool) -> Array:
    """x w + bias by the portable tier, in panels of its own width."""
    panel = _kernels.table("portable", w.dtype)["panel"]
    (rows, k), n = x.shape, w.shape[1]
    out = np.empty((rows, n), w.dtype)
    for c in range(0, n, panel):
        width = min(panel, n - c)
        y = np.empty(rows * PAD, w.dtype)
        _kernels.dense_fwd(
            "portable",
            rows,
            k,
            width,
            (padded_flat(x), k),
            COLS,
            (padded_flat(w[:, c : c + width]), width),
            None if bias is None else padded_flat(bias[c : c + width]),
            relu,
            (y, PAD),
        )
        out[:, c : c + width] = y.reshape(rows, PAD)[:, :width]
    return out


def check_fwd(
    isa: str,
    skew: int,
    x: Array,
    w: Array,
    bias: Array | None,
    relu: bool,
    panels: bool = False,
    ldw: int | None = None,
    ldy: int = 0,
) -> None:
    """One panel on `isa` in guarded memory against the portable tier."""
    (rows, k), cols = x.shape, w.shape[1]
    mem = Memory(w.dtype, skew)
    if panels:  # (panels, rows, COLS), the last one narrow
        gap = 3 * COLS  # xstep is more than rows * COLS
        step = rows * COLS + gap
        flat = np.full(max(k - 1, 0) // COLS * step + max(rows - 1, 0) * COLS + COLS, np.nan)
        for p in range(0, k, COLS):
            at = p // COLS * step + np.arange(rows)[:, None] * COLS
            flat[at + np.arange(min(COLS, k - p))] = x[:, p : p + COLS]
        end = (k - 1) // COLS * step + (rows - 1) * COLS + (k - 1) % COLS + 1
        if k > COLS:
            end = max(end, ((k - 1) // COLS - 1) * step + rows * COLS)
        source = mem.source(flat[:end].astype(x.dtype))
        ldx = COLS
    else:
        source = mem.source(x, ld=k + 3)
        step, ldx = COLS, k + 3
    ldw = cols if ldw is None else ldw
    kernel = mem.source(spread(w, ldw, round_up(cols)))
    offset = None if bias is None else mem.source(padded_flat(bias, round_up(cols) - cols)).flat
    out = mem.target(rows, cols, ld=round_up(cols) + ldy, padded=True)

    def call(name: str) -> None:
        w_pair = (kernel.flat, ldw)
        _kernels.dense_fwd(
            name, rows, k, cols, (source.flat, ldx), step, w_pair, offset, relu, out.pair
        )

    (got,) = mem.run(isa, call)
    assert_same_bits(got, portable_fwd(x, w, bias, relu), f"{rows} x {k} x {cols}")


class TestForward:
    """dense_fwd: y = x w + b, CHUNK order."""

    def test_tile_shapes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for rows, cols in shapes(tile(isa, dtype)[1]):
            x, w, b = reals(rows, 5), reals(5, cols), reals(cols)
            check_fwd(isa, skew, x, w, b if (rows + cols) % 3 else None, cols % 2 == 0)

    @pytest.mark.parametrize("panels", [False, True], ids=["rows", "panels"])
    def test_lengths(self, isa: str, dtype: np.dtype[Any], panels: bool, reals: Reals) -> None:
        """Reductions round the chunk and the panels of activations."""
        mr, panel = tile(isa, dtype)
        for k in LENGTHS:
            for rows, cols in ((1, 1), (mr + 1, panel), (2, min(13, panel))):
                x, w, b = reals(rows, k), reals(k, cols), reals(cols)
                check_fwd(isa, 0, x, w, b, k % 2 == 1, panels=panels)
                check_fwd(isa, 1, x, w, None, False, panels=panels, ldy=PAD)

    @pytest.mark.parametrize("panels", [False, True], ids=["rows", "panels"])
    def test_few_outputs(self, isa: str, dtype: np.dtype[Any], panels: bool, reals: Reals) -> None:
        """Whole vectors of rows and a rest, whole vectors of terms and a rest."""
        for rows in (15, 16, 33):
            for k in (15, 16, 17, 67, CHUNK + 5):
                for cols in (1, 2, 3, 4, 5):
                    if cols > tile(isa, dtype)[1]:
                        continue
                    x, w, b = reals(rows, k), reals(k, cols), reals(cols)
                    check_fwd(isa, rows % 2, x, w, b, k % 2 == 1, panels=panels)
                    check_fwd(isa, 0, x, w, None, False, panels=panels, ldw=round_up(cols))

    def test_kernel_rows_apart(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        """ldw > cols, as a panel from pack_wt has."""
        _, panel = tile(isa, dtype)
        for cols in widths(panel):
            x, w = reals(3, 70), reals(70, cols)
            check_fwd(isa, 0, x, w, None, False, ldw=round_up(cols))
            check_fwd(isa, 1, x, w, None, False, ldw=round_up(cols) + 5)

    def test_relu_of_special_values(self, isa: str, dtype: np.dtype[Any]) -> None:
        """NaN passes, -0 and negative numbers give +0 or -0 as np.maximum has it, inf stays."""
        _, panel = tile(isa, dtype)
        special = np.array([np.nan, np.inf, -np.inf, -1.0, 0.0, 2.0], dtype)
        for value in special:
            x = np.array([[value], [1.0]], dtype)
            w = np.ones((1, panel), dtype)
            check_fwd(isa, 0, x, w, None, True)
            y = portable_fwd(x, w, None, True)
            assert_same_bits(y, np.maximum(x, dtype.type(0)) * np.ones((1, panel), dtype))

    @pytest.mark.parametrize("k", [0, 1, 7, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
    def test_definition(self, dtype: np.dtype[Any], k: int, reals: Reals) -> None:
        """The portable tier is the chunked chain of exactly rounded multiply-adds."""
        x, w, b = reals(3, k), reals(k, 3), reals(3)
        product = chunk_product(x, w)
        assert_same_bits(portable_fwd(x, w, None, False), product)
        assert_same_bits(portable_fwd(x, w, b, False), product + b)
        relu = np.maximum(product + b, dtype.type(0))
        assert np.array_equal(portable_fwd(x, w, b, True), relu)

    def test_order_shows(self, reals: Reals) -> None:
        """The draws are able to tell CHUNK order from another one."""
        x, w = reals(2, CHUNK + 100), reals(CHUNK + 100, 2)
        assert not np.array_equal(chunk_product(x, w), chunk_product(x[:, ::-1], w[::-1]))


def portable_dw(x: Array, dy: Array) -> Array:
    """x^T dy by the portable tier, in panels of its own width."""
    panel = _kernels.table("portable", x.dtype)["panel"]
    (rows, n), cols = x.shape, dy.shape[1]
    out = np.empty((n, cols), x.dtype)
    for c in range(0, cols, panel):
        width = min(panel, cols - c)
        wide = np.full((rows, PAD), np.nan, x.dtype)
        wide[:, :width] = dy[:, c : c + width]
        g = np.empty(n * width, x.dtype)
        _kernels.dense_dw(
            "portable", rows, n, width, (padded_flat(x), n), (wide.reshape(-1), PAD), g
        )
        out[:, c : c + width] = g.reshape(n, width)
    return out


class TestWeightGradient:
    """dense_dw: g = x^T dy, CHUNK order over the rows."""

    def check(self, isa: str, skew: int, x: Array, dy: Array) -> None:
        (rows, n), cols = x.shape, dy.shape[1]
        mem = Memory(x.dtype, skew)
        source = mem.source(x, ld=round_up(n) + 5, padded=True)
        delta = mem.source(dy, ld=round_up(cols) + PAD * (n % 2), padded=True)
        g = mem.target(n, cols)

        def call(name: str) -> None:
            _kernels.dense_dw(name, rows, n, cols, source.pair, delta.pair, g.flat)

        (got,) = mem.run(isa, call)
        assert_same_bits(got, portable_dw(x, dy), f"{rows} x {n} x {cols}")

    def test_tile_shapes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for n, cols in shapes(tile(isa, dtype)[1]):
            self.check(isa, skew, reals(5, n), reals(5, cols))

    def test_lengths(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        mr, panel = tile(isa, dtype)
        for rows in LENGTHS:
            for n, cols in ((1, 1), (mr + 1, panel), (2 * mr, panel), (3, min(13, panel))):
                self.check(isa, rows % 2, reals(rows, n), reals(rows, cols))

    @pytest.mark.parametrize("rows", [0, 1, 11, CHUNK, CHUNK + 1])
    def test_definition(self, dtype: np.dtype[Any], rows: int, reals: Reals) -> None:
        x, dy = reals(rows, 3), reals(rows, 2)
        assert_same_bits(portable_dw(x, dy), chunk_product(np.ascontiguousarray(x.T), dy))


class TestBiasGradient:
    """dense_db: column sums, CHUNK order."""

    def test_sizes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        for rows in LENGTHS:
            for cols in (1, 2, 7, 15, 16, 17, 31, 33, 64, 67) if rows < 70 else (1, 19, 64):
                dy = reals(rows, cols)
                mem = Memory(dtype, skew)
                delta = mem.source(dy, ld=round_up(cols) + PAD, padded=True)
                g = mem.target(1, cols)

                run = partial(_kernels.dense_db, rows=rows, cols=cols, dy=delta.pair, g=g.flat)
                (got,) = mem.compare(isa, run)
                assert_same_bits(got[0], chunk_sum(dy), f"{rows} x {cols}")

    def test_no_columns(self, isa: str, dtype: np.dtype[Any]) -> None:
        mem = Memory(dtype)
        delta, g = mem.source(np.ones((4, 0), dtype)), mem.target(1, 0)
        mem.run(isa, lambda name: _kernels.dense_db(name, 4, 0, delta.pair, g.flat))


def in_panels(w: Array, panel: int) -> Array:
    """The panels of w (k, n), one after the other, each (k, its width)."""
    parts = [w[:, c : c + panel].reshape(-1) for c in range(0, w.shape[1], panel)]
    return np.concatenate(parts) if parts else np.empty(0, w.dtype)


class TestOneRow:
    """dense_row: one row with all panels of a kernel, CHUNK order (body/gemm_row.inc.h)."""

    def check(self, isa: str, skew: int, k: int, n: int, bias: bool, reals: Reals) -> None:
        x, w, b = reals(1, k), reals(k, n), reals(n)
        panels = in_panels(w, tile(isa, w.dtype)[1])
        mem = Memory(w.dtype, skew)
        row, kernel = mem.source(x), mem.source(padded_flat(panels, round_up(n) - n if k else 0))
        offset = mem.source(padded_flat(b, round_up(n) - n))
        out = mem.target(1, n, padded=True)
        args = {"bias": offset.flat if bias else None, "relu": bias, "y": out.flat}
        run = partial(_kernels.dense_row, k=k, n=n, x=row.flat, w=kernel.flat, **args)
        (got,) = mem.run(isa, run)
        assert_same_bits(got, portable_fwd(x, w, b if bias else None, bias), f"{k} x {n}")

    def test_widths(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        _, panel = tile(isa, dtype)
        edges = {m * panel + d for m in (1, 2, 3, 4) for d in (-1, 0, 1)}
        for n in sorted(edges | {1, 2, 7, 13, 5 * panel + 3}):
            self.check(isa, skew, 9, n, n % 2 == 0, reals)

    def test_lengths(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        _, panel = tile(isa, dtype)
        for k in LENGTHS:
            self.check(isa, k % 2, k, 4 * panel + 5, k % 3 > 0, reals)


class TestPackTransposed:
    """pack_wt: n rows of a kernel in panels to a panel of its transpose. Data movement only."""

    def check(self, isa: str, skew: int, w: Array, n: int, i0: int) -> None:
        k, n_out = w.shape
        _, panel = tile(isa, w.dtype)
        mem = Memory(w.dtype, skew)
        source = mem.source(padded_flat(in_panels(w, panel)))
        dst = mem.target(n_out + PAD, round_up(n))

        def call(name: str) -> None:
            _kernels.pack_wt(name, n, i0, k, n_out, source.flat, dst.flat)

        (got,) = mem.run(isa, call)
        want = np.ascontiguousarray(w[i0 : i0 + n].T)
        got = np.ascontiguousarray(got[:n_out, :n])
        bits = f"u{w.dtype.itemsize}"
        assert np.array_equal(got.view(bits), want.view(bits)), f"{n} of {k} x {n_out} at {i0}"

    def test_shapes(self, isa: str, dtype: np.dtype[Any], skew: int, reals: Reals) -> None:
        _, panel = tile(isa, dtype)
        columns = {1, 2, 13, panel - 1, panel, panel + 1, 2 * panel, 2 * panel + 1} - {0}
        for n in widths(panel):
            for n_out in sorted(columns):
                w = reals(panel + 5, n_out)
                for i0 in {0, 1, panel + 5 - n}:
                    self.check(isa, skew, w, n, i0)

    def test_any_bits(self, isa: str, dtype: np.dtype[Any], rng: np.random.Generator) -> None:
        """NaN payloads and everything else pass through."""
        _, panel = tile(isa, dtype)
        w = np.frombuffer(rng.bytes(panel * 2 * panel * dtype.itemsize), dtype)
        self.check(isa, 0, w.reshape(panel, 2 * panel), panel, 0)

    def test_input_gradient(self, isa: str, dtype: np.dtype[Any], reals: Reals) -> None:
        """dense_fwd of dy with packed panels is dy w^T in CHUNK order."""
        _, panel = tile(isa, dtype)
        k, n_out, rows = panel + 3, 9, 4
        w, dy = reals(k, n_out), reals(rows, n_out)
        source = padded_flat(in_panels(w, panel))
        dx = np.empty((rows, k), dtype)
        for i0 in range(0, k, panel):
            n = min(panel, k - i0)
            packed = np.empty((n_out + PAD) * round_up(n), dtype)
            _kernels.pack_wt(isa, n, i0, k, n_out, source, packed)
            y = np.empty(rows * round_up(n), dtype)
            _kernels.dense_fwd(
                isa,
                rows,
                n_out,
                n,
                (dy.reshape(-1), n_out),
                COLS,
                (packed, round_up(n)),
                None,
                False,
                (y, round_up(n)),
            )
            dx[:, i0 : i0 + n] = y.reshape(rows, -1)[:, :n]
        assert_same_bits(dx, chunk_product(dy, np.ascontiguousarray(w.T)))
