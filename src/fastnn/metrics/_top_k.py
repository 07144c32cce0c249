"""Whether the right class is among the first few: shared by the two metrics of that kind."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def in_top_k(labels: NDArray[Any], pred: NDArray[Any], k: int) -> NDArray[np.float64]:
    """Return 1 for rows whose label is among the k largest predictions, ties included, else 0."""
    labels = labels.astype(np.int64)
    inside = (labels >= 0) & (labels < pred.shape[-1])
    own = np.take_along_axis(pred, np.where(inside, labels, 0)[..., np.newaxis], -1)
    larger = (pred > own).sum(axis=-1)
    found: NDArray[np.float64] = (inside & np.isfinite(own[..., 0]) & (larger < k)).astype(
        np.float64
    )
    return found
