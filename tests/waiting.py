"""Waiting for what becomes true a little later, with a deadline."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


def wait_until(ask: Callable[[], Found | None], what: str, seconds: float = 15) -> Found:
    """Ask again and again for something true, and return it; fail with what was waited for, after seconds."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)
    return found
