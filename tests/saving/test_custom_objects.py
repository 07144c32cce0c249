"""The user's own classes and functions through every file format, JSON and copies."""

import copy
import json
import pickle
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from own_objects import COMPILED, OWN, Filled, Quartic, X, Y, largest, quarters, squares, trained

import fastnn
from fastnn import saving

FORMATS = (".fnn", ".keras", ".h5")
formats = pytest.mark.parametrize("suffix", FORMATS)
kinds = pytest.mark.parametrize("kind", COMPILED)
shapes = pytest.mark.parametrize("functional", [False, True], ids=["chain", "graph"])


@pytest.fixture(autouse=True)
def nothing_registered() -> Iterator[None]:
    """Give each test a registry of its own."""
    registered, names = saving.get_custom_objects(), fastnn._custom._NAMES
    before = dict(registered), dict(names)
    registered.clear()
    names.clear()
    yield
    for live, old in zip((registered, names), before, strict=True):
        live.clear()
        live.update(old)


def kept(model: Any) -> Any:
    """What files hold of the arguments of `compile`."""
    return model._compiled.get_config()


def same(model: Any, other: Any) -> None:
    """The same layers, weights, compile arguments, and further training."""
    assert other.get_config() == model.get_config()
    assert kept(other) == kept(model)
    assert other.optimizer.name == model.optimizer.name
    assert other.optimizer.get_config() == model.optimizer.get_config()
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert model.evaluate(X, Y, verbose=0) == other.evaluate(X, Y, verbose=0)


@kinds
@shapes
@formats
def test_files(tmp_path: Path, kind: str, functional: bool, suffix: str) -> None:
    model = trained(kind, functional)
    path = tmp_path / f"m{suffix}"
    model.save(path)
    with pytest.raises(ValueError, match=r"`custom_objects`.*register_keras_serializable"):
        saving.load_model(path)
    given = saving.load_model(path, custom_objects=OWN)
    same(model, given)
    with saving.custom_object_scope(OWN):
        scoped = saving.load_model(path)
    same(model, scoped)
    ahead = [m.fit(X, Y, batch_size=5, verbose=0).history for m in (model, given, scoped)]
    assert ahead[0] == ahead[1] == ahead[2]


@kinds
@formats
def test_registered_objects_are_found_by_name(tmp_path: Path, kind: str, suffix: str) -> None:
    for own in OWN.values():
        saving.register_keras_serializable("shop", f"my_{own.__name__}")(own)
    model = trained(kind, True)
    model.save(tmp_path / f"m{suffix}")
    same(model, saving.load_model(tmp_path / f"m{suffix}"))
    renamed = {f"shop>my_{name}": own for name, own in OWN.items()}
    saving.get_custom_objects().clear()
    with pytest.raises(ValueError, match="shop>my_"):
        saving.load_model(tmp_path / f"m{suffix}")
    saving.load_model(tmp_path / f"m{suffix}", custom_objects=renamed)


@formats
def test_layers_load_without_what_compile_was_told(tmp_path: Path, suffix: str) -> None:
    model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
    model.compile(OWN["Descent"](0.1), Quartic(), metrics=[largest])
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / f"m{suffix}")
    again = saving.load_model(tmp_path / f"m{suffix}", compile=False)
    assert not again.compiled
    assert np.array_equal(again.predict(X), model.predict(X))


@kinds
@shapes
def test_json_configurations_and_copies(kind: str, functional: bool) -> None:
    model = trained(kind, functional)
    read = fastnn.models.model_from_json(model.to_json(), custom_objects=OWN)
    assert read.get_config() == model.get_config()
    made = type(model).from_config(model.get_config(), custom_objects=OWN)
    assert made.get_config() == model.get_config()
    with pytest.raises(ValueError, match="custom_objects"):
        type(model).from_config(model.get_config())
    described = json.loads(json.dumps(saving.serialize_keras_object(model)))
    whole = saving.deserialize_keras_object(described, OWN)
    assert kept(whole) == kept(model)
    for copied in (
        copy.deepcopy(model), pickle.loads(pickle.dumps(model)), fastnn.models.clone_model(model)
    ):  # fmt: skip
        assert copied.get_config() == model.get_config()
        assert kept(copied) == kept(model)


@pytest.mark.parametrize(
    ("family", "own"),
    [
        ("losses", Quartic(3.0)), ("metrics", OWN["Furthest"](2.0)), ("initializers", Filled(0.1)),
        ("regularizers", OWN["Ridge"](0.2)), ("constraints", OWN["Bounded"](3.0)),
        ("optimizers", OWN["Descent"](0.3)), ("optimizers.schedules", OWN["Halving"](0.4)),
        ("layers", OWN["Sheet"](2)), ("losses", squares), ("metrics", largest),
        ("activations", largest),
    ],
)  # fmt: skip
def test_families(family: str, own: Any) -> None:
    module: Any = fastnn
    for name in family.split("."):
        module = getattr(module, name)
    described = json.loads(json.dumps(module.serialize(own)))
    with pytest.raises(ValueError, match=r"layers take no others|custom_objects"):
        module.deserialize(described)
    made = module.deserialize(described, custom_objects=OWN)
    with saving.custom_object_scope(OWN):
        scoped = module.deserialize(described)
    if type(own) is type(squares):
        assert made is scoped is own
    else:
        assert type(made) is type(scoped) is type(own)
        assert made.get_config() == scoped.get_config() == own.get_config()
        with saving.custom_object_scope(OWN):
            if hasattr(module, "get"):
                assert module.get(described).get_config() == own.get_config()


def test_initializers_by_name() -> None:
    with saving.custom_object_scope(OWN):
        layer = fastnn.layers.Dense(2, kernel_initializer="Filled", bias_initializer="quarters")
        layer.build((None, 1))
    assert layer.get_weights()[0].tolist() == [[0.5, 0.5]]
    assert layer.bias is not None
    assert layer.bias.numpy().tolist() == [0.25, 0.25]


def test_activations_by_name_are_those_of_the_core() -> None:
    entry = {"class_name": "function", "module": "builtins", "config": "mine"}
    mine = {"mine": fastnn.activations.relu}
    with saving.custom_object_scope(mine):
        assert fastnn.layers.Dense(1, activation=entry).activation is fastnn.activations.relu
    with (
        saving.custom_object_scope({"mine": largest}),
        pytest.raises(ValueError, match="must be a name or a function"),
    ):
        fastnn.layers.Dense(1, activation=entry)


def test_regularizers_of_layers_are_those_of_the_core() -> None:
    def weight(x: Any) -> Any:
        return abs(x).sum()

    entry = {"class_name": "function", "module": "builtins", "config": "weight"}
    assert fastnn.regularizers.deserialize(entry, {"weight": weight}) is weight
    with (
        saving.custom_object_scope({"weight": weight}),
        pytest.raises(ValueError, match="`kernel_regularizer` must be a name or an object"),
    ):
        fastnn.layers.Dense(1, kernel_regularizer=entry)


@formats
def test_nameless_functions_are_left_out_with_a_warning(tmp_path: Path, suffix: str) -> None:
    model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae", lambda t, p: abs(t - p)[:, 0]])
    model.fit(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="the metric '<lambda>' is left out of the file: a lambda"):
        model.save(tmp_path / f"m{suffix}")
    assert saving.load_model(tmp_path / f"m{suffix}").metrics_names == ["loss", "mae"]


# ---- the registry ------------------------------------------------------------------------


def test_names() -> None:
    saving.register_keras_serializable()(Quartic)
    saving.register_keras_serializable("pkg")(squares)
    saving.register_keras_serializable(name="far", package="pkg")(largest)
    assert saving.get_custom_objects() == {
        "Custom>Quartic": Quartic, "pkg>squares": squares, "pkg>far": largest,
    }  # fmt: skip
    names = [saving.get_registered_name(o) for o in (Quartic, squares, largest, quarters)]
    assert names == ["Custom>Quartic", "pkg>squares", "pkg>far", "quarters"]
    assert saving.get_registered_object("pkg>far") is largest
    assert saving.get_registered_object("far") is None
    assert saving.get_registered_object("q", {"q": 1}, {"q": 2}) == 1
    assert saving.get_registered_object("q", None, {"q": 2}) == 2
    with pytest.raises(ValueError, match=r"Bare has no get_config\(\)"):
        saving.register_keras_serializable()(type("Bare", (), {}))
    for name in saving.__all__:
        if hasattr(fastnn.utils, name):
            assert getattr(fastnn.utils, name) is getattr(saving, name)


def test_scopes_replace_each_other_and_go_before_what_is_registered() -> None:
    look = saving.get_registered_object
    saving.get_custom_objects()["B"] = 0
    with saving.CustomObjectScope({"A": 1}):
        with saving.CustomObjectScope({"B": 2}):
            assert (look("A"), look("B")) == (None, 2)
        assert (look("A"), look("B")) == (1, 0)
        with pytest.raises(KeyError), saving.CustomObjectScope(None):
            raise KeyError
        assert look("A") == 1
    assert (look("A"), look("B", {"B": 3})) == (None, 0)
    bad: Any = [1]
    with pytest.raises(ValueError, match="`custom_objects` must be a dict"):
        saving.CustomObjectScope(bad)


def test_what_a_call_was_given_is_forgotten() -> None:
    entry = saving.serialize_keras_object(Filled())
    saving.deserialize_keras_object(entry, {"Filled": Filled})
    with pytest.raises(ValueError, match="Filled cannot be made of its configuration"):
        saving.deserialize_keras_object({**entry, "config": {"no": 1}}, {"Filled": Filled})
    with pytest.raises(ValueError, match="unknown class 'Filled'"):
        saving.deserialize_keras_object(entry)


def test_scopes_belong_to_their_thread() -> None:
    found: list[Any] = []
    inside, looked = threading.Event(), threading.Event()

    def other() -> None:
        inside.wait(10)
        found.append(saving.get_registered_object("A"))
        with saving.CustomObjectScope({"A": 2}):
            found.append(saving.get_registered_object("A"))
        looked.set()

    thread = threading.Thread(target=other)
    thread.start()
    with saving.CustomObjectScope({"A": 1}):
        inside.set()
        assert looked.wait(10)
        assert saving.get_registered_object("A") == 1
    thread.join()
    assert found == [None, 2]


# ---- hostile files -----------------------------------------------------------------------


def edited(path: Path, old: str, new: str) -> Path:
    """A copy of a .keras file whose configuration has another text somewhere."""
    target = path.with_name("edited.keras")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "config.json":
                assert old.encode() in content
                content = content.replace(old.encode(), new.encode())
            archive.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("module", "name"),
    [("os", "system"), ("fastnn.saving", "load_model"), ("builtins", "eval"), ("__main__", "exit"),
     ("keras.models", "load_model"), ("trap_for_imports", "run"), ("subprocess", "Popen")],
)  # fmt: skip
def test_nothing_is_imported_or_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, name: str
) -> None:
    (tmp_path / "trap_for_imports.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    for class_name, config in ((name, {}), ("function", name)):
        entry = {
            "module": module, "class_name": class_name, "config": config, "registered_name": name
        }  # fmt: skip
        with pytest.raises(ValueError, match=r"custom_objects|not part of Keras"):
            saving.deserialize_keras_object(entry)
        model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.save(tmp_path / "m.keras")
        path = edited(tmp_path / "m.keras", '"loss": "mse"', f'"loss": {json.dumps(entry)}')
        with pytest.raises(ValueError, match=r"custom_objects|not part of Keras"):
            saving.load_model(path)
        assert saving.load_model(path, compile=False).count_params() == 4


def test_a_name_is_for_its_family_alone(tmp_path: Path) -> None:
    """What the user named for one purpose is not made for another because a file says so."""
    model = fastnn.Sequential(
        [fastnn.Input((3,)), fastnn.layers.Dense(1, kernel_initializer=Filled())]
    )
    model.save(tmp_path / "m.keras")
    entry = saving.serialize_keras_object(Filled())
    layer = json.loads(model.to_json())["config"]["layers"][1]
    path = edited(tmp_path / "m.keras", json.dumps(layer), json.dumps(entry))
    with pytest.raises(ValueError, match="is no layer"):
        saving.load_model(path, custom_objects=OWN)
    with pytest.raises(ValueError, match="is no optimizer"):
        fastnn.optimizers.deserialize(entry, OWN)
