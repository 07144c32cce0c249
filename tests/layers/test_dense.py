"""The dense layer by itself: shapes, weights, types, description."""

import functools
import json

import numpy as np
import pytest

import fastnn
from fastnn import activations, initializers, layers


@pytest.mark.parametrize("layer", [layers.Dense(2), layers.BatchNormalization(), layers.PReLU()])
def test_weights_are_no_attributes_before_they_are_built(layer: layers.Dense) -> None:
    for name in {"kernel", "bias", "gamma", "moving_mean", "alpha"} & {*dir(type(layer))}:
        assert not hasattr(layer, name)
        with pytest.raises(AttributeError, match="has no weights yet"):
            getattr(layer, name)
    layer.build((None, 3))
    assert layer.built_weight(0) is not None


def test_computes_act_of_xw_plus_b() -> None:
    layer = layers.Dense(2, "relu")
    layer.build((None, 3))
    layer.set_weights([np.array([[1, -1], [2, -2], [3, -3]]), np.array([0.5, 0.25])])
    out = layer([[1.0, 1.0, 1.0], [-1.0, 0.0, 0.0]])
    assert np.array_equal(out, np.array([[6.5, 0.0], [0.0, 1.25]], np.float32))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("use_bias", [True, False])
def test_weights_have_keras_shapes_and_defaults(dtype: str, use_bias: bool) -> None:
    layer = layers.Dense(4, use_bias=use_bias, dtype=dtype, name="d")
    assert not layer.built
    assert layer.get_weights() == []
    layer.build((None, 3))
    assert [w.path for w in layer.weights] == ["d/kernel", "d/bias"][: 1 + use_bias]
    assert [w.shape for w in layer.get_weights()] == [(3, 4), (4,)][: 1 + use_bias]
    assert {str(w.dtype) for w in layer.get_weights()} == {dtype}
    assert np.abs(layer.get_weights()[0]).max() <= np.sqrt(6 / 7)
    if use_bias:
        assert not layer.get_weights()[1].any()
    else:
        assert layer.bias is None
    assert layer.count_params() == 12 + 4 * use_bias


def test_first_call_builds_and_later_inputs_must_fit() -> None:
    layer = layers.Dense(2)
    assert layer(np.zeros((5, 3))).shape == (5, 2)
    assert layer(np.zeros((5, 4, 3))).shape == (5, 4, 2)
    assert layer.compute_output_shape((None, 7, 3)) == (None, 7, 2)
    with pytest.raises(ValueError, match=r"was built for samples of shape \(3,\), got \(4,\)"):
        layer(np.zeros((5, 4)))
    with pytest.raises(ValueError, match=r"`inputs` must have shape \(batch, ...\), got \(3,\)"):
        layer(np.zeros(3))


def test_weights_can_be_read_and_assigned_within_a_model() -> None:
    layer = layers.Dense(2)
    net = fastnn.Sequential([fastnn.Input((3,)), layer])
    before = layer.get_weights()
    net.predict(np.zeros((1, 3)))  # now they live in the network
    assert np.array_equal(layer.get_weights()[0], before[0])
    layer.kernel.assign(np.ones((3, 2)))
    assert np.array_equal(np.asarray(layer.kernel), np.ones((3, 2)))
    assert np.array_equal(net.predict([[1, 2, 3]]), [[6, 6]])
    with pytest.raises(ValueError, match=r"`value` must have shape \(3, 2\), got \(2, 3\)"):
        layer.kernel.assign(np.ones((2, 3)))


def test_weights_read_are_copies() -> None:
    layer = layers.Dense(2)
    layer.build((None, 3))
    layer.get_weights()[0][:] = 9
    layer.kernel.numpy()[:] = 9
    assert np.abs(layer.get_weights()[0]).max() < 2


def test_config_round_trip() -> None:
    layer = layers.Dense(
        3,
        functools.partial(activations.elu, alpha=0.5),
        use_bias=False,
        kernel_initializer=initializers.HeNormal(seed=4),
        name="d",
        trainable=False,
        dtype="float64",
    )
    config = json.loads(json.dumps(layer.get_config()))
    again = layers.Dense.from_config(config)
    assert again.get_config() == layer.get_config()
    for one in (layer, again):
        one.build((None, 5))
    assert np.array_equal(layer.get_weights()[0], again.get_weights()[0])
    x = np.linspace(-1, 1, 10).reshape(2, 5)
    assert np.array_equal(layer(x), again(x))


def test_activation_may_be_a_name_a_function_or_nothing() -> None:
    x = np.linspace(-2, 2, 12).reshape(4, 3)
    seeded = initializers.GlorotUniform(seed=1)
    for name in ("relu", "tanh", "sigmoid", "softmax", "gelu", "elu", "selu", "silu", "softplus",
                 "leaky_relu", "linear", "step"):  # fmt: skip
        function = getattr(activations, name)
        by_name = layers.Dense(3, name, kernel_initializer=seeded)
        by_function = layers.Dense(3, function, kernel_initializer=seeded)
        plain = layers.Dense(3, kernel_initializer=seeded)
        assert by_name(x).tobytes() == by_function(x).tobytes()
        assert by_name(x).tobytes() == function(plain(x)).tobytes()


def test_names_count_up() -> None:
    fastnn.utils.clear_session()
    assert [layers.Dense(1).name for _ in range(3)] == ["dense", "dense_1", "dense_2"]
    assert layers.Dense(1, name="mine").name == "mine"


def test_weights_are_arrays() -> None:
    layer = layers.Dense(2, kernel_initializer="ones", kernel_constraint="non_neg")
    layer.build((None, 1))
    assert (layer.kernel * 2 + 1).tolist() == [[3.0, 3.0]]
    assert layer.kernel[0, 1] == 1.0
    assert (layer.kernel == np.ones((1, 2))).all()
    assert len(layer.bias) == 2
    layer.bias.assign_add([1.0, 2.0])
    layer.bias.assign_sub([0.5, 0.5])
    assert layer.bias.value.tolist() == [0.5, 1.5]
    assert type(layer.kernel.constraint) is fastnn.constraints.NonNeg
    assert layer.bias.constraint is layer.bias.regularizer is None


def test_steps_on_weights_keep_their_constraint() -> None:
    layer = layers.Dense(2, kernel_initializer="ones", kernel_constraint="non_neg")
    layer.build((None, 1))
    gradients = [np.array([[0.5, 3.0]]), np.array([1.0, 1.0])]
    fastnn.optimizers.SGD(1.0).apply(gradients, layer.trainable_variables)
    assert layer.kernel.numpy().tolist() == [[0.5, 0.0]]
    assert layer.bias.numpy().tolist() == [-1.0, -1.0]
