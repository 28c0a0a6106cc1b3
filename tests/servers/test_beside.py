"""Several gateways on one host: each on its port, one application, one board, and none in another's way."""

from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.chosen import CATALOGUE
from tests.gateways.test_board import PASSWORD, send
from tests.servers.applications import BROKEN_IN_PLACE, GOOD, make_application
from tests.servers.load import Load
from tests.servers.playbook import play
from tests.servers.server import ROOT, Done, Server, Servers
from tests.waiting import wait_until
from wsgi_gateways import artifacts
from wsgi_gateways.compose import Stack

pytestmark = pytest.mark.long
FIRST = "nginx-fastcgi"
# Another web server, and the same one once more.
BESIDE = {"apache-cgi": 8081, "nginx-scgi": 8082}
PORTS = {FIRST: 80, **BESIDE}


class Host:
    """The server of all three, or of those that are left."""

    def __init__(self, server: Server, artifacts: Path) -> None:
        self.server = server
        self.machine = server.machine
        self._variables = {"artifacts": str(artifacts), "gateway": FIRST}

    def play(self, playbook: str = "site.yml", tags: str = "all", **variables: object) -> Done:
        """Run a playbook; the host has ``BESIDE`` beside the first one, unless given."""
        asked = {**self._variables, "beside": beside(BESIDE), **variables}
        return play(self.machine.host, self.machine.ssh_config, playbook, tags, asked)

    def played(self, playbook: str = "site.yml", tags: str = "all", **variables: object) -> Done:
        """The same, for a playbook that must succeed."""
        done = self.play(playbook, tags, **variables)
        assert done.status == 0, done.output
        return done

    def port(self, gateway: str) -> int:
        """Where the gateway is found on 127.0.0.1."""
        port = PORTS[gateway]
        return self.machine.http_port if port == 80 else self.machine.more_ports[port]

    def get(self, gateway: str, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port(gateway)}{path}", trust_env=False, timeout=30)

    def versions(self) -> set[str]:
        """What each gateway says at /version."""
        return {self.get(gateway, "/version").text for gateway in PORTS}

    def is_healthy(self) -> bool:
        """Whether all answer."""
        return self.machine.attempt(f"ask-healthz {' '.join(map(str, PORTS.values()))}").returncode == 0

    def units(self, gateway: str) -> list[str]:
        """The services of a gateway, as they are called here."""
        prefix = "" if gateway == FIRST else f"{gateway}-"
        return [prefix + unit for unit in CATALOGUE[gateway].units]


def beside(gateways: dict[str, int]) -> list[dict[str, object]]:
    """As an inventory says it."""
    return [{"gateway": gateway, "port": port} for gateway, port in gateways.items()]


@pytest.fixture(scope="module")
def host(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A server of all three; "provisioned in" is its time."""
    folder = tmp_path_factory.mktemp("artifacts")
    artifacts.make(Stack(ROOT), folder, list(PORTS))
    host = Host(servers.bare("beside", list(BESIDE.values())), folder)
    host.server.provisioned = host.played()
    return host


@pytest.fixture
def subject() -> str:
    return " + ".join(PORTS)


def test_each_answers_as_itself(host: Host, figures: dict[str, str]) -> None:
    figures["provisioned in"] = f"{host.server.provisioned.seconds:.0f} s"
    for gateway in PORTS:
        environ = host.get(gateway, "/probe/environ").json()
        assert environ["GATEWAY"]["value"] == gateway


def test_the_board_is_one(host: Host) -> None:
    token = uuid4().hex[:20]
    address = f"http://127.0.0.1:{host.port('apache-cgi')}"
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        send(client, "/signup", "/signup", name=token, password=PASSWORD)
        thread = send(client, "/threads/new", "/threads", title=f"Café {token}", body="Hi").url.path
    for gateway in PORTS:
        assert f"Café {token}" in host.get(gateway, thread).text, gateway


def test_a_second_run_changes_nothing_and_verify_agrees(host: Host, figures: dict[str, str]) -> None:
    again = host.played()
    figures["second run"] = f"{again.seconds:.0f} s, changed={again.changed}"
    assert again.changed == 0
    host.played("verify.yml")


def test_verify_sees_one_that_does_not_run(host: Host) -> None:
    host.machine.run("sudo systemctl stop nginx-scgi-nginx")
    try:
        assert host.play("verify.yml").status != 0
    finally:
        host.machine.run("sudo systemctl start nginx-scgi-nginx")
        # It is started before it listens.
        wait_until(host.is_healthy, "all answer again", 20)


def test_all_take_a_release_and_leave_it_without_a_failed_request(
    host: Host, figures: dict[str, str], tmp_path: Path
) -> None:
    application = make_application(tmp_path / "app", GOOD.format(version="second"))
    with Load(host.port("nginx-scgi"), 2) as scgi, Load(host.port("apache-cgi"), 1) as cgi:
        host.server.made("release", "--app", str(application))
        assert host.versions() == {"second"}
        host.server.made("rollback")
        assert "second" not in host.versions()
    figures["release and rollback"] = f"nginx-scgi {scgi}, apache-cgi {cgi}"
    assert not scgi.failed
    assert not cgi.failed
    assert min(scgi.fewest, cgi.fewest) > 50


def test_a_broken_release_is_taken_back(host: Host, tmp_path: Path) -> None:
    before = host.server.release()
    application = make_application(tmp_path / "app", BROKEN_IN_PLACE)
    assert host.server.make("release", "--app", str(application)).status == 1
    assert host.server.release() == before
    wait_until(host.is_healthy, "all are healthy again", 20)


def test_reloads_lose_no_request(host: Host, figures: dict[str, str]) -> None:
    with Load(host.port("nginx-scgi"), 2) as scgi, Load(host.port("apache-cgi"), 1) as cgi:
        for _ in range(3):
            for gateway in BESIDE:
                host.machine.run(f"sudo systemctl reload {' '.join(host.units(gateway))}")
    figures["3 reloads"] = f"nginx-scgi {scgi}, apache-cgi {cgi}"
    assert not scgi.failed
    assert not cgi.failed


def test_all_come_back_after_a_reboot(host: Host) -> None:
    host.machine.reboot()
    wait_until(host.is_healthy, "all are healthy after the reboot", 30)
    assert host.machine.run("systemctl is-system-running").strip() == "running"


def test_the_firewall_lets_visitors_in(host: Host) -> None:
    host.played(tags="hardening", hardening_firewall=True)
    try:
        assert "policy drop" in host.machine.run("sudo nft list chain inet wsgi-gateways input")
        for gateway in PORTS:
            assert host.get(gateway, "/healthz").status_code == 200, gateway
    finally:
        host.played(tags="hardening", hardening_firewall=False)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"apache-cgi": 80}, "wants a port of its own"),
        ({"apache-cgi": 8081, "nginx-scgi": 8081}, "wants a port of its own"),
        ({FIRST: 8081}, "one host can have a gateway once"),
        ({"nginx-scig": 8081}, 'There is no gateway "nginx-scig"'),
    ],
)
def test_what_cannot_be_is_said_and_nothing_changed(host: Host, wrong: dict[str, int], sentence: str) -> None:
    done = host.play(beside=beside(wrong))
    assert done.status != 0
    assert sentence in done.output
    assert done.changed == 0


def test_one_leaves_nothing_and_the_others_do_not_notice(host: Host, figures: dict[str, str]) -> None:
    left = {gateway: port for gateway, port in BESIDE.items() if gateway != "nginx-scgi"}
    with Load(host.port(FIRST), 2) as load, Load(host.port("apache-cgi"), 1) as cgi:
        host.played(beside=beside(left))
    figures["nginx-scgi is taken away"] = f"{FIRST} {load}, apache-cgi {cgi}"
    assert not load.failed
    assert not cgi.failed
    assert host.machine.run("systemctl list-units --all --no-legend 'nginx-scgi*'") == ""
    assert host.machine.run("sudo find /etc /srv /run -name '*nginx-scgi*' -not -path '/srv/app/*'") == ""
    assert not listens(host, 8082)
    assert host.played(beside=beside(left)).changed == 0


def test_settings_reach_all_of_them_without_a_failed_request(host: Host, figures: dict[str, str]) -> None:
    """A CGI script is given none, so the gateway with one is not among them."""
    secret = uuid4().hex
    with Load(host.port(FIRST), 2) as load:
        host.played(beside=beside({"nginx-scgi": 8082}), settings={"SECRET_KEY": secret})
    figures["settings"] = f"{FIRST} {load}"
    assert not load.failed
    for unit in ("application.service", "nginx-scgi-application.service"):
        environ = f"/proc/$(systemctl show -P MainPID {unit})/environ"
        assert host.machine.run(f"sudo grep --count {secret} {environ}") == "1\n", unit


def test_one_comes_again_and_the_others_do_not_notice(host: Host, figures: dict[str, str]) -> None:
    host.played(beside=beside({"nginx-scgi": 8082}))
    with Load(host.port(FIRST), 2) as load, Load(host.port("nginx-scgi"), 2) as scgi:
        host.played()
    figures["apache-cgi is added"] = f"{FIRST} {load}, nginx-scgi {scgi}"
    assert not load.failed
    assert not scgi.failed
    assert host.get("apache-cgi", "/probe/environ").json()["GATEWAY"]["value"] == "apache-cgi"


def listens(host: Host, port: int) -> bool:
    """Whether somebody takes connections there, asked on the host itself: the engine's proxy takes all."""
    asks = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
    return host.machine.attempt(f'python3 -c "{asks}"').returncode == 0
