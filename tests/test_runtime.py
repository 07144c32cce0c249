"""Process-wide settings: the instruction set, the thread count, what show_config says."""

from collections.abc import Callable

import pytest

import fastnn

Run = Callable[..., str]

IMPORT = """
try:
    import fastnn
except ImportError as error:
    print(f"refused: {error}")
else:
    fastnn.show_config()
"""


def test_each_tier_can_be_forced(run_python: Run, isas: list[str]) -> None:
    for isa in isas:
        assert f"instruction set {isa} " in run_python(IMPORT, isa=isa)


@pytest.mark.parametrize("isa", ["sse9", "AVX2", ""])
def test_unknown_tier_fails_at_import_with_the_list(
    run_python: Run, isas: list[str], isa: str
) -> None:
    said = run_python(IMPORT, env={"FASTNN_ISA": isa})
    assert said.startswith("refused: ")
    assert repr(isa) in said
    assert all(name in said for name in isas)


def test_best_tier_is_the_default(run_python: Run, isas: list[str]) -> None:
    assert f"instruction set {isas[0]} " in run_python(IMPORT)


@pytest.mark.parametrize("count", ["0", "-1", "2x", "", "1.5"])
def test_bad_thread_count_fails_at_import(run_python: Run, count: str) -> None:
    said = run_python(IMPORT, env={"FASTNN_NUM_THREADS": count})
    assert said.startswith("refused: ")
    assert "FASTNN_NUM_THREADS" in said
    assert repr(count) in said


def test_thread_count_from_the_environment(run_python: Run) -> None:
    program = "import fastnn; print(fastnn.get_num_threads())"
    threaded = "none" not in run_python(IMPORT).rsplit("OpenMP", 1)[1]
    assert run_python(program, threads=3).strip() == ("3" if threaded else "1")


def test_show_config_names_version_and_runtime(capsys: pytest.CaptureFixture[str]) -> None:
    fastnn.show_config()
    said = capsys.readouterr().out
    assert fastnn.__version__ in said
    for word in ("compiler", "instruction set", "threads", "OpenMP"):
        assert word in said
