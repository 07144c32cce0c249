"""Arguments, commands and exit codes of ``python -m fastnn``.

0: done. 2: the user's mistake, one line on the standard error stream. 130: interrupted.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

import fastnn
from fastnn._cli.errors import UserError

_EPILOG = (
    "Without a command: digits. A CSV file has a header; every column but the target, and those "
    "ignored, holds numbers."
)


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one line; the usage is in --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {' '.join(message.split())}\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code. Exits by SystemExit on bad arguments and --help."""
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help", "--version")):
        words.insert(0, "digits")
    arguments = _parser().parse_args(words)
    try:
        code = int(arguments.run(arguments))
        sys.stdout.flush()
        return code
    except UserError as error:
        return _complain(str(error))
    except KeyboardInterrupt:
        start = "\n" if sys.stderr.isatty() else ""  # a terminal has shown ^C on the line
        print(f"{start}fastnn: interrupted; nothing was saved", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, say) has gone; what Python flushes at exit must have somewhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        return _complain("not enough memory for data and network of this size")
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        return _complain(f"{name}{error.strerror or error}")


def _complain(message: str) -> int:
    sys.stdout.flush()
    print(f"fastnn: error: {message}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m fastnn", description="Dense neural networks on CPUs.", epilog=_EPILOG
    )
    parser.add_argument("--version", action="version", version=f"fastnn {fastnn.__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, text: str, run: Callable[[argparse.Namespace], int]) -> _Parser:
        command = commands.add_parser(
            name,
            help=text,
            description=text[0].upper() + text[1:] + ".",
            allow_abbrev=False,
        )
        command.set_defaults(run=run)
        return command

    _add_digits(add("digits", "learn the bundled handwritten digits", _run_digits))
    _add_train(add("train", "train on a CSV file and save the model", _run_train))
    _add_predict(add("predict", "apply a saved model to a CSV file", _run_predict))
    add("info", "show version, compiler, instruction set and threads", _run_info)
    return parser


def _add_digits(command: argparse.ArgumentParser) -> None:
    option = command.add_argument
    option("--output", metavar="FILE", default="digits.fnn", help="model to write (%(default)s)")
    option("--epochs", metavar="N", type=_count, default=30, help="passes (%(default)s)")
    option("--seed", metavar="N", type=_seed, default=0, help="of weights and shuffles (0)")


def _add_train(command: argparse.ArgumentParser) -> None:
    option = command.add_argument
    option("file", metavar="FILE.csv", help="rows to learn from")
    option("--target", metavar="COLUMN", required=True, help="column to predict")
    option("--output", metavar="FILE", help="model to write (FILE.fnn in the current folder)")
    option(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="auto: words or a few whole numbers are classes, other numbers a regression",
    )
    option(
        "--ignore",
        metavar="COLUMN",
        action="append",
        default=[],
        help="column to leave out; may be given more than once",
    )
    for name, kind, default, text in (
        ("--epochs", _count, 500, "passes over the data, at most"),
        ("--batch-size", _count, 32, "rows per training step"),
        ("--hidden", _widths, "64,32", "widths of the hidden layers, or none"),
        ("--learning-rate", _positive, 0.001, "step size of Adam"),
        ("--test-split", _share, 0.2, "share of the rows to test with"),
        ("--patience", _whole, 20, "epochs without progress before it stops; 0: never"),
        ("--seed", _seed, 0, "of split, weights and shuffles"),
    ):
        shown = "LIST" if kind is _widths else "N"
        option(name, metavar=shown, type=kind, default=default, help=f"{text} (%(default)s)")


def _add_predict(command: argparse.ArgumentParser) -> None:
    command.add_argument("model", metavar="MODEL", help="file that train has written")
    command.add_argument("file", metavar="FILE.csv", help="rows to predict")
    command.add_argument("--output", metavar="OUT.csv", help="file to write, else standard output")


# Commands are imported when they run: --help and info need neither data nor models.
def _run_digits(arguments: argparse.Namespace) -> int:
    from fastnn._cli import digits

    return digits.run(arguments)


def _run_train(arguments: argparse.Namespace) -> int:
    from fastnn._cli import train

    return train.run(arguments)


def _run_predict(arguments: argparse.Namespace) -> int:
    from fastnn._cli import predict

    return predict.run(arguments)


def _run_info(arguments: argparse.Namespace) -> int:
    fastnn.show_config()
    return 0


def _whole(text: str, least: int = 0) -> int:
    try:
        value = int(text)
    except ValueError:
        value = least - 1
    if not least <= value < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} on")
    return value


def _count(text: str) -> int:
    return _whole(text, least=1)


def _seed(text: str) -> int:
    return _whole(text)


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (value > 0 and math.isfinite(value)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 up to, not including, 1")
    return value


def _widths(text: str) -> list[int]:
    if text.strip().lower() == "none":
        return []
    try:
        return [_count(part.strip()) for part in text.split(",")]
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a list of widths such as 64,32, nor none"
        ) from None
