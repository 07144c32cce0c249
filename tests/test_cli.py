"""``python -m fastnn``: what it prints, what it saves, and one line for each mistake."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

import fastnn
from fastnn._cli import files, rows, table
from fastnn._cli.errors import UserError
from fastnn._cli.main import main
from fastnn._cli.pipeline import Pipeline, center_and_scale

QUICK = ("--epochs", "3", "--hidden", "4")


def write_csv(path: Path, header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(lines)
    return str(path)


def blobs(path: Path, n: int = 120, names: Sequence[object] = ("low", "mid", "high")) -> str:
    """Three separable classes in two columns, one of them far from zero."""
    rng = np.random.default_rng(5)
    kind = np.arange(n) % 3
    a = 1000 + 5 * kind + rng.normal(0, 0.5, n)
    b = -0.01 * kind + rng.normal(0, 0.001, n)
    return write_csv(
        path, ["a", "b", "kind"], zip(a.tolist(), b.tolist(), [names[k] for k in kind], strict=True)
    )


def line(path: Path, n: int = 120) -> str:
    """A linear target in thousands, with one constant column."""
    rng = np.random.default_rng(6)
    x = rng.normal(50, 10, (n, 2))
    y = 3000 * x[:, 0] - 1000 * x[:, 1] + 7
    return write_csv(
        path,
        ["x0", "x1", "one", "y"],
        ([*row, 0.1, value] for row, value in zip(x.tolist(), y.tolist(), strict=True)),
    )


def read_csv(text: str) -> tuple[list[str], list[list[str]]]:
    header, *lines = csv.reader(text.splitlines())
    return header, lines


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Failure:
    """Runs a command that must fail and returns its one line."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *argv: str) -> str:
        try:
            code = main(argv)
        except SystemExit as stop:
            code = stop.code
        err = self.capsys.readouterr().err
        assert code == 2
        assert err.count("\n") == 1, err
        assert err.endswith("\n")
        assert "Traceback" not in err
        return err


@pytest.fixture
def failure(capsys: pytest.CaptureFixture[str]) -> Failure:
    return Failure(capsys)


class TestDigits:
    def test_main_job(self, here: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "fastnn"], capture_output=True, text=True, check=True, timeout=60
        )
        assert done.stderr == ""
        accuracy = re.search(r"test accuracy ([\d.]+)%", done.stdout)
        assert accuracy
        assert float(accuracy[1]) >= 95
        assert re.search(r"trained 30 epochs in [\d.]+ s, [\d,]+ samples per second", done.stdout)
        assert "saved digits.fnn" in done.stdout
        assert len(re.findall(r"^epoch ", done.stdout, re.M)) == 11
        assert (here / "digits.fnn").is_file()

    def test_options_and_use_of_the_model(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["--epochs", "20", "--seed", "3", "--output", "d.fnn"]) == 0
        assert main(["digits", "--epochs", "20", "--seed", "3", "--output", "e.fnn"]) == 0
        assert (here / "d.fnn").read_bytes() == (here / "e.fnn").read_bytes()
        assert not (here / "digits.fnn").exists()
        capsys.readouterr()
        (_, _), (x, y) = fastnn.datasets.digits.load_data()
        source = write_csv(
            here / "d.csv", [f"pixel_{i}" for i in range(64)], x.reshape(-1, 64).tolist()
        )
        assert main(["predict", "d.fnn", source]) == 0
        header, lines = read_csv(capsys.readouterr().out)
        assert header == ["digit", *(f"p({digit})" for digit in range(10))]
        answers = np.array([int(cells[0]) for cells in lines])
        assert np.mean(answers == y) >= 0.95

    @pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
    def test_files_have_ordinary_permissions(self, here: Path) -> None:
        assert main(["--epochs", "1"]) == 0
        source = write_csv(here / "d.csv", [f"pixel_{i}" for i in range(64)], [[0] * 64])
        assert main(["predict", "digits.fnn", source, "--output", "o.csv"]) == 0
        modes = {(here / name).stat().st_mode for name in ("d.csv", "digits.fnn", "o.csv")}
        assert len(modes) == 1

    def test_output_is_checked_before_the_work(self, here: Path, failure: Failure) -> None:
        assert "there is no folder nowhere" in failure("--output", "nowhere/m.fnn")
        (here / "folder").mkdir()
        assert "it is a folder" in failure("--output", "folder")
        assert "a model's name ends in .fnn" in failure("--output", "m.zz")


class TestInfo:
    def test_info(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["info"]) == 0
        printed = capsys.readouterr().out
        fastnn.show_config()
        assert printed == capsys.readouterr().out
        assert fastnn.__version__ in printed

    def test_help_and_version(self, capsys: pytest.CaptureFixture[str]) -> None:
        for argv, text in (
            (["--help"], "train on a CSV file"),
            (["train", "--help"], "--target COLUMN"),
            (["--version"], f"fastnn {fastnn.__version__}"),
        ):
            with pytest.raises(SystemExit) as stop:
                main(argv)
            assert stop.value.code == 0
            assert text in capsys.readouterr().out


class TestClassification:
    def test_train_then_predict(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = blobs(here / "blobs.csv")
        assert main(["train", source, "--target", "kind", "--learning-rate", "0.02"]) == 0
        out = capsys.readouterr().out
        assert "120 rows, 2 features" in out
        assert "classification of 'kind' into 3 classes: high, low, mid" in out
        assert "77 rows to learn from, 19 to decide when to stop, 24 to test" in out
        assert "test accuracy 100.00% (always the commonest class: 33.33%)" in out
        assert "saved blobs.fnn" in out

        # Other column order, an extra column, the target there but empty: the answers are the same.
        with open(source, newline="", encoding="utf-8") as file:
            lines = list(csv.DictReader(file))
        other = write_csv(
            here / "other.csv",
            ["kind", "b", "note", "a"],
            ([" ", row["b"], "text", row["a"]] for row in lines),
        )
        assert main(["predict", "blobs.fnn", other]) == 0
        printed = capsys.readouterr()
        assert printed.err == "not used by the model: 'note'\n"
        header, answers = read_csv(printed.out)
        assert header == ["kind", "p(high)", "p(low)", "p(mid)"]
        assert [cells[0] for cells in answers] == [row["kind"] for row in lines]
        chances = np.array([cells[1:] for cells in answers], dtype=float)
        assert np.all(chances >= 0)
        assert np.array_equal(
            chances.argmax(axis=1), [header[1:].index(f"p({cells[0]})") for cells in answers]
        )

        assert main(["predict", "blobs.fnn", other, "--output", "out.csv"]) == 0
        assert "wrote 120 predictions to out.csv" in capsys.readouterr().out
        assert (here / "out.csv").read_text(encoding="utf-8") == printed.out
        assert sorted(file.name for file in here.iterdir()) == [
            "blobs.csv", "blobs.fnn", "other.csv", "out.csv",
        ]  # fmt: skip

    def test_same_seed_same_file(self, here: Path) -> None:
        source = blobs(here / "blobs.csv")
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            argv = ["train", source, "--target", "kind", "--seed", seed, "--output", f"{name}.fnn"]
            assert main([*argv, *QUICK]) == 0
        a, b, c = ((here / f"{name}.fnn").read_bytes() for name in "abc")
        assert a == b
        assert a != c

    @pytest.mark.parametrize("names", [(0, 1, 2), ("3", "3.0", "7"), (-1, 10, 9)])
    def test_few_whole_numbers_are_classes(
        self, here: Path, capsys: pytest.CaptureFixture[str], names: Sequence[object]
    ) -> None:
        assert main(["train", blobs(here / "b.csv", names=names), "--target", "kind", *QUICK]) == 0
        expected = sorted({int(float(str(name))) for name in names})
        text = f"into {len(expected)} classes: {', '.join(map(str, expected))}\n"
        assert text in capsys.readouterr().out

    def test_task_can_be_forced(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = blobs(here / "b.csv", names=(0, 1, 2))
        assert main(["train", source, "--target", "kind", "--task", "regression", *QUICK]) == 0
        assert "regression of 'kind'" in capsys.readouterr().out
        source = blobs(here / "b.csv", names=(0.5, 1.5, 2.5))
        assert main(["train", source, "--target", "kind", *QUICK]) == 0
        assert "regression of 'kind'" in capsys.readouterr().out
        argv = ["train", source, "--target", "kind", "--task", "classification", *QUICK]
        assert main(argv) == 0
        assert "into 3 classes: 0.5, 1.5, 2.5" in capsys.readouterr().out

    def test_class_names_survive_quoting(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        names = ("NA", 'a "b", c', "ä, ö")
        source = blobs(here / "b.csv", names=names)
        assert main(["train", source, "--target", "kind", *QUICK]) == 0
        capsys.readouterr()
        assert main(["predict", "b.fnn", source]) == 0
        header, lines = read_csv(capsys.readouterr().out)
        assert header == ["kind", *(f"p({name})" for name in sorted(names))]
        assert {cells[0] for cells in lines} <= set(names)


class TestRegression:
    def test_train_then_predict(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = line(here / "line.csv")
        argv = ["train", source, "--target", "y", "--hidden", "none", "--learning-rate", "0.05"]
        assert main(argv) == 0
        out = capsys.readouterr().out
        assert "regression of 'y'" in out
        found = re.search(r"R2 ([\d.]+)", out)
        assert found
        assert float(found[1]) > 0.99
        assert main(["predict", "line.fnn", source]) == 0
        header, lines = read_csv(capsys.readouterr().out)
        assert header == ["y"]
        with open(source, newline="", encoding="utf-8") as file:
            truth = [float(row["y"]) for row in csv.DictReader(file)]
        guesses = [float(cells[0]) for cells in lines]
        assert np.corrcoef(truth, guesses)[0, 1] > 0.99
        assert abs(np.mean(truth) - np.mean(guesses)) < 0.1 * np.std(truth)

    def test_scaling_is_that_of_the_rows_learnt_from(self, here: Path) -> None:
        source = line(here / "line.csv")
        argv = ["train", source, "--target", "y", "--test-split", "0", "--patience", "0", *QUICK]
        assert main(argv) == 0
        _, pipeline = files.load("line.fnn")
        with table.Table.open(source) as opened:
            values, _ = opened.read(["x0", "x1", "one", "y"])
        assert pipeline.features == ["x0", "x1", "one"]
        # The rows come in a shuffled order: sums may differ in their last places, no more.
        np.testing.assert_array_almost_equal_nulp(
            np.array(pipeline.feature_mean), values[:, :3].mean(axis=0), 64
        )
        np.testing.assert_array_almost_equal_nulp(
            np.array(pipeline.feature_scale[:2]), values[:, :2].std(axis=0), 64
        )
        assert pipeline.feature_scale[2] == 1  # the constant column
        assert pipeline.target_scale > 1000

    def test_stops_early_and_keeps_the_best(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rng = np.random.default_rng(8)  # noise only: nothing to learn, so it must stop
        source = write_csv(here / "noise.csv", ["x", "z", "y"], rng.normal(size=(200, 3)).tolist())
        argv = ["train", source, "--target", "y", "--epochs", "5000", "--patience", "4"]
        assert main(argv) == 0
        found = re.search(r"stopped after epoch (\d+); kept epoch (\d+)", capsys.readouterr().out)
        assert found
        assert int(found[1]) == int(found[2]) + 4
        assert int(found[1]) < 5000
        # The file holds the best epoch: a run of just as many epochs ends with those weights.
        argv = ["train", source, "--target", "y", "--epochs", found[2], "--patience", "4"]
        assert main([*argv, "--output", "short.fnn"]) == 0
        long, short = (files.load(name)[0].get_weights() for name in ("noise.fnn", "short.fnn"))
        for a, b in zip(long, short, strict=True):
            assert np.array_equal(a, b)

    def test_without_test_rows(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = line(here / "l.csv", n=5)
        assert main(["train", source, "--target", "y", "--test-split", "0", *QUICK]) == 0
        out = capsys.readouterr().out
        assert "5 rows to learn from, 0 to decide when to stop, 0 to test" in out
        assert "test MAE" not in out

    def test_ignore(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        source = write_csv(
            here / "c.csv", ["name", "x", "y"], [[f"n{i}", i, i / 3] for i in range(30)]
        )
        assert main(["train", source, "--target", "y", "--ignore", "name", *QUICK]) == 0
        assert "30 rows, 1 features" in capsys.readouterr().out


class TestCsvDialects:
    @pytest.mark.parametrize(
        "text",
        [
            "a,b\n1,2\n3,4\n",
            "a,b\r\n1,2\r\n3,4\r\n",
            "a,b\r1,2\r3,4\r",
            "\ufeffa,b\n1,2\n3,4",
            '"a","b"\n"1","2"\n\n3,"4"\n\n',
            "a;b\n1;2\n3;4\n",
            "a\tb\n1\t2\n3\t4\n",
            "\n a , b \n 1 , 2 \n+3,4e0\n",
        ],
    )
    def test_read(self, tmp_path: Path, text: str) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(text.encode())
        with table.Table.open(str(path)) as opened:
            assert opened.header == ["a", "b"]
            values, texts = opened.read(["b", "a"], "a")
        assert values.tolist() == [[2, 1], [4, 3]]
        assert len(texts) == 2

    def test_quoted_line_break(self, tmp_path: Path) -> None:
        path = tmp_path / "t.csv"
        path.write_bytes(b'"first\nname",b\n1,"2"\n')
        with table.Table.open(str(path)) as opened:
            assert opened.header == ["first\nname", "b"]
            assert opened.read(["b"])[0].tolist() == [[2]]


class TestErrors:
    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("", "is empty; a header"),
            ("\n\n", "is empty; a header"),
            ("a,y\n", "has a header but no rows"),
            ("a,y\n1,2\n", "has one row"),
            ("a,,y\n1,2,3\n", "cell 2 of the header is empty"),
            ("a,y,a\n1,2,3\n", "the header names column 'a' twice"),
            ("1,2\n3,4\n", "the first row holds only numbers"),
            ("a,y\n1,2\n1,2,3\n", "row 2 (line 3) has 3 cells, the header has 2"),
            ("a,y\n1,2\n1\n", "row 2 (line 3) has 1 cells, the header has 2"),
            ("a,y\n1,2\nabc,3\n", "row 2, column 'a': 'abc' is not a number"),
            ("a,y\n1,2\n1_0,3\n", "row 2, column 'a': '1_0' is not a number"),
            ("a,y\n1,2\n,3\n", "row 2, column 'a': the value is missing ('')"),
            ("a,y\n1,2\n NA ,3\n", "row 2, column 'a': the value is missing (' NA ')"),
            ("a,y\n1,2\nnan,3\n", "row 2, column 'a': the value is missing ('nan')"),
            ("a,y\n1,2\n-inf,3\n", "row 2, column 'a': '-inf' is not finite"),
            ("a,y\n1,2\n1e999,3\n", "row 2, column 'a': '1e999' is not finite"),
            ("a,y\n1,2\n3,\n", "row 2, column 'y': the value is missing ('')"),
            ("a,y\n1,2\n3,NA\n", "row 2, column 'y': the value is missing ('NA')"),
            ("a,y\n1,u\n3,\n", "row 2, column 'y': the value is missing ('')"),
            ("a,y\n1,u\n2,u\n", "has one value only, 'u'"),
            ("a,y\n1,5\n2,5\n", "has one value only, '5'"),
            ("a,y\n1,u\n2,v\n3,w\n", "has 3 different values in 3 rows; too many for classes"),
            ("y\n1\n2\n", "has no column beside the target"),
            ('a,y\n1,2\n"3,4\n', "not readable as CSV"),
            ('a,y\n1,2\n"3"x,4\n', "line 3: not readable as CSV"),
            ("a,y\n1e308,2.5\n-1e308,3.5\n", "the numbers in column 'a' are too large to scale"),
        ],
    )
    def test_contents(self, here: Path, failure: Failure, content: str, message: str) -> None:
        (here / "bad.csv").write_text(content, encoding="utf-8", newline="")
        told = failure("train", "bad.csv", "--target", "y", "--test-split", "0", *QUICK)
        assert told.startswith("fastnn: error: bad.csv") or "too large" in told
        assert message in told
        assert not (here / "bad.fnn").exists()

    def test_files(self, here: Path, failure: Failure) -> None:
        source = line(here / "ok.csv")
        told = failure("train", "none.csv", "--target", "y")
        assert told == "fastnn: error: cannot read none.csv: No such file or directory\n"
        assert "Is a directory" in failure("train", str(here), "--target", "y")
        (here / "latin.csv").write_bytes("a,y\n1,ä\n".encode("latin-1"))
        assert "latin.csv is not UTF-8 text" in failure("train", "latin.csv", "--target", "y")
        told = failure("train", source, "--target", "y", "--output", source)
        assert "it is the file the data are read from" in told
        assert "no folder x" in failure("train", source, "--target", "y", "--output", "x/m.fnn")
        told = failure("train", source, "--target", "z")
        assert "has no target column 'z'; its columns are 'x0', 'x1', 'one', 'y'" in told
        told = failure("train", source, "--target", "y", "--ignore", "q")
        assert "has no column to ignore 'q'" in told
        told = failure("train", source, "--target", "x0", "--ignore", "y", "--ignore", "x0")
        assert "both the target and ignored" in told

    def test_regression_of_words(self, here: Path, failure: Failure) -> None:
        source = blobs(here / "b.csv")
        told = failure("train", source, "--target", "kind", "--task", "regression")
        assert "row 1, column 'kind': 'low' is not a number, and the task is regression" in told

    def test_divergence(self, here: Path, failure: Failure) -> None:
        source = line(here / "l.csv")
        told = failure("train", source, "--target", "y", "--learning-rate", "1e38")
        assert "training diverged" in told
        assert not (here / "l.fnn").exists()

    @pytest.mark.parametrize(
        ("argv", "message"),
        [
            (["nonsense"], "invalid choice: 'nonsense'"),
            (["--nonsense"], "unrecognized arguments: --nonsense"),
            (["train", "a.csv"], "required: --target"),
            (["train", "--target", "y"], "required: FILE.csv"),
            (["predict", "m.fnn"], "required: FILE.csv"),
            (["info", "more"], "unrecognized arguments: more"),
            (["--epochs", "0"], "'0' is not a whole number from 1 on"),
            (["--epochs", "1.5"], "'1.5' is not a whole number"),
            (["--seed", "-1"], "'-1' is not a whole number from 0 on"),
            (["train", "a.csv", "--target", "y", "--batch-size", "x"], "'x' is not a whole"),
            (["train", "a.csv", "--target", "y", "--hidden", "64,,2"], "not a list of widths"),
            (["train", "a.csv", "--target", "y", "--hidden", "0"], "not a list of widths"),
            (["train", "a.csv", "--target", "y", "--learning-rate", "0"], "not a number above 0"),
            (["train", "a.csv", "--target", "y", "--learning-rate", "nan"], "not a number above"),
            (["train", "a.csv", "--target", "y", "--test-split", "1"], "'1' is not a share"),
            (["train", "a.csv", "--target", "y", "--task", "guess"], "invalid choice: 'guess'"),
        ],
    )
    def test_arguments(self, failure: Failure, argv: list[str], message: str) -> None:
        assert message in failure(*argv)

    def test_models(self, here: Path, failure: Failure) -> None:
        source = line(here / "l.csv")
        assert "cannot read none.fnn" in failure("predict", "none.fnn", source)
        assert "cannot read" in failure("predict", str(here), source)
        assert "l.csv is not a whole safetensors file" in failure("predict", source, source)
        model = fastnn.Sequential([fastnn.Input((3,)), fastnn.layers.Dense(1)])
        model.save("plain.fnn")
        told = failure("predict", "plain.fnn", source)
        assert "it was not written by `python -m fastnn train`" in told
        assert main(["train", source, "--target", "y", *QUICK]) == 0
        whole = (here / "l.fnn").read_bytes()
        for length in (0, 7, 100, len(whole) - 1):
            (here / "cut.fnn").write_bytes(whole[:length])
            assert "error: not a model: cut.fnn" in failure("predict", "cut.fnn", source)

    def test_rows_to_predict(self, here: Path, failure: Failure) -> None:
        source = line(here / "l.csv")
        assert main(["train", source, "--target", "y", *QUICK]) == 0
        (here / "p.csv").write_text("x0,x1\n1,2\n")
        assert "p.csv has no column 'one'" in failure("predict", "l.fnn", "p.csv")
        (here / "p.csv").write_text("x0,x1,one\n1,2,3\n1,x,3\n")
        told = failure("predict", "l.fnn", "p.csv", "--output", "o.csv")
        assert "p.csv, row 2, column 'x1': 'x' is not a number" in told
        assert not (here / "o.csv").exists()
        (here / "p.csv").write_text("x0,x1,one\n1,2,3\n1e300,2,3\n")
        assert "row 2: its numbers are too large" in failure("predict", "l.fnn", "p.csv")
        assert "cannot read q.csv" in failure("predict", "l.fnn", "q.csv")
        told = failure("predict", "l.fnn", source, "--output", source)
        assert "it is the file the data are read from" in told


class TestPipeline:
    GOOD = Pipeline("y", ["a"], [0.0], [1.0], ["u", "v"]).as_dict()

    def test_round_trip_through_json(self) -> None:
        pipeline = Pipeline("y", ["a", "b"], [0.1, 2.0], [1 / 3, 4.0], None, 1e-300, 7.0)
        assert Pipeline.from_dict(json.loads(json.dumps(pipeline.as_dict()))) == pipeline

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": "other"},
            {"more": 1},
            {"target": 3},
            {"features": "a"},
            {"features": []},
            {"features": ["a", "a"], "feature_mean": [0, 0], "feature_scale": [1, 1]},
            {"features": [{}]},
            {"feature_mean": [0.0, 1.0]},
            {"feature_mean": ["0"]},
            {"feature_mean": [float("nan")]},
            {"feature_scale": [0.0]},
            {"feature_scale": None},
            {"classes": ["u"]},
            {"classes": [1, 2]},
            {"target_scale": float("inf")},
        ],
    )
    def test_damage_is_found(self, change: dict[str, object]) -> None:
        assert Pipeline.from_dict(self.GOOD).classes == ["u", "v"]
        with pytest.raises(UserError):
            Pipeline.from_dict(self.GOOD | change)

    @pytest.mark.parametrize("bad", [None, [], "text", {}])
    def test_not_a_description(self, bad: object) -> None:
        with pytest.raises(UserError, match="was not written by"):
            Pipeline.from_dict(bad)

    def test_constant_columns(self) -> None:
        columns = np.column_stack([np.full(1000, 0.1), np.zeros(1000), np.arange(1000.0)])
        _, scale = center_and_scale(columns)
        assert scale[:2].tolist() == [1, 1]
        assert scale[2] == columns[:, 2].std()


class TestHoldOut:
    @pytest.mark.parametrize("share", [0, 0.01, 0.2, 0.5, 0.99])
    @pytest.mark.parametrize("counts", [(10,), (1, 1), (50, 30, 20), (97, 2, 1)])
    def test_partition_by_class(self, share: float, counts: tuple[int, ...]) -> None:
        classes = np.repeat(np.arange(len(counts)), counts)
        chosen = np.arange(len(classes))
        kept, held = rows.hold_out(chosen, classes, share, np.random.default_rng(1))
        assert sorted([*kept, *held]) == chosen.tolist()
        assert len(held) == min(round(len(chosen) * share), len(chosen) - len(counts))
        kept_of = np.bincount(classes[kept], minlength=len(counts))
        assert np.all(kept_of >= 1)
        # Proportional to the rows that may be drawn, within one row.
        free = np.array(counts) - 1
        expected = len(held) * free / max(1, free.sum())
        assert np.all(np.abs(np.array(counts) - kept_of - expected) <= 1)

    def test_of_some_rows(self) -> None:
        chosen = np.array([9, 2, 4, 7])
        kept, held = rows.hold_out(chosen, np.zeros(10, int), 0.5, np.random.default_rng(0))
        assert sorted([*kept, *held]) == [2, 4, 7, 9]


class TestProcess:
    def test_interrupt_is_one_line(self, here: Path) -> None:
        source = line(here / "l.csv")
        argv = ["train", source, "--target", "y", "--epochs", "1000000", "--patience", "0"]
        with subprocess.Popen(
            [sys.executable, "-u", "-m", "fastnn", *argv],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            while not process.stdout.readline().startswith("epoch"):
                assert process.poll() is None
            time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            error = process.stderr.read()
        assert process.returncode == 130
        assert error == "fastnn: interrupted; nothing was saved\n"
        assert not (here / "l.fnn").exists()

    @pytest.mark.skipif(os.name == "nt", reason="pipes close differently on Windows")
    def test_reader_that_goes_away(self, here: Path) -> None:
        source = line(here / "l.csv", n=5000)
        assert main(["train", source, "--target", "y", *QUICK]) == 0
        with subprocess.Popen(
            [sys.executable, "-m", "fastnn", "predict", "l.fnn", source],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert process.stdout.readline() == "y\n"
            process.stdout.close()
            error = process.stderr.read()
        assert error == ""
        assert process.returncode == 0
