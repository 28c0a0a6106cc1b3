"""Runs in the container: start the servers, measure, print everything as JSON."""

import json
import os
import random
import shutil
import signal
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from compare import check, machine, memory, options, rounds, sections
from compare.processes import Server
from compare.progress import Progress
from compare.rounds import Bench
from compare.rows import PACKAGES, SERVERS, SITE, WEB_SERVERS, Row, choose

_START_SECONDS = 15
_MOST_BODY_ROUNDS = 4
_ENVIRONMENT = {"PYTHONPATH": f"{SITE}:{PACKAGES}", "PYTHONDONTWRITEBYTECODE": "1"}


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = options.parse()
    rows = choose(chosen.rows, chosen.only)
    _make_site()
    began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    bench = Bench({}, Progress(), chosen.rounds, chosen.seconds, random.Random(chosen.seed))  # noqa: S311
    try:
        running = _start(bench, rows)
        _measure(bench, running, chosen.only, chosen.connections)
    finally:
        bench.progress.end()
        # The web servers first, or the others wait for the connections that those keep.
        for server in reversed(bench.servers.values()):
            server.stop()
    result = {
        "began": began,
        "command": ["bench/servers/run", *sys.argv[1:]],
        "seed": chosen.seed,
        "rounds": chosen.rounds,
        "seconds": chosen.seconds,
        "machine": machine.describe(),
        "versions": machine.versions(),
        "rows": [asdict(row) for row in rows],
        "commands": {name: server.command for name, server in bench.servers.items()},
        "measurements": bench.measurements,
        "failures": [asdict(failure) for failure in bench.failures],
    }
    json.dump(result, sys.stdout)
    return 1 if bench.failures else 0


def _make_site() -> None:
    """Copies of the application and the package, compiled: a CGI script imports them for every request."""
    import compileall
    import py_compile

    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree("/srv/src/wsgi_gateways", f"{SITE}/wsgi_gateways", ignore=ignored)
    shutil.copy("/srv/bench/application.py", SITE)
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    compileall.compile_dir(SITE, quiet=2, invalidation_mode=unchecked)


def _start(bench: Bench, rows: list[Row]) -> list[Row]:
    """Every server that these rows need; the rows that answer."""
    for name in dict.fromkeys(row.server for row in rows if row.server):
        environment = _ENVIRONMENT | {"SERVER_UNDER_TEST": name}
        bench.servers[name] = Server(name, SERVERS[name], environment)
    for name in list(bench.servers):
        _listens(bench.servers[name])
    for name in dict.fromkeys(row.web_server for row in rows):
        bench.servers[name] = Server(name, WEB_SERVERS[name], {})
    return [row for row in rows if _answers(bench, row)]


def _listens(server: Server) -> None:
    """Wait for its socket, so that the web server's log does not begin with failed connections."""
    deadline = time.monotonic() + _START_SECONDS
    sockets = (word.removeprefix("unix:") for word in server.command if word.endswith(".sock"))
    socket = Path(next(sockets, "/"))
    while not socket.exists() and not server.ended() and time.monotonic() < deadline:
        time.sleep(0.05)


def _answers(bench: Bench, row: Row) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    needed = [bench.servers[name] for name in (row.server, row.web_server) if name]
    while True:
        try:
            check.server(row)
            check.hello(row)
        except check.WrongResponse as error:
            ended = [server.name for server in needed if server.ended()]
            if time.monotonic() > deadline or ended:
                reason = f"{' and '.join(ended)} ended" if ended else str(error)
                bench.fail(row, "start", reason)
                return False
            time.sleep(0.1)
        else:
            return True


def _measure(bench: Bench, rows: list[Row], only: list[str], connections: int) -> None:
    def of(section: str) -> list[Row]:
        return [row for row in rows if section in row.sections and section in only]

    # Six kinds of bodies: in rounds as long as the others' they would take most of the time.
    shorter = replace(bench, rounds=min(bench.rounds, _MOST_BODY_ROUNDS), seconds=max(1, bench.seconds // 2))
    plan = [(bench, sections.hello(of("hello"), connections))]
    plan += [(shorter, cases) for cases in sections.bodies(of("bodies"))]
    plan += [(bench, sections.ajp(of("ajp"))), (bench, sections.cgi(of("cgi")))]
    plan += [(bench, sections.capacity(of("latency"), connections))]
    seconds = sum(rounds.expected_seconds(each, len(cases)) for each, cases in plan)
    seconds += rounds.expected_seconds(bench, len(of("latency")))
    bench.progress.expect(seconds + memory.EXPECTED_SECONDS * len(of("memory")))
    for each, cases in plan:
        rounds.run(each, cases)
    rounds.run(bench, sections.half_of(rounds.medians(bench, "latency", "capacity"), of("latency")))
    for row in of("memory"):
        memory.measure(bench, row)


if __name__ == "__main__":
    os.umask(0o077)
    Path(SITE).mkdir(parents=True)
    sys.exit(main())
