"""`split_dataset` and `timeseries_dataset_from_array` against recorded results of Keras 3.15."""

import json
import pathlib
import random
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn.utils import split_dataset, timeseries_dataset_from_array

RECORDED = json.loads((pathlib.Path(__file__).parent / "data" / "keras_samples.json").read_text())
SERIES = np.arange(40).reshape(20, 2)
ROWS = np.arange(10)


def plain(samples: Any) -> list[Any]:
    """Arrays, and tuples of them, as lists."""
    return [
        [np.asarray(part).tolist() for part in each]
        if isinstance(each, tuple)
        else np.asarray(each).tolist()
        for each in samples
    ]


@pytest.mark.parametrize(("given", "expected"), RECORDED["windows"])
def test_windows_are_those_of_keras(given: Any, expected: Any) -> None:
    targets, arguments = given
    goals = None if targets is None else np.arange(targets) * 10
    found = plain(timeseries_dataset_from_array(SERIES, goals, **arguments))
    assert found == (expected if targets is not None else [each[0] for each in expected])


@pytest.mark.parametrize(("given", "expected"), RECORDED["splits"])
def test_splits_are_those_of_keras(given: Any, expected: Any) -> None:
    kind, arguments = given
    data = {"array": ROWS, "pair": (ROWS, ROWS * 2.0), "list": [ROWS, ROWS + 1]}[kind]
    state = random.getstate()
    found = split_dataset(data, **arguments)
    assert [plain(part) for part in found] == expected
    assert random.getstate() == state


def linear() -> Any:
    model = fastnn.Sequential([fastnn.Input((4, 2)), fastnn.layers.Flatten(),
                               fastnn.layers.Dense(1)])  # fmt: skip
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_windows_in_fit_have_the_bits_of_their_arrays() -> None:
    series = np.random.default_rng(3).normal(size=(50, 2))
    batches = timeseries_dataset_from_array(series, series[4:, 0], 4, batch_size=8)
    x = np.lib.stride_tricks.sliding_window_view(series, 4, axis=0).transpose(0, 2, 1)[:46]
    found = []
    for arguments in ({"x": batches}, {"x": x, "y": series[4:, 0], "batch_size": 8}):
        fastnn.utils.set_random_seed(1)
        model = linear()
        model.fit(**arguments, epochs=3, shuffle=False, verbose=0)
        found.append([*(w.tobytes() for w in model.get_weights()), model.evaluate(verbose=0, **{
            key: value for key, value in arguments.items() if key != "shuffle"})])  # fmt: skip
    assert found[0] == found[1]
    assert model.predict(timeseries_dataset_from_array(series, None, 4)).shape == (47, 1)


def test_shuffled_windows_have_a_new_order_each_epoch() -> None:
    def starts(batches: Any) -> list[int]:
        return [int(window[0]) for windows, _ in batches for window in windows]

    batches = timeseries_dataset_from_array(
        np.arange(30), np.arange(30), 3, batch_size=4, shuffle=True, seed=5
    )
    expected = np.arange(28)
    np.random.RandomState(5).shuffle(expected)  # as Keras does
    assert starts(batches) == expected.tolist()
    assert starts(batches) == expected.tolist()
    assert all((windows[:, 0] == targets).all() for windows, targets in batches)
    model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(batches, verbose=0)
    assert sorted(starts(batches)) == list(range(28))
    assert starts(batches) != expected.tolist()
    orders = []
    for _ in range(2):
        fastnn.utils.set_random_seed(4)
        orders.append(starts(timeseries_dataset_from_array(ROWS, ROWS, 2, shuffle=True)))
    assert orders[0] == orders[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"sequence_length": 0}, "`sequence_length` must be"),
     ({"sequence_length": 11}, "leave no window of 10 rows"),
     ({"sequence_stride": 0}, "`sequence_stride` must be"),
     ({"sequence_stride": 10}, "`sequence_stride` must be below 10"),
     ({"sampling_rate": 10}, "`sampling_rate` must be below 10"),
     ({"start_index": -1}, "`start_index` must be"), ({"start_index": 10}, "`start_index` must be"),
     ({"end_index": 10}, "`end_index` must be below 10"),
     ({"start_index": 4, "end_index": 4}, "`end_index` must be"),
     ({"batch_size": 0}, "`batch_size` must be"), ({"format": "zz"}, "`format` must be"),
     ({"targets": ROWS[:4], "start_index": 3}, "`targets` must have a row for each window")],
)  # fmt: skip
def test_bad_windows(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        timeseries_dataset_from_array(
            **{"data": ROWS, "targets": None, "sequence_length": 2, **arguments}
        )


def test_samples_by_number() -> None:
    left, right = split_dataset((ROWS, ROWS * 2.0), left_size=7)
    assert (len(left), left.cardinality(), len(right)) == (7, 7, 3)
    assert left[-1] == (6, 12.0)
    assert plain(left.as_numpy_iterator()) == plain(left)
    with pytest.raises(IndexError, match="there are 7 samples, and none of number 7"):
        left[7]
    batches = left.batch(3)
    assert [len(batches), len(left.batch(3, drop_remainder=True)), len(left.batch(7))] == [3, 2, 1]
    assert plain(batches) == [[[0, 1, 2], [0.0, 2.0, 4.0]], [[3, 4, 5], [6.0, 8.0, 10.0]],
                              [[6], [12.0]]]  # fmt: skip
    assert batches[-1][0].tolist() == [6]
    with pytest.raises(ValueError, match="there are 3 batches"):
        batches[3]


def test_parts_of_a_split_are_trained_on() -> None:
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(40, 4, 2)), rng.normal(size=(40, 1))
    train, test = split_dataset((x, y), left_size=0.75)
    found = []
    whole = {"y": y[:30], "batch_size": 8}
    for data, held, more in ((train.batch(8), test.batch(5), {}),
                             (x[:30], (x[30:], y[30:]), whole)):  # fmt: skip
        fastnn.utils.set_random_seed(1)
        fit = linear().fit(data, validation_data=held, shuffle=False, verbose=0, epochs=2, **more)
        found.append(fit.history)
    assert found[0].keys() == found[1].keys()
    for key, values in found[0].items():
        np.testing.assert_allclose(values, found[1][key], rtol=1e-15)


def test_samples_of_other_objects() -> None:
    class Numbered:
        def __len__(self) -> int:
            return 6

        def __getitem__(self, index: int) -> Any:
            return np.array([index, 1]), index * 0.5

    left, right = split_dataset(Numbered(), right_size=2)
    assert plain(left) == [[[i, 1], i * 0.5] for i in range(4)]
    again, _ = split_dataset(left, left_size=0.5)
    assert plain(again) == plain(left)[:2]
    assert len(right) == 2


@pytest.mark.parametrize(
    ("dataset", "arguments", "error", "message"),
    [(ROWS, {}, ValueError, "`left_size` or `right_size` must be given"),
     (ROWS, {"left_size": 1.0}, ValueError, "`left_size` must be a share"),
     (ROWS, {"left_size": 10}, ValueError, "a number of samples below 10"),
     (ROWS, {"left_size": 0}, ValueError, "`left_size` must be"),
     (ROWS, {"left_size": "a"}, TypeError, "`left_size` must be a number"),
     (ROWS, {"left_size": 0.6, "right_size": 0.5}, ValueError, "at most 10 samples together"),
     (ROWS, {"left_size": 6, "right_size": 5}, ValueError, "at most 10 samples together"),
     (ROWS, {"left_size": 0.01}, ValueError, "leave no sample on one side"),
     (iter(ROWS), {"left_size": 2}, TypeError, "`dataset` must be an array"),
     ([ROWS, [1]], {"left_size": 2}, TypeError, r"`dataset\[1\]` must be a NumPy array"),
     ([ROWS, ROWS[1:]], {"left_size": 2}, ValueError, "as many rows each"),
     ([], {"left_size": 2}, ValueError, "must hold arrays"),
     (ROWS[:0], {"left_size": 2}, ValueError, "must have rows")],
)  # fmt: skip
def test_bad_splits(dataset: Any, arguments: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        split_dataset(dataset, **arguments)
