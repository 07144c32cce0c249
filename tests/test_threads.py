"""Threads: oversubscribed, forked, many callers at once, interrupted, limited from outside.

What could hang runs in a process of its own with a time limit.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

fastnn = pytest.importorskip("fastnn")

Run = Callable[..., str]

# A network whose steps are worth several threads, in the programs below.
NET = """
import os, sys, time
import numpy as np
import fastnn

def net(seed=3):
    fastnn.utils.set_random_seed(seed)
    model = fastnn.Sequential([
        fastnn.Input((64,)),
        fastnn.layers.Dense(128, activation="relu"),
        fastnn.layers.Dense(96, activation="tanh"),
        fastnn.layers.Dense(4, activation="softmax"),
    ])
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model

def data(rows=1024):
    draw = np.random.default_rng(0)
    return draw.normal(size=(rows, 64)).astype("f"), draw.integers(0, 4, rows)

def bits(model):
    return b"".join(w.tobytes() for w in model.get_weights())
"""

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def make_model(seed: int = 3) -> tuple[Any, NDArray[np.float32], NDArray[np.int64]]:
    """The network of the programs with its data, in this process."""
    scope: dict[str, Any] = {}
    exec(NET, scope)
    x, y = scope["data"]()
    return scope["net"](seed), x, y


def test_oversubscribed_machine_stays_alive(run_python: Run) -> None:
    """Eight threads on however few cores: barriers yield, bits stay.

    An unbounded spin would lose a scheduler slice, some 4 ms, at each of about a thousand
    barriers for every core that is missing; the whole program then takes minutes.
    """
    code = NET + (
        "x, y = data()\n"
        "def run(threads):\n"
        "    fastnn.set_num_threads(threads)\n"
        "    model = net()\n"
        "    model.fit(x, y, batch_size=256, epochs=20, verbose=0)\n"
        "    return bits(model) + model.predict(x, verbose=0).tobytes()\n"
        "assert run(8) == run(1)\n"
    )
    run_python(code, timeout=60)


@needs_fork
def test_fork_after_threads(run_python: Run) -> None:
    """The child of a process that used a team predicts and fits the same bits, twice over."""
    code = NET + (
        "import warnings; warnings.simplefilter('ignore')\n"
        "fastnn.set_num_threads(2)\n"
        "x, y = data()\n"
        "model = net()\n"
        "model.fit(x, y, batch_size=256, epochs=2, verbose=0)\n"
        "want = model.predict(x, verbose=0).tobytes()\n"
        "def child():\n"
        "    assert model.predict(x, verbose=0).tobytes() == want\n"
        "    again = net()\n"
        "    again.fit(x, y, batch_size=256, epochs=2, verbose=0)\n"
        "    assert bits(again) == bits(model)\n"
        "for depth in range(2):\n"
        "    pid = os.fork()\n"
        "    if pid == 0:\n"
        "        try:\n"
        "            child()\n"
        "            if depth == 0 and os.fork() == 0:\n"
        "                child(); os._exit(0)\n"
        "            if depth == 0:\n"
        "                assert os.waitstatus_to_exitcode(os.wait()[1]) == 0\n"
        "        except BaseException:\n"
        "            import traceback; traceback.print_exc(); os._exit(1)\n"
        "        os._exit(0)\n"
        "    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\n"
        "    child()  # the parent still works, with its threads\n"
    )
    run_python(code, timeout=60)


@needs_fork
def test_fork_while_another_thread_trains(run_python: Run) -> None:
    """A child forked in the middle of another thread's fit can use models of its own."""
    code = NET + (
        "import threading, warnings; warnings.simplefilter('ignore')\n"
        "fastnn.set_num_threads(2)\n"
        "x, y = data()\n"
        "model = net()\n"
        "other = net()\n"
        "thread = threading.Thread(\n"
        "    target=lambda: model.fit(x, y, batch_size=64, epochs=60, verbose=0))\n"
        "thread.start()\n"
        "time.sleep(0.1)\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    try:\n"
        "        other.fit(x, y, batch_size=256, epochs=1, verbose=0)\n"
        "        other.predict(x, verbose=0)\n"
        "    except BaseException:\n"
        "        import traceback; traceback.print_exc(); os._exit(1)\n"
        "    os._exit(0)\n"
        "status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])\n"
        "thread.join()\n"
        "assert status == 0\n"
    )
    run_python(code, timeout=60)


def _pool_predict(size: int) -> bytes:
    """Predict in a worker of a process pool, with the parent's model where it was inherited."""
    model, x, _ = _POOL if _POOL is not None else make_model()
    return model.predict(x[:size], verbose=0).tobytes()


_POOL: tuple[Any, NDArray[np.float32], NDArray[np.int64]] | None = None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_process_pools(method: str) -> None:
    """multiprocessing's workers give the parent's bits, whichever way they start."""
    global _POOL
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} on this system")
    model, x, y = make_model()
    _POOL = (model, x, y)
    try:
        want = [model.predict(x[:n], verbose=0).tobytes() for n in (1, 10, 1024)]
        with multiprocessing.get_context(method).Pool(2) as pool:
            got = pool.map_async(_pool_predict, (1, 10, 1024)).get(timeout=60)
    finally:
        _POOL = None
    assert got == want


def test_many_threads_predict_with_one_model() -> None:
    """Sizes below and above one block, at once, from eight threads: the same bits each time."""
    model, x, _ = make_model()
    sizes = (1, 3, 64, 300, 1024)
    want = {n: model.predict(x[:n], verbose=0).tobytes() for n in sizes}

    def work(seed: int) -> int:
        draw = np.random.default_rng(seed)
        good = 0
        for _ in range(60):
            n = int(draw.choice(sizes))
            good += model.predict(x[:n], verbose=0).tobytes() == want[n]
            good += np.asarray(model(x[:1])).tobytes() == want[1]
        return good

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [120] * 8


def test_concurrent_fit_on_one_model_is_refused() -> None:
    """The second fit raises while the first goes on to the weights it would have had alone."""
    alone, x, y = make_model()
    alone.fit(x, y, batch_size=64, epochs=30, verbose=0)
    model, _, _ = make_model()
    started = threading.Event()
    errors: list[BaseException] = []

    class Started(fastnn.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            if epoch == 1:
                started.set()

    def first() -> None:
        try:
            model.fit(x, y, batch_size=64, epochs=30, verbose=0, callbacks=[Started()])
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(30)
    with pytest.raises(RuntimeError, match="train"):
        model.fit(x[:64], y[:64], batch_size=64, epochs=1, verbose=0)
    with pytest.raises(RuntimeError, match="train"):
        model.train_on_batch(x[:64], y[:64])
    assert thread.is_alive()
    thread.join(60)
    assert not errors
    for got, want in zip(model.get_weights(), alone.get_weights(), strict=True):
        assert got.tobytes() == want.tobytes()


def test_distinct_models_train_at_once() -> None:
    """Four models in four threads: each gets the weights it gets alone."""

    def train(parts: tuple[Any, NDArray[np.float32], NDArray[np.int64]]) -> list[bytes]:
        model, x, y = parts
        model.fit(x, y, batch_size=128, epochs=3, shuffle=False, verbose=0)
        return [w.tobytes() for w in model.get_weights()]

    # Built in this thread: the seed of initial weights is one for the process.
    alone = [train(make_model(seed)) for seed in range(4)]
    models = [make_model(seed) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(train, models)) == alone
    assert len({weights[0] for weights in alone}) == 4


INTERRUPTED = (
    NET
    + """
import json, signal, threading
model = net()
x, y = data(4096)
x = np.tile(x, (16, 1)); y = np.tile(y, 16)
model.fit(x[:64], y[:64], batch_size=64, epochs=1, verbose=0)
print("ready", flush=True)
try:
    model.fit(x, y, batch_size=64, epochs=10000, shuffle=False, verbose=0)
except KeyboardInterrupt:
    print(json.dumps({"iterations": int(model.optimizer.iterations)}), flush=True)
else:
    sys.exit("was not interrupted")
fresh = net()
fresh.fit(x[:64], y[:64], batch_size=64, epochs=1, verbose=0)
left = int(model.optimizer.iterations) - 1
whole = left // 1024
for _ in range(whole):
    fresh.fit(x, y, batch_size=64, epochs=1, shuffle=False, verbose=0)
n = (left - 1024 * whole) * 64
if n:
    fresh.fit(x[:n], y[:n], batch_size=64, epochs=1, shuffle=False, verbose=0)
assert bits(fresh) == bits(model), "not the weights of a finished step"
model.fit(x[:640], y[:640], batch_size=64, epochs=1, verbose=0)
assert int(model.optimizer.iterations) == left + 11
"""
)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to another process")
@pytest.mark.parametrize("threads", [1, 2])
def test_interrupt_stops_at_a_finished_step(threads: int) -> None:
    """SIGINT in the middle of an epoch: KeyboardInterrupt at once, and weights of a whole step.

    The steps are re-done without interruption: the weights must be the same bits. Then training
    goes on.
    """
    env = os.environ | {"FASTNN_NUM_THREADS": str(threads)}
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline().strip() == "ready"
            time.sleep(0.3)
            start = time.monotonic()
            process.send_signal(signal.SIGINT)
            line = process.stdout.readline()
            waited = time.monotonic() - start
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, err
    assert '"iterations"' in line
    assert waited < 2.0  # a poll every 20 ms or one step; the rest is a busy machine


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")
def test_signal_handlers_run_during_fit() -> None:
    """A handler that does not raise runs while fit goes on, and fit finishes."""
    model, x, y = make_model()
    seen: list[float] = []
    before = signal.signal(signal.SIGALRM, lambda *_: seen.append(time.monotonic()))
    try:
        big, labels = np.tile(x, (64, 1)), np.tile(y, 64)
        start = time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, 0.03)
        for _ in range(20):  # one call an epoch: handlers could otherwise only run between them
            model.fit(big, labels, batch_size=64, epochs=1, verbose=0)
            if seen:
                break
        end = time.monotonic()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
    assert len(seen) == 1
    assert start < seen[0] < end


def test_threadpoolctl_sees_and_limits() -> None:
    """Its limit lowers the core's, and lifting it restores that; the bits do not move."""
    control = pytest.importorskip("threadpoolctl")
    core = fastnn._core
    if core.config()["openmp"] == "none":
        pytest.skip("built without OpenMP")
    kinds = [lib["user_api"] for lib in control.threadpool_info()]
    assert "openmp" in kinds
    model, x, _ = make_model()
    want = model.predict(x, verbose=0).tobytes()
    before = core.get_num_threads()
    with control.threadpool_limits(limits=1):
        assert core.get_num_threads() == 1
        assert model.predict(x, verbose=0).tobytes() == want
    assert core.get_num_threads() == before


def test_thread_count_arguments() -> None:
    """set_num_threads is an upper bound; 0 restores the default; nonsense is refused."""
    core = fastnn._core
    default = core.get_num_threads()
    try:
        fastnn.set_num_threads(5)
        assert core.get_num_threads() == (1 if core.config()["openmp"] == "none" else 5)
        fastnn.set_num_threads(0)
        assert core.get_num_threads() == default
        for wrong in (-1, 1.5, "two"):
            with pytest.raises((ValueError, TypeError)):
                fastnn.set_num_threads(wrong)
    finally:
        fastnn.set_num_threads(0)
