"""Random programs: what Keras and fastnn make of them must agree.

With Keras (``-m keras``) every program runs in both. Without, fastnn's results are compared with
recorded ones of Keras.
"""

import json
import os
from collections import Counter
from typing import Any

import pytest

from . import catalogue as cat
from .compare import assert_same, limits
from .draw import PROGRAMS, Program, features, programs
from .focus import focus_programs
from .record import FILE, load
from .run import Outcome, run
from .wanted import WANTED

fastnn = pytest.importorskip("fastnn")

# Keras warns of an epoch that the rows do not fill, as fastnn does.
pytestmark = pytest.mark.filterwarnings("ignore:the input ran out:UserWarning")

DRAWN = programs(PROGRAMS)
FOCUSED = focus_programs()
ALL = [*DRAWN, *FOCUSED]
RECORDED = {program["number"]: (program, outcome, limit) for program, outcome, limit in load()}


def required() -> set[str]:
    """Every feature that the catalogue has."""
    found = {f"activation {name}" for name, _ in cat.ACTIVATIONS}
    found |= {f"activation {name} {k}" for name, options in cat.ACTIVATIONS for k in options}
    found |= {f"layer {name}" for name, _ in cat.LAYERS} | {"layer Dense without bias"}
    found |= {f"optimizer {name}" for name, _ in cat.OPTIMIZERS}
    found |= {f"optimizer {name} {k}" for name, options in cat.OPTIMIZERS for k in options}
    found |= {f"optimizer {k}" for extra in cat.EXTRAS for k in extra}
    found |= {f"schedule {name} {k}" for name, options in cat.SCHEDULES for k in options}
    for entries in cat.LOSSES.values():
        found |= {f"loss {name} {k}={v}" for name, options in entries for k, v in options.items()}
        found |= {f"loss {name} reduction={r}" for name, _ in entries for r in cat.REDUCTIONS}
    found |= {f"loss {name!r}" for names in cat.LOSS_NAMES.values() for name in names}
    for entries in (*cat.METRICS.values(), *cat.LOGIT_METRICS.values()):
        found |= {f"metrics {m if isinstance(m, str) else m[0]}" for m in entries}
        found |= {f"metric {m[0]} {k}" for m in entries if not isinstance(m, str) for k in m[1]}
    found |= {f"input {form}" for form in cat.INPUTS}
    found |= {f"targets {form}" for form in cat.TARGET_FORMS}
    found |= {f"fit {form}" for form in cat.FITS} | {f"evaluate {form}" for form in cat.EVALUATES}
    return found


def test_programs_cover_every_feature() -> None:
    """At least 300 programs, and each entry of the catalogue in several; none is drawn twice."""
    counts = Counter(feature for program in DRAWN for feature in features(program))
    assert len(ALL) >= 300
    assert len({json.dumps({**p, "number": 0}, sort_keys=True) for p in ALL}) == len(ALL)
    missing = {
        feature: counts[feature]
        for feature in required()
        if counts[feature] < (1 if feature.startswith("loss '") else 2)
    }
    assert not missing


def test_catalogue_has_all_of_fastnn() -> None:
    """Each activation, loss, metric, optimiser and schedule of fastnn is in the catalogue."""
    drawn = {feature.split()[1] for feature in required()}
    drawn |= {name for program in FOCUSED for name in named(program)}
    public = {
        "activations": fastnn.activations.__all__,
        "losses": [n for n in fastnn.losses.__all__ if n[0].isupper()],
        "metrics": [n for n in fastnn.metrics.__all__ if n[0].isupper()],
        "optimizers": [n for n in fastnn.optimizers.__all__ if n[0].isupper()],
        "schedules": [n for n in fastnn.optimizers.schedules.__all__ if n[0].isupper()],
        "layers": [n for n in fastnn.layers.__all__ if n[0].isupper()],
    }
    missing = {
        f"{module}.{name}"
        for module, names in public.items()
        for name in names
        if name not in drawn | ABSENT.get(module, set())
    }
    assert not missing


def test_programs_have_all_that_is_wanted() -> None:
    """Every item of the list of what a dense network needs, each in at least two programs."""
    counts = Counter(name for program in ALL for name in named(program) | words(program))
    wanted = {(kind, item) for kind, items in WANTED.items() for item in items}
    assert len(wanted) == sum(len(items) for items in WANTED.values())
    assert not {(kind, item): counts[item] for kind, item in wanted if counts[item] < 2}


def words(program: Program) -> set[str]:
    """What a program is about, without the family."""
    return {program.get("focus", "").partition(" ")[2]}


def named(program: Any) -> set[str]:
    """Every name in a program."""
    if isinstance(program, str):
        return {program}
    if isinstance(program, dict):
        program = [*program, *program.values()]
    if isinstance(program, (list, tuple)):
        return {name for part in program for name in named(part)}
    return set()


# What no program can draw: helpers, names for what is drawn under another, what Keras has not, and
# activations whose Keras form is another function (docs/keras-differences.md).
ABSENT = {
    "activations": {"deserialize", "get", "serialize", "hard_swish", "sparsemax", "step"},
    "losses": {"FunctionLoss", "Gamma", "Loss", "Quantile", "SumSquaredError", "Tweedie"},
    "metrics": {"BinaryAccuracy", "CategoricalAccuracy", "LossValue", "MeanAbsoluteError",
                "Metric", "RootMeanSquaredError", "SparseCategoricalAccuracy"},
    "optimizers": {"LBFGS", "Optimizer"},
    "schedules": {"LearningRateSchedule"},
    "layers": {"Input", "InputLayer", "InputSpec"},
}  # fmt: skip


def need_pandas(program: Program) -> None:
    """Skip a program that needs pandas where there is none."""
    if program["input"] == "pandas":
        pytest.importorskip("pandas")


def test_recording_is_of_these_programs() -> None:
    """The file is small, and holds what is drawn today."""
    assert FILE.stat().st_size < 300_000
    drawn = {program["number"]: json.loads(json.dumps(program)) for program in ALL}
    assert all(program == drawn[number] for number, (program, _, _) in RECORDED.items())
    assert len(RECORDED) == len(ALL)


@pytest.mark.parametrize("number", RECORDED)
def test_fastnn_agrees_with_recorded_keras(number: int) -> None:
    """Names, history, weights, evaluate and predict."""
    program, theirs, allowed = RECORDED[number]
    need_pandas(program)
    assert_same(fastnn, program, theirs, allowed)


@pytest.fixture(scope="module")
def keras() -> Any:
    """Keras with the JAX backend."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    module = pytest.importorskip("keras")
    if module.backend.backend() != "jax":
        pytest.skip("needs the JAX backend")
    return module


@pytest.mark.keras
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("program", ALL, ids=lambda program: str(program["number"]))
def test_fastnn_agrees_with_keras(program: Program, keras: Any) -> None:
    """The same, with Keras at work."""
    need_pandas(program)
    theirs: Outcome = run(keras, program, keras=True)
    assert_same(fastnn, program, theirs, limits(fastnn, program))
