"""The tables themselves: which tiers there are, and that no slot is left out of the tests."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fastnn import _core, _kernels

from .conftest import REQUIRED, TIERS


def test_promised_tiers_run() -> None:
    """FASTNN_TEST_REQUIRE_ISA names tiers that must be compiled in and supported."""
    for name in REQUIRED:
        assert name in TIERS, f"{name} is not compiled into this library: {list(TIERS)}"
        assert TIERS[name], f"this CPU cannot run {name}"


def test_portable_is_last_and_runs() -> None:
    assert list(TIERS)[-1] == "portable"
    assert TIERS["portable"]


def test_same_tiers_as_the_package() -> None:
    """The module of kernels and the package's own core were built from one list."""
    assert [n for n, here in TIERS.items() if here] == _core.config()["isa_available"]


@pytest.mark.parametrize(
    ("names", "count"),
    [
        (_core.ACTIVATIONS, _kernels.ACT_COUNT),
        (_core.LOSSES, _kernels.LOSS_COUNT),
        (_core.METRICS, _kernels.METRIC_COUNT),
        (_core.OPTIMIZERS, _kernels.OPT_COUNT),
    ],
    ids=["activations", "losses", "metrics", "optimizers"],
)
def test_every_code_has_a_name(names: dict[str, int], count: int) -> None:
    """What the tests enumerate by name is all that the tables hold."""
    assert sorted(names.values()) == list(range(count))


def test_every_slot_has_a_function() -> None:
    """A slot of struct fnn_kernels cannot exist without a function here to test it with."""
    header = Path(__file__).parents[2] / "csrc" / "kernels" / "kernels.h"
    struct = re.search(r"^struct fnn_kernels \{(.*?)^\};", header.read_text(), re.S | re.M)
    assert struct
    slots = re.findall(r"^    (?:void \(\*(\w+)\)\(|\w+ \*const \*(\w+);)", struct[1], re.M)
    names = {one or table for one, table in slots}
    assert {"dense_fwd", "act_fwd", "gather"} <= names
    assert not {n for n in names if not hasattr(_kernels, n)}


def test_table_sizes(isa: str, dtype: np.dtype[Any]) -> None:
    """kernels.h: panels are powers of two that divide the chunk and the columns of a panel of
    activations."""
    t = _kernels.table(isa, dtype)
    assert t["elem"] == dtype.itemsize
    assert t["mr"] >= 1
    assert t["panel"] & (t["panel"] - 1) == 0
    assert _kernels.CHUNK % t["panel"] == 0
    assert _kernels.COLS % t["panel"] == 0


def test_wrong_calls_raise(dtype: np.dtype[Any]) -> None:
    """A wrong test gets an exception, not a crash."""
    a = np.zeros(16, dtype)
    with pytest.raises(ValueError, match="`isa` must be one of"):
        _kernels.act_fwd("sse9", 0, 1, 16, (a, 16), (a, 16))
    with pytest.raises(ValueError, match="`y` must hold 32 elements, got 16"):
        _kernels.act_fwd("portable", 0, 2, 16, (np.zeros(32, dtype), 16), (a, 16))
    with pytest.raises(ValueError, match="rows of `z` overlap"):
        _kernels.act_fwd("portable", 0, 2, 8, (a, 7), (a, 8))
    with pytest.raises(ValueError, match="`code` must be in"):
        _kernels.act_fwd("portable", _kernels.ACT_COUNT, 1, 16, (a, 16), (a, 16))
    with pytest.raises(TypeError, match="flat contiguous array"):
        _kernels.act_fwd("portable", 0, 1, 8, (a[::2], 8), (a, 8))
    with pytest.raises(TypeError, match="float32 or float64"):
        _kernels.act_fwd("portable", 0, 1, 8, (a.astype(np.int32), 8), (a.astype(np.int32), 8))
    with pytest.raises(ValueError, match="a panel has 1 to"):
        _kernels.dense_dw("portable", 1, 1, 65, (a, 1), (a, 80), a)
    with pytest.raises(ValueError, match="outside of `memory`"):
        _kernels.gather(
            "portable", np.zeros(7, np.uint8), 0, "float64", 1, 1, 8, 8, None, None, 0, 1, (a, 1)
        )
    scce = _core.LOSSES["scce"]
    with pytest.raises(ValueError, match=r"`labels` must be in \[0, 4\)"):
        _kernels.loss(
            "portable", scce, 1, 4, (a, 4), None, np.array([4], np.int32), None, 1.0, (), np.ones(1)
        )
