"""What the first targets decide: ``loss="crossentropy"``, and "accuracy" without a loss."""

from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers

X = np.linspace(-1, 1, 24).reshape(8, 3).astype(np.float32)
NUMBERS = np.array([0, 1, 2, 0, 1, 1, 2, 0])
ROWS = np.eye(3, dtype=np.float32)[NUMBERS]


def classifier(outputs: int) -> Any:
    activation = "sigmoid" if outputs == 1 else "softmax"
    return fastnn.Sequential(
        [fastnn.Input((3,)), layers.Dense(outputs, activation, kernel_initializer="ones")]
    )


CASES = [
    (1, NUMBERS % 2, "binary_crossentropy"),
    (1, (NUMBERS % 2)[:, None], "binary_crossentropy"),
    (3, NUMBERS, "sparse_categorical_crossentropy"),
    (3, NUMBERS[:, None], "sparse_categorical_crossentropy"),
    (3, ROWS, "categorical_crossentropy"),
]


@pytest.mark.parametrize("how", ["fit", "batch", "generator", "evaluate"])
@pytest.mark.parametrize(("outputs", "y", "name"), CASES)
def test_crossentropy_is_the_one_that_fits(outputs: int, y: Any, name: str, how: str) -> None:
    results = []
    for loss in ("crossentropy", "ce", name):
        model = classifier(outputs)
        model.compile(fastnn.optimizers.SGD(0.1), loss, metrics=["accuracy"])
        if how == "fit":
            result = model.fit(X, y, epochs=2, shuffle=False, verbose=0).history
        elif how == "batch":
            result = model.train_on_batch(X, y)
        elif how == "generator":
            result = model.fit(iter([(X, y)]), verbose=0).history
        else:
            result = model.evaluate(X, y, verbose=0)
        results.append((result, [w.tobytes() for w in model.get_weights()]))
    assert results[0] == results[1] == results[2]


def test_it_stays_what_it_was_and_is_saved(tmp_path: Any) -> None:
    model = classifier(3)
    model.compile("sgd", "crossentropy")
    before = tmp_path / "before.fnn"
    model.save(before)
    model.evaluate(X, NUMBERS, verbose=0)
    with pytest.raises(ValueError, match="class number"):
        model.evaluate(X, ROWS, verbose=0)
    loaded = fastnn.models.load_model(before)
    assert loaded.evaluate(X, ROWS, verbose=0) > 0
    with pytest.raises(ValueError, match="name which"):
        fastnn.losses.get("crossentropy")


def two_outputs(**compiled: Any) -> Any:
    entry = fastnn.Input((3,))
    a = layers.Dense(1, name="a", kernel_initializer="ones")(entry)
    b = layers.Dense(3, "softmax", name="b", kernel_initializer="ones")(entry)
    model = fastnn.Model(entry, [a, b])
    model.compile(fastnn.optimizers.SGD(0.1), **compiled)
    return model


@pytest.mark.parametrize("labels", [NUMBERS, ROWS])
def test_metrics_of_an_output_without_a_loss(labels: Any) -> None:
    """They are what the output's metrics would be with a loss; it and its layer stay untouched."""
    y = [X[:, :1], labels]
    model = two_outputs(loss=["mse", None], metrics=[["mae"], ["accuracy"]])
    other = two_outputs(loss=["mse", "crossentropy"], metrics=[["mae"], ["accuracy"]])
    assert model.metrics_names == ["loss", "a_mae", "b_accuracy"]
    kept = model.get_layer("b").get_weights()[0]
    expected = other.evaluate(X, y, verbose=0, return_dict=True)
    got = model.evaluate(X, y, verbose=0, return_dict=True)
    assert got == {"a_mae": expected["a_mae"], "b_accuracy": expected["b_accuracy"],
                   "loss": expected["a_loss"]}  # fmt: skip
    model.fit(X, y, verbose=0)
    assert np.array_equal(model.get_layer("b").get_weights()[0], kept)


def test_metrics_that_are_fed_and_weighted(rng: np.random.Generator) -> None:
    weights = rng.uniform(size=8)
    model = two_outputs(
        loss={"a": "mse"}, metrics={"b": [fastnn.metrics.AUC(name="auc")]},
        weighted_metrics={"b": ["categorical_crossentropy"]},
    )  # fmt: skip
    got = model.evaluate(
        X, {"a": X[:, :1], "b": ROWS}, sample_weight={"a": weights, "b": weights}, verbose=0,
        return_dict=True,
    )  # fmt: skip
    p = model.predict(X)[1]
    auc = fastnn.metrics.AUC()
    auc.update_state(ROWS, p)
    assert got["b_auc"] == pytest.approx(float(auc.result()), abs=1e-12)
    each = -np.log((p * ROWS).sum(1))
    assert got["b_categorical_crossentropy"] == pytest.approx(
        (each * weights).sum() / weights.sum(), rel=1e-5
    )


def test_the_targets_of_the_only_loss_may_be_alone() -> None:
    model = two_outputs(loss=["mse", None])
    assert model.evaluate(X, X[:, :1], verbose=0) == model.evaluate(X, [X[:, :1], None], verbose=0)


def test_a_model_that_is_only_measured() -> None:
    """It can be evaluated, not trained; its loss is 0, as Keras has it."""
    model = classifier(3)
    model.compile("sgd", metrics=["accuracy"])
    loss, accuracy = model.evaluate(X, NUMBERS, verbose=0)
    assert loss == 0.0
    assert accuracy == np.mean(np.argmax(model.predict(X), 1) == NUMBERS)
    for train in (model.fit, model.train_on_batch):
        with pytest.raises(ValueError, match="was given no `loss`"):
            train(X, NUMBERS)
    model.compile("sgd")
    with pytest.raises(ValueError, match="no `loss` and no `metrics`"):
        model.evaluate(X, NUMBERS)
