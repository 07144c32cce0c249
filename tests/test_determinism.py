"""One answer: every bit the same for any instruction set, thread count, batch and resumption."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

fastnn = pytest.importorskip("fastnn")

import hashed_training  # noqa: E402

HERE = Path(__file__).parent
PROGRAM = f"import runpy; runpy.run_path({str(HERE / 'hashed_training.py')!r}, run_name='__main__')"
# NumPy's BLAS would start threads of its own, which the count of threads must not see.
QUIET = {"OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def results(isas: list[str], run_python: Callable[..., str]) -> dict[str, Any]:
    """What the program prints, for every instruction set of this CPU."""
    return {isa: json.loads(run_python(PROGRAM, isa=isa, env=QUIET)) for isa in isas}


def test_every_tier_was_forced(results: dict[str, Any], isas: list[str]) -> None:
    """The portable tier is always there, and each run used the tier it was told to."""
    assert "portable" in isas
    assert [r["isa"] for r in results.values()] == isas


def test_threads_were_really_used(results: dict[str, Any]) -> None:
    """Three threads were asked for: some networks are large enough to use them."""
    if fastnn._core.config()["openmp"] == "none":
        pytest.skip("built without OpenMP: one thread")
    for result in results.values():
        if "tasks" not in result:
            pytest.skip("the operating system does not list threads")
        assert result["tasks"] >= 3


@pytest.mark.parametrize("network", hashed_training.NETWORKS)
@pytest.mark.parametrize("dtype", hashed_training.DTYPES)
def test_training_is_the_same_bits(results: dict[str, Any], network: str, dtype: str) -> None:
    """Weights and history, for each tier and 1, 2 and 3 threads."""
    hashes = {
        (isa, threads): value
        for isa, result in results.items()
        for threads, value in result["training"][f"{network} {dtype}"].items()
    }
    assert len(hashes) == len(results) * len(hashed_training.THREADS)
    assert len(set(hashes.values())) == 1, hashes


def test_networks_have_every_layer_activation_and_optimizer() -> None:
    """Each class of layer and of optimiser, each activation; `step` has no gradient to train."""
    found = set()
    for make in hashed_training.NETWORKS.values():
        model, _ = make("float32")
        found |= {type(model.optimizer).__name__}
        for layer in model.layers:
            found |= {type(layer).__name__}
            activation = getattr(layer, "activation", None)
            name = fastnn.activations.serialize(activation) if activation is not None else ""
            found.add(name if isinstance(name, str) else name["class_name"])
    public = [
        *fastnn.activations.__all__,
        *(name for name in fastnn.layers.__all__ if name[0].isupper()),
        *fastnn.optimizers.__all__,
    ]
    others = {
        "Input",
        "InputSpec",
        "Optimizer",
        "deserialize",
        "get",
        "serialize",
        "legacy",
        "schedules",
    }
    aliases = {"hard_swish", "swish"}
    assert not set(public) - found - others - aliases - {"step"}


def test_the_hash_sees_a_change() -> None:
    """Another seed, another hash: the runs do depend on what they are given."""
    _, value = hashed_training.train("tiny", "float32")
    model, run = hashed_training.tiny("float32")
    run["x"] = run["x"].copy()
    run["x"][0, 0] += np.float32(2.0**-10)
    history = model.fit(**run, verbose=0).history
    series = [np.array(history[k]) for k in sorted(history)]
    out = [model.predict(run["x"][:n], verbose=0) for n in (1, 2, None)]
    assert hashed_training.digest([*series, *model.get_weights(), *out]) != value


@pytest.mark.parametrize("dtype", hashed_training.DTYPES)
@pytest.mark.parametrize("net", ["cut", "wide"])
def test_a_row_is_the_same_bits_in_any_batch(results: dict[str, Any], net: str, dtype: str) -> None:
    """Alone, in batches of any size, in any layout, by predict or by calling the model."""
    hashes = {
        (isa, threads, cut): value
        for isa, result in results.items()
        for threads, cuts in result[net][dtype].items()
        for cut, value in cuts.items()
    }
    assert len(set(hashes.values())) == 1, hashes


@pytest.mark.parametrize("dtype", hashed_training.DTYPES)
def test_a_number_is_the_same_bits_in_any_dtype(results: dict[str, Any], dtype: str) -> None:
    """Booleans, integers of all widths and floats that hold the same values."""
    hashes = {
        (isa, threads, kind): value
        for isa, result in results.items()
        for threads, kinds in result["integer"][dtype].items()
        for kind, value in kinds.items()
    }
    assert len(set(hashes.values())) == 1, hashes


@pytest.mark.parametrize("dtype", hashed_training.DTYPES)
@pytest.mark.parametrize("network", hashed_training.NETWORKS)
def test_resumed_run_is_the_uninterrupted_run(network: str, dtype: str, tmp_path: Path) -> None:
    """Saved after one epoch and loaded: shuffles, masks, optimiser go on as if never stopped."""
    whole, run = hashed_training.NETWORKS[network](dtype)
    run |= {"epochs": 3, "verbose": 0}
    history = whole.fit(**run).history

    first, _ = hashed_training.NETWORKS[network](dtype)
    start = first.fit(**(run | {"epochs": 1})).history
    file = tmp_path / "model.fnn"
    first.save(file)
    fastnn.utils.set_random_seed(12345)  # the file, not the process, must carry the seeds
    second = fastnn.models.load_model(file)
    rest = second.fit(**(run | {"initial_epoch": 1})).history
    for key, values in history.items():
        assert start[key] + rest[key] == values
    assert hashed_training.digest(second.get_weights()) == hashed_training.digest(
        whole.get_weights()
    )


def test_threads_from_the_environment(run_python: Callable[..., str]) -> None:
    """FASTNN_NUM_THREADS gives the count; two processes give the same bits."""
    hashes = set()
    for threads in (1, 2):
        code = (
            "import fastnn, hashed_training\n"
            f"assert fastnn._core.get_num_threads() == {threads}\n"
            "print(hashed_training.train('tiny', 'float32')[1])\n"
        )
        hashes.add(run_python(code, threads=threads))
    assert len(hashes) == 1
