"""Names of layers and models: automatic ones, and what a name may be."""

import re
from typing import Any

_name_counts: dict[str, int] = {}
_uids: dict[str, int] = {}


def snake_case(class_name: str) -> str:
    """Return a class name as part of other names: ``LeakyReLU`` becomes ``leaky_re_lu``."""
    base = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", class_name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", base).lower()


def auto_name(class_name: str) -> str:
    """Return a name from the class name: ``dense``, then ``dense_1``, and so on."""
    base = snake_case(class_name)
    count = _name_counts.get(base, 0)
    _name_counts[base] = count + 1
    return base if count == 0 else f"{base}_{count}"


def next_uid(prefix: str) -> int:
    """Return 1, 2 and so on for calls with that prefix."""
    _uids[prefix] = _uids.get(prefix, 0) + 1
    return _uids[prefix]


def clear_names() -> None:
    """Start automatic names anew."""
    _name_counts.clear()
    _uids.clear()


def check_name(name: Any) -> str:
    """Return a name that can be part of a path."""
    if not isinstance(name, str) or not name or "/" in name:
        raise ValueError(f"`name` must be a non-empty string without '/', got {name!r}")
    return name
