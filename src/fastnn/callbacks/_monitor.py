"""What callbacks that look at one logged value share: which way is better, and by how much."""

import warnings
from typing import Any

from fastnn.callbacks.callback import Callback, Logs

# With mode="auto" a value whose name ends so is better when it is larger.
LARGER_IS_BETTER = (
    "acc", "accuracy", "auc", "precision", "recall", "f1_score", "fbeta_score", "r2_score",
    "true_positives", "true_negatives", "iou", "sensitivity_at_specificity",
    "specificity_at_sensitivity", "precision_at_recall", "recall_at_precision",
    "cosine_similarity", "pearson_correlation", "concordance_correlation",
)  # fmt: skip


class Monitor:
    """One logged value, and which way it should go.

    Parameters
    ----------
    monitor : str
        Key of the logs.
    mode : {"auto", "min", "max"}
    min_delta : float, default=0.0
        Smaller changes are no improvement.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        self.key = str(monitor)
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"`mode` must be 'auto', 'min' or 'max', got {mode!r}: taken for 'auto'",
                stacklevel=3,
            )
            mode = "auto"
        self.mode = mode
        larger = self.key.endswith(LARGER_IS_BETTER)
        self.maximize = self.mode == "max" or (self.mode == "auto" and larger)
        self.min_delta = min_delta

    def improves(self, value: float, reference: float) -> bool:
        """Tell whether `value` is better than `reference` by more than `min_delta`."""
        if self.maximize:
            return value - self.min_delta > reference
        return value + self.min_delta < reference

    def read(self, callback: Callback, logs: Logs) -> Any:
        """Return the value, or warn and return None when the logs do not have it.

        With `mode` "auto" it must be the loss or a metric, of training if not of validation: a
        ValueError, as in Keras, which could not tell which way it should go.
        """
        found = logs or {}
        value = found.get(self.key)
        if value is None:
            message = (
                f"{type(callback).__name__} has no {self.key!r} to look at; the logs have: "
                f"{', '.join(found)}"
            )
            measured = {key.removeprefix("val_") for key in [*found, "loss"]}
            if self.mode == "auto" and self.key.removeprefix("val_") not in measured:
                raise ValueError(f"{message}; `mode='auto'` needs one of these")
            warnings.warn(message, stacklevel=3)
        return value
