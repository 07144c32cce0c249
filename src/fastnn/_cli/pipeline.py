"""What stands between a CSV file and the network: columns, scaling, the names of classes.

A pipeline is stored in the model's file, so that ``predict`` needs nothing else.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fastnn._cli.errors import UserError

KIND = "fastnn-table-1"
"""Names the layout of what `as_dict` returns; another layout gets another number."""


def center_and_scale(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of each column; 1 in place of the deviation of a constant."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scale = values.mean(axis=0), values.std(axis=0)
    # By its values: the mean of a constant is rounded, and its deviation need not come out as 0.
    constant = values.max(axis=0) == values.min(axis=0)
    return mean, np.where(constant, 1.0, scale)


@dataclass(frozen=True)
class Pipeline:
    """Features in, predictions out.

    `classes` is None for regression; `target_mean` and `target_scale` are 0 and 1 otherwise.
    """

    target: str
    features: list[str]
    feature_mean: list[float]
    feature_scale: list[float]
    classes: list[str] | None = None
    target_mean: float = 0.0
    target_scale: float = 1.0

    def scale_features(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Rows of raw features, (n, features), as the network takes them."""
        with np.errstate(over="ignore"):
            scaled = (values - np.array(self.feature_mean)) / np.array(self.feature_scale)
            return np.asarray(scaled, dtype=np.float32)

    def scale_target(self, values: NDArray[np.float64]) -> NDArray[np.float32]:
        """Targets of a regression as the network is taught them."""
        return np.asarray((values - self.target_mean) / self.target_scale, dtype=np.float32)

    def unscale_target(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """What the network of a regression puts out, in the target's own unit."""
        return outputs.astype(np.float64) * self.target_scale + self.target_mean

    @property
    def n_outputs(self) -> int:
        return 1 if self.classes is None else len(self.classes)

    def as_dict(self) -> dict[str, Any]:
        return {"kind": KIND, **asdict(self)}

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Inverse of `as_dict`; UserError for anything that is not of its form."""
        if not isinstance(stored, dict) or stored.get("kind") != KIND:
            raise UserError("it was not written by `python -m fastnn train`")
        fields = {name: value for name, value in stored.items() if name != "kind"}
        try:
            pipeline = cls(**fields)
        except TypeError:
            raise UserError("its table description has other fields than it should") from None
        pipeline._check()
        return pipeline

    def _check(self) -> None:
        texts = [self.target, *_items(self.features), *_items(self.classes or [])]
        mean, scale = _items(self.feature_mean), _items(self.feature_scale)
        numbers = [*mean, *scale, self.target_mean, self.target_scale]
        if not (
            all(isinstance(text, str) for text in texts)
            and all(isinstance(n, int | float) and math.isfinite(n) for n in numbers)
            and all(n > 0 for n in [*scale, self.target_scale])
            and len(self.features) == len(set(self.features)) == len(mean) == len(scale) > 0
            and (self.classes is None or len(self.classes) >= 2)
        ):
            raise UserError("its table description is damaged")


def _items(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise UserError("its table description is damaged")
    return value
