"""Attributes of Keras' layers and models: types, shapes, configurations, state."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import config, dtype_policies, layers
from fastnn.layers import InputSpec

ARGUMENTS: dict[str, dict[str, Any]] = {
    "Activation": {"activation": "relu"}, "AlphaDropout": {"rate": 0.5}, "Dense": {"units": 2},
    "Dot": {"axes": 1}, "Dropout": {"rate": 0.5}, "Embedding": {"input_dim": 5, "output_dim": 2},
    "GaussianDropout": {"rate": 0.5}, "GaussianNoise": {"stddev": 0.5}, "Permute": {"dims": (1,)},
    "RepeatVector": {"n": 2}, "Rescaling": {"scale": 0.5}, "Reshape": {"target_shape": (3, 1)},
}  # fmt: skip
NAMES = sorted(name for name in layers.REGISTRY._classes if name != "InputLayer")
MERGES = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")


def make(name: str, **options: Any) -> Any:
    return getattr(layers, name)(**ARGUMENTS.get(name, {}), **options)


# ---- types ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_types_and_switches_of_every_layer(name: str) -> None:
    policy = fastnn.DTypePolicy("float64")
    for given in (policy, "float64", np.float64, dtype_policies.serialize(policy)):
        layer = make(name, dtype=given, autocast=False)
        assert layer.dtype_policy == policy
        assert layer.dtype == layer.compute_dtype == layer.variable_dtype == "float64"
        assert layer.autocast is False
        assert layer.get_config()["dtype"] == "float64"
    assert make(name).autocast is True
    assert layer.supports_masking is False
    assert layer.quantization_mode is None
    assert layer.metrics == layer.metrics_variables == []
    with pytest.raises(ValueError, match="`autocast` must be True or False, got 1"):
        make(name, autocast=1)
    for bad in ("float16", "mixed_float16", {"class_name": "DTypePolicy", "config": {"name": 3}}):
        with pytest.raises((ValueError, TypeError), match="must be"):
            make(name, dtype=bad)
    with pytest.raises(AttributeError, match=r"`Layer.quantize` is not part of fastnn: layers"):
        layer.quantize("int8")
    with pytest.raises(AttributeError, match=r"`Layer.add_loss` is not part of fastnn: use a reg"):
        layer.add_loss(1.0)


def test_policies() -> None:
    policy = fastnn.DTypePolicy("float64")
    assert repr(policy) == '<DTypePolicy "float64">'
    assert fastnn.DTypePolicy.from_config(policy.get_config()) == policy
    assert hash(policy) == hash(dtype_policies.get("float64"))
    assert policy != fastnn.DTypePolicy("float32") != "float32"
    assert layers.InputLayer((3,), dtype="uint8").dtype_policy.name == "uint8"
    with pytest.raises(ValueError, match="`dtype` must be 'float32' or 'float64', got 'int32'"):
        layers.Dense(1, dtype=fastnn.DTypePolicy("int32"))
    keras = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
             "registered_name": None}  # fmt: skip
    assert dtype_policies.get(keras) == dtype_policies.get(None) == config.dtype_policy()
    for bad in ({}, {"class_name": "DTypePolicy"}, {"class_name": "Dense", "config": {}}, 3):
        with pytest.raises(ValueError, match="not the configuration of a DTypePolicy"):
            dtype_policies.deserialize(bad)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="`name` must be a str"):
        fastnn.DTypePolicy(None)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`source_name` must be None"):
        fastnn.DTypePolicy("float32", "float32")  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="QuantizedDTypePolicy` is not part of fastnn"):
        dtype_policies.QuantizedDTypePolicy  # noqa: B018
    try:
        config.set_dtype_policy(policy)
        assert config.floatx() == layers.Dense(1).dtype == "float64"
        assert fastnn.Sequential([layers.Dense(1)]).dtype_policy == policy
    finally:
        config.set_dtype_policy("float32")
    with pytest.raises(ValueError, match="must be 'float32' or 'float64', got 'mixed_bfloat16'"):
        config.set_dtype_policy("mixed_bfloat16")


# ---- building and shapes --------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_layer_is_built_anew(name: str) -> None:
    layer = make(name)
    assert layer.get_build_config() is None
    layer.build_from_config(None)
    layer.build_from_config({"input_shape": None})
    assert layer.get_build_config() is None
    shape: Any = [(None, 3), (None, 3)] if name in MERGES else (None, 3)
    layer.build(shape)
    built = layer.get_build_config()
    assert built == {"input_shape": (None, 1) if name == "Embedding" else shape}
    other = make(name)
    other.build_from_config(json.loads(json.dumps(built)))
    assert [w.shape for w in other.weights] == [w.shape for w in layer.weights]
    assert other.get_build_config() == built
    for bad in ([3], {"shape": (None, 3)}, {"input_shape": (None, 3), "more": 1}):
        with pytest.raises(ValueError, match="`config` must have an 'input_shape' and no more"):
            other.build_from_config(bad)


@pytest.mark.parametrize("name", NAMES)
def test_shapes_without_a_call(name: str) -> None:
    entries: Any = fastnn.Input((3,), batch_size=7)
    shape: Any = entries.shape
    if name in MERGES:
        entries, shape = [entries, fastnn.Input((3,))], [(7, 3), (None, 3)]
    layer = make(name)
    computed = layer.compute_output_shape(shape)
    tensor = layer.compute_output_spec(entries)
    assert tensor.shape == computed
    assert computed[0] == 7
    assert tensor.dtype == "float32"
    assert layer.get_build_config() is None  # nothing was called
    with pytest.raises(AttributeError, match="never called"):
        layer.output  # noqa: B018
    assert layer(entries).shape == computed
    with pytest.raises(ValueError, match="`inputs` must be symbolic tensors"):
        layer.compute_output_spec(np.ones((2, 3)))


def test_what_layers_ask_of_shapes() -> None:
    specs = {name: (make(name).input_spec, layer.input_spec) for name in NAMES
             for layer in [make(name)] if layer.build([(None, 3)] * 2 if name in MERGES else
                                                      (None, 3)) is None}  # fmt: skip
    asked = {name: pair for name, pair in specs.items() if pair != (None, None)}
    assert asked == {
        "BatchNormalization": (None, InputSpec(ndim=2, axes={-1: 3})),
        "Dense": (InputSpec(min_ndim=2), InputSpec(min_ndim=2, axes={-1: 3})),
        "Flatten": (InputSpec(min_ndim=1),) * 2,
        "PReLU": (None, InputSpec(ndim=2)),
        "Permute": (InputSpec(ndim=2),) * 2,
        "RepeatVector": (InputSpec(ndim=2),) * 2,
    }  # as Keras
    shared = layers.PReLU(shared_axes=[1])
    shared.build((None, 3, 4))
    assert shared.input_spec == InputSpec(ndim=3, axes={2: 4})
    spec = InputSpec(shape=(None, 3), dtype="float32")
    assert spec.ndim == 2
    assert InputSpec.from_config(spec.get_config()) == spec
    assert repr(spec) == "InputSpec(dtype=float32, shape=(None, 3), ndim=2)"
    assert hash(spec) != hash(InputSpec())
    with pytest.raises(ValueError, match="`axes` must be an integer"):
        InputSpec(axes={"last": 3})  # type: ignore[dict-item]


def test_weights_in_a_store() -> None:
    layer, other = layers.Dense(2), layers.Dense(2)
    layer.build((None, 3))
    other.build((None, 3))
    store: dict[str, Any] = {}
    layer.save_own_variables(store)
    assert list(store) == ["0", "1"]
    other.load_own_variables(store)
    for a, b in zip(layer.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(a, b)
    with pytest.raises(ValueError, match="has 2 weights, `store` has \\['0'\\]"):
        other.load_own_variables({"0": store["0"]})
    with pytest.raises(ValueError, match="must have shape"):
        other.load_own_variables({"0": store["0"], "1": np.ones(3)})


# ---- models -----------------------------------------------------------------------------------


def model(**options: Any) -> Any:
    net = fastnn.Sequential(
        [fastnn.Input((3,)), layers.Dense(2, name="h"), layers.BatchNormalization(name="n"),
         layers.Dense(1, name="o")], name="net")  # fmt: skip
    net.compile(**{"optimizer": "adam", "loss": "mse", **options})
    return net


def test_what_compile_was_told_is_told_back() -> None:
    given = {
        "loss": "mse", "loss_weights": None, "metrics": ["mae", "accuracy"],
        "weighted_metrics": None, "run_eagerly": False, "steps_per_execution": 3,
        "jit_compile": False,
    }  # fmt: skip
    told = model(**given).get_compile_config()
    assert told.pop("optimizer")["class_name"] == "Adam"
    assert told == given
    assert list(json.loads(json.dumps(model().get_compile_config()))) != []
    plain = model(loss=None, steps_per_execution="auto").get_compile_config()
    assert (plain["loss"], plain["metrics"], plain["jit_compile"]) == (None, None, True)
    eager = model(run_eagerly=True).get_compile_config()
    assert (eager["run_eagerly"], eager["jit_compile"]) == (True, False)
    objects = model(loss=fastnn.losses.Huber(0.5), metrics=[fastnn.metrics.MeanAbsoluteError()],
                    loss_weights=2.0).get_compile_config()  # fmt: skip
    assert objects["loss"]["config"]["delta"] == 0.5
    assert objects["loss"]["module"] == "keras.losses"
    assert objects["metrics"][0]["class_name"] == "MeanAbsoluteError"
    assert objects["loss_weights"] == 2.0
    named = model(loss={"o": "mae"}, metrics={"o": ["mse"]}).get_compile_config()
    assert (named["loss"], named["metrics"]) == ({"o": "mae"}, {"o": ["mse"]})


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"metrics": ["mae"], "weighted_metrics": ["mse"], "steps_per_execution": 2},
        {"loss": fastnn.losses.Huber(0.5), "loss_weights": 0.5, "jit_compile": False},
        {"loss": {"o": "mae"}, "run_eagerly": True},
    ],
)
def test_a_configuration_compiles_the_same(options: dict[str, Any]) -> None:
    net = model(**options)
    other = model(optimizer="sgd", loss=None)
    other.compile_from_config(json.loads(json.dumps(net.get_compile_config())))
    assert other.get_compile_config() == net.get_compile_config()
    assert other.steps_per_execution == net.steps_per_execution
    assert (other.run_eagerly, other.jit_compile) == (net.run_eagerly, net.jit_compile)


def test_attributes_of_models() -> None:
    net = fastnn.Sequential([layers.Dense(1)])
    assert net.get_build_config() is None
    assert net.input_spec is None
    net.build_from_config({"input_shape": [None, 4]})
    assert net.get_build_config() == {"input_shape": (None, 4)}
    assert net.input_spec == [InputSpec(shape=(None, 4))]
    assert (net.supports_masking, net.stop_training, net.autocast) == (False, False, True)
    assert net.metrics_variables == []
    entries = [fastnn.Input((3,), batch_size=5), fastnn.Input((3,))]
    graph = fastnn.Model(entries, layers.Add()(entries))
    assert graph.get_build_config() == {"input_shape": [(None, 3), (None, 3)]}
    assert graph.compute_output_spec(entries).shape == (5, 3)
    assert graph.operations == graph.layers
    with pytest.raises(AttributeError, match=r"`Sequential.train_step` is not part of fastnn: the"):
        net.train_step  # noqa: B018
    with pytest.raises(AttributeError, match=r"`Sequential.quantize` is not part of fastnn"):
        net.quantize("int8")


def test_the_state_as_a_tree() -> None:
    x = np.random.default_rng(1).standard_normal((20, 3))
    adam = fastnn.optimizers.Adam
    net = model(optimizer=adam(name="adam"), metrics=["mae"])
    net.fit(x, x[:, :1], verbose=0)
    assert [v.name for v in net.metrics_variables] == ["total", "count"] * 2
    tree = net.get_state_tree()
    assert list(tree) == ["trainable_variables", "non_trainable_variables", "optimizer_variables",
                          "metrics_variables"]  # fmt: skip
    assert list(tree["metrics_variables"]) == ["loss", "mae"]
    assert float(tree["optimizer_variables"]["adam"]["iteration"]) == 1
    other = model(optimizer=adam(name="adam"), metrics=["mae"])
    other.set_state_tree(net.get_state_tree("numpy_array"))
    for each in (net, other):
        each.fit(x, x[:, :1], shuffle=False, verbose=0)
    for a, b in zip(net.get_weights(), other.get_weights(), strict=True):
        assert np.array_equal(a, b)
    before = net.get_weights()
    kernel = net.layers[0].kernel.path
    for bad, message in (
        ({"weights": {}}, "unknown entry 'weights'"),
        ({"trainable_variables": {"x": np.ones(1)}}, "no variable 'x' in trainable_variables"),
        ({"trainable_variables": {kernel: np.ones(1)}}, "must have shape"),
    ):
        with pytest.raises(ValueError, match=message):
            net.set_state_tree({"trainable_variables": {kernel: before[0] + 1}, **bad})
    assert np.array_equal(net.get_weights()[0], before[0])
    with pytest.raises(ValueError, match="`value_format` must be one of"):
        net.get_state_tree("torch")


def test_paths_begin_with_the_model_that_builds() -> None:
    net = model()
    assert [layer.path for layer in net.layers] == ["net/h", "net/n", "net/o"]
    assert net.layers[0].kernel.path == "net/h/kernel"
    net.fit(np.ones((4, 3)), np.ones(4), verbose=0)
    assert [v.name for v in net.optimizer.variables[2:4]] == [
        "net_h_kernel_momentum", "net_h_kernel_velocity"
    ]  # fmt: skip
    alone, flat = layers.Dense(2, name="a"), layers.Flatten(name="f")
    assert alone.path is flat.path is None
    x = fastnn.Input((3,))
    y = flat(alone(x))
    assert (alone.path, flat.path) == ("a", "f")
    fastnn.Model(x, y, name="graph")
    fastnn.Sequential([alone, flat], name="later")
    assert (alone.path, flat.path) == ("a", "f")
    inner = fastnn.Sequential([layers.Dense(3, name="i")], name="in")
    built = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(3, name="b")], name="pre")
    outer = fastnn.Sequential([layers.Dense(3, name="d"), inner, built], name="out")
    assert outer.layers[0].path is None
    outer.build((None, 3))
    assert [w.path for w in outer.weights[::2]] == ["out/d/kernel", "out/in/i/kernel",
                                                    "pre/b/kernel"]  # fmt: skip


def test_files_know_weights_by_the_layers_alone(tmp_path: Path) -> None:
    """So weights, slots and what decay leaves out come back under another name of the model."""
    x = np.random.default_rng(2).standard_normal((20, 3))

    def made(name: str) -> Any:
        net = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(1, name="o")], name=name)
        adam = fastnn.optimizers.AdamW(0.1, weight_decay=0.5)
        adam.exclude_from_weight_decay(var_list=[net.layers[0].bias])
        net.compile(adam, "mse")
        return net

    net = made("first")
    net.fit(x, x[:, :1], verbose=0)
    net.save_weights(tmp_path / "w.fnn")
    net.save(tmp_path / "m.fnn")
    other = made("second")
    other.load_weights(tmp_path / "w.fnn")
    assert np.array_equal(other.get_weights()[0], net.get_weights()[0])
    back = fastnn.models.load_model(tmp_path / "m.fnn")
    assert back.layers[0].bias in back.optimizer._excluded
    assert back.layers[0].kernel.path == "first/o/kernel"
    for each in (net, back):
        each.fit(x, x[:, :1], verbose=0)
    assert np.array_equal(net.get_weights()[0], back.get_weights()[0])
