"""What lets an object that holds an array be used as one."""

from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import NDArray


class ArrayLike(NDArrayOperatorsMixin):
    """Base of variables: NumPy's arithmetic and comparisons with their values.

    A subclass has `numpy`, which returns a copy of the values, and `assign`, which sets them.
    """

    __hash__ = object.__hash__

    def numpy(self) -> NDArray[Any]:
        """Return a copy of the values."""
        raise NotImplementedError(f"{type(self).__name__} does not say where its values are")

    def assign(self, value: Any) -> Any:
        """Set the values."""
        raise NotImplementedError(f"{type(self).__name__} does not say where its values are")

    @property
    def value(self) -> NDArray[Any]:
        """A copy of the values."""
        return self.numpy()

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.numpy().ndim

    def assign_add(self, value: Any) -> Any:
        """Add to the values."""
        return self.assign(self.numpy() + np.asarray(value))

    def assign_sub(self, value: Any) -> Any:
        """Subtract from the values."""
        return self.assign(self.numpy() - np.asarray(value))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a variable can only be read as a copy")
        value = self.numpy()
        return value if dtype is None else value.astype(np.dtype(dtype))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        plain = [x.numpy() if isinstance(x, ArrayLike) else x for x in inputs]
        into = kwargs.get("out", ())
        if len(into) == 1 and isinstance(into[0], ArrayLike):  # variable += array
            del kwargs["out"]
            into[0].assign(getattr(ufunc, method)(*plain, **kwargs))
            return into[0]
        return getattr(ufunc, method)(*plain, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self.numpy()[key]

    def __len__(self) -> int:
        return len(self.numpy())

    def __float__(self) -> float:
        return float(self.numpy())

    def __int__(self) -> int:
        return int(self.numpy())

    def __bool__(self) -> bool:
        return bool(self.numpy())
