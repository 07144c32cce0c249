"""Every metric against Keras 3 itself: two batches, with and without weights, ties and edges."""

import os
from typing import Any

import numpy as np
import pytest

from tolerance import KERAS_AREA

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_PLATFORMS", "cpu")

pytestmark = [
    pytest.mark.keras,
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # Keras' and JAX's own
]

fastnn = pytest.importorskip("fastnn")

# name, arguments, what it is fed with
CALLS: list[tuple[str, dict[str, Any], str]] = [
    ("Accuracy", {}, "labels"),
    ("BinaryAccuracy", {"threshold": 0.25}, "binary"),
    ("CategoricalAccuracy", {}, "classes"),
    ("SparseCategoricalAccuracy", {}, "sparse"),
    ("TopKCategoricalAccuracy", {"k": 2}, "classes"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "sparse"),
    *((name, {}, "reals") for name in (
        "MeanSquaredError", "MeanAbsoluteError", "RootMeanSquaredError", "CosineSimilarity",
        "LogCoshError", "PearsonCorrelation", "ConcordanceCorrelation",
    )),
    *((name, {}, "binary") for name in (
        "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Poisson", "KLDivergence",
        "BinaryCrossentropy", "Hinge", "SquaredHinge",
    )),
    ("CategoricalHinge", {}, "classes"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.25}, "classes"),
    ("SparseCategoricalCrossentropy", {}, "sparse"),
    *(("R2Score", {"class_aggregation": how, "num_regressors": n}, "reals")
      for how in (None, "uniform_average", "variance_weighted_average") for n in (0, 4)),
    *((name, {"thresholds": at}, "binary") for at in (None, 0.3, [0.7, 0.2, 0.5]) for name in (
        "TruePositives", "FalsePositives", "TrueNegatives", "FalseNegatives", "Precision", "Recall",
    )),
    *((name, arguments, "classes") for name in ("Precision", "Recall") for arguments in (
        {"top_k": 2}, {"class_id": 1}, {"top_k": 1, "class_id": 2}, {"thresholds": [0.1, 0.4]},
    )),
    *(("F1Score", {"average": how}, "classes") for how in (None, "micro", "macro", "weighted")),
    ("FBetaScore", {"beta": 2.0, "threshold": 0.5}, "binary"),
    *(("AUC", {"curve": curve, "num_thresholds": n, "summation_method": how}, "binary")
      for curve in ("ROC", "PR", "PRGAIN") for n, how in
      ((200, "interpolation"), (11, "minoring"), (2, "majoring"))),
    *(("AUC", {"curve": curve, "multi_label": True, **arguments}, "binary")
      for curve in ("ROC", "PR", "PRGAIN") for arguments in
      ({}, {"num_labels": 4}, {"label_weights": [1.0, 0.0, 3.0, 0.5], "num_labels": 4})),
    ("AUC", {"label_weights": [1.0, 0.0, 3.0, 0.5]}, "binary"),
    ("AUC", {"thresholds": [0.1, 0.7, 0.3], "from_logits": True}, "reals of 0 and 1"),
    *(("SensitivityAtSpecificity", {"specificity": v, "num_thresholds": n}, "binary")
      for v in (0.0, 0.4, 1.0) for n in (1, 11)),
    *(("SpecificityAtSensitivity", {"sensitivity": v, "num_thresholds": 50}, "binary")
      for v in (0.3, 0.9)),
    *(("PrecisionAtRecall", {"recall": v, "class_id": i}, "classes") for v in (0.3, 0.9)
      for i in (None, 2)),
    *(("RecallAtPrecision", {"precision": v}, "binary") for v in (0.3, 0.6, 1.0)),
    *(("MeanIoU", {"num_classes": 5, "ignore_class": skip}, "labels") for skip in (None, 0, -1)),
    ("IoU", {"num_classes": 5, "target_class_ids": [0, 3]}, "labels"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "column"),
    ("OneHotIoU", {"num_classes": 4, "target_class_ids": [0, 2]}, "classes"),
    ("OneHotMeanIoU", {"num_classes": 4, "ignore_class": 1}, "classes"),
]  # fmt: skip


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    return pytest.importorskip("keras")


def arrays(kind: str, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Targets, predictions with ties and values at the ends, weights with zeros."""
    n = 40
    pred = np.round(rng.uniform(-0.1, 1.1, (n, 4)).clip(0, 1), 1).astype("float32")
    weight = (rng.uniform(0, 2, n) * (rng.random(n) < 0.8)).astype("float32")
    if kind == "labels":
        return rng.integers(0, 5, n), rng.integers(0, 5, n), weight
    if kind == "sparse":
        return rng.integers(0, 4, n), pred, weight
    if kind == "classes":
        return np.eye(4, dtype="float32")[rng.integers(0, 4, n)], pred + 0.01, weight
    if kind == "binary":
        return rng.integers(0, 2, (n, 4)).astype("float32"), pred, weight
    if kind == "column":
        return rng.integers(0, 2, n), pred[:, 0], weight
    true = rng.normal(size=(n, 4)).astype("float32")
    pred = (true + rng.normal(size=(n, 4))).astype("float32")
    return (true > 0).astype("float32") if "0 and 1" in kind else true, pred, weight


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "call", CALLS, ids=lambda call: f"{call[0]} {' '.join(map(str, call[1].values()))}"
)
def test_metrics_agree_with_keras(
    call: tuple[str, dict[str, Any], str], weighted: bool, keras: Any, rng: np.random.Generator
) -> None:
    """Values and names. An intersection over union needs whole weights in Keras, or a dtype."""
    name, arguments, kind = call
    true, pred, weight = arrays(kind, rng)
    if "IoU" in name:
        arguments = {**arguments, "dtype": "float32"}
    ours, theirs = (getattr(api.metrics, name)(**arguments) for api in (fastnn, keras))
    for rows in (slice(0, 17), slice(17, None)):
        part = weight[rows] if weighted else None
        ours.update_state(true[rows], pred[rows], part)
        theirs.update_state(true[rows], pred[rows], part)
        want = np.asarray(theirs.result())
        atol = KERAS_AREA * max(1.0, float(np.abs(want).max()))
        np.testing.assert_allclose(ours.result(), want, rtol=0, atol=atol)
    ours.reset_state()
    assert np.all(np.asarray(ours.result()) == 0.0)
    assert ours.name.rstrip("_0123456789") == theirs.name.rstrip("_0123456789")
