"""What a program's numbers may differ by, and the comparison."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from tolerance import DRAWS, keras_rate_error, nudged, program_limits

from .draw import Program
from .run import Array, Outcome, run


def limits(api: Any, program: Program) -> dict[str, Array]:
    """Return each quantity's limits along its first axis, from moved float64 runs."""
    name, options = program["optimizer"]
    error = keras_rate_error(name, {k: v for k, v in options.items() if k.startswith("beta_")})
    before = api.config.floatx()
    api.config.set_floatx("float64")
    try:
        base = run(api, program, keras=False)
        moved = []
        for draw in range(DRAWS):
            rng = np.random.RandomState([program["number"], 3, draw])

            def nudge(model: Any, rng: np.random.RandomState = rng) -> None:
                model.set_weights([nudged(w, rng) for w in model.get_weights()])

            sign = error if draw % 2 else -error
            found = run(api, program, keras=False, nudge=nudge, rate_error=sign)
            moved.append(found.quantities)
    finally:
        api.config.set_floatx(before)
    return program_limits(base.quantities, moved)


def assert_same(api: Any, program: Program, theirs: Outcome, allowed: Mapping[str, Array]) -> None:
    """fastnn's float32 run of a program has Keras' names and, within the limits, its numbers.

    And a run with another first row, one term of many, has not.
    """
    ours = run(api, program, keras=False)
    assert ours.history_keys == theirs.history_keys
    assert ours.evaluate_keys == theirs.evaluate_keys
    assert list(ours.quantities) == list(theirs.quantities)
    mutant = run(api, program, keras=False, drop_term=True).quantities
    wrong, seen = [], False
    for key, want in theirs.quantities.items():
        got = ours.quantities[key]
        assert got.shape == want.shape, f"{key}: shape {got.shape}, Keras {want.shape}"
        error = _worst(got - want)
        if np.any(~(error <= allowed[key])):
            wrong.append(f"{key}: off by {error.max():.3g}, limit {allowed[key].max():.3g}")
        seen |= bool(np.any(_worst(mutant[key] - want) > allowed[key]))
    assert not wrong, "; ".join(wrong)
    assert seen, "the limits would not catch a dropped term"


def _worst(difference: Array) -> Array:
    return np.abs(difference).reshape(len(difference), -1).max(axis=1)
