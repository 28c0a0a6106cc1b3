"""Whatever bytes come in, a parser answers with requests or ProtocolError, within its limits."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.serve.fuzz import PROTOCOLS, SEEDS, feed

ROOT = Path(__file__).resolve().parents[2]
each_protocol = pytest.mark.parametrize("name", sorted(PROTOCOLS))
quickly = settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck), database=None)
places = st.lists(st.integers(0, 1000), max_size=6)


@each_protocol
@quickly
@given(data=st.binary(max_size=2000), cuts=places)
def test_any_bytes(name: str, data: bytes, cuts: list[int]) -> None:
    feed(name, data, cuts)


@each_protocol
@quickly
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.binary(max_size=8)), max_size=6), cuts=places)
def test_a_valid_stream_with_some_bytes_changed(
    name: str, changes: list[tuple[int, bytes]], cuts: list[int]
) -> None:
    data = SEEDS[name] * 2
    for place, new in changes:
        place %= len(data)
        data = data[:place] + new + data[place + len(new) :]
    feed(name, data, cuts)


# The condition of pyproject.toml: elsewhere it would have to be compiled.
@pytest.mark.skipif(
    sys.version_info >= (3, 14) or platform.machine() != "x86_64",
    reason="there is no atheris for this Python",
)
@each_protocol
def test_atheris_finds_nothing_in_a_short_run(name: str) -> None:
    command = [sys.executable, "-m", "tests.serve.fuzz", name, "20000"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Done 20000" in done.stderr, done.stderr
