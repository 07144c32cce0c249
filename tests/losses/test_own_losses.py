"""Losses written in Python: the same run as the core's own, weights, errors, files."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import losses

X = np.random.default_rng(2).normal(size=(70, 4))
Y = np.tanh(X[:, :3])
W = np.random.default_rng(3).uniform(0.5, 2.0, 70)


def squares(y_true: Any, y_pred: Any) -> tuple[Any, Any]:
    d = y_pred - y_true
    return (d * d).mean(axis=-1), 2.0 * d / d.shape[-1]


class Squares(losses.Loss):
    def call(self, y_true: Any, y_pred: Any) -> Any:
        return squares(y_true, y_pred)[0]

    def gradient(self, y_true: Any, y_pred: Any) -> Any:
        return squares(y_true, y_pred)[1]


class Entropy(losses.Loss):
    """Sparse cross-entropy of probabilities that sum to 1."""

    targets = "labels"

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return -np.log(np.take_along_axis(y_pred, y_true[..., None].astype(int), -1))[..., 0]

    def gradient(self, y_true: Any, y_pred: Any) -> Any:
        at = y_true[..., None].astype(int)
        out = np.zeros_like(y_pred)
        np.put_along_axis(out, at, -1.0 / np.take_along_axis(y_pred, at, -1), -1)
        return out


def net(loss: Any, last: str = "linear", width: int = 8, **arguments: Any) -> Any:
    fastnn.utils.set_random_seed(5)
    layers = fastnn.layers
    model = fastnn.Sequential(
        [
            fastnn.Input((4,), dtype="float64"),
            layers.Dense(width, activation="tanh", dtype="float64"),
            layers.Dense(3, activation=last, dtype="float64"),
        ]
    )
    model.compile(fastnn.optimizers.SGD(0.1, momentum=0.5), loss, **arguments)
    return model


def same(a: Any, b: Any) -> None:
    for p, q in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(p, q, rtol=0, atol=1e-13)  # some hundred roundings of 2**-53


@pytest.mark.parametrize("weight", [None, W], ids=["plain", "weighted"])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_a_loss_in_python_trains_as_the_core(reduction: str, weight: Any) -> None:
    run = {"batch_size": 16, "epochs": 3, "verbose": 0, "sample_weight": weight}
    core = net(losses.MeanSquaredError(reduction=reduction), metrics=["mae"])
    want = core.fit(X, Y, **run).history
    for loss in (Squares(reduction=reduction), losses.FunctionLoss(squares, reduction=reduction)):
        own = net(loss, metrics=["mae"])
        got = own.fit(X, Y, **run).history
        assert sorted(got) == sorted(want)
        for key, values in want.items():
            np.testing.assert_allclose(got[key], values, rtol=1e-12)
        same(own, core)
        assert own.evaluate(X, Y, verbose=0) == pytest.approx(core.evaluate(X, Y, verbose=0))


def test_a_plain_function() -> None:
    own, core = net(squares), net("mse")
    for model in (own, core):
        model.fit(X, Y, epochs=2, verbose=0)
    same(own, core)


def test_labels_and_activations() -> None:
    """The output's activation stays the model's: the loss sees probabilities."""
    labels = np.argmax(X[:, :3], axis=1)
    own, core = (
        net(Entropy(), "softmax", metrics=["accuracy"]),
        net("sparse_categorical_crossentropy", "softmax", metrics=["accuracy"]),
    )
    run = {"epochs": 3, "batch_size": 16, "verbose": 0}
    logs = [model.fit(X, labels, **run).history for model in (own, core)]
    same(own, core)
    assert logs[0]["accuracy"] == logs[1]["accuracy"]


def test_many_rows_and_threads() -> None:
    x = np.random.default_rng(4).normal(size=(2100, 4))
    y = np.cos(x[:, :3])
    found = []
    before = fastnn.get_num_threads()
    for threads in (1, 2, 3):
        fastnn.set_num_threads(threads)
        model = net(Squares(), width=200)
        model.fit(x, y, batch_size=1050, epochs=2, shuffle=False, verbose=0)
        found.append(model.get_weights())
    fastnn.set_num_threads(before)
    for other in found[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(found[0], other, strict=True))


def test_gradients_of_the_core_by_themselves() -> None:
    for loss in (losses.MeanSquaredError(), losses.LogCosh(), losses.CosineSimilarity()):
        t, y, h = Y[:5], X[:5, :3].copy(), 1e-6
        got = loss.gradient(t, y)
        for i in np.ndindex(y.shape):
            high, low = y.copy(), y.copy()
            high[i] += h
            low[i] -= h
            slope = (loss.call(t, high)[i[0]] - loss.call(t, low)[i[0]]) / (2 * h)
            assert got[i] == pytest.approx(slope, abs=1e-8)


def test_an_exception_ends_fit_at_the_last_finished_step() -> None:
    calls = []

    def failing(y_true: Any, y_pred: Any) -> Any:
        calls.append(len(y_pred))
        if len(calls) == 3:
            raise RuntimeError("third batch")
        return squares(y_true, y_pred)

    own, core = net(failing), net("mse")
    with pytest.raises(RuntimeError, match="third batch"):
        own.fit(X, Y, batch_size=16, shuffle=False, verbose=0)
    core.fit(X[:32], Y[:32], batch_size=16, shuffle=False, verbose=0)
    same(own, core)
    assert own.optimizer.iterations == 2
    own.fit(X, Y, batch_size=16, verbose=0)  # and goes on


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (lambda t, p: 0.0, r"must return \(values, gradient\), got float"),
        (lambda t, p: (0.0, p), r"`values` of the loss .* shape \(32,\), got \(\)"),
        (lambda t, p: (p[:, 0], p[:, :1]), r"`gradient` .* shape \(32, 3\), got \(32, 1\)"),
    ],
)
def test_wrong_shapes(loss: Any, message: str) -> None:
    model = net(loss)
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(X, Y, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True))


def test_files_leave_out_a_function_without_a_name(tmp_path: Any) -> None:
    model = net(lambda t, p: (((p - t) ** 2).sum(-1), 2 * (p - t)))
    model.fit(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="the loss '<lambda>' is left out of the file: a lambda"):
        model.save(tmp_path / "m.fnn")
    again = fastnn.models.load_model(tmp_path / "m.fnn")
    assert np.array_equal(again.predict(X), model.predict(X))
    with pytest.raises(ValueError, match="no `loss`"):
        again.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match="`fn` must be callable"):
        losses.FunctionLoss(3)  # type: ignore[arg-type]
