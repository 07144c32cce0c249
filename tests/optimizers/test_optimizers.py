"""Optimisers by themselves on NumPy arrays: steps by hand, state, description."""

import functools
import json
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import optimizers

CLASSES = [getattr(optimizers, name) for name in optimizers.__all__
           if name[0].isupper() and name not in ("LBFGS", "Optimizer")]  # fmt: skip


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
     lambda: optimizers.SGD(0.1, 0.9, True), lambda: optimizers.Adam(0.01),
     lambda: optimizers.Adam(0.01, amsgrad=True, weight_decay=0.1, clipvalue=0.5),
     lambda: optimizers.AdamW(optimizers.schedules.CosineDecay(0.01, 5)),
     optimizers.Adamax, optimizers.Nadam, optimizers.RMSprop,
     lambda: optimizers.RMSprop(momentum=0.5), lambda: optimizers.RMSprop(centered=True),
     lambda: optimizers.RMSprop(momentum=0.5, centered=True), optimizers.Adagrad,
     optimizers.Adadelta, optimizers.Lion, optimizers.Ftrl,
     lambda: optimizers.Ftrl(learning_rate_power=-0.75, l1_regularization_strength=0.001),
     lambda: optimizers.Lamb(weight_decay=0.1),
     lambda: optimizers.Lamb(clipnorm=0.5, gradient_accumulation_steps=3, use_ema=True),
     lambda: optimizers.Muon(0.01, exclude_layers=["last"], gradient_accumulation_steps=2),
     lambda: optimizers.Adam(clipnorm=0.5),
     lambda: optimizers.SGD(0.1, 0.9, global_clipnorm=0.5, gradient_accumulation_steps=2),
     lambda: optimizers.Adamax(use_ema=True, ema_momentum=0.75, ema_overwrite_frequency=2)],
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
    assert net.optimizer.steps == optimizer.steps == 7


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
    for bad in ("a", -1.0, float("nan"), None, [0.1]):
        with pytest.raises(ValueError, match="`learning_rate` must be"):
            optimizer.learning_rate = bad  # type: ignore[assignment]
    with pytest.raises(AttributeError):
        optimizer.momentum = 0.5  # type: ignore[misc]


def test_defaults_are_keras() -> None:
    common = {
        "weight_decay": None, "clipnorm": None, "global_clipnorm": None, "clipvalue": None,
        "use_ema": False, "ema_momentum": 0.99, "ema_overwrite_frequency": None,
        "loss_scale_factor": None, "gradient_accumulation_steps": None,
    }  # fmt: skip
    betas = {"beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7}
    own: dict[str, dict[str, Any]] = {
        "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False},
        "Adam": betas | {"amsgrad": False},
        "AdamW": betas | {"amsgrad": False, "weight_decay": 0.004},
        "Adamax": betas,
        "Nadam": betas,
        "RMSprop": {"rho": 0.9, "momentum": 0.0, "epsilon": 1e-7, "centered": False},
        "Adagrad": {"initial_accumulator_value": 0.1, "epsilon": 1e-7},
        "Adadelta": {"rho": 0.95, "epsilon": 1e-7},
        "Lamb": betas,
        "Lion": {"beta_1": 0.9, "beta_2": 0.99},
        "Muon": {
            "adam_beta_1": 0.9, "adam_beta_2": 0.999, "adam_weight_decay": 0.004,
            "epsilon": 1e-7, "weight_decay": 0.004, "exclude_layers": [],
            "exclude_embeddings": True, "muon_a": 3.4445, "muon_b": -4.775, "muon_c": 2.0315,
            "adam_lr_ratio": 1.0, "momentum": 0.95, "ns_steps": 5, "nesterov": True,
            "rms_rate": 0.2,
        },
        "Ftrl": {
            "learning_rate_power": -0.5, "initial_accumulator_value": 0.1,
            "l1_regularization_strength": 0.0, "l2_regularization_strength": 0.0,
            "l2_shrinkage_regularization_strength": 0.0, "beta": 0.0,
        },
    }  # fmt: skip
    assert {*own} == {cls.__name__ for cls in CLASSES}
    fastnn.utils.clear_session()
    for name, config in own.items():
        label = {"AdamW": "adam_w", "RMSprop": "rm_sprop"}.get(name, name.lower())
        want = {"name": label, "learning_rate": 0.001, **common, **config}
        assert getattr(optimizers, name)().get_config() == want


def test_bad_arguments() -> None:
    with pytest.raises(ValueError, match="`amsgrad` must be True or False"):
        optimizers.Adam(amsgrad=1)  # type: ignore[arg-type]
    for argument, value, rule in (
        ("weight_decay", -0.1, "at least 0"), ("clipvalue", 0.0, "above 0"),
        ("clipvalue", float("inf"), "finite"), ("weight_decay", "a", "a number"),
        ("clipnorm", 0, "above 0"), ("global_clipnorm", -1.0, "above 0"),
        ("loss_scale_factor", 0.0, "above 0"), ("ema_momentum", 1.5, r"in \[0, 1\]"),
        ("use_ema", 1, "True or False"),
        ("ema_overwrite_frequency", 0, "an integer of at least 1"),
        ("gradient_accumulation_steps", 1, "an integer of at least 2"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=f"`{argument}` must be {rule}"):
            optimizers.RMSprop(**{argument: value})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`weight_decay` of AdamW must be a number, got None"):
        optimizers.AdamW(weight_decay=None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"`rho` must be in \[0, 1\), got 1.0"):
        optimizers.Adadelta(rho=1.0)
    with pytest.raises(ValueError, match=r"`beta_1` must be in \(0, 1\], got 0"):
        optimizers.Lion(beta_1=0)
    with pytest.raises(ValueError, match="`initial_accumulator_value` must be at least 0"):
        optimizers.Adagrad(initial_accumulator_value=-1)
    with pytest.raises(ValueError, match=r"`learning_rate_power` must be at most 0, got 0\.5"):
        optimizers.Ftrl(learning_rate_power=0.5)
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
        with pytest.raises(
            ValueError, match=r"`trainable_variables\[0\]` must be a weight of a layer, or"
        ):
            optimizer.apply([np.zeros(np.shape(bad))], [bad])
    assert optimizer.iterations == 0


def test_names_and_round_trip() -> None:
    for name, cls in [(n, c) for c in CLASSES for n in (c.__name__, c.__name__.lower())]:
        made = optimizers.get(name)
        assert type(made) is cls
        again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(made))))
        assert again.get_config() == made.get_config()
    with pytest.raises(ValueError, match="must be a name or an object"):
        optimizers.get(optimizers.SGD)


# Two steps from w = 1 with gradients 2 and -1, worked out with a pocket calculator's operations.
BY_HAND: list[tuple[Any, list[float]]] = [
    # v = 1, 0.75 (rho = 3/4: 0.25 * 4, 0.75 + 0.25); w -= 0.5 g / sqrt(v)
    (lambda: optimizers.RMSprop(0.5, rho=0.75, epsilon=1e-20), [0.0, 0.5]),
    # s = 0.5 * 2 / 1 = 1, then 0.5 - 0.5 / 1 = 0
    (lambda: optimizers.RMSprop(0.5, rho=0.75, momentum=0.5, epsilon=1e-20), [0.0, 0.0]),
    # a = 0.5, 0.125; d = 1 - 0.25, 1 - 0.015625
    (lambda: optimizers.RMSprop(0.5, rho=0.75, centered=True, epsilon=1e-20),
     [1 - 1 / 0.75**0.5, 1 - 1 / 0.75**0.5 + 0.5 / 0.984375**0.5]),
    # a = 5 + 4, 10
    (lambda: optimizers.Adagrad(0.5, initial_accumulator_value=5.0, epsilon=1e-20),
     [1 - 1 / 3, 2 / 3 + 0.5 / 10**0.5]),
    # u = 2, max(1, 1); m = 1, 0; rate 0.5 / (1 - 0.5), 0.5 / (1 - 0.25)
    (lambda: optimizers.Adamax(0.5, beta_1=0.5, beta_2=0.5, epsilon=1e-20), [0.5, 0.5]),
    # sign(0.2), then m = 0.02: sign(0.9 * 0.02 - 0.1) = -1
    (lambda: optimizers.Lion(0.25), [0.75, 1.0]),
    # m = 1, 0; v = 3, 1.5; the largest stays 3; m = 0 in the second step
    (lambda: optimizers.Adam(0.5, 0.5, 0.25, 1e-20, amsgrad=True), [0.5, 0.5]),
    # w -= 0.5 * 0.5 w, then 0.5 g, g clipped to 1 and -1
    (lambda: optimizers.SGD(0.5, weight_decay=0.5, clipvalue=1.0), [0.25, 0.6875]),
    # m = 1, 0; v = 3, 1.5; directions 2 / 2 = 1, 0 -> |w| = 1, then nothing
    (lambda: optimizers.Lamb(0.25, 0.5, 0.25, 1e-20), [0.75, 0.75]),
    # a = 4, 5; z = 2 - 2 / 0.5 * 1, z += -1 - (sqrt 5 - 2) / 0.5 w; w = -z / (sqrt(a) / 0.5)
    (lambda: optimizers.Ftrl(0.5, initial_accumulator_value=0.0),
     [0.5, (3 + (5**0.5 - 2)) / (2 * 5**0.5)]),
]  # fmt: skip


@pytest.mark.parametrize(("make", "want"), BY_HAND)
def test_two_steps_by_hand(make: Any, want: list[float]) -> None:
    # A handful of operations on values of order one: eight units of float64.
    np.testing.assert_allclose(steps(make(), [2.0, -1.0]), want, rtol=0, atol=8 * 2.0**-52)


def test_nan_is_not_clipped_away() -> None:
    w = np.ones(3)
    optimizers.SGD(0.5, clipvalue=1.0).apply([np.array([np.nan, np.inf, -np.inf])], [w])
    np.testing.assert_array_equal(w, [np.nan, 0.5, 1.5])


def test_nadam_can_resume_at_any_step() -> None:
    """The product of its momenta is a function of the step: no state besides the slots."""
    code, rng = fastnn._core.OPTIMIZERS["nadam"], np.random.default_rng(0)
    w, m, v = np.ones(5), np.zeros(5), np.zeros(5)
    optimizer, other = optimizers.Nadam(0.01), np.ones(5)
    for step in range(1, 2001):
        g = rng.normal(size=5)
        optimizer.apply([g], [other])
        fastnn._core.optimizer_step(code, optimizer.hyper(), 0.01, step, w, [m, v], g)
    assert w.tobytes() == other.tobytes()


def decayed(optimizer: optimizers.Optimizer, rows: int = 8) -> list[float]:
    """Weights after a step whose gradients are all zero, from ones."""
    net = fastnn.Sequential([
        fastnn.Input((70,)),
        fastnn.layers.Dense(33, kernel_initializer="ones", bias_initializer="ones", name="a"),
        fastnn.layers.Dense(1, kernel_initializer="ones", bias_initializer="ones", name="b"),
    ])  # fmt: skip
    net.compile(optimizer, "mse")
    x = np.zeros((rows, 70), "float32")
    net.fit(x, net.predict(x, verbose=0), batch_size=len(x), verbose=0)
    return [float(w.min()) if w.min() == w.max() else -1.0 for w in net.get_weights()]


@pytest.mark.parametrize("rows", [1, 8, 3000])
def test_weight_decay_can_be_excluded(rows: int) -> None:
    """By name or by variable; in training on one thread, on many, and on arrays."""
    make = functools.partial(optimizers.SGD, 0.5, weight_decay=0.5)
    assert decayed(make(), rows=rows) == [0.75] * 4
    named = make()
    named.exclude_from_weight_decay(var_names=["bias"])
    assert decayed(named, rows=rows) == [0.75, 1.0, 0.75, 1.0]
    again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(named))))
    assert again.get_config() == named.get_config()
    assert decayed(again, rows=rows) == [0.75, 1.0, 0.75, 1.0]


def test_weight_decay_can_be_excluded_for_variables_and_arrays() -> None:
    layer = fastnn.layers.Dense(2, name="a")
    layer.build((None, 70))
    by_variable = optimizers.SGD(0.5, weight_decay=0.5)
    by_variable.exclude_from_weight_decay(var_list=[layer.kernel])
    assert decayed(by_variable) == [1.0, 0.75, 0.75, 0.75]
    a, b = np.ones(3), np.ones(3)
    optimizer = optimizers.SGD(0.5, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_list=[a])
    optimizer.apply([np.zeros(3), np.zeros(3)], [a, b])
    assert a.tolist() == [1.0] * 3
    assert b.tolist() == [0.75] * 3
    with pytest.raises(RuntimeError, match="before the optimizer takes its first step"):
        optimizer.exclude_from_weight_decay(var_names=["x"])
    with pytest.raises(ValueError, match=r"`var_names\[0\]` must be a regular expression"):
        optimizers.SGD().exclude_from_weight_decay(var_names=["("])
    with pytest.raises(ValueError, match=r"`var_list\[0\]` must be a weight of a model or an"):
        optimizers.SGD().exclude_from_weight_decay(var_list=[3])


def test_the_default_optimizer_is_rmsprop() -> None:
    net = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
    net.compile(loss="mse")
    assert type(net.optimizer) is optimizers.RMSprop
