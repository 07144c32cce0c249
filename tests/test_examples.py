"""Every example runs as a program of its own and says what its lesson promises."""

import gzip
import os
import re
import runpy
import statistics
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tolerance import (
    ACTIVATION_ULP,
    Perturb,
    assert_catches,
    assert_trajectory,
    gemm_bound,
    trajectory_limits,
    trajectory_sensitivity,
    unit_roundoff,
)

Losses = dict[str, np.ndarray]

FOLLOWED = 300
"""Steps of sigmoid_from_scratch whose roundings are followed; all 1500 would take seconds."""

EXAMPLES = Path(__file__).parent.parent / "examples"


def run(name: str, *argv: str, cwd: Path, **environment: str) -> str:
    """Standard output of an example; it must end well and say nothing on the error stream."""
    done = subprocess.run(
        [sys.executable, str(EXAMPLES / f"{name}.py"), *argv],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=os.environ | environment,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def find(pattern: str, text: str) -> float:
    """The number that `pattern`'s group finds in `text`."""
    found = re.search(pattern, text)
    assert found, f"{pattern!r} not in:\n{text}"
    return float(found[1].replace(",", ""))


def test_every_example_is_tested() -> None:
    tested = Path(__file__).read_text(encoding="utf-8")
    names = [path.stem for path in EXAMPLES.glob("*.py")]
    assert len(names) >= 6
    for name in names:
        assert f'run("{name}"' in tested


def test_keras_pima(tmp_path: Path) -> None:
    accuracies = []
    for seed in ("7", "8", "9"):
        printed = run("keras_pima", seed, cwd=tmp_path)
        accuracies.append(find(r"training accuracy: ([\d.]+)%", printed))
        assert printed.count("patient ") == 5
        assert find(r"loss ([\d.]+) after 1 pass", printed) > find(
            r"loss [\d.]+ after 1 pass, ([\d.]+) after 150", printed
        )
    assert statistics.median(accuracies) >= 75


class TestBoston:
    @pytest.fixture
    def bare(self, tmp_path: Path) -> dict[str, str]:
        """An environment in which matplotlib is not installed."""
        (tmp_path / "absent").mkdir()
        (tmp_path / "absent" / "matplotlib.py").write_text("raise ImportError")
        path = [str(tmp_path / "absent"), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {"PYTHONPATH": os.pathsep.join(path)}

    @pytest.mark.parametrize("seed", ["0", "1", "2"])
    def test_errors_are_in_the_published_range(
        self, tmp_path: Path, bare: dict[str, str], seed: str
    ) -> None:
        printed = run("boston", seed, cwd=tmp_path, **bare)
        assert 28 <= find(r"linear: 13 weights, test MSE ([\d.]+)", printed) <= 45
        assert 18 <= find(r"relu: 140 weights, test MSE ([\d.]+)", printed) <= 36
        assert "no picture: matplotlib is not installed" in printed
        assert not list(tmp_path.glob("*.png"))

    def test_picture(self, tmp_path: Path) -> None:
        pytest.importorskip("matplotlib", reason="the picture needs the plot extra")
        assert "drew here.png" in run("boston", "0", "here.png", cwd=tmp_path)
        assert (tmp_path / "here.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_hand_computation(tmp_path: Path) -> None:
    printed = run("hand_computation", cwd=tmp_path)
    assert "shapes: (8, 3) (3,) (3, 1) (1,)" in printed
    by_hand, predicted = (
        [float(word) for word in re.findall(rf"{label}:(.*)", printed)[0].split()]
        for label in ("by hand", "predicted")
    )
    assert len(by_hand) == len(predicted) == 5
    assert len(set(predicted)) == 5
    assert find(r"over 768 patients: (\S+)", printed) < 1

    # The same within what float32 allows, patient by patient.
    lesson = runpy.run_path(str(EXAMPLES / "hand_computation.py"))
    kernel1, bias1, kernel2, bias2 = (np.float64(w) for w in lesson["model"].get_weights())
    terms1 = np.abs(lesson["x"]) @ np.abs(kernel1) + np.abs(bias1)
    hidden = lesson["hidden"]
    # The network rounds the input too: one rounding more in each term.
    d_hidden = gemm_bound(8, terms1, "float32", bias=True) + unit_roundoff("float32") * terms1
    d_sum = gemm_bound(3, hidden @ np.abs(kernel2) + np.abs(bias2), "float32", bias=True)
    d_sum = d_sum + d_hidden @ np.abs(kernel2)
    # A sigmoid is nowhere steeper than 1/4.
    bound = d_sum / 4 + ACTIVATION_ULP["sigmoid"] * np.finfo("float32").eps * lesson["by_hand"]
    assert np.all(np.abs(lesson["by_hand"] - lesson["predicted"]) <= bound)
    assert_catches(bound, hidden @ np.abs(kernel2) / 3 * 0.01)


def scratch_losses(first: list[np.ndarray], perturb: Perturb | None, slip: bool = False) -> Losses:
    """The losses of sigmoid_from_scratch, each result moved by `perturb` by what it may be off.

    `slip` forgets one factor of the chain rule, as a mutant for the limits to catch.
    """

    def moved(value: np.ndarray, scale: np.ndarray) -> np.ndarray:
        return value if perturb is None else perturb(value, scale)

    def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return moved(a @ b, a.shape[1] * (np.abs(a) @ np.abs(b)))

    def sigmoid(z: np.ndarray) -> np.ndarray:
        s = 1 / (1 + np.exp(-z))
        return moved(s, 2 * ACTIVATION_ULP["sigmoid"] * s)  # an ulp is up to two roundings

    x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    y = np.array([[0], [1], [1], [0]], dtype=float)
    w1, w2 = first
    losses = []
    for _ in range(FOLLOWED):
        hidden = sigmoid(product(x, w1))
        output = sigmoid(product(hidden, w2))
        losses.append(np.sum((y - output) ** 2))
        # Four roundings of the result, and that of output - y, whose size is 1 at most.
        slope = output * (1 - output)
        d_output = 2 * (output - y) * slope
        d_output = moved(d_output, 4 * np.abs(d_output) + 2 * slope)
        d_hidden = product(d_output, w2.T) * hidden * (1.0 if slip else 1 - hidden)
        d_hidden = moved(d_hidden, 3 * np.abs(d_hidden))
        d_w1, d_w2 = product(x.T, d_hidden), product(hidden.T, d_output)
        w1, w2 = moved(w1 - d_w1, np.abs(w1)), moved(w2 - d_w2, np.abs(w2))
    return {"loss": np.array(losses)}


def test_sigmoid_from_scratch(tmp_path: Path) -> None:
    printed = run("sigmoid_from_scratch", cwd=tmp_path)
    assert "falls at every step: True" in printed
    assert find(r"step +1: loss [\d.]+ by hand, ([\d.]+)", printed) > 1
    assert find(r"step 1500: loss [\d.]+ by hand, ([\d.]+)", printed) < 0.1
    answers = re.findall(r"-> ([\d.]+) \(wanted (\d)\)", printed)
    assert [round(float(answer)) for answer, _ in answers] == [int(wanted) for _, wanted in answers]
    assert len(answers) == 4

    # Both sides round in float64; how far that may carry them apart is followed step by step.
    lesson = runpy.run_path(str(EXAMPLES / "sigmoid_from_scratch.py"))
    base = scratch_losses(lesson["first"], None)
    sensitivity = trajectory_sensitivity(
        lambda perturb: scratch_losses(lesson["first"], perturb), base
    )
    limits = trajectory_limits(sensitivity, base, "float64", parties=2)
    mutant = scratch_losses(lesson["first"], None, slip=True)
    for losses in (lesson["by_hand"], lesson["by_fastnn"]):
        assert_trajectory({"loss": np.array(losses[:FOLLOWED])}, base, limits, mutant)


def test_perceptron(tmp_path: Path) -> None:
    printed = run("perceptron", cwd=tmp_path)
    mistakes = [int(n) for n in re.findall(r"epoch \d+: (\d+) mistakes", printed)]
    assert mistakes[0] > 0
    assert mistakes[-1] == 0
    assert "right: 100 of 100" in printed


class TestMnist:
    def test_on_files_of_its_form(self, tmp_path: Path) -> None:
        """One epoch on a few images whose left or right half is dark."""
        rng = np.random.default_rng(2)
        for prefix, n in (("train", 640), ("t10k", 100)):
            labels = rng.integers(0, 2, n)
            images = rng.integers(0, 256, (n, 28, 28))
            images[labels == 0, :, :14] = 0
            images[labels == 1, :, 14:] = 0
            for name, array in (("images-idx3", images), ("labels-idx1", labels)):
                header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
                content = gzip.compress(header + array.astype(np.uint8).tobytes())
                (tmp_path / f"{prefix}-{name}-ubyte.gz").write_bytes(content)
        printed = run("mnist_mlp", "1", cwd=tmp_path, FASTNN_DATA_HOME=str(tmp_path))
        assert find(r"test accuracy: ([\d.]+)%", printed) >= 99
        assert find(r"([\d,]+) images per second", printed) > 0

    @pytest.mark.slow
    @pytest.mark.skipif(
        not os.environ.get("FASTNN_DATA_HOME"),
        reason="FASTNN_DATA_HOME does not name MNIST's files",
    )
    @pytest.mark.parametrize(("epochs", "least"), [("1", 95), ("5", 98)])
    def test_on_mnist(self, tmp_path: Path, epochs: str, least: float) -> None:
        printed = run("mnist_mlp", epochs, cwd=tmp_path)
        assert find(r"test accuracy: ([\d.]+)%", printed) >= least


def test_wide_and_deep(tmp_path: Path) -> None:
    """Better than the linear model of examples/boston.py would be, and a summary of the graph."""
    out = run("wide_and_deep", cwd=tmp_path)
    assert "Connected to" in out
    assert find(r"price within ([\d.]+)", out) < 3.2
    assert find(r"dear or not: (\d+)%", out) >= 80
