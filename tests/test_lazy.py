"""Public names that are loaded when first asked for: all there, said alike, never hidden."""

import ast
import importlib
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest

import fastnn
from fastnn._lazy import LazyPackage
from fastnn._registry import Registry

PACKAGES = [
    importlib.import_module(".".join(file.relative_to(Path(fastnn.__path__[0]).parent).parts[:-1]))
    for file in sorted(Path(fastnn.__path__[0]).rglob("__init__.py"))
    if "make_lazy(" in file.read_text()
]
packages = pytest.mark.parametrize("package", PACKAGES, ids=lambda p: p.__name__)


def imported_for_types(package: LazyPackage) -> tuple[dict[str, str], set[str]]:
    """Names to modules, and modules, of the imports under ``if TYPE_CHECKING``."""
    names, modules = {}, set()
    for block in ast.parse(inspect.getsource(package)).body:
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING":
            for line in block.body:
                assert isinstance(line, ast.ImportFrom)
                for alias in line.names:
                    if line.module == package.__name__:
                        modules.add(alias.name)
                    else:
                        names[alias.name] = str(line.module)
    return names, modules


@packages
def test_the_tables_say_what_the_imports_for_types_say(package: LazyPackage) -> None:
    names, modules = imported_for_types(package)
    assert package._lazy_names == names
    assert package._lazy_modules == modules


@packages
def test_all_names_can_be_had_and_are_listed(package: LazyPackage) -> None:
    listed = dir(package)
    for name in package.__all__:
        getattr(package, name)
        assert name in listed
    assert set(package._lazy_names) | package._lazy_modules <= set(package.__all__)


@packages
def test_registered_classes_are_public_and_known_by_their_short_names(package: LazyPackage) -> None:
    registry = vars(package).get("REGISTRY")
    if registry is None:
        pytest.skip("no registry")
    assert isinstance(registry, Registry)
    assert registry._classes <= set(package.__all__)
    for short, name in registry._short_names.items():
        assert registry.lookup(short, "argument") is getattr(package, name)
        if short in package.__all__:  # a function, or another name of the class
            meant = getattr(package, short)
            found = meant if isinstance(meant, type) else registry.of_function(meant)
            assert found is getattr(package, name)


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_import_loads_no_more_than_it_needs() -> None:
    loaded = run(
        "import sys, json, fastnn;print(json.dumps([m for m in sys.modules if 'fastnn' in m]))"
    )
    assert set(json.loads(loaded)) == {"fastnn", "fastnn._core", "fastnn._lazy", "fastnn._runtime"}


def test_a_function_is_not_hidden_by_the_module_of_its_name() -> None:
    run(
        "from fastnn.losses.huber import Huber\n"
        "import fastnn.metrics.binary_crossentropy\n"
        "from fastnn import losses, metrics\n"
        "assert callable(losses.huber) and losses.Huber is Huber\n"
        "assert callable(metrics.binary_crossentropy)\n"
        "assert metrics.binary_crossentropy is losses.binary_crossentropy\n"
    )


def test_names_can_be_imported_with_from_and_star() -> None:
    run(
        "from fastnn.layers import Dense\n"
        "from fastnn.optimizers.schedules import CosineDecay\n"
        "from fastnn.metrics import *\n"
        "AUC, binary_accuracy, huber\n"
        "import fastnn.callbacks as c\n"
        "c.EarlyStopping\n"
    )


def test_a_function_of_the_users_with_a_known_name_is_the_users() -> None:
    def mean_squared_error(y_true: object, y_pred: object) -> object:
        return y_pred

    metric = fastnn.metrics.resolve(mean_squared_error, "metrics")
    assert isinstance(metric, fastnn.metrics.MeanMetricWrapper)
    assert isinstance(fastnn.losses.resolve(mean_squared_error), fastnn.losses.FunctionLoss)
