"""A host that changes from one gateway to another keeps nothing of the first."""

import httpx
import pytest
import testinfra

from tests.chosen import CATALOGUE
from tests.servers.server import Server, Servers
from tests.waiting import wait_until

# All other servers are provisioned beside it.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def changing(servers: Servers) -> Server:
    """A server of Apache's daemon mode."""
    server = servers.bare("changing")
    server.made("provision", "apache-mod-wsgi-daemon")
    return server


def change(server: Server, gateway: str) -> testinfra.host.Host:
    """Provision the other gateway, with all that belongs to that."""
    server.made("provision", gateway)
    wait_until(server.is_healthy, f"healthy with {gateway}", 30)
    server.made("verify", gateway)
    host = testinfra.get_host(
        f"ssh://{server.machine.name}", ssh_config=str(server.machine.ssh_config), sudo=True
    )
    for unit in CATALOGUE[gateway].units:
        assert host.service(unit).is_running, unit
    return host


def test_from_apache_to_nginx(changing: Server) -> None:
    host = change(changing, "nginx-fastcgi")
    assert not host.service("apache2.service").is_running
    assert not host.process.filter(comm="apache2")
    for left in ("/etc/apache2/application.conf", "/etc/systemd/system/apache2.service"):
        assert not host.file(left).exists, left
    assert not host.file("/usr/lib/apache2/modules/mod_wsgi.so").exists


def test_to_another_interface_of_the_same_web_server_and_back(changing: Server) -> None:
    """Units and socket have the same names, and what speaks through them is another."""
    for gateway in ("nginx-scgi", "nginx-fastcgi"):
        host = change(changing, gateway)
        assert host.check_output("ls /run/application") == "application.sock"
        page = httpx.get(changing.address, trust_env=False).text
        assert f"Served through <strong>{gateway}</strong>" in page


def test_to_a_socket_of_another_kind(changing: Server) -> None:
    host = change(changing, "apache-ajp")
    assert host.socket("tcp://127.0.0.1:8009").is_listening
    assert not host.file("/run/application/application.sock").exists
