"""Models made of models, layers that several models share, and copies of models."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

Rows = np.ndarray[Any, Any]


@pytest.fixture
def x(rng: np.random.Generator) -> Rows:
    return rng.normal(size=(12, 4)).astype(np.float32)


def coder(name: str, *widths: int, declared: bool = True) -> Any:
    first = [fastnn.Input((4,))] if declared else []
    return fastnn.Sequential(
        [*first, *(layers.Dense(width, activation="tanh") for width in widths)], name=name
    )


def dense_chain(name: str) -> Any:
    entry = fastnn.Input((4,))
    return fastnn.Model(entry, layers.Dense(2)(layers.Dense(3)(entry)), name=name)


@pytest.mark.parametrize("make", [lambda: coder("enc", 3, 2), lambda: dense_chain("enc")])
def test_a_chain_of_models_is_the_chain_of_their_layers(make: Any, x: Rows) -> None:
    """Its bits are those of one flat chain of equal weights, in training too."""
    encoder, decoder = make(), coder("dec", 3, 4, declared=False)
    model = fastnn.Sequential([encoder, decoder, layers.Dense(4)])
    assert model.layers[:2] == [encoder, decoder]
    assert len(model.layers) == 3
    assert decoder.built
    assert model.output_shape == (None, 4)
    assert model.get_layer("dec") is decoder
    assert len(model.weights) == 10
    flat = fastnn.Sequential([fastnn.Input((4,))])
    for leaf in model.leaves:
        flat.add(type(leaf).from_config(leaf.get_config()))
    flat.set_weights(model.get_weights())
    for net in (model, flat):
        net.compile("adam", "mse")
        fastnn.utils.set_random_seed(2)
        net.training_state.seed = 7
        net.fit(x, x, epochs=3, batch_size=5, verbose=0)
    assert model.predict(x).tobytes() == flat.predict(x).tobytes()
    code = encoder.predict(x)
    assert model.layers[2](decoder(code)).tobytes() == model.predict(x).tobytes()


def test_a_frozen_part_stays(x: Rows) -> None:
    model = fastnn.Sequential([coder("enc", 3), layers.Dense(4)])
    model.compile("sgd", "mse")
    model.layers[0].trainable = False
    before = model.get_weights()
    model.fit(x, x, verbose=0)
    after = model.get_weights()
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [
        True, True, False, False,
    ]  # fmt: skip


def test_popping_a_part(x: Rows) -> None:
    part = coder("dec", 3, 4, declared=False)
    model = fastnn.Sequential([coder("enc", 3), part])
    values = model.predict(x)
    assert model.pop() is part
    assert model.output_shape == (None, 3)
    model.add(part)
    assert model.predict(x).tobytes() == values.tobytes()


def test_a_graph_that_is_no_chain_is_no_part() -> None:
    entry = fastnn.Input((4,))
    residual = fastnn.Model(entry, layers.Dense(4)(entry) + entry)
    with pytest.raises(ValueError, match="is no chain of layers"):
        fastnn.Sequential([residual])


def test_layers_of_a_trained_model_in_another(x: Rows) -> None:
    """What one model learns the other has, whichever was used last, in training too."""
    model = coder("net", 3, 2)
    model.compile(fastnn.optimizers.SGD(0.1), "mse")
    model.fit(x, x[:, :2], verbose=0)
    features = fastnn.Sequential(model.layers[:-1])
    features.compile(fastnn.optimizers.SGD(0.1), "mse")
    for _ in range(2):
        model.train_on_batch(x, x[:, :2])
        assert features.predict(x).tobytes() == model.layers[0](x).tobytes()
        features.train_on_batch(x, x[:, :3])
        assert features.get_weights()[0].tobytes() == model.get_weights()[0].tobytes()


def test_training_goes_on_from_what_another_model_learned(x: Rows) -> None:
    """Plans that were made before must not train weights of long ago."""
    shared = layers.Dense(1)
    a, b = (fastnn.Input((4,)) for _ in range(2))
    one, two = fastnn.Model(a, shared(a)), fastnn.Model(b, shared(b))
    alone = fastnn.Sequential([fastnn.Input((4,)), layers.Dense(1)])
    alone.set_weights(one.get_weights())
    for net in (one, two, alone):
        net.compile(fastnn.optimizers.SGD(0.1), "mse")
    y = x[:, :1]
    for net in (one, two, one, one, two):
        net.train_on_batch(x, y)
        alone.train_on_batch(x, y)
    assert shared.get_weights()[0].tobytes() == alone.get_weights()[0].tobytes()


def test_summary_shows_parts(x: Rows) -> None:
    model = fastnn.Sequential([coder("enc", 3), layers.Dense(4, name="last")], name="net")
    lines: list[str] = []
    model.summary(print_fn=lines.append)
    assert "enc (Sequential)" in lines[0]
    assert "└" not in lines[0].split("last (Dense)")[0].split("enc")[1]
    model.summary(print_fn=lines.append, expand_nested=True, show_trainable=True)
    assert "└ dense" in lines[1]


# ---- copies -----------------------------------------------------------------------------------


def test_a_copy_is_compiled_alike(x: Rows) -> None:
    model = coder("net", 3, 2)
    model.compile(fastnn.optimizers.Adam(0.05), "mse", metrics=["mae"])
    copy = fastnn.models.clone_model(model)
    assert copy.compiled
    assert copy.optimizer is not model.optimizer
    assert copy.optimizer.get_config() == model.optimizer.get_config()
    copy.set_weights(model.get_weights())
    assert copy.evaluate(x, x[:, :2], verbose=0) == model.evaluate(x, x[:, :2], verbose=0)


def two_inputs() -> Any:
    entries = {"x": fastnn.Input((4,), name="a"), "y": fastnn.Input((4,), name="b")}
    shared = layers.Dense(3, name="shared")
    merged = layers.Dot(1)([shared(entries["x"]), shared(entries["y"])])
    return fastnn.Model(entries, {"dot": merged, "code": layers.Dense(2, name="code")(merged)})


def test_a_copied_graph_shares_where_the_graph_does(x: Rows) -> None:
    model = two_inputs()
    copy = fastnn.models.clone_model(model)
    assert len(copy.weights) == len(model.weights)
    copy.set_weights(model.get_weights())
    data = {"x": x, "y": x[::-1]}
    for key, value in model.predict(data).items():
        assert copy.predict(data)[key].tobytes() == value.tobytes()
    tensors = {"y": fastnn.Input((4,)), "x": fastnn.Input((4,))}
    assert fastnn.models.clone_model(model, tensors).input == tensors
    for bad in (list(tensors.values()), {"x": tensors["x"]}, 3):
        with pytest.raises(ValueError, match="must be symbolic tensors in the form"):
            fastnn.models.clone_model(model, bad)


def test_functions_of_a_copied_graph(x: Rows) -> None:
    """A layer of another kind, the same layer, and a layer more behind each."""
    entry = fastnn.Input((4,))
    model = fastnn.Model(entry, layers.Dense(2)(layers.Dense(3, name="first")(entry)))

    def wider(layer: Any) -> Any:
        return layers.Dense(9) if layer.name == "first" else layer.from_config(layer.get_config())

    assert fastnn.models.clone_model(model, clone_function=wider).count_params() == 65

    def with_noise(layer: Any, *args: Any) -> Any:
        return layers.GaussianNoise(0.1)(layer(*args))

    noisy = fastnn.models.clone_model(
        model, clone_function=lambda layer: layer, call_function=with_noise
    )
    assert [type(layer).__name__ for layer in noisy.leaves] == ["Dense", "GaussianNoise"] * 2
    assert noisy.predict(x).tobytes() == model.predict(x).tobytes()
    with pytest.raises(ValueError, match="`call_function` must return a tensor"):
        fastnn.models.clone_model(model, call_function=lambda layer, tensor: 3)


def test_copies_go_into_parts_when_told() -> None:
    model = fastnn.Sequential([coder("enc", 3), layers.Dense(4)])
    seen: list[str] = []

    def note(layer: Any) -> Any:
        seen.append(type(layer).__name__)
        return layer if isinstance(layer, fastnn.Model) else layer.from_config(layer.get_config())

    copy = fastnn.models.clone_model(model, clone_function=note)
    assert seen == ["Sequential", "Dense"]
    assert copy.layers[0] is model.layers[0]
    seen.clear()
    copy = fastnn.models.clone_model(model, clone_function=note, recursive=True)
    assert seen == ["Dense", "Dense"]
    assert copy.layers[0] is not model.layers[0]
