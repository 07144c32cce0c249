"""Optimisers by themselves on NumPy arrays: steps by hand, state, description."""

import json
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import optimizers


def steps(optimizer: optimizers.Optimizer, grads: list[float]) -> list[float]:
    w = np.array([1.0])
    values = []
    for g in grads:
        optimizer.apply([np.array([g])], [w])
        values.append(float(w[0]))
    return values


def test_sgd() -> None:
    assert steps(optimizers.SGD(0.5), [1.0, -2.0]) == [0.5, 1.5]


def test_momentum() -> None:
    # v = 0.5 v - 0.25 g: -0.25, then -0.375
    assert steps(optimizers.SGD(0.25, momentum=0.5), [1.0, 1.0]) == [0.75, 0.375]


def test_nesterov() -> None:
    # w += 0.5 v - 0.25 g: -0.125 - 0.25, then -0.1875 - 0.25
    assert steps(optimizers.SGD(0.25, momentum=0.5, nesterov=True), [1.0, 1.0]) == [0.625, 0.1875]


def test_adam_first_step_is_the_learning_rate() -> None:
    # epsilon is beside sqrt(v) as in Keras: 1e-20 vanishes, and the two corrections cancel.
    values = steps(optimizers.Adam(0.5, beta_1=0.5, beta_2=0.75, epsilon=1e-20), [4.0])
    assert values == [0.5]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "make",
    [lambda: optimizers.SGD(0.1), lambda: optimizers.SGD(0.1, 0.9),
     lambda: optimizers.SGD(0.1, 0.9, True), lambda: optimizers.Adam(0.01)],
    ids=["sgd", "momentum", "nesterov", "adam"],
)  # fmt: skip
def test_arrays_and_training_get_the_same_bits(make: Any, dtype: str) -> None:
    # One weight, loss sum (w x - y)^2 of one row with x = 1: the gradient is 2 (w - y).
    net = fastnn.Sequential([
        fastnn.Input((1,)), fastnn.layers.Dense(1, use_bias=False, kernel_initializer="ones",
                                                dtype=dtype),
    ])  # fmt: skip
    net.compile(make(), "sum_squared_error")
    optimizer, w = make(), np.ones((1, 1), dtype)
    y = np.array([0.25], dtype)
    for _ in range(7):
        net.train_on_batch(np.ones((1, 1), dtype), y)
        optimizer.apply_gradients([(2 * (w - y), w)])
        assert net.get_weights()[0].tobytes() == w.tobytes()
    assert net.optimizer is not None
    assert net.optimizer.iterations == optimizer.iterations == 7


def test_state_is_kept_per_array() -> None:
    optimizer = optimizers.SGD(1.0, momentum=0.5)
    a, b = np.zeros(2), np.zeros((2, 2), np.float32)
    for _ in range(2):
        optimizer.apply([np.ones(2), np.ones((2, 2))], [a, b])
    assert a.tolist() == [-2.5, -2.5]
    assert b.tolist() == [[-2.5, -2.5], [-2.5, -2.5]]
    assert optimizer.iterations == 2


def test_learning_rate_is_settable() -> None:
    optimizer = optimizers.SGD(0.5)
    optimizer.learning_rate = 0.25
    assert steps(optimizer, [1.0]) == [0.75]
    for bad in ("a", -1.0, float("nan"), None, lambda step: 0.1):
        with pytest.raises(ValueError, match="`learning_rate` must be"):
            optimizer.learning_rate = bad  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        optimizer.momentum = 0.5  # type: ignore[misc]


def test_defaults_are_keras() -> None:
    assert optimizers.SGD().get_config() == {
        "name": "SGD", "learning_rate": 0.01, "momentum": 0.0, "nesterov": False,
    }  # fmt: skip
    assert optimizers.Adam().get_config() == {
        "name": "adam", "learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7,
    }  # fmt: skip


@pytest.mark.parametrize("cls", [optimizers.SGD, optimizers.Adam])
@pytest.mark.parametrize(
    ("argument", "value"),
    [("weight_decay", 0.1), ("clipnorm", 1.0), ("clipvalue", 1.0), ("global_clipnorm", 1.0),
     ("use_ema", True), ("ema_overwrite_frequency", 2), ("loss_scale_factor", 2.0),
     ("gradient_accumulation_steps", 4)],
)  # fmt: skip
def test_keras_further_arguments(cls: Any, argument: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"`{argument}={value}` of {cls.__name__} is not part of"):
        cls(**{argument: value})
    cls(**{argument: False if argument == "use_ema" else None})


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="`amsgrad=True` of Adam is not part of fastnn"):
        optimizers.Adam(amsgrad=True)
    with pytest.raises(ValueError, match=r"`momentum` must be in \[0, 1\), got 1.0"):
        optimizers.SGD(momentum=1.0)
    with pytest.raises(ValueError, match=r"`beta_1` must be in \[0, 1\), got -0.1"):
        optimizers.Adam(beta_1=-0.1)
    with pytest.raises(ValueError, match="`epsilon` must be above 0"):
        optimizers.Adam(epsilon=0)
    with pytest.raises(ValueError, match="`nesterov` must be True or False"):
        optimizers.SGD(nesterov=1)  # type: ignore[arg-type]


def test_bad_arrays() -> None:
    optimizer = optimizers.SGD()
    w = np.zeros((2, 2))
    with pytest.raises(ValueError, match=r"`grads\[0\]` must have shape \(2, 2\), got \(2,\)"):
        optimizer.apply([np.zeros(2)], [w])
    with pytest.raises(ValueError, match="must be as many: 1 and 2"):
        optimizer.apply([w], [w, w])
    for bad in (w.T[:1], np.zeros(2, int), [0.0, 0.0], np.zeros(2, ">f4")):
        with pytest.raises(ValueError, match=r"`trainable_variables\[0\]` must be a writable"):
            optimizer.apply([np.zeros(np.shape(bad))], [bad])
    assert optimizer.iterations == 0


def test_names_and_round_trip() -> None:
    for name, cls in (("sgd", optimizers.SGD), ("SGD", optimizers.SGD), ("Adam", optimizers.Adam),
                      ("adam", optimizers.Adam)):  # fmt: skip
        made = optimizers.get(name)
        assert type(made) is cls
        again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(made))))
        assert again.get_config() == made.get_config()
    assert type(optimizers.get(optimizers.SGD)) is optimizers.SGD
