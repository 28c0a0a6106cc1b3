"""A cell has figures only if every response was right; the generator here only says so."""

import os
from pathlib import Path
from typing import Any, cast

import pytest

from wsgi_gateways.bench import cell, cgroup
from wsgi_gateways.bench.cgroup import Cgroup
from wsgi_gateways.bench.load import Generator, LoadError

RIGHT = dict.fromkeys(("connect", "cut", "status", "wrong", "timeout"), 0)


class Idle(Cgroup):
    """A container whose CPU time stands in a file."""

    def cpu_microseconds(self) -> float:
        return float((self.cpu / "usage").read_text())


class Told:
    """A generator that sends nothing, and tells the errors that it was told."""

    def __init__(self, folder: Path, version: int = 2, **errors: dict[str, int]) -> None:
        self.folder = folder
        self.errors = errors
        self.cgroup = Idle(folder, folder, version)
        self.sent: list[str] = []

    def client_cpu_microseconds(self) -> float:
        return 0

    def wrk(self, _cell: str, connections: int, seconds: int) -> tuple[str, dict[str, Any]]:
        return self._seen(f"wrk {connections} {seconds}")

    def batch(self, _cell: str, requests: int, connections: int) -> tuple[str, dict[str, Any]]:
        return self._seen(f"batch {requests} {connections}")

    def paced(self, _cell: str, rate: float, connections: int, seconds: float) -> tuple[str, dict[str, Any]]:
        return self._seen(f"paced {rate:.0f} {connections} {seconds:g}")

    def _seen(self, command: str) -> tuple[str, dict[str, Any]]:
        self.sent.append(command)
        (self.folder / "usage").write_text(str(5000 * len(self.sent)))
        errors = RIGHT | self.errors.get(command.split()[0], {})
        return command, {"requests": 100, "seconds": 1.0, "errors": errors}


class Silent(Told):
    """A generator that ends without a word."""

    def wrk(self, _cell: str, _connections: int, _seconds: int) -> tuple[str, dict[str, Any]]:
        raise LoadError("`wrk` printed no result")


class Ending(Told):
    """The container ends under the load, and its control group with it."""

    def wrk(self, _cell: str, _connections: int, _seconds: int) -> tuple[str, dict[str, Any]]:
        for path in self.folder.iterdir():
            path.unlink()
        return "wrk", {"requests": 100, "seconds": 1.0, "errors": RIGHT | {"connect": 1}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "usage").write_text("0")
    (tmp_path / "cgroup.procs").write_text(f"{os.getpid()}\n")
    (tmp_path / "memory.current").write_text("4096")
    return tmp_path


def measure(generator: Told, load: cell.Load) -> dict[str, Any]:
    subject = cell.Subject("one", generator.cgroup, cast(Generator, generator), run_once=False)
    return cell.measure(subject, "hello", load)


def test_after_a_closed_load_every_connection_has_to_be_answered_at_once(folder: Path) -> None:
    generator = Told(folder)
    assert "error" not in measure(generator, cell.Load(32, 3))
    assert generator.sent == ["paced 200 1 0.05", "wrk 32 3", "batch 32 32"]


def test_a_connection_that_hangs_fails_the_cell_though_wrk_saw_nothing(folder: Path) -> None:
    told = measure(Told(folder, batch={"timeout": 31}), cell.Load(32, 3))
    assert told["error"] == "all connections at once: 31 × timeout"
    assert "requests_per_second" not in told


def test_a_failed_cell_tells_which_errors_there_were_where_they_were_counted(folder: Path) -> None:
    assert measure(Told(folder, wrk={"status": 2}), cell.Load(32, 3))["errors"] == RIGHT | {"status": 2}
    assert "errors" not in measure(Silent(folder), cell.Load(32, 3))


def test_a_container_that_ends_fails_its_cells_and_not_the_run(folder: Path) -> None:
    under_load = measure(Ending(folder), cell.Load(32, 3))
    assert under_load["error"] == "its container has ended"
    assert "requests" not in under_load
    assert measure(Told(folder), cell.Load(32, 3))["error"] == "its container has ended"


def test_accounts_that_cannot_be_read_fail_a_cell_whose_container_runs(folder: Path) -> None:
    (folder / "memory.current").unlink()
    assert "memory.current" in measure(Told(folder), cell.Load(32, 3))["error"]


def test_the_peak_of_memory_starts_anew_before_a_cell(folder: Path) -> None:
    (folder / "memory.usage_in_bytes").write_text("4096")
    (folder / "memory.max_usage_in_bytes").write_text("8192")
    generator = Told(folder, version=1)
    assert measure(generator, cell.Load(32, 3))["memory_before"]["cgroup_peak"] == 0


@pytest.mark.parametrize("pss", [4096, None])
def test_memory_is_looked_at_in_the_middle_of_a_load_only_where_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pss: int | None
) -> None:
    monkeypatch.setattr(cgroup, "proportional_memory", lambda _: pss)
    assert measure(Told(folder), cell.Load(32, 1, with_memory=True))["pss_under_load"] == pss
    assert "pss_under_load" not in measure(Told(folder), cell.Load(32, 1))


def test_an_open_load_waits_for_every_response_itself(folder: Path) -> None:
    generator = Told(folder)
    assert "error" not in measure(generator, cell.Load(64, 2, 500))
    assert generator.sent == ["paced 200 1 0.05", "paced 500 64 2", "paced 200 1 0.05"]
