"""Arguments that all classes of a family take as ``**common``, shown in the signature of each."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

_Kind = Any  # of inspect.Parameter, which names the type nowhere


def signature_with(
    init: Callable[..., None],
    defaults: Mapping[str, object],
    types: Mapping[str, Any],
    kind: _Kind,
    after: str | None = None,
) -> inspect.Signature | None:
    """Return the signature of an ``__init__``, with single arguments in place of ``**common``.

    They stand behind the argument `after`, by default behind all of its own. One that the class
    names itself stands where it is named. None if there is no ``**common``.
    """
    own = list(inspect.signature(init).parameters.values())
    if own[-1].kind is not inspect.Parameter.VAR_KEYWORD or own[-1].name != "common":
        return None
    own.pop()
    names = [parameter.name for parameter in own]
    shared = [
        inspect.Parameter(name, kind, default=default, annotation=types[name])
        for name, default in defaults.items()
        if name in types and name not in names
    ]
    at = len(own) if after is None else names.index(after) + 1
    return inspect.signature(init).replace(parameters=[*own[:at], *shared, *own[at:]])
