"""Constructors against Keras': names, order and defaults of the arguments, as Keras 3.15 has them.

``python tests/test_keras_signatures.py`` writes the recorded ones anew; it needs Keras.
"""

import importlib
import inspect
import json
import pathlib
from typing import Any

import pytest

RECORDED = pathlib.Path(__file__).parent / "data" / "keras_signatures.json"
MODULES = (
    "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "optimizers",
    "optimizers.schedules", "regularizers",
)  # fmt: skip


# Whose arguments are others, and why.
OTHERS = {
    "CallbackList",  # the bar belongs to fit, so there is no `add_progbar`
    "Optimizer",  # the base class takes them by name, as every optimiser states them
}


def arguments(made: Any) -> dict[str, str]:
    """Every named argument of a class, in order, with its default as text; "" for none."""
    return {
        name: "" if each.default is each.empty else repr(each.default)
        for name, each in inspect.signature(made.__init__).parameters.items()
        if name != "self" and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
    }


def signatures(package: str) -> dict[str, dict[str, dict[str, str]]]:
    """The arguments of every class in the modules of a package."""
    out: dict[str, dict[str, dict[str, str]]] = {}
    for module in MODULES:
        found = importlib.import_module(f"{package}.{module}")
        made = {name: getattr(found, name) for name in sorted(dir(found)) if name[0].isupper()}
        out[module] = {
            name: arguments(each) for name, each in made.items() if inspect.isclass(each)
        }
    return out


# Empty while they are being written.
THEIRS: dict[str, Any] = json.loads(RECORDED.read_text()) if __name__ != "__main__" else {}


def names() -> list[tuple[str, str]]:
    """Classes that both have."""
    return [
        (module, name)
        for module in MODULES
        for name in dir(importlib.import_module(f"fastnn.{module}"))
        if name in THEIRS.get(module, {}) and name not in OTHERS
    ]


@pytest.mark.parametrize(("module", "name"), names())
def test_arguments_are_those_of_keras(module: str, name: str) -> None:
    theirs = THEIRS[module][name]
    ours = arguments(getattr(importlib.import_module(f"fastnn.{module}"), name))
    assert [argument for argument in ours if argument in theirs] == list(theirs)
    for argument, default in theirs.items():
        if not (default.replace(".", "").isdigit() and float(default) == float(ours[argument])):
            assert ours[argument] == default, argument


def test_most_classes_are_compared() -> None:
    assert len(names()) > 150


if __name__ == "__main__":
    mine = signatures("fastnn")
    both = {
        module: {name: each for name, each in classes.items() if name in mine[module]}
        for module, classes in signatures("keras").items()
    }
    RECORDED.write_text(json.dumps(both, separators=(",", ":")) + "\n")
