"""Many epochs in one native call: the bits, the history and the state of epochs one by one."""

import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn import _runs
from fastnn.callbacks import Callback
from fastnn.optimizers import schedules


class Looks(Callback):
    """Asks for every epoch, so that each is a call of its own."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        pass


def make_model(optimizer: Any = "adam", **compiled: Any) -> fastnn.Sequential:
    fastnn.utils.set_random_seed(5)
    model = fastnn.Sequential(
        [
            fastnn.Input((6,)),
            fastnn.layers.Dense(9, activation="tanh"),
            fastnn.layers.Dropout(0.2),
            fastnn.layers.Dense(1),
        ]
    )
    model.compile(optimizer, "mse", **compiled)
    return model


@pytest.fixture
def data(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.standard_normal((83, 6)).astype(np.float32)
    return x, x[:, :1] - x[:, 1:2]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Epochs of each native call of several."""
    seen: list[int] = []
    true_epochs = _runs.TrainingRun.epochs

    def epochs(self: Any, count: int, keep: Any) -> None:
        seen.append(count)
        true_epochs(self, count, keep)

    monkeypatch.setattr(_runs.TrainingRun, "epochs", epochs)
    return seen


def state(model: fastnn.Sequential) -> tuple[Any, ...]:
    training = model.training_state
    assert model.optimizer is not None
    network, steps = model.network(), model.optimizer.iterations
    arrays = [
        network.get_param(index, slot).tobytes()
        for index in range(network.n_params)
        for slot in range(network.optimizer_slots + 1)
    ]
    return arrays, steps, training.passes, training.epochs


VARIANTS: dict[str, tuple[Callable[[], fastnn.Sequential], dict[str, Any]]] = {
    "plain": (make_model, {}),
    "metrics": (lambda: make_model(metrics=["mae"], weighted_metrics=["mse"]), {}),
    "weighted": (make_model, {"sample_weight": np.linspace(0, 2, 83)}),
    "no rows count": (make_model, {"sample_weight": np.zeros(83)}),
    "in order": (make_model, {"shuffle": False}),
    "one batch": (make_model, {"batch_size": 200}),
    "later epochs": (make_model, {"initial_epoch": 7}),
    "split": (make_model, {"validation_split": 0.0, "batch_size": 1}),
    "schedule": (
        lambda: make_model(fastnn.optimizers.SGD(schedules.CosineDecay(0.1, 60))), {}
    ),
}  # fmt: skip


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_bits_as_one_by_one(
    variant: str, data: tuple[np.ndarray, np.ndarray], calls: list[int]
) -> None:
    make, arguments = VARIANTS[variant]
    arguments = {"batch_size": 10, "epochs": 23, "verbose": 0, **arguments}
    ahead, one_by_one = make(), make()
    for _ in range(2):  # the second fit goes on from the first
        got = ahead.fit(*data, **arguments)
        epochs = 23 - arguments.get("initial_epoch", 0)
        assert sum(calls) == epochs
        assert calls[0] == 1
        calls.clear()
        want = one_by_one.fit(*data, callbacks=[Looks()], **arguments)
        assert calls == []
        assert got.epoch == want.epoch
        assert list(got.history) == list(want.history)
        assert got.history == want.history
        assert state(ahead) == state(one_by_one)


@pytest.mark.parametrize(
    "why",
    [
        {"callbacks": [fastnn.callbacks.EarlyStopping("loss")]},
        {"callbacks": [fastnn.callbacks.LambdaCallback(on_train_batch_end=lambda b, logs: None)]},
        {"validation_split": 0.1},
        {"steps_per_epoch": 1},
        {"verbose": 2},
    ],
    ids=lambda why: next(iter(why)),
)
def test_not_when_somebody_looks(
    why: dict[str, Any], data: tuple[np.ndarray, np.ndarray], calls: list[int]
) -> None:
    make_model().fit(*data, **{"epochs": 3, "verbose": 0, **why})
    assert calls == []


def test_not_for_metrics_that_are_fed_from_python(
    data: tuple[np.ndarray, np.ndarray], calls: list[int]
) -> None:
    make_model(metrics=[lambda y, p: (y - p) ** 2]).fit(*data, epochs=3, verbose=0)
    assert calls == []


def test_callbacks_that_only_begin_and_end_are_called(
    data: tuple[np.ndarray, np.ndarray], calls: list[int]
) -> None:
    class Ends(Callback):
        seen: dict[str, float] | None = None

        def on_train_end(self, logs: Any = None) -> None:
            self.seen = logs

    ends = Ends()
    history = make_model().fit(*data, epochs=4, verbose=0, callbacks=[ends])
    assert sum(calls) == 4
    assert ends.seen == {"loss": history.history["loss"][-1]}


@pytest.mark.parametrize("after", [0.2, 0.23, 0.26, 0.29])
def test_interrupted_training_is_at_a_finished_step(
    after: float, data: tuple[np.ndarray, np.ndarray]
) -> None:
    model, record = make_model(), fastnn.callbacks.History()
    timer = threading.Timer(after, signal.raise_signal, [signal.SIGINT])
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, batch_size=10, epochs=10**6, verbose=0, callbacks=[record])
    timer.join()
    check_interrupted(model, record, data)


def check_interrupted(
    model: fastnn.Sequential, record: fastnn.callbacks.History, data: tuple[np.ndarray, np.ndarray]
) -> None:
    assert model.optimizer is not None
    done, steps = model.training_state.epochs, model.optimizer.iterations
    assert done > 0
    assert record.epoch == list(range(done))
    assert len(record.history["loss"]) == done
    assert 0 <= steps - 9 * done <= 9
    if steps == 9 * done:  # the signal came when the epoch was over
        assert model.training_state.passes in (done, done + 1)
    else:
        assert model.training_state.passes == done + 1
    again = make_model()
    history = again.fit(*data, batch_size=10, epochs=done, verbose=0).history
    assert history == record.history
    if steps > 9 * done:
        again.fit(*data, batch_size=10, steps_per_epoch=steps - 9 * done, verbose=0)
    assert state(again)[:2] == state(model)[:2]


def test_an_interruption_while_results_are_recorded_loses_none(
    data: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    true_put, puts = fastnn.callbacks.History.put, []

    def put(self: Any, place: Any, first: int, logs: Any) -> None:
        puts.append(first)
        if len(puts) == 2:  # of the second native call
            raise KeyboardInterrupt
        true_put(self, place, first, logs)

    monkeypatch.setattr(fastnn.callbacks.History, "put", put)
    model, record = make_model(), fastnn.callbacks.History()
    with pytest.raises(KeyboardInterrupt):
        model.fit(*data, batch_size=10, epochs=10**6, verbose=0, callbacks=[record])
    assert puts == [0, 1, 1]
    check_interrupted(model, record, data)


def test_a_schedule_that_ends_badly_trains_up_to_there(
    data: tuple[np.ndarray, np.ndarray],
) -> None:
    class Ends(schedules.LearningRateSchedule):
        def __call__(self, step: Any) -> Any:
            return np.where(np.asarray(step) < 30, 0.1, np.nan)

        def get_config(self) -> dict[str, Any]:
            return {}

    states = []
    for callbacks in ([], [Looks()]):
        model = make_model(fastnn.optimizers.SGD(Ends()))
        with pytest.raises(ValueError, match="must be finite"):
            model.fit(*data, batch_size=10, epochs=50, verbose=0, callbacks=callbacks)
        states.append(state(model)[:2])
    assert states[0] == states[1]


def test_another_thread_can_stop_it(data: tuple[np.ndarray, np.ndarray]) -> None:
    model = make_model()

    def stop() -> None:
        model.stop_training = True

    timer = threading.Timer(0.3, stop)
    timer.start()
    history = model.fit(*data, batch_size=10, epochs=10**6, verbose=0)
    timer.join()
    assert 0 < len(history.epoch) < 10**6
    assert model.training_state.epochs == len(history.epoch)
