"""Memory: no allocation in C once warm, flat resident size, and the peak that a fit may have."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

fastnn = pytest.importorskip("fastnn")
_core: Any = pytest.importorskip("fastnn._core")

Run = Callable[..., str]


def small_model(dropout: float = 0.0) -> Any:
    """A network with every kind of layer, compiled with Adam and a metric."""
    layers = fastnn.layers
    model = fastnn.Sequential(
        [
            fastnn.Input((6, 3)),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(3),
            layers.Activation("softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def batch_of(rows: int) -> tuple[Any, Any]:
    """Inputs and labels for it."""
    draw = np.random.default_rng(0)
    return draw.normal(size=(rows, 6, 3)).astype("f"), draw.integers(0, 3, rows)


@pytest.mark.parametrize("threads", [1, 2])
def test_fit_allocates_nothing_after_the_first_epoch(threads: int) -> None:
    """Counted in the core: later epochs, shuffled or not, short batches and weights included."""
    fastnn.set_num_threads(threads)
    try:
        model = small_model(0.25)
        x, y = batch_of(1000)
        counts = []

        class Count(fastnn.callbacks.Callback):  # type: ignore[misc]
            def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
                counts.append(_core.allocation_count())

        weight = np.linspace(0.5, 2.0, len(x))
        model.fit(
            x, y, batch_size=96, epochs=5, sample_weight=weight, validation_data=(x[:50], y[:50]),
            verbose=0, callbacks=[Count()],
        )  # fmt: skip
        assert len(counts) == 5
        assert counts[0] > 0
        assert counts[1:] == [counts[0]] * 4
    finally:
        fastnn.set_num_threads(0)


def test_calls_on_a_warm_model_allocate_nothing() -> None:
    """fit again, train_on_batch, evaluate and predict, once each has run before."""
    model = small_model()
    x, y = batch_of(500)

    def everything() -> None:
        model.fit(x, y, batch_size=50, epochs=1, verbose=0)
        model.train_on_batch(x[:50], y[:50])
        model.evaluate(x, y, batch_size=50, verbose=0)
        model.predict(x, verbose=0)
        model.predict(x[:1], verbose=0)
        model(x[:7])
        model.predict_on_batch(x[:33])

    everything()
    before = _core.allocation_count()
    for _ in range(5):
        everything()
    assert _core.allocation_count() == before


def test_new_model_allocates() -> None:
    """The counter counts: a new model, and a larger prediction than any before, show."""
    before = _core.allocation_count()
    model = small_model()
    x, _ = batch_of(2000)
    model.predict(x[:1], verbose=0)
    created = _core.allocation_count()
    assert created > before
    model.predict(x, verbose=0)
    assert _core.allocation_count() > created


RESIDENT = """
import json, os
import numpy as np
import fastnn
page = os.sysconf("SC_PAGE_SIZE")
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * page
model = fastnn.Sequential([fastnn.Input((8,)), fastnn.layers.Dense(12, activation="relu"),
                           fastnn.layers.Dense(1, activation="sigmoid")])
model.compile("adam", "binary_crossentropy")
x = np.zeros((1, 8), "f"); many = np.zeros((100, 8), "f")
call, network = model, model.predict
def calls(count):
    for _ in range(count):
        call(x)
    for _ in range(count // 40):
        network(x, verbose=0)
        network(many, verbose=0)
calls(10_000)
start = resident()
calls(200_000)
print(json.dumps({"grown": resident() - start}))
"""


def test_resident_memory_is_flat_over_predictions(run_python: Run) -> None:
    """200 000 calls of the model and 10 000 of predict.

    The smallest leak there could be, one object of 16 bytes a call, would come to 3.2 MB;
    Python's own arenas come and go by 1 MB at most.
    """
    pytest.importorskip("resource")
    grown = json.loads(run_python(RESIDENT))["grown"]
    assert grown <= 1 << 20


PEAK = """
import json, resource
import numpy as np
import fastnn
rows, n_in, width, n_out, batch = 25_000, 784, 512, 10, 256
x = np.zeros((rows, n_in), "f")
x += 1.0  # touched: resident
y = np.zeros(rows, np.int64)
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
model = fastnn.Sequential([fastnn.Input((n_in,)),
                           fastnn.layers.Dense(width, activation="relu"),
                           fastnn.layers.Dense(width, activation="relu"),
                           fastnn.layers.Dense(n_out, activation="softmax")])
model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
model.fit(x, y, batch_size=batch, verbose=0, ARGUMENTS)
used = peak() - before
weights = model.count_params() * 4
activations = batch * (n_in + 2 * width + n_out) * 4
print(json.dumps({"used": used, "weights": weights, "activations": activations, "data": x.nbytes}))
"""


@pytest.mark.parametrize(
    "arguments",
    [
        "epochs=3",
        "epochs=2, validation_split=0.2",
        "epochs=2, class_weight={0: 2.0, 1: 0.5}",
        "epochs=2, sample_weight=np.ones(rows), callbacks=[fastnn.callbacks.EarlyStopping('loss')]",
    ],
)
def test_peak_memory_of_fit(arguments: str, run_python: Run) -> None:
    """data + weights x (2 + slots) + one batch of activations and gradients, plus 30 MB.

    The data, 78 MB, lie there before; a copy of them, shuffled, split off or weighted, would
    break the budget by itself.
    """
    pytest.importorskip("resource")
    used = json.loads(run_python(PEAK.replace("ARGUMENTS", arguments)))
    slots = 2  # Adam's
    budget = used["weights"] * (2 + slots) + 2 * used["activations"] + (30 << 20)
    assert used["used"] <= budget
    assert budget < used["data"]
