"""When to save: after each epoch, or every so many batches, across epochs."""

from typing import Any

from fastnn._validation import check_integer


class SavePoints:
    """Counts batches since the last save.

    Parameters
    ----------
    save_freq : {"epoch"} or int
    """

    def __init__(self, save_freq: Any) -> None:
        if isinstance(save_freq, str) and save_freq == "epoch":
            self.every: int | None = None
        else:
            try:
                self.every = check_integer(save_freq, "save_freq", 1)
            except ValueError:
                raise ValueError(
                    f"`save_freq` must be 'epoch' or a number of batches, got {save_freq!r}"
                ) from None
        self._seen = 0

    @property
    def by_epoch(self) -> bool:
        """Whether to save after each epoch."""
        return self.every is None

    def restart(self) -> None:
        """Count from zero."""
        self._seen = 0

    def count_batch(self) -> bool:
        """Count a batch; tell whether to save after it."""
        if self.every is None:
            return False
        self._seen += 1
        if self._seen < self.every:
            return False
        self._seen = 0
        return True
