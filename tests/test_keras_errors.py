"""Wrong calls raise what Keras raises, so that what catches it there does so here.

``python tests/test_keras_errors.py`` writes what Keras 3.15 does anew; it needs Keras.
"""

import builtins
import importlib
import json
import pathlib
import warnings
from collections.abc import Callable
from typing import Any

import pytest

from more_wrong_calls import callback_calls, helper_calls, measure_calls, use_calls
from wrong_calls import Calls, layer_calls, model_calls, object_calls, training_calls

RECORDED = pathlib.Path(__file__).parent / "data" / "keras_errors.json"
_COMPILE = "compile() says at once what Keras says in fit()"
_ACCIDENT = "Keras fails by accident, deep in its own code or JAX's"
_NONSENSE = "Keras takes it, and does something else or nothing"
_UNFIT = "JAX says that shapes do not fit, and raises a TypeError"

# Calls that do something else than with Keras, and why. All of them raise a ValueError here but
# the last, which work.
APART = {
    "gdrop 1": "Keras raises in the first training step instead: it divides by zero",
    "adrop 1": "Keras raises in the first training step instead: it divides by zero",
    "elu": _NONSENSE, "bn momentum": _NONSENSE, "seq build none": _NONSENSE,
    "seq late input": _NONSENSE, "fn dup": _NONSENSE, "comp loss 2": _NONSENSE,
    "comp loss": _COMPILE, "comp lossint": _COMPILE, "comp metrics bad": _COMPILE,
 "comp no loss fit": "Keras trains nothing",
    "fit none": _ACCIDENT, "pred none": _ACCIDENT, "eval none": _ACCIDENT, "pred empty": _ACCIDENT,
    "fit y wide": "Keras compares each column with the one output",
    "fit y wide2": _UNFIT, "tob len": _UNFIT, "loss shapes": _UNFIT,
    "fit bs 0": "Keras takes 32", "pred bs": "Keras takes 32", "fit bs -1": _ACCIDENT,
    "fit ep -1": _NONSENSE, "fit verbose": _NONSENSE, "fit verbose str": _NONSENSE,
    "eval vs verb": _NONSENSE, "fit vs 2": _ACCIDENT, "fit vs -": _NONSENSE,
    "fit cw": _ACCIDENT, "fit cb": _ACCIDENT, "fit spe 0": _NONSENSE, "fit spe -": _ACCIDENT,
    "fit vf 0": _ACCIDENT, "fit labels oob": "Keras on JAX trains on NaN",
    "fit labels -": "Keras on JAX counts from the end", "pred list2": "Keras takes the first",
    "opt lr neg": "Keras climbs", "top k": _NONSENSE,
"es pat": _NONSENSE, "es pat str": _NONSENSE, "es baseline": _NONSENSE, "rlr pat": _NONSENSE,
    "lambda bad": _NONSENSE, "csv sep": _NONSENSE, "tb freq": _NONSENSE, "prec topk": _NONSENSE,
    "prec classid": _NONSENSE, "acc str": _NONSENSE, "huber": _NONSENSE,
    "bce smoothing": _NONSENSE, "focal": _NONSENSE, "con neg": _NONSENSE, "trainable": _NONSENSE,
    "m trainable": _NONSENSE, "fit vbs 0": _NONSENSE, "fit vsteps 0": _NONSENSE,
    "fit init neg": _NONSENSE, "fit sw nan": _NONSENSE, "fit cw str": _NONSENSE,
    "fit cw key -": _NONSENSE, "fit 4d y": _NONSENSE, "eval steps 0": _NONSENSE,
    "call training str": _NONSENSE, "fit bce 2": _NONSENSE, "fit complex": _NONSENSE,
    "pw type": _NONSENSE, "opt wd": _NONSENSE, "opt beta": _NONSENSE, "opt eps": _NONSENSE,
    "opt nest": _NONSENSE, "opt clip0": _NONSENSE, "tocat neg": _NONSENSE,
    "tocat float": _NONSENSE, "tocat strnum": _NONSENSE, "tocat 0": _NONSENSE,
    "norm order": _NONSENSE,
    "cb str": _ACCIDENT, "cb none in list": _ACCIDENT, "cb nested": _ACCIDENT,
    "eval bs -": _ACCIDENT, "fit empty": _ACCIDENT, "fit empty list": _ACCIDENT,
    "summary pos": _ACCIDENT,
    "met update shape": _UNFIT, "loss sw": _UNFIT, "init neg shape": _UNFIT, "tstob": _UNFIT,
    "lrs neg": "Keras climbs",
    "lambda none": "Keras says so in fit()",
    "fit list": "lists of numbers are arrays here",
}  # fmt: skip


def calls(k: Any) -> Calls:
    """All calls, for a package."""
    parts: list[Callable[[Any], Calls]] = [
        layer_calls, model_calls, training_calls, object_calls, callback_calls, measure_calls,
        use_calls, helper_calls,
    ]  # fmt: skip
    return {name: call for part in parts for name, call in part(k).items()}


def outcome(call: Callable[[], Any]) -> str:
    """The builtin exception that a call raises, or one that it is an instance of; "" for none."""
    try:
        call()
    except Exception as error:
        return next(c.__name__ for c in type(error).__mro__ if hasattr(builtins, c.__name__))
    return ""


# Empty while they are being written.
THEIRS: dict[str, str] = json.loads(RECORDED.read_text()) if __name__ != "__main__" else {}
OURS = calls(importlib.import_module("fastnn"))


def test_all_are_recorded() -> None:
    assert sorted(OURS) == sorted(THEIRS)
    assert set(APART) <= set(OURS)


@pytest.mark.parametrize("name", THEIRS)
def test_raises_what_keras_raises(name: str) -> None:
    expected, call = THEIRS[name], OURS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if name == "fit list":
            call()
        elif name in APART:
            with pytest.raises(ValueError, match=r".") as apart:
                call()
            assert not expected or not isinstance(apart.value, getattr(builtins, expected))
        elif expected:
            with pytest.raises(getattr(builtins, expected)):
                call()
        else:
            call()


def main() -> None:
    """Record what Keras does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {
            name: outcome(call) for name, call in calls(importlib.import_module("keras")).items()
        }
    RECORDED.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
