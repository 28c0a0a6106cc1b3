"""What is being done and the time left, on standard error."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Progress:
    """One line that changes in a terminal, else one line a step."""

    def __init__(self) -> None:
        self._in_place = os.environ.get("PROGRESS") == "in-place"
        self._expected = self._done = 0
        self._began = time.monotonic()

    def expect(self, seconds: int) -> None:
        """All steps together take about so long, and they start now."""
        self._expected, self._began = seconds, time.monotonic()

    @contextmanager
    def step(self, name: str, seconds: int) -> Iterator[None]:
        line = f"{name} ({self._left()})"
        self._write(f"\r\x1b[K{line}" if self._in_place else f"{line}\n")
        try:
            yield
        finally:
            self._done += seconds

    def say(self, line: str) -> None:
        """A line that stays."""
        self._write(f"\r\x1b[K{line}\n" if self._in_place else f"{line}\n")

    def end(self) -> None:
        """Nothing of a changing line stays."""
        if self._in_place:
            self._write("\r\x1b[K")

    def _left(self) -> str:
        """As slow as it was so far: a step takes a little longer than its load."""
        pace = (time.monotonic() - self._began) / self._done if self._done else 1
        seconds = pace * max(0, self._expected - self._done)
        return f"{int(seconds // 60)}:{int(seconds % 60):02d} left"

    @staticmethod
    def _write(text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
