"""What programs written for Keras do with objects: set a rate, give a function, name a module."""

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from fastnn._keras_names import ABSENT

Array = NDArray[np.float64]


def model_of(outputs: int = 1, **dense: object) -> fastnn.Sequential:
    model = fastnn.Sequential([fastnn.Input((2,)), fastnn.layers.Dense(outputs, **dense)])  # type: ignore[arg-type]
    model.compile("sgd", "mse")
    return model


class TestLearningRate:
    def test_reads_as_a_number(self) -> None:
        rate = fastnn.optimizers.Adam(0.25).learning_rate
        assert rate == 0.25
        assert isinstance(rate, float)
        assert rate.value == 0.25
        assert rate.numpy() == np.float32(0.25)
        assert type(pickle.loads(pickle.dumps(rate))) is float

    def test_assign_sets_that_of_the_optimizer(self) -> None:
        model = model_of()
        assert model.optimizer is not None
        model.optimizer.learning_rate.assign(0.0)
        before = model.get_weights()
        model.fit(np.ones((4, 2)), np.ones(4), verbose=0)
        assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))

    def test_a_schedule_gives_the_next_step(self) -> None:
        schedule = fastnn.optimizers.schedules.ExponentialDecay(0.5, 1, 0.5)
        rate = fastnn.optimizers.SGD(schedule).learning_rate
        assert rate == 0.5
        with pytest.raises(TypeError, match="follows a schedule"):
            rate.assign(0.1)


class TestTargetsForEveryOutput:
    """One value a row and several outputs: Keras compares each output with it."""

    def test_is_the_loss_of_repeated_targets(self) -> None:
        x, y = np.arange(12.0).reshape(6, 2), np.linspace(-1, 1, 6)
        model = model_of(3, kernel_initializer="ones")
        with pytest.warns(UserWarning, match="one value a row and the model 3 outputs"):
            loss = model.evaluate(x, y.reshape(6, 1), verbose=0)
        assert loss == model.evaluate(x, np.repeat(y[:, None], 3, axis=1), verbose=0)

    def test_classes_are_not_repeated(self) -> None:
        model = model_of(3, activation="softmax")
        model.compile("sgd", "categorical_crossentropy")
        with pytest.raises(ValueError, match="takes one column per class"):
            model.fit(np.ones((4, 2)), np.ones(4), verbose=0)


class TestLambdaCallback:
    def test_further_hooks_and_attributes(self) -> None:
        seen = []
        callback = fastnn.callbacks.LambdaCallback(
            on_test_end=lambda logs: seen.append("test"),
            on_predict_batch_begin=lambda batch, logs: seen.append(batch),
            purpose="counting",
        )
        model, x = model_of(), np.ones((4, 2))
        model.evaluate(x, np.ones(4), verbose=0, callbacks=[callback])
        model.predict(x, batch_size=2, verbose=0, callbacks=[callback])
        assert seen == ["test", 0, 1]
        assert callback.purpose == "counting"

    def test_a_hook_must_be_callable(self) -> None:
        with pytest.raises(ValueError, match="`on_test_end` must be callable"):
            fastnn.callbacks.LambdaCallback(on_test_end=3)


class TestGivenInitialValues:
    def test_array_and_function(self) -> None:
        values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
        for given in (values, lambda shape, dtype=None: values):
            model = model_of(3, kernel_initializer=given)
            np.testing.assert_array_equal(model.get_weights()[0], values.astype("float32"))
        assert fastnn.initializers.get(values)((2, 3), "float64").dtype == np.float64

    def test_of_another_shape(self) -> None:
        with pytest.raises(ValueError, match=r"gives shape \(2, 2\), needed is \(2, 3\)"):
            model_of(3, kernel_initializer=np.eye(2))

    def test_cannot_be_saved(self) -> None:
        with pytest.raises(ValueError, match="cannot be serialized"):
            model_of(2, kernel_initializer=np.eye(2)).to_json()


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (fastnn.layers.Activation("relu"), [0.0, 0.0, 3.0]),
        (fastnn.layers.ReLU(max_value=2.0), [0.0, 0.0, 2.0]),
        (fastnn.layers.LeakyReLU(negative_slope=0.5), [-1.0, 0.0, 3.0]),
        (fastnn.layers.ELU(), [np.expm1(-2.0), 0.0, 3.0]),
        (fastnn.layers.Dropout(0.5), [-2.0, 0.0, 3.0]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_layers_without_weights_take_a_vector(
    layer: fastnn.layers.Activation, expected: list[float]
) -> None:
    got = layer([-2.0, 0.0, 3.0])
    np.testing.assert_allclose(got, np.float32(expected), rtol=2.0**-22)
    assert got.shape == (3,)


def test_softmax_of_a_vector_is_that_of_a_row() -> None:
    x = np.array([0.5, -1.0, 2.0])
    np.testing.assert_array_equal(
        fastnn.layers.Softmax()(x), fastnn.layers.Softmax()(x[np.newaxis])[0]
    )
    with pytest.raises(ValueError, match=r"`inputs` must have shape \(batch, ...\)"):
        fastnn.layers.Dense(2)(x)


def test_config_and_backend() -> None:
    assert fastnn.config.epsilon() == fastnn.backend.epsilon() == 1e-7
    assert fastnn.config.backend() == "fastnn"
    assert fastnn.config.image_data_format() == "channels_last"
    first = fastnn.layers.Dense(1).name
    fastnn.backend.clear_session()
    assert fastnn.layers.Dense(1).name == "dense"
    assert first.startswith("dense")


@pytest.mark.parametrize(
    ("module", "name", "instead"),
    [
        (fastnn.backend, "square", "use NumPy"),
        (fastnn.layers, "Conv2D", "no images and sequences"),
        (fastnn.layers, "StringLookup", "beforehand"),
        (fastnn.config, "enable_flash_attention", "fastnn.config.__all__"),
        (fastnn.utils, "plot_model", r"use model.summary\(\)"),
        (fastnn.utils, "image_dataset_from_directory", "utils.PyDataset"),
        (fastnn.layers, "RandomContrast", "no images and sequences"),
        (fastnn.datasets, "cifar10", "fastnn.datasets.__all__"),
        (model_of(), "train_step", "the training step is the core's"),
        (model_of(), "quantize", "float32 or float64"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_absent_names_say_what_to_use_instead(module: object, name: str, instead: str) -> None:
    with pytest.raises(AttributeError, match=f"`.*{name}` is not part of fastnn: .*{instead}"):
        getattr(module, name)


def test_any_other_attribute_of_a_model() -> None:
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'zzz'"):
        model_of().zzz  # noqa: B018
    assert not hasattr(model_of(), "train_step")


class TestCalls:
    """What callbacks are told, and what calls without work do."""

    def test_params(self) -> None:
        class Params(fastnn.callbacks.Callback):
            def on_train_begin(self, logs: object = None) -> None:
                told.append(self.params)

            on_test_begin = on_predict_begin = on_train_begin

        told: list[dict[str, object]] = []
        model, x, y = model_of(), np.ones((10, 2)), np.ones(10)
        model.fit(x, y, epochs=2, batch_size=4, verbose=0, callbacks=[Params()])
        model.evaluate(x, y, batch_size=5, verbose=0, callbacks=[Params()])
        model.predict(x, batch_size=6, verbose=0, callbacks=[Params()])
        assert told == [
            {"verbose": 0, "epochs": 2, "steps": 3},
            {"verbose": 0, "epochs": 1, "steps": 2},
            {"verbose": 0, "epochs": 1, "steps": 2},
        ]

    def test_no_epochs(self) -> None:
        model = model_of()
        before = model.get_weights()
        for arguments in ({"epochs": 0}, {"epochs": 2, "initial_epoch": 2}):
            history = model.fit(np.ones((4, 2)), np.ones(4), verbose=0, **arguments)
            assert (history.history, history.epoch) == ({}, [])
        assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True))


def test_shapes_keep_the_size_of_the_batch() -> None:
    assert fastnn.layers.Dense(3).compute_output_shape((7, 2)) == (7, 3)
    assert fastnn.layers.Flatten().compute_output_shape((None, 2, 2)) == (None, 4)


def test_names_of_optimizers() -> None:
    fastnn.utils.clear_session()
    assert [fastnn.optimizers.SGD().name for _ in range(2)] == ["sgd", "sgd_1"]
    assert fastnn.optimizers.Adam(name="mine").name == "mine"


def test_accuracy_in_any_case() -> None:
    model = model_of(3, activation="softmax")
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["Accuracy"])
    assert model.metrics_names == ["loss", "Accuracy"]
    assert list(model.evaluate(np.ones((4, 2)), [0, 1, 2, 0], verbose=0, return_dict=True)) == [
        "Accuracy", "loss",
    ]  # fmt: skip


@pytest.mark.parametrize("module", sorted(ABSENT))
def test_no_name_is_absent_and_there(module: str) -> None:
    """What `_keras_names` calls missing is missing."""
    classes = {"Sequential": fastnn.Sequential, "Layer": fastnn.layers.Dense}
    owner = classes.get(module) or (getattr(fastnn, module) if module else fastnn)
    there = set(getattr(owner, "__all__", dir(owner)))
    assert not there & ABSENT[module]
