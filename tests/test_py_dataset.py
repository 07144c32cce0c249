"""What a `PyDataset` is asked for in `fit`, `evaluate` and `predict`, by whom, and how often."""

import os
import threading
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import layers


class Recorded(fastnn.utils.PyDataset):
    """Batches of their number, and a record of what was asked."""

    def __init__(self, size: int = 5, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.size = size
        self.asked: list[Any] = []
        self.lengths = 0

    def __len__(self) -> int:
        self.lengths += 1
        return self.size

    def __getitem__(self, index: int) -> Any:
        self.asked.append(index)
        return np.full((4, 3), index, "float32"), np.zeros((4, 1), "float32")

    def on_epoch_begin(self) -> None:
        self.asked.append("begin")

    def on_epoch_end(self) -> None:
        self.asked.append("end")

    @property
    def numbers(self) -> list[int]:
        return [each for each in self.asked if isinstance(each, int)]


def make() -> Any:
    model = fastnn.Sequential([fastnn.Input((3,)), layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    return model


def epoch(*numbers: int) -> list[Any]:
    return ["begin", *numbers, "end"]


@pytest.mark.parametrize("arguments", [{}, {"workers": 2}, {"workers": 3, "max_queue_size": 1}])
class TestWhatIsAskedFor:
    def test_every_batch_once_an_epoch(self, arguments: dict[str, Any]) -> None:
        data = Recorded(**arguments)
        make().fit(data, epochs=2, shuffle=False, verbose=0)
        assert data.numbers == [0, 1, 2, 3, 4] * 2
        assert [each for each in data.asked if isinstance(each, str)] == ["begin", "end"] * 2
        assert data.lengths >= 1

    def test_shuffled_batches_are_the_same_ones(self, arguments: dict[str, Any]) -> None:
        data = Recorded(40, **arguments)
        make().fit(data, epochs=2, verbose=0)
        first, second = data.numbers[:40], data.numbers[40:]
        assert sorted(first) == sorted(second) == list(range(40))
        assert first != second != list(range(40))

    def test_evaluate_and_predict(self, arguments: dict[str, Any]) -> None:
        data = Recorded(**arguments)
        model = make()
        model.set_weights([np.ones((3, 1))])
        assert model.evaluate(data, verbose=0) == 9 * (0 + 1 + 4 + 9 + 16) / 5
        np.testing.assert_array_equal(
            model.predict(data)[:, 0], 3 * np.repeat(np.arange(5, dtype=np.float32), 4)
        )
        assert data.numbers == [0, 1, 2, 3, 4] * 2

    def test_epochs_that_are_no_passes(self, arguments: dict[str, Any]) -> None:
        data = Recorded(**arguments)
        with pytest.warns(UserWarning, match="ran out of data after 1 of 2 steps"):
            make().fit(data, epochs=5, steps_per_epoch=2, shuffle=False, verbose=0)
        assert data.numbers[:5] == [0, 1, 2, 3, 4]
        assert data.asked.count("begin") == data.asked.count("end") == 5


def test_the_order_of_hooks() -> None:
    data, held = Recorded(2), Recorded(1)
    make().fit(data, epochs=2, shuffle=False, validation_data=held, verbose=0)
    assert data.asked == [*epoch(0, 1), *epoch(0, 1)]
    assert held.asked == [*epoch(0), *epoch(0)]


def test_a_change_between_epochs_is_seen_by_workers() -> None:
    class Growing(Recorded):
        def __getitem__(self, index: int) -> Any:
            super().__getitem__(index)
            return np.full((2, 3), self.asked.count("end"), "float32"), np.zeros(2)

    seen = []

    class Look(fastnn.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            seen.append(logs["loss"])

    model = make()
    model.set_weights([np.ones((3, 1))])
    model.compile(fastnn.optimizers.SGD(0.0), "mse")
    model.fit(Growing(workers=2), epochs=3, verbose=0, callbacks=[Look()])
    assert seen == [0.0, 9.0, 36.0]


class Marked(fastnn.utils.PyDataset):
    """Batches that say which process and thread made them."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, index: int) -> Any:
        row = [index, os.getpid(), threading.get_ident() % 1000]
        return np.array([row], "float64"), np.zeros(1)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize("workers", [1, 2])
def test_processes_make_batches_in_order(workers: int) -> None:
    # What is predicted is the batch.
    entry = fastnn.Input((3,))
    model = fastnn.Model(entry, layers.Identity(dtype="float64")(entry))
    made = model.predict(Marked(workers, use_multiprocessing=True, max_queue_size=3))
    assert made[:, 0].tolist() == [0, 1, 2, 3, 4, 5]
    assert os.getpid() not in made[:, 1]
    assert len(set(made[:, 1])) <= workers
    assert set(model.predict(Marked(workers))[:, 1]) == {os.getpid()}


class Failing(Recorded):
    """Batch 3 cannot be made."""

    def __getitem__(self, index: int) -> Any:
        if index == 3:
            raise LookupError("no such file")
        return super().__getitem__(index)


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.parametrize(
    "arguments", [{}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}]
)
def test_what_goes_wrong_in_a_batch_is_raised(arguments: dict[str, Any]) -> None:
    model = make()
    with pytest.raises(LookupError, match="no such file"):
        model.fit(Failing(**arguments), shuffle=False, verbose=0)
    assert model.optimizer.iterations <= 3
    model.fit(Recorded(**arguments), verbose=0)


def test_more_steps_than_there_are() -> None:
    x, y = np.ones((20, 3)), np.ones(20)
    model = make()
    for arguments, argument, have in (
        ({"steps_per_epoch": 9}, "steps_per_epoch", 5),
        ({"validation_data": (x[:8], y[:8]), "validation_steps": 3}, "validation_steps", 2),
        ({"validation_split": 0.2, "validation_steps": 7}, "validation_steps", 1),
    ):
        with pytest.warns(UserWarning, match=f"ran out of data: `{argument}` .* have {have} b"):
            model.fit(x, y, batch_size=4, epochs=2, verbose=0, **arguments)
    for call in (model.evaluate, model.predict):
        with pytest.warns(UserWarning, match="ran out of data: `steps` is 9, .* have 1 batches"):
            call(x, steps=9, **({"y": y} if call == model.evaluate else {}), verbose=0)
        with pytest.warns(UserWarning, match="ran out of data after 5 of 9 steps"):
            call(Recorded(), steps=9, verbose=0)
    with pytest.warns(UserWarning, match="ran out of data after 5 of 7 steps"):
        model.fit(Recorded(), steps_per_epoch=7, verbose=0)
    with pytest.warns(UserWarning, match="ran out of data after 2 of 3 steps"):
        model.fit(x, y, validation_data=Recorded(2), validation_steps=3, verbose=0)


@pytest.mark.parametrize("same", [[False, 0, "batch"], [True, 1]])
def test_shuffle_in_keras_words(same: list[Any]) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=(20, 3)), rng.normal(size=20)
    found = []
    for shuffle in same:
        fastnn.utils.set_random_seed(1)
        model = make()
        model.fit(x, y, batch_size=4, shuffle=shuffle, verbose=0)
        found.append(model.get_weights()[0].tobytes())
    assert len(set(found)) == 1
    with pytest.raises(ValueError, match="`shuffle` must be one of"):
        make().fit(x, y, shuffle="rows")
