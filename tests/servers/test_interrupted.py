"""A run that ends between the files and the servers that shall take them is made good by the next one."""

import pytest

from tests.servers.server import Server, Servers

GATEWAY = "nginx-fastcgi"


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers.of(GATEWAY)


def threads(server: Server) -> str:
    """THREADS as the application server got it when it started."""
    environ = "/proc/$(systemctl show -P MainPID application.service)/environ"
    return server.machine.run(f"sudo sh -c \"tr '\\0' '\\n' <{environ}\" | grep ^THREADS=")


def test_the_next_run_lets_the_servers_take_the_files(server: Server) -> None:
    before = threads(server)
    server.machine.run(
        "sudo sh -c 'echo THREADS=5 >>/etc/gateway.env; systemctl restart application.service'"
    )
    assert threads(server) != before
    # The files are put in place, then a unit cannot be enabled, so that the run ends there.
    server.machine.run("sudo systemctl mask --runtime nginx.service")
    try:
        assert server.make("provision", GATEWAY).status == 1
    finally:
        server.machine.run("sudo systemctl unmask --runtime nginx.service")
    assert threads(server) != before
    assert server.make("verify", GATEWAY).status == 1
    server.made("provision", GATEWAY)
    assert threads(server) == before
    server.made("verify", GATEWAY)
    assert server.made("provision", GATEWAY).changed == 0
