"""What the commands print: aligned and coloured in a terminal, plain in a pipe (NO_COLOR is honoured)."""

import signal
from collections.abc import Iterable, Sequence
from typing import Self

import rich.progress
from rich.console import Console
from rich.table import Table

# Wide enough that a pipe, which has no width, never wraps a row.
_WIDTH_IN_A_PIPE = 240

_console = Console(highlight=False, markup=False, soft_wrap=True)
_error_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


class Problem(Exception):
    """Something the user can mend: the text says what and how, ``status`` is the exit status."""

    def __init__(self, text: str, status: int = 1) -> None:
        super().__init__(text)
        self.status = status


class Interruption(BaseException):
    """A signal ends the command, and nobody on the way takes it for an error; ``status`` is a shell's."""

    def __init__(self, number: int) -> None:
        super().__init__(f"interrupted by {signal.Signals(number).name}")
        self.status = 128 + number


def say(line: str) -> None:
    """One line for the user on standard output."""
    _console.print(line)


def complain(text: str) -> None:
    """An error or its evidence, on standard error."""
    _error_console.print(text)


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table without rules: one row a line, columns aligned."""
    table = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*row)
    width = None if _console.is_terminal else _WIDTH_IN_A_PIPE
    Console(highlight=False, markup=False, width=width).print(table)


class Progress:
    """What a long work is at: a live line with the time left in a terminal, and a line for each part."""

    def __init__(self, verb: str, past: str, total: int) -> None:
        self._verb = verb
        self._past = past
        self._bar = rich.progress.Progress(
            rich.progress.SpinnerColumn(),
            rich.progress.TextColumn("{task.description}"),
            rich.progress.BarColumn(),
            rich.progress.MofNCompleteColumn(),
            rich.progress.TimeElapsedColumn(),
            rich.progress.TextColumn("left:"),
            rich.progress.TimeRemainingColumn(elapsed_when_finished=False),
            console=_console,
            transient=True,
            disable=not _console.is_terminal,
        )
        self._task = self._bar.add_task(verb, total=total)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, part: str) -> None:
        """This part is being worked on now."""
        self._bar.update(self._task, description=f"{self._verb} {part}")

    def end(self, part: str, seconds: float, succeeded: bool = True) -> None:
        """This part took so many seconds."""
        self._bar.advance(self._task)
        outcome = self._past if succeeded else "FAILED"
        _console.print(f"{outcome} {part:<26}{seconds:6.1f} s")
