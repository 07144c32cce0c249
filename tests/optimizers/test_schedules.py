"""Learning-rate schedules by themselves and in training."""

import json
import math
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import _core, optimizers
from fastnn.optimizers import schedules
from reference.cases import SCHEDULES
from reference.schedules import schedule as twin
from tolerance import SCHEDULE_RELATIVE


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_values_are_the_formula(name: str, arguments: dict[str, Any]) -> None:
    """Step by step and as a whole; scalars give floats, arrays arrays."""
    made, want = getattr(schedules, name)(**arguments), twin(name, **arguments)
    steps = np.arange(60)
    values = made(steps)
    assert values.shape == (60,)
    expected = np.array([want(int(t)) for t in steps])
    top = max(expected)
    np.testing.assert_allclose(values, expected, rtol=0, atol=SCHEDULE_RELATIVE * top)
    for t in (0, 3, 4, 28, 59):
        assert type(made(t)) is float
        assert made(t) == made(np.int64(t)) == values[t]
    assert made.rates(7, 20).tobytes() == values[7:27].tobytes()


@pytest.mark.parametrize(("name", "arguments"), SCHEDULES)
def test_round_trip(name: str, arguments: dict[str, Any]) -> None:
    made = getattr(schedules, name)(**arguments)
    config = made.get_config()
    assert {key: config[key] for key in arguments} == arguments
    again = schedules.deserialize(json.loads(json.dumps(schedules.serialize(made))))
    assert type(again) is type(made)
    assert again.get_config() == config
    adam = optimizers.Adam(made)
    same = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(adam))))
    assert same.get_config() == adam.get_config()
    assert same.learning_rate == adam.learning_rate == made(0)


def test_restarts_start_on_their_step() -> None:
    """A period of any length begins with its full rate: no rounded logarithm decides."""
    made = schedules.CosineDecayRestarts(1.0, 10, t_mul=3.0)
    for first in (0, 10, 40, 130, 400, 1210, 3640, 10930, 32800):
        assert made(first) == 1.0
        assert first == 0 or made(first - 1) < 0.1
    assert math.isnan(schedules.CosineDecayRestarts(1.0, 10, t_mul=0.5)(20))


# x, and what the C library's functions give; their own error is an ulp at most.
@pytest.mark.parametrize("rate", [0.5, 0.96, 1.5, 1e-3, 123.0])
def test_powers(rate: float) -> None:
    made = schedules.ExponentialDecay(1.0, 7, rate)
    for t in range(500):
        exponent = t / 7
        want = rate**exponent if exponent * math.log(rate) > -700 else 0.0
        if want == 0.0 or want > 1e300:
            continue
        limit = 2.0**-50 * (2.0 + abs(exponent * math.log(rate)))
        assert abs(made(t) - want) <= limit * want


def test_cosine() -> None:
    made = schedules.CosineDecay(2.0, 1000, alpha=0.0)
    for t in range(1001):
        assert abs(made(t) - (1.0 + math.cos(math.pi * t / 1000))) <= 2.0**-50
    assert [made(t) for t in (0, 500, 1000, 5000)] == [2.0, 1.0, 0.0, 0.0]


def test_a_negative_base_has_whole_powers_only() -> None:
    made = schedules.ExponentialDecay(1.0, 2, -0.5)
    assert [made(0), made(2), made(4)] == [1.0, -0.5, 0.25]
    assert math.isnan(made(1))


def net(optimizer: Any) -> fastnn.Sequential:
    out = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1, use_bias=False)])
    out.compile(optimizer, "mse")
    return out


class Falling(schedules.LearningRateSchedule):
    """A user's own."""

    def __call__(self, step: int) -> float:
        return 0.5 / (step + 1)


def test_training_follows_every_step() -> None:
    """Three epochs of five steps are steps by hand with the schedule's rates; so is a batch."""
    for plan in (schedules.PolynomialDecay(0.25, 12, 0.125), Falling()):
        model = net(optimizers.SGD(plan))
        x = np.linspace(-1, 1, 10).reshape(10, 1).astype("float32")
        y = np.cos(x)
        w = model.get_weights()[0].astype("float64")[0, 0]
        model.fit(x, y, batch_size=2, epochs=3, shuffle=False, verbose=0)
        model.train_on_batch(x[:2], y[:2])
        for step in range(16):
            rows = slice(2 * (step % 5), 2 * (step % 5) + 2)
            xs, ys = x[rows, 0].astype("float64"), y[rows, 0].astype("float64")
            w -= plan(step) * np.mean(2 * (w * xs - ys) * xs)
        # 16 steps of some ten float32 roundings of values of order one.
        assert abs(model.get_weights()[0][0, 0] - w) <= 160 * 2.0**-24
        assert model.optimizer is not None
        assert model.optimizer.learning_rate == plan(16)


def test_a_callback_that_cuts_the_epoch_changes_nothing() -> None:
    weights = []
    for callbacks in (
        [],
        [fastnn.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: None)],
    ):
        fastnn.utils.set_random_seed(3)
        model = net(optimizers.Adam(schedules.CosineDecay(0.1, 11)))
        x = np.linspace(-1, 1, 23).reshape(23, 1)
        model.fit(x, np.sin(x), batch_size=2, epochs=2, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights()[0].tobytes())
    assert weights[0] == weights[1]


def test_rate_of_a_schedule_is_not_settable() -> None:
    optimizer = optimizers.SGD(schedules.ExponentialDecay(0.5, 1, 0.5))
    assert optimizer.learning_rate == 0.5
    optimizer.apply([np.ones(1)], [np.ones(1)])
    assert optimizer.learning_rate == 0.25
    with pytest.raises(TypeError, match="`learning_rate` of this SGD follows a schedule"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = Falling()  # type: ignore[assignment]
    assert optimizer.learning_rate == 0.25
    number = optimizers.SGD(0.125)
    number.learning_rate = Falling()  # type: ignore[assignment]
    assert number.learning_rate == 0.5


def test_a_rate_that_is_none_stops_training() -> None:
    model = net(optimizers.SGD(schedules.InverseTimeDecay(0.5, 1, -1.0)))
    with pytest.raises(ValueError, match="InverseTimeDecay gives inf for step 1"):
        model.fit(np.ones((4, 1)), np.ones((4, 1)), batch_size=1, verbose=0)
    assert model.optimizer is not None
    assert model.optimizer.iterations == 0


def test_own_schedules_say_what_they_lack() -> None:
    with pytest.raises(NotImplementedError, match="override `__call__"):
        schedules.LearningRateSchedule()(0)
    with pytest.raises(NotImplementedError, match="override `get_config"):
        Falling().get_config()
    with pytest.raises(NotImplementedError, match="override `get_config"):
        optimizers.SGD(Falling()).get_config()


BAD: list[tuple[Any, str]] = [
    (lambda: schedules.ExponentialDecay(0.1, 0, 0.5), "`decay_steps` must be above 0, got 0"),
    (lambda: schedules.CosineDecay("a", 3), "`initial_learning_rate` must be a number"),  # type: ignore[arg-type]
    (lambda: schedules.CosineDecay(0.1, 3, warmup_steps=-1), "`warmup_steps` must be at least 0"),
    (lambda: schedules.CosineDecayRestarts(0.1, 3, t_mul=0), "`t_mul` must be above 0"),
    (lambda: schedules.PolynomialDecay(0.1, 3, cycle=1), "`cycle` must be True or False"),  # type: ignore[arg-type]
    (lambda: schedules.PiecewiseConstantDecay([1, 2], [0.1]), "one more than `boundaries`"),
    (lambda: schedules.PiecewiseConstantDecay([2, 2], [0.1] * 3), "`boundaries` must ascend"),
    (lambda: schedules.deserialize({"class_name": "os.system"}), "unknown schedule class"),
    (lambda: optimizers.SGD({"class_name": "Adam", "config": {}}), "unknown schedule class"),
]


@pytest.mark.parametrize(("make", "message"), BAD)
def test_bad_arguments(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_the_core_refuses_what_python_would_not_ask() -> None:
    for name, params in (("cosine", (0.1, 5.0)), ("piecewise", (1.0, 2.0)),
                         ("exponential", (0.1, 0.0, 0.5, 0.0))):  # fmt: skip
        with pytest.raises(_core.InternalError, match="FNN_ERR_ARGUMENT"):
            _core.schedule_rates(_core.SCHEDULES[name], params, np.zeros(1))
