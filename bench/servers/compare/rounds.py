"""Interleaved rounds: A B C, C A B, … so that a busy minute of the machine meets every row alike."""

import os
import random
import time
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from application import download

from compare import check, load
from compare.processes import Server
from compare.progress import Progress
from compare.rows import Row

_CHECK_SECONDS = _WARM_UP_SECONDS = 1
# Servers that are not measured in a round sleep, or the round compares nothing.
_MOST_CPU_OF_OTHERS = 0.02


@dataclass(frozen=True)
class Case:
    """One cell of the comparison: a row and a kind of request."""

    section: str
    name: str
    row: Row
    connections: int
    path: str
    expected: str  # as wrk.lua's CHECK
    upload: int = 0
    rate: float = 0  # requests per second of an open model; 0: a closed one


@dataclass(frozen=True)
class Failure:
    """What was not measured, and why."""

    row: str
    case: str
    reason: str
    evidence: str


@dataclass
class Bench:
    """The running servers, and what was measured so far."""

    servers: dict[str, Server]
    progress: Progress
    rounds: int
    seconds: int
    order: random.Random
    measurements: list[dict[str, Any]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def fail(self, row: Row, case: str, reason: str) -> None:
        """Keep it, with what the servers of the row wrote last."""
        servers = [self.servers[name] for name in (row.web_server, row.server) if name in self.servers]
        evidence = "\n".join(f"  {server.name} wrote last:\n{server.evidence()}" for server in servers)
        self.failures.append(Failure(row.name, case, reason, evidence))
        self.progress.say(f"FAILED {row.name}, {case}: {reason}")


def run(bench: Bench, cases: list[Case]) -> None:
    """Warm up and check every case (round 0), then measure those in which nothing failed so far."""
    cases = list(cases)
    for number in range(bench.rounds + 1):
        bench.order.shuffle(cases)
        cases = [case for case in cases if _succeeds(bench, case, number)]


def expected_seconds(bench: Bench, cases: int) -> int:
    """How long the load of ``run`` lasts for so many cases."""
    return cases * (_CHECK_SECONDS + _WARM_UP_SECONDS + bench.rounds * bench.seconds)


def medians(bench: Bench, section: str, case: str) -> dict[str, float]:
    """Requests per second of each row in this case."""
    seen = [entry for entry in bench.measurements if (entry["section"], entry["case"]) == (section, case)]
    rows = {entry["row"] for entry in seen}
    return {
        row: median(entry["requests_per_second"] for entry in seen if entry["row"] == row) for row in rows
    }


def _succeeds(bench: Bench, case: Case, number: int) -> bool:
    part = f"round {number} of {bench.rounds}" if number else "warm-up"
    try:
        seconds = bench.seconds if number else _CHECK_SECONDS + _WARM_UP_SECONDS
        with bench.progress.step(f"{case.section}, {case.name}: {part}, {case.row.name}", seconds):
            if number:
                bench.measurements.append(_measure(bench, case) | {"round": number})
            else:
                _warm_up(case)
    except (load.LoadError, check.WrongResponse) as error:
        bench.fail(case.row, f"{case.section}, {case.name}, {part}", str(error))
        return False
    return True


def _warm_up(case: Case) -> None:
    """First with a look at every response, which costs wrk time, then as it will be measured."""
    check.server(case.row)
    _check(case)
    _generate(case, _CHECK_SECONDS, case.expected)
    _generate(case, _WARM_UP_SECONDS)


def _generate(case: Case, seconds: int, expected: str = "none") -> load.Load:
    if case.rate:
        body = case.expected.removeprefix("text:")
        return load.paced(case.row.port, case.path, body, case.rate, case.connections, seconds)
    url = f"http://127.0.0.1:{case.row.port}{case.path}"
    return load.wrk(url, case.connections, seconds, case.upload, expected)


def _check(case: Case) -> None:
    kind, _, value = case.expected.partition(":")
    expected = download(int(value)) if kind == "bytes" else value.encode()
    if case.upload:
        check.ask(case.row, "POST", case.path, expected, download(case.upload))
    else:
        check.ask(case.row, "GET", case.path, expected)


def _measure(bench: Bench, case: Case) -> dict[str, Any]:
    """One round: right responses before and after it, and what the kernel says of the CPU in between."""
    _check(case)
    before, began = _cpu(bench), time.monotonic()
    result = _generate(case, bench.seconds)
    elapsed, after = time.monotonic() - began, _cpu(bench)
    _check(case)
    used = {name: (after[name][0] - before[name][0], after[name][1] - before[name][1]) for name in before}
    web_server, scripts = used.pop(case.row.web_server)
    application = sum(used.pop(case.row.server)) if case.row.server else scripts
    others = sum(own + reaped for own, reaped in used.values()) / elapsed
    if others > _MOST_CPU_OF_OTHERS:
        raise load.LoadError(f"servers that were not measured used {others:.1%} of a CPU")
    return asdict(result) | {
        "section": case.section,
        "case": case.name,
        "row": case.row.name,
        "connections": case.connections,
        "requests_per_second": result.requests / result.seconds,
        "web_server_cpu_us": web_server / result.requests * 1e6,
        "application_cpu_us": application / result.requests * 1e6,
        "cpu_us": (web_server + application) / result.requests * 1e6,
        "generator_cpu_share": result.generator_cpu / elapsed,
        "other_servers_cpu_share": others,
        "load_average": os.getloadavg()[0],
    }


def _cpu(bench: Bench) -> dict[str, tuple[float, float]]:
    return {name: server.cpu_seconds() for name, server in bench.servers.items()}
