"""EarlyStopping and ReduceLROnPlateau do with random values what Keras' do.

Rates are powers of two times the first: they agree to the last bit.
"""

import os
from collections import Counter
from typing import Any

import pytest

from .callbacks import Case, cases, drive, load

fastnn = pytest.importorskip("fastnn")

pytestmark = pytest.mark.filterwarnings("ignore:.*has no 'val_loss' to look at:UserWarning")

RECORDED = load()


def test_recording_is_of_these_cases() -> None:
    """What is drawn today; and enough of it stops, restores, and reduces a rate."""
    assert [case for case, _ in RECORDED] == cases()
    seen: Counter[str] = Counter()
    for case, outcome in RECORDED:
        epochs = len(outcome["rates"])
        seen["stopped"] += outcome["stopped"]
        seen["restored"] += outcome["weight"] != epochs
        seen["reduced"] += outcome["rates"][-1] < 0.5
        seen["odd value"] += any(not isinstance(value, float) for value in case["values"])
    assert all(seen[kind] >= 10 for kind in ("stopped", "restored", "reduced", "odd value")), seen


@pytest.mark.parametrize("number", range(len(RECORDED)))
def test_callbacks_agree_with_recorded_keras(number: int) -> None:
    case, outcome = RECORDED[number]
    assert drive(fastnn, case) == outcome


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", cases()[:40], ids=lambda case: case["callback"])
def test_callbacks_agree_with_keras(case: Case) -> None:
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    keras: Any = pytest.importorskip("keras")
    assert drive(fastnn, case) == drive(keras, case)
