"""A host that changes from one gateway to another keeps nothing of the first."""

import pytest
import testinfra

from tests.conftest import CATALOGUE
from tests.servers.server import Server, Servers
from tests.waiting import wait_until

# All other servers are provisioned beside it.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def changing(servers: Servers) -> Server:
    """A server of Apache's daemon mode."""
    server = servers.bare("changing")
    server.made("provision", "apache-mod-wsgi-daemon")
    return server


def test_from_apache_to_nginx(changing: Server) -> None:
    changing.made("provision", "nginx-fastcgi")
    wait_until(changing.is_healthy, "healthy with the second gateway", 30)
    host = testinfra.get_host(
        f"ssh://{changing.machine.name}", ssh_config=str(changing.machine.ssh_config), sudo=True
    )
    assert not host.service("apache2.service").is_running
    assert not host.process.filter(comm="apache2")
    for left in ("/etc/apache2/application.conf", "/etc/systemd/system/apache2.service"):
        assert not host.file(left).exists, left
    assert not host.file("/usr/lib/apache2/modules/mod_wsgi.so").exists
    for unit in CATALOGUE["nginx-fastcgi"].units:
        assert host.service(unit).is_running, unit
    changing.made("verify", "nginx-fastcgi")
