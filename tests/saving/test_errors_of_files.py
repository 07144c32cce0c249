"""Wrong calls and bad files: the errors that programs for Keras catch, and those of fastnn."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import saving
from fastnn._errors import DamagedFileError, MissingFileError, ObjectError


def net() -> Any:
    return fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])


def own_metric() -> Any:
    def own(y_true: Any, y_pred: Any) -> Any:
        return y_pred[:, 0]

    model = net()
    model.compile("sgd", "mse", metrics=[own])
    return model


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


# What each wrong call raises, what Keras raises for it, and what fastnn's contract says besides.
CALLS: list[tuple[Callable[[Path], Any], tuple[type[Exception], ...], str]] = [
    (lambda p: net().save(p / "m.zz"), (ValueError,), r"must end in \.fnn, or for Keras"),
    (lambda p: net().save(p / "m"), (ValueError,), r"must end in \.fnn"),
    (lambda p: net().save(p / "m.safetensors"), (ValueError,), r"must end in \.fnn"),
    (lambda p: net().save(p / "no" / "m.keras"), (FileNotFoundError,), "does not exist"),
    (lambda p: net().save_weights(p / "w.h6"), (ValueError,), r"\.weights\.h5 for Keras"),
    (lambda p: net().save_weights(p / "w.h5"), (ValueError,), r"\.weights\.h5 for Keras"),
    (lambda p: saving.load_model(p / "m.keras"), (ValueError, FileNotFoundError), "no such file"),
    (lambda p: saving.load_model(p / "m.h5"), (FileNotFoundError, ValueError), "no such file"),
    (lambda p: saving.load_model(p / "m"), (ValueError, FileNotFoundError), "no such file"),
    (lambda p: saving.load_model(None), (TypeError, ValueError), "`filepath` must be a path"),
    (
        lambda p: saving.load_model(written(p / "m.keras", b"x")), (ValueError, OSError),
        "is not a whole safetensors file",
    ),
    (lambda p: saving.load_model(written(p / "m.h5", b"x")), (OSError, ValueError), "m.h5 is not"),
    (
        lambda p: saving.load_model(written(p / "m.h5", b"\x89HDF\r\n\x1a\n" + bytes(90))),
        (OSError, ValueError), "m.h5 cannot be loaded",
    ),
    (
        lambda p: saving.load_model(written(p / "m.keras", b"PK\x03\x04")),
        (ValueError, OSError), "damaged archive",
    ),
    (
        lambda p: net().load_weights(p / "w.weights.h5"), (FileNotFoundError, ValueError),
        "no such file",
    ),
    (lambda p: net().load_weights(p / "w.zz"), (ValueError, FileNotFoundError), "no such file"),
    (
        lambda p: net().load_weights(written(p / "w.weights.h5", b"x")), (OSError, ValueError),
        "is not a whole",
    ),
    (lambda p: fastnn.models.model_from_json("{"), (json.JSONDecodeError,), "is not JSON"),
    (
        lambda p: fastnn.models.model_from_json(None), (TypeError, ValueError),  # type: ignore[arg-type]
        "`json_string` must be a string",
    ),
    (lambda p: fastnn.models.model_from_json("{}"), (ValueError,), "unknown model class"),
    (
        lambda p: (own_metric().save(p / "m.keras"), saving.load_model(p / "m.keras")),
        (TypeError, ValueError), "unknown metric 'own'.*compile=False",
    ),
    (
        lambda p: fastnn.layers.deserialize({"class_name": "Dense", "config": {"zz": 3}}),
        (TypeError, ValueError), "bad configuration of Dense",
    ),
    (
        lambda p: fastnn.losses.deserialize({"class_name": "Huber", "config": {"zz": 3}}),
        (TypeError, ValueError), "bad configuration of Huber",
    ),
    (
        lambda p: fastnn.layers.deserialize({"class_name": "Nope", "config": {}}),
        (TypeError, ValueError), "unknown layer class 'Nope'",
    ),
    (
        lambda p: fastnn.Sequential.from_config(None), (TypeError, ValueError),
        "not the configuration of a Sequential",
    ),
    (
        lambda p: net().compile_from_config({"zz": 3}), (TypeError, ValueError),
        "`config` has 'zz', which compile",
    ),
    (
        lambda p: fastnn.models.model_from_json(net().to_json(), [1]),  # type: ignore[arg-type]
        (TypeError, ValueError), "`custom_objects` must be a dict",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kinds", "message"), CALLS, ids=range(len(CALLS)))
def test_kinds_of_errors(
    tmp_path: Path, call: Any, kinds: tuple[type[Exception], ...], message: str
) -> None:
    for kind in kinds:
        with pytest.raises(kind, match=message):
            call(tmp_path)
    assert not any(path.suffix in (".zz", ".h6", ".tmp") for path in tmp_path.iterdir())


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    net().save_weights(tmp_path / "w.weights.h5")
    other = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(2)])
    before = other.get_weights()
    with pytest.raises(ValueError, match="must have shape"):
        other.load_weights(tmp_path / "w.weights.h5")
    for a, b in zip(before, other.get_weights(), strict=True):
        assert np.array_equal(a, b)


def test_errors_have_their_bases() -> None:
    assert str(DamagedFileError("what")) == "what"
    assert str(MissingFileError("what")) == "what"
    assert issubclass(MissingFileError, FileNotFoundError)
    assert not issubclass(ObjectError, OSError)


def test_what_keras_takes_too() -> None:
    model = net()
    read = fastnn.models.model_from_json(model.to_json().encode())  # type: ignore[arg-type]
    assert read.get_config() == model.get_config()
    for family in (
        fastnn.losses, fastnn.metrics, fastnn.layers, fastnn.optimizers, fastnn.initializers,
        fastnn.regularizers, fastnn.constraints, fastnn.optimizers.schedules,
    ):  # fmt: skip
        module: Any = family
        assert module.serialize(None) is None
