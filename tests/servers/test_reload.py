"""`systemctl reload`, and `restart` of the application behind its socket, while visitors are there."""

import pytest

from tests.servers.load import Load
from tests.servers.server import Server
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway

TIMES = 5


def test_reloads_lose_no_request(gateway: Gateway, server: Server, figures: dict[str, str]) -> None:
    with Load(server.machine.http_port, 1 if gateway.wsgi.run_once else 3) as load:
        for _ in range(TIMES):
            for unit in gateway.units:
                server.machine.run(f"sudo systemctl reload {unit}")
            wait_until(server.is_healthy, "healthy after a reload", 20)
    figures[f"{TIMES} reloads"] = str(load)
    assert not load.lost(gateway)
    assert load.right.total() > 10 * TIMES


@pytest.mark.unit("application.service")
def test_restarts_of_the_application_lose_no_request(
    gateway: Gateway, server: Server, figures: dict[str, str]
) -> None:
    with Load(server.machine.http_port) as load:
        for _ in range(TIMES):
            server.machine.run("sudo systemctl restart application.service")
            wait_until(server.is_healthy, "healthy after a restart", 20)
    figures[f"{TIMES} restarts"] = str(load)
    assert not load.lost(gateway)
