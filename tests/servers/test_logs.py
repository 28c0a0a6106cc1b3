"""Logs are rotated while visitors are there: no request is lost, and no line."""

from testinfra.host import Host

from tests.servers.load import Load
from tests.servers.server import Server
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway

TIMES = 3
CONFIGURATION = "/etc/logrotate.d/apache2 /etc/logrotate.d/nginx /etc/logrotate.d/lighttpd"


def lines(server: Server) -> int:
    """The visitors' requests in the access logs, rotated ones included."""
    logs = "sudo sh -c 'zcat --force /var/log/*/access.log*'"
    count = "grep --count --extended-regexp '/probe/(hello|echo|sleep)'"
    return int(server.machine.run(f"{logs} | {count} || true"))


def test_rotation_loses_no_line_and_no_request(
    gateway: Gateway, server: Server, figures: dict[str, str]
) -> None:
    before = lines(server)
    rotate = f"sudo logrotate --force $(ls {CONFIGURATION} 2>/dev/null)"
    with Load(server.machine.http_port, 1 if gateway.wsgi.run_once else 3) as load:
        for _ in range(TIMES):
            server.machine.run(rotate)
            wait_until(server.is_healthy, "healthy after a rotation", 20)
    figures[f"{TIMES} rotations"] = str(load)
    assert not load.failed
    # lighttpd writes what it has every few seconds.
    wait_until(lambda: lines(server) - before >= load.sent, "each request has its line", 10)
    assert lines(server) - before <= load.sent + load.repeated


def test_the_rotated_file_is_no_longer_written(server: Server, host: Host) -> None:
    server.machine.run(f"sudo logrotate --force $(ls {CONFIGURATION} 2>/dev/null)")
    assert server.is_healthy()
    [log] = server.machine.run("sudo sh -c 'ls /var/log/*/access.log'").split()
    wait_until(lambda: host.file(log).size > 0, f"{log} has the new request", 10)


def test_rotation_happens_by_itself(host: Host) -> None:
    assert host.service("logrotate.timer").is_running
    assert host.service("logrotate.timer").is_enabled
