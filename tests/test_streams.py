"""Data of other kinds than arrays: batches from sequences, iterables, generators; tables; dicts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import callbacks, layers
from tolerance import SUM_ORDER

N, BATCH = 50, 16


def make(built: bool = True, seed: int = 3) -> fastnn.Sequential:
    fastnn.utils.set_random_seed(seed)
    net = fastnn.Sequential([*([fastnn.Input((4,), name="input")] if built else []),
                             layers.Dense(6, "tanh"), layers.Dropout(0.2),
                             layers.Dense(1, name="last")])  # fmt: skip
    net.compile(fastnn.optimizers.Adam(0.01), "mse", metrics=["mae"], weighted_metrics=["mse"])
    return net


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    x = rng.standard_normal((N, 4)).astype(np.float32)
    return x, x.sum(axis=1), rng.uniform(0.5, 2.0, N)


def parts() -> list[tuple[np.ndarray, ...]]:
    x, y, w = data()
    return [(x[i : i + BATCH], y[i : i + BATCH], w[i : i + BATCH]) for i in range(0, N, BATCH)]


class Batches(fastnn.utils.PyDataset):
    """The batches of `parts`, by number."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.asked: list[int] = []
        self.epochs: list[str] = []

    def __len__(self) -> int:
        return len(parts())

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return parts()[index]

    def on_epoch_begin(self) -> None:
        self.epochs.append("begin")

    def on_epoch_end(self) -> None:
        self.epochs.append("end")


class Plain:
    """As few methods as will do."""

    def __len__(self) -> int:
        return len(parts())

    def __getitem__(self, index: int) -> Any:
        return parts()[index]


class Again:
    """Can be iterated over again and again."""

    def __iter__(self) -> Iterator[Any]:
        return iter(parts())


def forever() -> Iterator[Any]:
    while True:
        yield from parts()


SOURCES = {
    "PyDataset": lambda: (Batches(), {}),
    "PyDataset with threads": lambda: (Batches(workers=3, max_queue_size=2), {}),
    "plain": lambda: (Plain(), {}),
    "iterable": lambda: (Again(), {}),
    "generator": lambda: (forever(), {"steps_per_epoch": 4}),
}


@pytest.mark.parametrize("kind", SOURCES)
@pytest.mark.parametrize("built", [True, False])
def test_fit_has_the_bits_of_the_arrays(kind: str, built: bool) -> None:
    x, y, w = data()
    plain, streamed = make(built), make(built)
    batches = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: None)
    first = plain.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0,
                      sample_weight=w, callbacks=[batches], validation_data=(x, y, w),
                      validation_batch_size=BATCH)  # fmt: skip
    source, options = SOURCES[kind]()
    second = streamed.fit(source, epochs=3, shuffle=False, verbose=0, validation_data=Plain(),
                          **options)  # fmt: skip
    for a, b in zip(plain.get_weights(), streamed.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    for key, values in first.history.items():
        np.testing.assert_allclose(second.history[key], values, rtol=SUM_ORDER)
    source, options = SOURCES[kind]()
    limit = {"steps": 4} if options else {}
    expected = plain.evaluate(x, y, BATCH, sample_weight=w, verbose=0)
    np.testing.assert_allclose(
        streamed.evaluate(source, verbose=0, **limit), expected, rtol=SUM_ORDER
    )
    source, options = SOURCES[kind]()
    assert streamed.predict(source, verbose=0, **limit).tobytes() == plain.predict(x).tobytes()


def test_batches_of_a_py_dataset_are_shuffled_by_seed() -> None:
    orders = []
    for seed in (1, 1, 2):
        dataset = Batches()
        make(seed=seed).fit(dataset, epochs=2, verbose=0)
        orders.append(dataset.asked)
        assert sorted(dataset.asked[:4]) == sorted(dataset.asked[4:]) == [0, 1, 2, 3]
        assert dataset.epochs == ["begin", "end"] * 2
    assert orders[0] == orders[1]
    assert orders[0] != orders[2] or orders[0][:4] != orders[0][4:]
    dataset = Batches()
    make().fit(dataset, shuffle=False, verbose=0)
    assert dataset.asked == [0, 1, 2, 3]


def test_steps_per_epoch_goes_on_in_the_data() -> None:
    dataset = Batches()
    net = make()
    recorder = callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    seen: list[int] = []
    net.fit(dataset, epochs=4, steps_per_epoch=2, shuffle=False, verbose=0, callbacks=[recorder])
    assert dataset.asked == [0, 1, 2, 3, 0, 1, 2, 3]
    assert seen == [0, 1] * 4


def test_a_generator_that_ends() -> None:
    net = make()
    with pytest.warns(
        UserWarning, match="the input ran out of data: an iterator .* its first 2 batches"
    ):
        history = net.fit(iter(parts()), epochs=3, verbose=0)
    assert history.epoch == [0, 1, 2]
    assert net.optimizer.iterations == 4 + 2 + 2
    with pytest.warns(UserWarning, match="the input ran out of data after 1 of 3 steps"):
        history = make().fit(iter(parts()), epochs=2, steps_per_epoch=3, verbose=0)
    assert history.epoch == [0, 1]
    with pytest.warns(UserWarning, match="the input ran out of data after 4 of 9 steps"):
        make().evaluate(Again(), steps=9, verbose=0)
    for call in (lambda: make().evaluate(iter([])), lambda: make().predict(iter([])),
                 lambda: make(False).fit(iter([]))):  # fmt: skip
        with pytest.raises(ValueError, match="`x` gave no batches"):
            call()


def numbered(count: int) -> Iterator[Any]:
    """Batches whose loss is 4 i**2 for weights of 1, and which say when they are made."""
    for i in range(count):
        yield np.full((4, 2), float(i)), np.zeros((4, 1))


def still() -> fastnn.Sequential:
    net = fastnn.Sequential([fastnn.Input((2,)), layers.Dense(1, kernel_initializer="ones")])
    net.compile(fastnn.optimizers.SGD(0.0), "mse")
    return net


@pytest.mark.filterwarnings("ignore:the input ran out of data")
@pytest.mark.parametrize(
    ("count", "arguments", "expected"),  # Keras 3.15 on JAX gives these
    [(9, {"validation_steps": 2}, [2.0, 2.0, 2.0]),
     (9, {"validation_steps": 3}, [20 / 3, 40 / 3, 68 / 3]),
     (3, {}, [20 / 3, 2.0, 2.0])],
)  # fmt: skip
def test_validation_on_a_generator_has_its_first_two_batches_each_time(
    count: int, arguments: dict[str, Any], expected: list[float]
) -> None:
    x, y = np.ones((8, 2)), np.zeros((8, 1))
    history = still().fit(
        x, y, epochs=3, validation_data=numbered(count), verbose=0, **arguments
    )  # fmt: skip
    np.testing.assert_allclose(history.history["val_loss"], expected, rtol=SUM_ORDER)


@pytest.mark.filterwarnings("ignore:the input ran out of data")
def test_training_on_a_generator_that_ends() -> None:
    """What Keras 3.15 on JAX gives: an epoch goes on, or begins with the first two batches."""
    cases = ((3, 3, None, [20 / 3, 2.0, 2.0]), (5, 5, 2, [2.0, 26.0, 64.0, 2.0, 2.0]))
    for count, epochs, steps, expected in cases:
        history = still().fit(numbered(count), epochs=epochs, steps_per_epoch=steps, verbose=0)
        np.testing.assert_allclose(history.history["loss"], expected, rtol=SUM_ORDER)


def test_more_steps_than_the_arrays_have() -> None:
    x, y = np.ones((8, 2)), np.zeros((8, 1))
    with pytest.warns(UserWarning, match="`steps_per_epoch` is 5, and the arrays have 2 batches"):
        still().fit(x, y, 4, steps_per_epoch=5, verbose=0)
    with pytest.warns(UserWarning, match="`steps` is 3, and the arrays have 2 batches"):
        assert still().evaluate(x, y, 4, steps=3, verbose=0) == 4.0
    with pytest.warns(UserWarning, match="`steps` is 3, and the arrays have 2 batches"):
        assert still().predict(x, 4, steps=3, verbose=0).shape == (8, 1)


def test_class_weight_and_batches_without_targets() -> None:
    x, y, _ = data()
    labels = (y > 0).astype(int)
    batches = [(x[i : i + 5], labels[i : i + 5]) for i in range(0, N, 5)]
    nets = []
    for given in ("array", "stream"):
        fastnn.utils.set_random_seed(1)
        net = fastnn.Sequential([fastnn.Input((4,)), layers.Dense(1, "sigmoid")])
        net.compile("sgd", "binary_crossentropy")
        weights = {0: 0.25, 1: 3.0}
        if given == "array":
            net.fit(x, labels, batch_size=5, shuffle=False, class_weight=weights, verbose=0)
        else:
            net.fit(iter(batches), class_weight=weights, verbose=0)
        nets.append(net)
    assert nets[0].get_weights()[0].tobytes() == nets[1].get_weights()[0].tobytes()
    for source in ([b[0]] for b in batches[:1]):
        assert nets[0].predict(iter(source), verbose=0).shape == (5, 1)
    with pytest.raises(ValueError, match="`batch y` must be given"):
        nets[0].fit(iter([x]), verbose=0)


def test_trainers_stay_few() -> None:
    x, y, _ = data()
    net = make()
    sizes = np.random.default_rng(1).integers(1, N, 40)
    net.fit(((x[:n], y[:n]) for n in sizes), verbose=0)
    assert len(net._trainers) <= 4
    assert net.optimizer is not None
    assert net.optimizer.iterations == 40


@pytest.mark.filterwarnings("ignore:the input ran out of data")
@pytest.mark.parametrize("save_freq", ["epoch", 1, 3])
@pytest.mark.parametrize("steps", [None, 3])
def test_backup_of_a_stream(save_freq: Any, steps: int | None, tmp_path: Path) -> None:
    def crash(batch: int, logs: Any) -> None:
        left.pop()
        if not left:
            raise KeyError("crash")

    whole = make()
    whole.fit(Batches(), epochs=4, steps_per_epoch=steps, verbose=0)
    left = [0] * 7
    with pytest.raises(KeyError):
        make().fit(Batches(), epochs=4, steps_per_epoch=steps, verbose=0, callbacks=[
            callbacks.BackupAndRestore(tmp_path / "run", save_freq),
            callbacks.LambdaCallback(on_train_batch_end=crash)])  # fmt: skip
    second = make(seed=77)
    second.fit(Batches(), epochs=4, steps_per_epoch=steps, verbose=0,
               callbacks=[callbacks.BackupAndRestore(tmp_path / "run", save_freq)])  # fmt: skip
    for a, b in zip(whole.get_weights(), second.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"y": [1]}, "`y` must not be given to fit"), ({"batch_size": 3}, "`batch_size` must not"),
     ({"sample_weight": [1]}, "`sample_weight` must not be given"),
     ({"validation_split": 0.5}, "`validation_split` cannot be used"),
     ({"validation_data": iter([])}, "`x` gave no batches")],
)  # fmt: skip
def test_arguments_that_have_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make().fit(Batches(), verbose=0, **arguments)


def test_bad_batches_are_named() -> None:
    x, y, _ = data()
    for batch, message in (((x[:, :3], y), "`batch x` must have shape"),
                           ((x, y[:4]), "`batch y` must have as many rows"),
                           ((x, y, y, y), "a batch must be x,")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            make().fit(iter([batch]), verbose=0)
    with pytest.raises(NotImplementedError, match="PyDataset defines neither __len__ nor"):
        make().fit(fastnn.utils.PyDataset(), verbose=0)
    with pytest.raises(ValueError, match="`use_multiprocessing` must be True or False"):
        fastnn.utils.PyDataset(use_multiprocessing=2)  # type: ignore[arg-type]


# ---- tables, lists and dicts ----------------------------------------------------------------


def forms(x: np.ndarray, y: np.ndarray) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {
        "lists": (x.tolist(), y.tolist()),
        "dict": ({"input": x}, {"last": y}),
        "list of one": ([x], [y[:, np.newaxis]]),
        "tuple of one": ((x,), y),
    }
    try:
        import pandas as pd
    except ImportError:
        pass
    else:
        frame = pd.DataFrame(x, columns=list("abcd"))
        found["pandas"] = (frame, pd.Series(y))
        found["pandas of two types"] = (frame.assign(a=frame["a"].astype("float64")), y)
        found["pandas columns"] = (frame[list("abcd")], pd.DataFrame({"y": y}))
        found["list of a frame"] = ([frame], [pd.Series(y)])
    try:
        import polars as pl
    except ImportError:
        pass
    else:
        found["polars"] = (pl.DataFrame(x, schema=list("abcd")), pl.Series(y))
        found["polars frames"] = (pl.DataFrame(x), pl.DataFrame({"y": y}))
    return found


@pytest.mark.parametrize("kind", forms(*data()[:2]))
def test_other_forms_of_rows(kind: str) -> None:
    x, y, _ = data()
    given_x, given_y = forms(x, y)[kind]
    plain, other = (make(kind == "dict") for _ in range(2))
    plain.fit(x, y, shuffle=False, verbose=0)
    other.fit(given_x, given_y, shuffle=False, verbose=0, validation_data=(given_x, given_y))
    for a, b in zip(plain.get_weights(), other.get_weights(), strict=True):
        assert a.tobytes() == b.tobytes()
    assert other.predict(given_x).shape == (N, 1)
    assert other.evaluate(given_x, given_y, verbose=0, return_dict=True).keys() == {
        "loss", "mae", "mse"}  # fmt: skip
