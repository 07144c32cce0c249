"""Losses in models: what targets they take, and that training and calls agree."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import losses
from tolerance import HAND_FLOAT32


def model(loss: Any, units: int, activation: str = "linear", **arguments: Any) -> Any:
    net = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(units, activation=activation)])
    net.compile(arguments.pop("optimizer", "sgd"), loss, **arguments)
    return net


X = np.random.default_rng(1).normal(size=(12, 3)).astype(np.float32)
LABELS = np.array([0, 2, 1, 2, 0, 1, 2, 2, 1, 0, 2, 1])


@pytest.mark.parametrize("ignored", [-1, 2, 255])
@pytest.mark.parametrize("reduction", ["sum_over_batch_size", "sum", "mean_with_sample_weight"])
def test_a_class_that_is_left_out(ignored: int, reduction: str) -> None:
    """A batch has the loss of the same batch without those rows, and its step."""
    y = np.where(LABELS == 2, ignored, LABELS)
    weight = np.linspace(0.5, 2.0, 12)
    seen = LABELS != 2
    for chosen in (None, weight):
        loss = losses.SparseCategoricalCrossentropy(ignore_class=ignored, reduction=reduction)
        net = model(loss, 3, "softmax")
        other = model(losses.SparseCategoricalCrossentropy(reduction=reduction), 3, "softmax")
        other.set_weights(net.get_weights())
        want = loss(y, net.predict(X), chosen)
        assert net.evaluate(X, y, sample_weight=chosen, verbose=0) == pytest.approx(
            want, rel=HAND_FLOAT32
        )
        net.fit(X, y, sample_weight=chosen, batch_size=12, shuffle=False, verbose=0)
        part = None if chosen is None else chosen[seen]
        other.fit(X[seen], y[seen], sample_weight=part, batch_size=12, shuffle=False, verbose=0)
        for a, b in zip(net.get_weights(), other.get_weights(), strict=True):
            np.testing.assert_allclose(a, b, rtol=0, atol=HAND_FLOAT32)


def test_batches_without_a_row_that_counts() -> None:
    net = model(losses.SparseCategoricalCrossentropy(ignore_class=-1), 3, "softmax")
    before = net.get_weights()
    history = net.fit(X, np.full(12, -1), batch_size=4, epochs=2, verbose=0).history
    assert history["loss"] == [0.0, 0.0]
    assert all(np.array_equal(a, b) for a, b in zip(before, net.get_weights(), strict=True))
    with pytest.raises(
        ValueError, match=r"class numbers in `y` must be in \[0, 2\], got -2 in row 3"
    ):
        net.fit(X, np.r_[-1, -1, 0, -2, np.zeros(8, int)], verbose=0)


def test_metrics_see_every_label() -> None:
    """As in Keras, a class that the loss leaves out counts in metrics."""
    net = model(
        losses.SparseCategoricalCrossentropy(ignore_class=2), 3, "softmax",
        metrics=["accuracy", "sparse_categorical_crossentropy"],
    )  # fmt: skip
    logs = net.evaluate(X, LABELS, return_dict=True, verbose=0)
    p = net.predict(X)
    assert logs["accuracy"] == np.mean(p.argmax(axis=1) == LABELS)
    want = losses.SparseCategoricalCrossentropy()(LABELS, p)
    assert logs["sparse_categorical_crossentropy"] == pytest.approx(want, rel=HAND_FLOAT32)


def test_several_quantiles_of_one_target() -> None:
    loss = losses.Quantile([0.1, 0.5, 0.9])
    y = X[:, 0] + 0.25
    found = []
    for target in (y, y[:, None], np.repeat(y[:, None], 3, axis=1)):
        fastnn.utils.set_random_seed(3)
        net = model(loss, 3)
        found.append(net.fit(X, target, batch_size=5, epochs=3, verbose=0).history["loss"])
        assert net.evaluate(X, target, verbose=0) == pytest.approx(
            loss(target, net.predict(X)), rel=HAND_FLOAT32
        )
    assert found[0] == found[1] == found[2]
    with pytest.raises(ValueError, match="parameters for 3 columns, there are 2"):
        model(loss, 2).fit(X, y, verbose=0)


def test_quantiles_are_quantiles() -> None:
    draw = np.random.default_rng(5)
    y = draw.exponential(size=400)
    net = model(losses.Quantile([0.25, 0.75]), 2, optimizer=fastnn.optimizers.SGD(0.5))
    net.fit(np.zeros((400, 3)), y, batch_size=400, epochs=400, verbose=0)
    low, high = net.predict(np.zeros((1, 3)))[0]
    # A step is at most 0.5 * 0.75 / 2 long; the last ones move by the share that is wrong.
    assert abs(np.mean(y < low) - 0.25) < 0.05
    assert abs(np.mean(y < high) - 0.75) < 0.05


@pytest.mark.parametrize(
    ("loss", "message"),
    [(losses.Tweedie(1.5), "must be at least 0, got -1.0 in row 2"),
     (losses.Gamma(), "must be positive, got -1.0 in row 2"),
     (losses.BinaryFocalCrossentropy(), r"must be in \[0, 1\], got -1.0 in row 2")],
)  # fmt: skip
def test_targets_outside_the_domain(loss: Any, message: str) -> None:
    y = np.full(12, 0.5)
    y[2] = -1.0
    with pytest.raises(ValueError, match=message):
        model(loss, 1, "sigmoid").fit(X, y, verbose=0)
    if loss.targets == "positive":
        y[2] = 0.0
        with pytest.raises(ValueError, match=r"must be positive, got 0\.0 in row 2"):
            model(loss, 1, "sigmoid").fit(X, y, verbose=0)


def test_only_the_last_axis_is_trained() -> None:
    y = np.eye(3)[LABELS]
    for axis in (-1, 1):
        model(losses.CategoricalCrossentropy(axis=axis), 3, "softmax").fit(X, y, verbose=0)
    with pytest.raises(ValueError, match="`axis=0` of 'categorical_crossentropy' is not the last"):
        model(losses.CategoricalCrossentropy(axis=0), 3, "softmax").fit(X, y, verbose=0)


@pytest.mark.parametrize(
    "loss",
    [losses.Hinge(), losses.CategoricalFocalCrossentropy([0.1, 0.2, 0.3]), losses.Tweedie(1.3),
     losses.SparseCategoricalCrossentropy(ignore_class=7), losses.Quantile([0.2, 0.4, 0.6])],
    ids=lambda loss: loss.name,
)  # fmt: skip
def test_a_model_keeps_its_loss(loss: Any, tmp_path: Any) -> None:
    net = model(loss, 3, "softmax")
    y = LABELS if loss.targets == "labels" else np.eye(3)[LABELS]
    net.fit(X, y, verbose=0)
    net.save(tmp_path / "m.fnn")
    again = fastnn.models.load_model(tmp_path / "m.fnn")
    assert again.evaluate(X, y, verbose=0) == net.evaluate(X, y, verbose=0)
    assert again.fit(X, y, verbose=0).history == net.fit(X, y, verbose=0).history
