"""`predict` and `model(x)` on NumPy arrays, checked against the float64 forward pass."""

from typing import Any

import numpy as np
import pytest

from bench import data
from bench.agreement import OUTPUT_TOLERANCE
from bench.peers.fastnn_public import predict
from bench.shapes import INFERENCE, MNIST_ROWS, Case


def _serve(benchmark: Any, note: Any, case: Case) -> None:
    import fastnn

    x = data.inputs(case)
    call = predict(case, x, data.weights(case), fastnn.get_num_threads())
    wanted = data.forward(case, x)
    np.testing.assert_allclose(call(), wanted, rtol=0, atol=OUTPUT_TOLERANCE * np.abs(wanted).max())
    benchmark(call)
    note(1, flops=case.flops)


@pytest.mark.parametrize("case", INFERENCE, ids=lambda case: case.name)
def test_predict(benchmark: Any, note: Any, case: Case) -> None:
    benchmark.group = "predict"
    _serve(benchmark, note, case)


@pytest.mark.parametrize("layout", ["strided", "float64", "uint8"])
def test_predict_reads(benchmark: Any, note: Any, layout: str) -> None:
    """Inputs that are converted while they are read."""
    case = MNIST_ROWS
    model_call = {"strided": _strided, "float64": _float64, "uint8": _uint8}[layout](case)
    benchmark.group = f"predict, {case.name}, other inputs"
    benchmark(model_call)
    note(1, flops=case.flops)


def _checked(case: Case, x: Any) -> Any:
    import fastnn

    weights = data.weights(case)
    call = predict(case, x, weights, fastnn.get_num_threads())
    plain = predict(case, np.ascontiguousarray(x, "float32"), weights, fastnn.get_num_threads())
    np.testing.assert_array_equal(call(), plain())  # reading is all that differs
    return call


def _strided(case: Case) -> Any:
    wide = np.repeat(data.inputs(case), 2, axis=1)
    return _checked(case, wide[:, ::2])


def _float64(case: Case) -> Any:
    return _checked(case, data.inputs(case).astype("float64"))


def _uint8(case: Case) -> Any:
    return _checked(case, (40 * np.abs(data.inputs(case))).clip(0, 255).astype("uint8"))
