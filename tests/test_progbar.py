"""`utils.Progbar`, and where messages go."""

import logging
import re
from typing import Any

import numpy as np
import pytest

import fastnn
from fastnn.utils import Progbar


def run(bar: Progbar, losses: list[float], name: str = "loss") -> None:
    for loss in losses:
        bar.add(1, [(name, loss)])


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastnn.utils.progbar._moves", lambda: False)


def test_lines_of_steps(capsys: pytest.CaptureFixture[str], no_terminal: None) -> None:
    run(Progbar(3, width=6, interval=0), [4.0, 2.0, 0.5])
    lines = capsys.readouterr().out.splitlines()
    assert [re.sub(r"\d+[mu]?s(/step)?", "_", line) for line in lines] == [
        "1/3 ━━──── _ _ - loss: 4.0000",
        "2/3 ━━━━── _ _ - loss: 3.0000",  # the mean
        "3/3 ━━━━━━ _ _ - loss: 0.5000",  # the last shows what it is given, as Keras' does
    ]


def test_a_bar_that_moves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fastnn.utils.progbar._moves", lambda: True)
    bar = Progbar(12, interval=0, unit_name="row")
    bar.update(3, [("a", 1.0), ("b", 0.00012)])
    bar.update(12, [("a", np.array([1.0, 3.0]))])
    out = capsys.readouterr().out
    first, second = out.removeprefix("\r").split("\r")
    assert first.startswith(" 3/12 ━━━━━───────────────")
    assert first.rstrip().endswith("/row - a: 1.0000 - b: 1.2000e-04")
    assert second.startswith("12/12 " + "━" * 20)
    assert "a: 2.0000" in second
    assert second.endswith("\n")


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [({}, 3.0), ({"stateful_metrics": ["loss"]}, 2.0), ({"stateful_metrics": ["other"]}, 3.0),
     ({"stateless_metrics": ["loss"]}, 3.0), ({"stateless_metrics": ["other"]}, 2.0)],
)  # fmt: skip
def test_what_is_averaged(
    arguments: Any, shown: float, capsys: pytest.CaptureFixture[str], no_terminal: None
) -> None:
    run(Progbar(None, interval=0, **arguments), [4.0, 2.0])
    last = capsys.readouterr().out.splitlines()[-1]
    assert last.startswith("2/Unknown")
    assert last.endswith(f"loss: {shown:.4f}")


def test_averages_weigh_steps(capsys: pytest.CaptureFixture[str], no_terminal: None) -> None:
    bar = Progbar(10, interval=0)
    bar.update(3, [("loss", 1.0)])
    bar.update(4, [("loss", 5.0)])
    assert capsys.readouterr().out.splitlines()[-1].endswith("loss: 2.0000")


def test_silent_and_slow(capsys: pytest.CaptureFixture[str], no_terminal: None) -> None:
    run(Progbar(3, verbose=0), [1.0, 2.0, 3.0])
    assert capsys.readouterr().out == ""
    run(Progbar(5, interval=100), [1.0, 2.0, 3.0, 4.0, 5.0])
    assert [line[:3] for line in capsys.readouterr().out.splitlines()] == ["1/5", "5/5"]
    run(Progbar(2, verbose=2), [1.0, 2.0])
    assert re.fullmatch(r"2/2 - 0s - \S+s/step - loss: 2.0000\n", capsys.readouterr().out)


def test_rejects() -> None:
    for arguments, message in (({"target": "a"}, "`target`"), ({"verbose": 3}, "`verbose`"),
                               ({"stateful_metrics": [], "stateless_metrics": []}, "not both"),
                               ({"interval": None}, "`interval`")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            Progbar(**{"target": 3, **arguments})


def test_messages_go_to_the_log(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    model = fastnn.Sequential([fastnn.Input((1,)), fastnn.layers.Dense(1)])
    model.compile("sgd", "mse")
    x = np.ones((8, 1))
    fastnn.config.disable_interactive_logging()
    try:
        assert not fastnn.utils.is_interactive_logging_enabled()
        with caplog.at_level(logging.INFO, "fastnn"):
            stop = fastnn.callbacks.EarlyStopping("loss", min_delta=10, patience=0, verbose=1)
            for verbose in (0, 1, 2):
                model.fit(x, x, epochs=3, verbose=verbose, callbacks=[stop] if verbose else None)
            model.evaluate(x, x, verbose=1)
            model.summary()
            Progbar(1).update(1)
    finally:
        fastnn.utils.enable_interactive_logging()
    assert capsys.readouterr() == ("", "")
    said = [record.getMessage() for record in caplog.records]
    assert said.count("Epoch 1/3") == 2
    assert sum(text.startswith("1/1 - 0s") for text in said) == 5  # two epochs each, and evaluate
    assert said.count("Epoch 2: early stopping") == 2
    assert any("Total params" in text for text in said)
    assert said[-1].startswith("1/1 ━")
    model.evaluate(x, x, verbose=1)
    assert capsys.readouterr().out.startswith("1/1 - 0s")
