"""The state of an optimiser by itself: copies, functions without state, names, rates."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import optimizers

W = np.array([[1.0, 2.0], [3.0, 4.0]])
G = [np.array([[0.5, -0.5], [1.0, 0.25]])]


def stepped(optimizer: Any, times: int = 2) -> Any:
    array = W.copy()
    for _ in range(times):
        optimizer.apply(G, [array])
    return array


@pytest.mark.parametrize("cls", [optimizers.Adam, optimizers.SGD, optimizers.Ftrl], ids=str)
def test_state_goes_over_to_another(cls: Any) -> None:
    common = {"learning_rate": 0.25, "use_ema": True, "gradient_accumulation_steps": 2}
    one, other, third = cls(**common), cls(**common), cls(**common)
    array = stepped(one, 3)
    with pytest.raises(ValueError, match=r"set_weights\(\) of this .* needs build\(\) before"):
        other.set_weights(one.variables)
    arrays = [array.copy(), array.copy()]
    other.build(arrays[:1])
    other.set_weights(one.variables)
    store: dict[str, Any] = {}
    one.save_own_variables(store)
    third.build(arrays[1:])
    third.load_own_variables(store)
    one.apply(G)
    other.apply(G)
    third.apply(G)
    assert arrays[0].tolist() == arrays[1].tolist() == array.tolist()
    with pytest.raises(ValueError, match="`weights` must be"):
        other.set_weights(one.variables[:1])
    with pytest.raises(ValueError, match=r"`weights\[1\]` must have shape \(\), got \(3,\)"):
        other.set_weights([0, np.ones(3), *one.variables[2:]])


def test_a_step_without_state() -> None:
    optimizer, array = optimizers.Adam(0.5), W.copy()
    with pytest.raises(ValueError, match=r"stateless_apply\(\) of this Adam needs build\(\)"):
        optimizer.stateless_apply([], G, [W])
    optimizer.build([array])
    start = [variable.numpy() for variable in optimizer.variables]
    values, state = optimizer.stateless_apply(start, G, [W])
    values, state = optimizer.stateless_apply(state, G, values)
    assert array.tolist() == W.tolist()
    assert all(np.array_equal(a, b) for a, b in zip(start, optimizer.variables, strict=True))
    want = stepped(optimizers.Adam(0.5))
    assert values[0].tolist() == want.tolist()
    assert state[0] == 2


def test_names_count() -> None:
    fastnn.utils.clear_session()
    names = [cls().name for cls in (optimizers.SGD, optimizers.AdamW, optimizers.RMSprop) * 2]
    assert names == ["sgd", "adam_w", "rm_sprop", "sgd_1", "adam_w_1", "rm_sprop_1"]
    again = optimizers.deserialize(optimizers.serialize(optimizers.SGD()))
    assert again.name == "sgd_2"
    assert optimizers.SGD(name="mine").name == "mine"


def test_a_function_as_learning_rate() -> None:
    rates = iter([0.5, 0.25, 0.125, 0.0625])
    optimizer = optimizers.SGD(lambda: next(rates))
    assert stepped(optimizer, 3).tolist() == (W - 0.875 * G[0]).tolist()
    assert optimizer.learning_rate == 0.0625
    assert len(optimizer.variables) == 1  # without a rate of its own
    with pytest.raises(ValueError, match="a lambda has no name"):
        optimizer.get_config()
    assert "function" in repr(optimizer)
    optimizer.learning_rate = 2.0
    assert optimizer.learning_rate == 2.0
    assert optimizer.schedule is None


def test_a_function_as_learning_rate_in_training() -> None:
    found = []
    for rate in (0.125, lambda: 0.125):
        fastnn.utils.set_random_seed(1)
        model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(1)])
        model.compile(optimizers.SGD(rate), "mse")
        model.fit(W, W[:, :1], epochs=3, verbose=0)
        found.append(model.get_weights())
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


def test_get_and_deserialize() -> None:
    assert optimizers.get(None) is None
    assert optimizers.resolve(None) is None

    class Mine(optimizers.SGD):
        pass

    described = {"class_name": "Mine", "config": {"learning_rate": 0.5}}
    assert type(optimizers.deserialize(described, {"Mine": Mine})) is Mine
    assert type(optimizers.get({"class_name": "ADAM", "config": {}})) is optimizers.Adam


def test_arrays_that_know_more() -> None:
    """A subclass of arrays may have a name, which `var_names` finds, and a constraint."""

    class Named(np.ndarray):
        name = "scale"
        constraint: Any = None

    plain, named = W.copy(), W.copy().view(Named)
    optimizer = optimizers.SGD(1.0, weight_decay=0.5)
    optimizer.exclude_from_weight_decay(var_names=["sca"])
    optimizer.apply([np.zeros((2, 2))] * 2, [plain, named])
    assert plain.tolist() == (W / 2).tolist()
    assert named.tolist() == W.tolist()
    named.constraint = fastnn.constraints.MaxNorm(1.0)
    optimizer.apply([np.zeros((2, 2))] * 2)
    np.testing.assert_allclose(np.linalg.norm(named, axis=0), 1.0, rtol=1e-6)


def test_variables_are_arrays() -> None:
    optimizer = optimizers.SGD(0.5, momentum=0.5)
    optimizer.build([W.copy()])
    assert optimizer.variables[0] == 0
    assert optimizer.variables[1] * 2 == 1.0
    assert (optimizer.variables[2] + 1).tolist() == [[1.0, 1.0], [1.0, 1.0]]
