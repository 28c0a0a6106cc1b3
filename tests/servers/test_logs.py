"""Logs are rotated while visitors are there: no request is lost, and no line."""

import re
from pathlib import Path

from testinfra.host import Host

from tests.chosen import ROOT
from tests.servers.load import Load
from tests.servers.server import Server
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.layers import merge

TIMES = 3


def rotation(gateway: Gateway) -> dict[Path, Path]:
    """What tells logrotate of the gateway's logs."""
    merged = merge(ROOT / "images", gateway.name)
    return {path: source for path, source in merged.items() if path.parent == Path("etc/logrotate.d")}


def rotate(gateway: Gateway) -> str:
    """The command that rotates the gateway's logs now."""
    return f"sudo logrotate --force {' '.join(f'/{path}' for path in rotation(gateway))}"


def access_log(gateway: Gateway) -> str:
    """Its path: the one that is rotated, or of several in a folder the one of this name."""
    [rotated] = re.findall(
        r"^(/var/log/\S+) {$", "".join(x.read_text() for x in rotation(gateway).values()), re.M
    )
    return str(rotated).replace("*", "access")


def lines(gateway: Gateway, server: Server) -> int:
    """The visitors' requests in the access logs, rotated ones included."""
    logs = f"sudo sh -c 'zcat --force {access_log(gateway)}*'"
    count = "grep --count --extended-regexp '/probe/(hello|echo|sleep)'"
    return int(server.machine.run(f"{logs} | {count} || true"))


def test_rotation_loses_no_line_and_no_request(
    gateway: Gateway, server: Server, figures: dict[str, str]
) -> None:
    before = lines(gateway, server)
    with Load(server.machine.http_port, 1 if gateway.wsgi.run_once else 3) as load:
        for _ in range(TIMES):
            server.machine.run(rotate(gateway))
            wait_until(server.is_healthy, "healthy after a rotation", 20)
    figures[f"{TIMES} rotations"] = str(load)
    assert not load.failed
    # lighttpd writes what it has every few seconds.
    wait_until(lambda: lines(gateway, server) - before >= load.sent, "each request has its line", 10)
    assert lines(gateway, server) - before <= load.sent + load.repeated


def test_the_rotated_file_is_no_longer_written(gateway: Gateway, server: Server, host: Host) -> None:
    server.machine.run(rotate(gateway))
    assert server.is_healthy()
    log = access_log(gateway)
    wait_until(lambda: host.file(log).size > 0, f"{log} has the new request", 10)


def test_rotation_happens_by_itself(host: Host) -> None:
    assert host.service("logrotate.timer").is_running
    assert host.service("logrotate.timer").is_enabled
