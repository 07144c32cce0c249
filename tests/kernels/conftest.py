"""Fixtures of the kernel tests: the compiled tiers, the dtypes, and a source of hard values."""

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastnn import _kernels

TIERS = _kernels.tiers()
REQUIRED = [name for name in os.environ.get("FASTNN_TEST_REQUIRE_ISA", "").split(",") if name]


@pytest.fixture(params=list(TIERS))
def isa(request: pytest.FixtureRequest) -> str:
    """Each compiled tier; one that this CPU cannot run is skipped, unless it was promised."""
    name: str = request.param
    if not TIERS[name]:
        reason = f"this CPU cannot run the tier {name}"
        if name in REQUIRED:
            pytest.fail(f"{reason}, which FASTNN_TEST_REQUIRE_ISA promises")
        pytest.skip(reason)
    return name


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> np.dtype[Any]:
    """Both reals."""
    return np.dtype(request.param)


@pytest.fixture(params=[0, 1], ids=["flush", "skewed"])
def skew(request: pytest.FixtureRequest) -> int:
    """Elements between the end of a buffer and its page: with 1, no vector is aligned."""
    skew: int = request.param
    return skew


@pytest.fixture
def reals(rng: np.random.Generator, dtype: np.dtype[Any]) -> Callable[..., NDArray[Any]]:
    """reals(rows, cols): mixed signs and magnitudes, every bit of the significand used, so that
    order and fusion of operations show; zeros of both signs among them."""

    def draw(*shape: int) -> NDArray[Any]:
        values = rng.normal(size=shape) * 2.0 ** rng.integers(-12, 6, size=shape)
        return np.where(rng.random(shape) < 0.02, np.copysign(0.0, values), values).astype(dtype)

    return draw
