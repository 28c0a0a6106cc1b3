"""The benchmark in small: two gateways measured, a faulty one that comes out as failed; no time asserted."""

import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateways.bench import cell, load, ranking, result
from wsgi_gateways.bench.fleet import Fleet
from wsgi_gateways.bench.scenarios import Exchange, write
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import Stack

ROOT = Path(__file__).resolve().parents[2]
FAULTS = ["right", "wrong", "status", "short", "stall", "first"]


class WithFaultyGateway(Stack):
    """The checkout's containers, and one that is no gateway."""

    @cached_property
    def configuration(self) -> dict[str, Any]:
        known = Stack(self.root).configuration
        script = (Path(__file__).parent / "faulty.py").read_text()
        faulty = {"image": "wsgi-gateways/base", "user": "33:33", "command": ["python3", "-I", "-c", script]}
        return known | {"name": "faulty", "services": {"faulty": faulty}}


@pytest.fixture(scope="module")
def subject(tmp_path_factory: pytest.TempPathFactory) -> Iterator[cell.Subject]:
    folder = tmp_path_factory.mktemp("bench")
    for fault in FAULTS:
        write([Exchange("GET", f"/{fault}", body=b"Hello, World!")], folder / "cells" / fault)
    load.build(ROOT)
    fleet = Fleet.start(WithFaultyGateway(ROOT), ["faulty"], folder, {})
    try:
        with load.Generator(fleet.container("faulty"), folder / "cells", 1) as generator:
            yield cell.Subject("faulty", fleet.cgroup("faulty"), generator, run_once=False)
    finally:
        fleet.stop()


@pytest.mark.parametrize("rate", [None, 200.0], ids=["closed", "open"])
def test_right_responses_give_figures(subject: cell.Subject, rate: float | None) -> None:
    told = cell.measure(subject, "right", cell.Load(4, 1, rate))
    assert "error" not in told
    assert told["requests"] > 0
    assert told["cpu_us_per_request"] > 0


@pytest.mark.parametrize("rate", [None, 200.0], ids=["closed", "open"])
@pytest.mark.parametrize("fault", ["wrong", "status", "short"])
def test_one_faulty_response_in_fifty_fails_the_cell(
    subject: cell.Subject, fault: str, rate: float | None
) -> None:
    told = cell.measure(subject, fault, cell.Load(4, 1, rate))
    assert told["error"].startswith(("under load: ", "one request at a time: "))
    assert "requests_per_second" not in told


def test_connections_that_are_never_answered_fail_the_cell(subject: cell.Subject) -> None:
    told = cell.measure(subject, "first", cell.Load(4, 1))
    assert told["error"] == "all connections at once: 3 × timeout"


def test_whoever_waits_for_a_stalled_server_is_counted_with_the_whole_wait(subject: cell.Subject) -> None:
    _, seen = subject.generator.paced("stall", 200, 4, 1)
    assert seen["requests"] == 200
    # 4 connections wait for it; the 100 requests that are due meanwhile wait as well.
    assert sum(count for microseconds, count in seen["histogram"] if microseconds > 100_000) >= 60


@pytest.fixture(scope="module")
def two(catalogue: dict[str, Gateway]) -> list[str]:
    """One with an interpreter for each request, and one without."""
    return [next(n for n, each in catalogue.items() if each.wsgi.run_once is kind) for kind in (False, True)]


def test_two_gateways_are_measured_ranked_and_reported(two: list[str], tmp_path: Path) -> None:
    output = tmp_path / "results/smoke.json"
    run([*["bench", "--profile", "smoke", "--no-build"], "--output", str(output), *two])
    measured = result.read(output)
    assert [each for each in measured["cells"] if "error" in each] == []
    assert {each["part"] for each in measured["cells"]} == {"rounds", "reference", "capacity", "latency"}
    # Apache's module is compiled, so no package list knows its version.
    assert measured["gateways"]["apache-mod-wsgi-embedded"]["versions"]["mod-wsgi"]
    ranked = ranking.rank(measured, "hello")
    assert {row.gateway for row in ranked.rows} == set(two)
    run(["report", str(output)])
    assert (tmp_path / "results/report.html").stat().st_size > 10_000


def test_two_rows_of_servers_are_measured(tmp_path: Path) -> None:
    output = tmp_path / "servers.json"
    rows = ["lighttpd-scgi-worker", "lighttpd-cgi-lean"]
    run(["bench", "--servers", "--profile", "smoke", "--output", str(output), *rows])
    measured = result.read(output)
    assert [each for each in measured["cells"] if "error" in each] == []
    assert {row.gateway for row in ranking.rank(measured, "hello").rows} == set(rows)


def run(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "wsgi_gateways.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
