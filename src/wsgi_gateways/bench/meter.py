"""How far a run is: a bar with the time left in a terminal, a line now and then in a pipe."""

import sys
import time
from typing import Self

import rich.progress
from rich.console import Console

_SECONDS_BETWEEN_LINES = 10


class Meter:
    """Counts expected seconds, and learns how long they really take."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._done = 0.0
        self._began = time.monotonic()
        self._last_line = 0.0
        self._console = Console(stderr=True)
        self._bar = rich.progress.Progress(
            rich.progress.TextColumn("{task.description:<48}"),
            rich.progress.BarColumn(),
            rich.progress.TaskProgressColumn(),
            rich.progress.TimeElapsedColumn(),
            rich.progress.TextColumn("left: {task.fields[left]}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
            # A bar that is drawn ten times a second takes CPU time from what is measured.
            auto_refresh=False,
        )
        self._task = self._bar.add_task("starting", total=expected, left=_clock(expected))

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, part: str) -> None:
        """This part is being worked on now."""
        left = _clock(self.left())
        self._bar.update(self._task, description=part, completed=self._done, left=left, refresh=True)
        if not self._console.is_terminal and time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            sys.stderr.write(f"{self._done / self._expected:4.0%}  {left} left  {part}\n")

    def end(self, seconds: float) -> None:
        """A part that was expected to take so many seconds is done."""
        self._done += seconds

    def left(self) -> float:
        """Seconds until the end, at the pace so far."""
        elapsed = time.monotonic() - self._began
        pace = elapsed / self._done if self._done > 20 else 1
        return max(0.0, self._expected - self._done) * pace


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
