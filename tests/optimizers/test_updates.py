"""What every optimiser does around its step: clipping by norm, accumulation, averages, scales."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fastnn
from fastnn import callbacks, optimizers

CLASSES = [getattr(optimizers, name) for name in optimizers.__all__
           if name[0].isupper() and name not in ("LBFGS", "Optimizer")]  # fmt: skip
Make = Callable[[], optimizers.Optimizer]

# Everything that an update may have, over widths and batches on every path of the core.
UPDATES: dict[str, Make] = {
    "clipnorm": lambda: optimizers.Adam(0.01, clipnorm=0.05),
    "global": lambda: optimizers.SGD(0.1, 0.9, global_clipnorm=0.1, weight_decay=0.01),
    "accumulated": lambda: optimizers.Adam(0.01, gradient_accumulation_steps=3, clipnorm=0.05),
    "averaged": lambda: optimizers.RMSprop(0.01, use_ema=True, ema_momentum=0.75),
    "overwritten": lambda: optimizers.SGD(
        0.1, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2,
        gradient_accumulation_steps=2,
    ),
    "scaled": lambda: optimizers.Adam(0.01, loss_scale_factor=3.0),
    "lamb": lambda: optimizers.Lamb(0.01, gradient_accumulation_steps=2, use_ema=True),
    "muon": lambda: optimizers.Muon(0.01, gradient_accumulation_steps=2, clipnorm=0.05),
    "muon alone": lambda: optimizers.Muon(
        0.01, nesterov=False, rms_rate=None, adam_weight_decay=0.5, use_ema=True,
        ema_overwrite_frequency=3,
    ),
}  # fmt: skip


def net(make: Make, widths: tuple[int, ...] = (37, 67, 3)) -> Any:
    """A small network with given weights."""
    fastnn.utils.set_random_seed(3)
    layers: list[Any] = [fastnn.Input((widths[0],))]
    layers += [fastnn.layers.Dense(n, activation="tanh") for n in widths[1:]]
    model = fastnn.Sequential(layers)
    model.compile(make(), "mse")
    return model


def rows(n: int, model: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    draw = np.random.default_rng(4)
    x = draw.normal(size=(n, model.input_shape[1])).astype("float32")
    return x, np.cos(x[:, : model.output_shape[1]])


# ---- by hand -------------------------------------------------------------------------------


def test_clipnorm() -> None:
    a, b = np.zeros(2), np.zeros((2, 1))
    optimizers.SGD(1.0, clipnorm=1.0).apply([[3.0, 4.0], [[0.0], [0.5]]], [a, b])
    np.testing.assert_allclose(a, [-0.6, -0.8], rtol=1e-15)
    assert b.tolist() == [[0.0], [-0.5]]


def test_global_clipnorm() -> None:
    a, b = np.zeros(2), np.zeros((2, 1))
    optimizers.SGD(1.0, global_clipnorm=6.5).apply([[3.0, 4.0], [[0.0], [12.0]]], [a, b])
    np.testing.assert_allclose(np.concatenate([a, b[:, 0]]), [-1.5, -2.0, 0.0, -6.0], rtol=1e-15)


def test_clip_gradients() -> None:
    grads = [np.array([100.0, 100.0])]
    half = 0.5**0.5
    np.testing.assert_allclose(optimizers.Adam(clipnorm=1)._clip_gradients(grads), [[half] * 2])
    np.testing.assert_array_equal(optimizers.SGD(clipvalue=1.0)._clip_gradients(grads), [[1, 1]])
    assert grads[0].tolist() == [100.0, 100.0]


def test_norms_that_are_not_finite() -> None:
    """Keras: one infinite gradient is cut to zeros and NaN; of all together, all are NaN."""
    w = [np.zeros(2), np.zeros(2)]
    optimizers.SGD(1.0, clipnorm=1.0).apply([[np.inf, 1.0], [2.0, 0.0]], w)
    np.testing.assert_array_equal(w, [[np.nan, 0.0], [-1.0, 0.0]])
    w = [np.zeros(2), np.zeros(2)]
    optimizers.SGD(1.0, global_clipnorm=1.0).apply([[np.inf, 1.0], [2.0, 0.0]], w)
    assert np.isnan(w).all()


def test_large_gradients_have_a_norm() -> None:
    w = np.zeros(2, np.float32)
    optimizers.SGD(1.0, clipnorm=5.0).apply([np.array([3e30, 4e30], np.float32)], [w])
    np.testing.assert_allclose(w, [-3.0, -4.0], rtol=1e-6)


def test_accumulation() -> None:
    w = np.zeros(1)
    optimizer = optimizers.SGD(1.0, gradient_accumulation_steps=3)
    seen = []
    for g in (3.0, 0.0, 6.0, 3.0, 3.0, 3.0, 9.0):
        optimizer.apply([np.array([g])], [w])
        seen.append(float(w[0]))
    assert seen == [0.0, 0.0, -3.0, -3.0, -3.0, -6.0, -6.0]
    assert optimizer.iterations == 2
    assert optimizer.steps == 7


def test_averages() -> None:
    w = np.array([4.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5)
    optimizer.apply([[2.0]], [w])
    assert optimizer.average_of(w).numpy().tolist() == [2.0]
    optimizer.apply([[2.0]], [w])
    assert (w.tolist(), optimizer.average_of(w).numpy().tolist()) == ([0.0], [1.0])
    optimizer.finalize_variable_values([w])
    assert w.tolist() == [1.0]


def test_averages_that_overwrite() -> None:
    w = np.array([4.0])
    optimizer = optimizers.SGD(1.0, use_ema=True, ema_momentum=0.5, ema_overwrite_frequency=2)
    seen = []
    for _ in range(4):
        optimizer.apply([[2.0]], [w])
        seen.append(float(w[0]))
    assert seen == [2.0, 1.0, -1.0, -1.5]


def test_only_one_clip() -> None:
    with pytest.raises(ValueError, match="only one of `clipnorm`, `clipvalue` and `global_clipn"):
        optimizers.SGD(clipnorm=1.0, clipvalue=2.0)


# ---- signatures and descriptions -----------------------------------------------------------


@pytest.mark.parametrize("cls", CLASSES)
def test_signature(cls: Any) -> None:
    """Every argument is visible, documented, kept in the configuration, and may be positional."""
    parameters = inspect.signature(cls).parameters
    defaults = {k: p.default for k, p in parameters.items()} | {"name": "it"}
    made = cls(**defaults)
    assert set(made.get_config()) == set(parameters)
    assert cls(*defaults.values()).get_config() == made.get_config()
    assert cls(name="it").get_config() == made.get_config()
    for name in parameters:
        assert f"    {name} :" in (cls.__doc__ or "") or f"{name}, " in (cls.__doc__ or "")
    with pytest.raises(TypeError, match="unexpected keyword argument 'colour'"):
        cls(colour=1.0)


@pytest.mark.keras
@pytest.mark.parametrize("cls", CLASSES)
def test_signature_is_that_of_keras(cls: Any) -> None:
    keras = pytest.importorskip("keras")
    theirs = dict(inspect.signature(getattr(keras.optimizers, cls.__name__).__init__).parameters)
    del theirs["self"], theirs["kwargs"]
    mine = inspect.signature(cls).parameters
    assert [(k, p.default) for k, p in mine.items()] == [(k, p.default) for k, p in theirs.items()]


@pytest.mark.parametrize("name", UPDATES)
def test_configuration(name: str) -> None:
    made = UPDATES[name]()
    again = optimizers.deserialize(json.loads(json.dumps(optimizers.serialize(made))))
    assert again.get_config() == made.get_config()


# ---- on arrays -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize("n", [8, 700])
def test_arrays_and_training_get_the_same_bits(name: str, n: int) -> None:
    """One linear layer, the gradient of whose loss NumPy can give with the core's bits: zero
    inputs but one, so that every sum has a single term."""
    fastnn.utils.set_random_seed(3)
    model = fastnn.Sequential([fastnn.Input((130,)), fastnn.layers.Dense(37)])
    model.compile(UPDATES[name](), "sum_squared_error")
    optimizer = UPDATES[name]()
    arrays = model.get_weights()
    for step in range(5):
        x = np.zeros((n, 130), "float32")
        x[0, step] = 2.0
        y = model.predict(x)
        y[0] += np.random.default_rng(step).normal(size=37).astype("float32")
        error = 2.0 * (model.predict(x) - y)
        scale = np.float32(optimizer.loss_scale_factor or 1.0)
        grads = [(x.T @ error) * scale, error.sum(axis=0) * scale]
        model.train_on_batch(x, y)
        optimizer.apply(grads, arrays)
        for mine, theirs in zip(arrays, model.get_weights(), strict=True):
            assert mine.tobytes() == theirs.tobytes()
    assert model.optimizer.iterations == optimizer.iterations
    for mine, theirs in zip(optimizer.variables, model.optimizer.variables, strict=True):
        assert mine.numpy().tobytes() == theirs.numpy().tobytes()


def test_weights_of_layers() -> None:
    layer = fastnn.layers.Dense(2, kernel_initializer="ones")
    layer.build((None, 3))
    optimizer = optimizers.Adam(0.5)
    optimizer.build(layer.trainable_weights)
    assert optimizer.apply_gradients([(np.ones((3, 2)), layer.kernel), ([0, 0], layer.bias)]) == 1
    # epsilon beside the root of v = 0.001: 1e-7 / 0.0316
    np.testing.assert_allclose(layer.kernel.numpy(), 0.5, rtol=1e-5)
    optimizer.apply([np.ones((3, 2)), np.zeros(2)])
    np.testing.assert_allclose(layer.kernel.numpy(), 0.0, atol=1e-5)
    other = fastnn.layers.Dense(2)
    other.build((None, 3))
    with pytest.raises(ValueError, match=r"unknown variable <Variable path=.*kernel"):
        optimizer.apply([np.ones((3, 2))], [other.kernel])


def test_missing_gradients() -> None:
    a, b = np.zeros(1), np.zeros(1)
    optimizer = optimizers.SGD(1.0)
    optimizer.apply([], [])
    assert optimizer.iterations == 0
    with pytest.raises(ValueError, match="`trainable_variables` must be given"):
        optimizer.apply([[1.0]])
    with pytest.raises(ValueError, match="`grads` has no gradient"):
        optimizer.apply([None], [a])
    with pytest.warns(UserWarning, match="no gradients for 1 of 2"):
        optimizer.apply([None, [1.0]], [a, b])
    assert (a.tolist(), b.tolist()) == ([0.0], [-1.0])


def test_state_is_visible() -> None:
    w = np.zeros(2, np.float32)
    optimizer = optimizers.Adam(0.5, use_ema=True, gradient_accumulation_steps=2, name="a")
    optimizer.build([w])
    assert [v.path for v in optimizer.variables] == [
        "a/iteration", "a/learning_rate", "a/variable_average", "a/variable_gradient_accumulator",
        "a/variable_momentum", "a/variable_velocity",
    ]  # fmt: skip
    optimizer.apply([[1.0, 2.0]])
    assert optimizer.variables[3].numpy().tolist() == [1.0, 2.0]
    optimizer.variables[3].assign([3.0, 4.0])
    optimizer.apply([[1.0, 2.0]])
    assert optimizer.variables[4].numpy() == pytest.approx([0.2, 0.3])
    optimizer.variables[0].assign(7)
    optimizer.variables[1].assign(0.25)
    assert (optimizer.steps, optimizer.iterations, optimizer.learning_rate) == (7, 3, 0.25)
    with pytest.raises(ValueError, match=r"`value` must have shape \(2,\), got \(3,\)"):
        optimizer.variables[3].assign([1.0, 2.0, 3.0])


# ---- in training ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", UPDATES)
@pytest.mark.parametrize(
    ("widths", "n"), [((5, 3), 7), ((37, 67, 3), 1100), ((300, 200, 10), 64)]
)  # whole steps, chunks, and a net too large for its gradients to be kept otherwise
def test_resumed(name: str, widths: tuple[int, ...], n: int, tmp_path: Path) -> None:
    """Saved in the middle, accumulation in flight: the same bits as without the break."""
    whole, first = (net(UPDATES[name], widths) for _ in range(2))
    x, y = rows(n, whole)
    parts = [slice(i * n // 7, (i + 1) * n // 7 + 3) for i in range(7)]
    for i, part in enumerate(parts):
        whole.train_on_batch(x[part], y[part])
        if i == 3:
            first.save(tmp_path / "m.fnn")
            first = fastnn.models.load_model(tmp_path / "m.fnn")
        first.train_on_batch(x[part], y[part])
    for a, b in zip(whole.optimizer.variables, first.optimizer.variables, strict=True):
        assert a.numpy().tobytes() == b.numpy().tobytes()
    for a, b in zip(whole.get_weights(), first.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize("name", ["global", "accumulated", "overwritten", "lamb", "muon"])
def test_cut_into_batches(name: str) -> None:
    """Steps are the same in one native call an epoch, and in one a batch."""
    whole, cut = (net(UPDATES[name]) for _ in range(2))
    x, y = rows(200, whole)
    run = {"batch_size": 32, "epochs": 2, "shuffle": False, "verbose": 0}
    whole.fit(x, y, **run)
    cut.fit(x, y, callbacks=[callbacks.LambdaCallback(on_train_batch_end=lambda *_: None)], **run)
    for a, b in zip(whole.get_weights(), cut.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_large_nets_are_clipped_alike() -> None:
    """A norm that is not reached changes nothing, though it turns another path on."""
    plain, clipped = net(lambda: optimizers.Adam()), net(lambda: optimizers.Adam(clipnorm=1e6))
    x, y = rows(700, plain)
    for model in (plain, clipped):
        model.fit(x, y, batch_size=600, epochs=2, shuffle=False, verbose=0)
    for a, b in zip(plain.get_weights(), clipped.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


def test_frozen_layers_have_no_part() -> None:
    model = net(lambda: optimizers.SGD(0.1, global_clipnorm=1e-3, use_ema=True))
    x, y = rows(40, model)
    model.layers[0].trainable = False
    before = model.layers[0].get_weights()
    model.fit(x, y, epochs=2, verbose=0)
    for a, b in zip(before, model.layers[0].get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    model.layers[0].trainable = True
    start = model.layers[0].get_weights()
    model.fit(x, y, epochs=1, verbose=0)
    moved = np.abs(model.layers[0].get_weights()[0] - start[0]).max()
    assert 0 < moved < 1e-3  # the average began at the weights, not at zero


def test_fit_ends_with_the_average() -> None:
    model = net(UPDATES["averaged"])
    x, y = rows(40, model)
    seen: list[Any] = []
    last = callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights())
    )
    model.fit(x, y, epochs=3, verbose=0, callbacks=[last])
    for w, raw, variable in zip(model.get_weights(), seen[-1], model.weights, strict=True):
        assert not np.array_equal(w, raw)
        assert w.tobytes() == model.optimizer.average_of(variable).numpy().tobytes()


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize("stop", [False, True])
def test_swap(swap_on_epoch: bool, stop: bool) -> None:
    """Validation sees the average, training does not, and the end is the average."""
    plain, swapped = net(UPDATES["averaged"]), net(UPDATES["averaged"])
    x, y = rows(40, plain)

    class Stop(callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = stop and epoch == 1

    run = {"epochs": 3, "verbose": 0, "shuffle": False}
    plain.fit(x, y, **run, callbacks=[Stop()])
    swap = callbacks.SwapEMAWeights(swap_on_epoch)
    history = swapped.fit(x, y, validation_data=(x, y), **run, callbacks=[swap, Stop()]).history
    for a, b in zip(plain.get_weights(), swapped.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert history["val_loss"][-1] == plain.evaluate(x, y, verbose=0)


def test_swap_needs_an_average() -> None:
    model = net(lambda: optimizers.SGD())
    x, y = rows(40, model)
    with pytest.raises(ValueError, match="SwapEMAWeights needs an optimizer with `use_ema=True`"):
        model.evaluate(x, y, verbose=0, callbacks=[callbacks.SwapEMAWeights()])
    with pytest.raises(ValueError, match="no average is kept"):
        model.optimizer.average_of(model.weights[0])
