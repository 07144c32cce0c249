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


def test_outputs_of_the_layers_of_a_chain(x: Rows) -> None:
    model = fastnn.Sequential([
        fastnn.Input((4,)), layers.Dense(3, "relu", name="h"), layers.Dense(2, name="o"),
    ])  # fmt: skip
    hidden = model.get_layer("h").output  # before the model's own input is asked for
    part = fastnn.Model(inputs=model.input, outputs=hidden)
    assert part.predict(x).tobytes() == model.get_layer("h")(x).tobytes()
    assert [t.shape for t in (model.input, model.output)] == [(None, 4), (None, 2)]
    assert model.inputs == [model.input]
    assert model.outputs == [model.output] == [model.layers[-1].output]
    assert model.get_layer("o").input is hidden
    model.pop()
    assert model.output.shape == (None, 3)
    late = fastnn.Sequential([layers.Dense(3)])
    with pytest.raises(AttributeError, match="never called on a symbolic tensor"):
        late.layers[0].output  # noqa: B018
    with pytest.raises(AttributeError, match="not built"):
        late.input  # noqa: B018
    late.build((None, 4))
    assert late.layers[0].output is late.output


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


# ---- what models and layers say of themselves --------------------------------------------------


def dense(name: str) -> Any:
    return layers.Dense(4, name=name)


GRAPHS = {
    "abdes": lambda a, b: ([a, b], layers.Add(name="s")([dense("d")(a), dense("e")(b)])),
    "agfbs": lambda a, b: ([b, a], layers.Add(name="s")([dense("f")(dense("g")(a)), b])),
    "ahb": lambda a, b: ([a, b], [dense("h")(a), b]),
}


@pytest.mark.parametrize("names", GRAPHS)
def test_layers_come_in_keras_order(names: str) -> None:
    """With the inputs, by their distance from the outputs; recorded from Keras 3.15."""
    model = fastnn.Model(*GRAPHS[names](*(fastnn.Input((4,), name=name) for name in "ab")))
    assert "".join(layer.name for layer in model.layers) == names


def test_layers_without_weights_are_built() -> None:
    assert layers.ReLU().built
    assert layers.Dropout(0.5).weights == []
    assert not layers.Dense(1).built
    assert layers.Flatten().count_params() == 0
    add = layers.Add()
    add.build([(None, 2), (None, 2)])
    with pytest.raises(ValueError, match="needs inputs of one shape"):
        add.build([(None, 2), (None, 3)])


def test_what_keras_layers_have_and_these_have_not() -> None:
    layer = layers.Dense(1, name="out")
    assert (layer.path, layer.compute_dtype, layer.variable_dtype) == (None, "float32", "float32")
    with pytest.raises(AttributeError, match=r"`Layer\.add_loss` is not part of fastnn: use"):
        layer.add_loss(1.0)
    with pytest.raises(AttributeError, match="there are no masks"):
        layer.compute_mask(None)
    with pytest.raises(AttributeError, match="'out' was never called on a symbolic tensor"):
        layer.output  # noqa: B018
    with pytest.raises(AttributeError, match="'Dense' object has no attribute 'nothing'"):
        layer.nothing  # noqa: B018


def test_variables_know_what_made_them() -> None:
    layer = layers.Dense(
        2, kernel_regularizer="l2", bias_constraint="non_neg", kernel_initializer="ones"
    )
    layer.build((None, 3))
    assert isinstance(layer.kernel.regularizer, fastnn.regularizers.L2)
    assert layer.kernel.constraint is None
    assert isinstance(layer.bias.constraint, fastnn.constraints.NonNeg)
    assert isinstance(layer.kernel.initializer, fastnn.initializers.Ones)
    layer.activation = None
    assert layer(np.ones((1, 3))).tolist() == [[3.0, 3.0]]


def test_an_embedding_takes_vectors_and_needs_no_shape() -> None:
    table = np.arange(6.0).reshape(3, 2)
    layer = layers.Embedding(3, 2, weights=table)
    assert layer.built
    assert np.array_equal(layer.get_weights()[0], table)
    assert layer([2, 0]).tolist() == [[4.0, 5.0], [0.0, 1.0]]
    other = layers.Embedding(3, 2)
    other.build()
    assert other.embeddings.shape == (3, 2)


def test_mean_and_variance_of_a_normalization() -> None:
    layer = layers.Normalization()
    layer.adapt(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert layer.mean.tolist() == [[2.0, 4.0]]
    assert layer.variance.tolist() == [[1.0, 4.0]]
    given = layers.Normalization(mean=5.0, variance=1.0)
    given.build((None, 3))
    assert given.mean.tolist() == [[5.0, 5.0, 5.0]]


def test_shapes_of_models_that_are_not_built() -> None:
    model = fastnn.Sequential([layers.Dense(3), layers.Dense(2)])
    for name in ("input_shape", "output_shape", "inputs", "outputs"):
        assert not hasattr(model, name)
        with pytest.raises(AttributeError, match="its input shape is not known"):
            getattr(model, name)
    assert model.compute_output_shape((7, 4)) == (7, 2)
    assert not model.built


def test_a_last_axis_of_size_one_may_be_there_or_not(x: Rows) -> None:
    model = coder("net", 3)
    assert model.predict(x[..., None]).tobytes() == model.predict(x).tobytes()
    column = fastnn.Sequential([fastnn.Input((4, 1)), layers.Dense(2)])
    assert column.predict(x).tobytes() == column.predict(x[..., None]).tobytes()


# ---- compile's further arguments -----------------------------------------------------------------


@pytest.mark.parametrize("weight", [0.25, [0.25], {"out": 0.25}])
def test_weight_of_the_only_loss(weight: Any, x: Rows, tmp_path: Any) -> None:
    """A quarter of the loss, trained at four times the rate, is the loss."""
    entry = fastnn.Input((4,))
    model = fastnn.Model(entry, layers.Dense(1, name="out")(entry))
    plain = fastnn.models.clone_model(model)
    plain.set_weights(model.get_weights())
    model.compile(fastnn.optimizers.SGD(0.5), "mse", loss_weights=weight, metrics=["mse"])
    plain.compile(fastnn.optimizers.SGD(0.125), "mse")
    y = x[:, :1]
    loss, mse = model.evaluate(x, y, verbose=0)
    assert loss == 0.25 * mse
    model.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    plain.fit(x, y, batch_size=4, shuffle=False, verbose=0)
    assert model.predict(x).tobytes() == plain.predict(x).tobytes()
    model.save(tmp_path / "m.fnn")
    again = fastnn.models.load_model(tmp_path / "m.fnn")
    assert again.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


class Batches(fastnn.callbacks.Callback):
    """Notes the numbers that the batch hooks get, and stops when told."""

    def __init__(self, stop: str = "") -> None:
        super().__init__()
        self.seen: list[tuple[str, int]] = []
        self.stop = stop

    def note(self, hook: str, batch: int) -> None:
        self.seen.append((hook, batch))
        if self.stop and hook == "end" and len(self.seen) == 4:
            setattr(self.model, self.stop, True)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.note("begin", batch)

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.note("end", batch)

    on_test_batch_begin = on_predict_batch_begin = on_train_batch_begin
    on_test_batch_end = on_predict_batch_end = on_train_batch_end


def calls(model: Any, x: Rows, callback: Batches) -> dict[str, Any]:
    """Every way to run five batches of two rows, and a half one."""
    y = x[:, :1]

    def batches(*arrays: Rows) -> Any:
        return iter([tuple(a[i : i + 2] for a in arrays) for i in range(0, len(x), 2)])

    return {
        "fit": lambda: model.fit(x, y, batch_size=2, verbose=0, callbacks=[callback]),
        "fit batches": lambda: model.fit(batches(x, y), verbose=0, callbacks=[callback]),
        "evaluate": lambda: model.evaluate(x, y, 2, 0, callbacks=[callback]),
        "evaluate batches": lambda: model.evaluate(batches(x, y), verbose=0, callbacks=[callback]),
        "predict": lambda: model.predict(x, 2, callbacks=[callback]),
        "predict batches": lambda: model.predict(batches(x), callbacks=[callback]),
    }


WAYS = ["fit", "fit batches", "evaluate", "evaluate batches", "predict", "predict batches"]


@pytest.mark.parametrize("way", WAYS)
def test_hooks_see_several_batches_as_one(way: str, x: Rows) -> None:
    """Numbered as in Keras: the last group counts as a whole one."""
    model, callback = coder("net", 1), Batches()
    model.compile("sgd", "mse", steps_per_execution=3, run_eagerly=True)
    calls(model, x[:9], callback)[way]()
    assert callback.seen == [("begin", 0), ("end", 2), ("begin", 3), ("end", 5)]


@pytest.mark.parametrize("way", WAYS)
def test_callbacks_can_stop(way: str, x: Rows) -> None:
    flag = {"f": "stop_training", "e": "stop_evaluating", "p": "stop_predicting"}[way[0]]
    model, callback = coder("net", 1), Batches(flag)
    model.compile("sgd", "mse")
    for _ in range(2):
        callback.seen.clear()
        calls(model, x, callback)[way]()
        assert callback.seen == [("begin", 0), ("end", 0), ("begin", 1), ("end", 1)]


def test_batches_whose_number_is_not_known(x: Rows) -> None:
    """Data sets of other libraries have a length that raises."""

    class Endless:
        def __len__(self) -> int:
            raise TypeError("the length is unknown")

        def __iter__(self) -> Any:
            return iter([(x, x[:, :1])] * 3)

    model = coder("net", 1)
    model.compile("sgd", "mse")
    assert len(model.fit(Endless(), epochs=2, verbose=0).epoch) == 2
    assert model.optimizer.iterations == 6
