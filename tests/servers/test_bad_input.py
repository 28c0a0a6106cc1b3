"""What a user may get wrong is one sentence with the fix, and nothing is changed on the server."""

import hashlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.servers.certificates import Authority, Pair
from tests.servers.playbook import play
from tests.servers.server import Done, Server, Servers, run
from tests.waiting import wait_until

DOMAIN = "board.example.org"


@pytest.fixture(scope="module")
def bare(servers: Servers) -> Server:
    """A machine that nobody has provisioned."""
    return servers.bare("bare")


@pytest.fixture
def untouched(bare: Server) -> Iterator[Server]:
    """The same; it must be as it was when the test is over."""
    before = state(bare)
    yield bare
    assert state(bare) == before


def state(server: Server) -> str:
    """Packages, files and users: what provisioning changes."""
    listing = "dpkg -l; sudo find /etc /srv /usr/local /var/lib/app -type f -printf '%p %T@ %s\\n' | sort"
    return hashlib.sha256(server.machine.run(listing).encode()).hexdigest()


def said(done: Done) -> str:
    """The sentence; without a Python traceback."""
    assert "Traceback" not in done.output
    return done.output


def test_an_unknown_gateway(untouched: Server) -> None:
    done = untouched.make("provision", "nginx-fastcig")
    assert done.status == 2
    assert "no gateway is called nginx-fastcig" in said(done)


def test_a_look_at_a_bare_host_shows_changes_and_makes_none(untouched: Server) -> None:
    assert untouched.made("provision", "nginx-fastcgi", "--check").changed > 0


def test_an_unreachable_host(untouched: Server) -> None:
    elsewhere = replace(untouched.machine, ssh_port=free_port())
    done = Server(elsewhere, "bare").make("provision", "nginx-fastcgi")
    assert done.status == 2
    assert "cannot be reached over SSH" in said(done)
    assert f"ssh -p {elsewhere.ssh_port} deploy@127.0.0.1" in done.output


def test_no_sudo(untouched: Server) -> None:
    untouched.machine.as_root("mv", "/etc/sudoers.d/deploy", "/root/deploy")
    try:
        done = untouched.make("provision", "nginx-fastcgi")
    finally:
        untouched.machine.as_root("mv", "/root/deploy", "/etc/sudoers.d/deploy")
    assert done.status == 2
    assert "does not let its user become root" in said(done)


def test_root_without_sudo_says_that_it_is_root(untouched: Server, tmp_path: Path) -> None:
    machine, configuration = untouched.machine, tmp_path / "ssh_config"
    configuration.write_text(machine.ssh_config.read_text().replace("User deploy", "User root"))
    machine.as_root("cp", "--recursive", "--no-target-directory", "/home/deploy/.ssh", "/root/.ssh")
    machine.as_root("chown", "--recursive", "root:root", "/root/.ssh")
    machine.as_root("mv", "/usr/bin/sudo", "/root/sudo")
    command = [sys.executable, "-m", "wsgi_gateways.cli", "provision", "--check"]
    address = f"127.0.0.1:{machine.ssh_port}"
    try:
        refused = run([*command, address, "nginx-fastcgi"], configuration)
        looked = run([*command, f"root@{address}", "nginx-fastcgi"], configuration)
    finally:
        machine.as_root("mv", "/root/sudo", "/usr/bin/sudo")
    assert refused.status != 0
    assert "say root@ before the address" in " ".join(said(refused).split())
    assert looked.status == 0, looked.output


def test_an_older_debian(untouched: Server) -> None:
    untouched.machine.as_root("cp", "-a", "/usr/lib/os-release", "/root/os-release")
    untouched.machine.as_root("sed", "-i", "s/trixie/bookworm/; s/13/12/g", "/usr/lib/os-release")
    try:
        done = untouched.make("provision", "nginx-fastcgi")
    finally:
        untouched.machine.as_root("mv", "/root/os-release", "/usr/lib/os-release")
    assert done.status != 0
    assert "Debian 13" in said(done)


def test_a_disk_that_is_nearly_full(untouched: Server) -> None:
    untouched.machine.as_root("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", "/srv")
    try:
        done = untouched.make("provision", "nginx-fastcgi")
    finally:
        untouched.machine.as_root("umount", "/srv")
    assert done.status != 0
    assert "MB" in said(done)


def test_a_port_that_another_program_has(untouched: Server) -> None:
    untouched.machine.run("sudo systemd-run --quiet --collect --unit other python3 -m http.server 80")
    try:
        page = "python3 -c 'import urllib.request; urllib.request.urlopen(\"http://127.0.0.1\")'"
        wait_until(lambda: untouched.machine.attempt(page).returncode == 0, "the other program answers")
        done = untouched.make("provision", "nginx-fastcgi")
    finally:
        untouched.machine.run("sudo systemctl stop other")
    assert done.status != 0
    assert "Port 80 is taken by another program" in said(done)


def test_artifacts_that_nobody_has_made(untouched: Server, tmp_path: Path) -> None:
    machine = untouched.machine
    (tmp_path / "release").mkdir()
    variables: dict[str, object] = {"gateway": "nginx-fastcgi", "artifacts": str(tmp_path)}
    done = play(machine.host, machine.ssh_config, "site.yml", "all", variables)
    assert done.status != 0
    assert f"{tmp_path}/files/nginx-fastcgi: no such folder; make artifacts makes it." in done.output


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ("expired", "has expired"),
        ("early", "is not valid yet"),
        ("name", "is not for board.example.org"),
        ("key", "is not the key of"),
        ("text", "is no certificate in PEM"),
        ("missing", "cannot be read"),
    ],
)
def test_a_certificate_that_cannot_work(untouched: Server, tmp_path: Path, wrong: str, sentence: str) -> None:
    authority = Authority(tmp_path)
    good = authority.issue(DOMAIN)
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    pair = {
        "expired": lambda: authority.issue(DOMAIN, begins=-20, ends=-1),
        "early": lambda: authority.issue(DOMAIN, begins=2),
        "name": lambda: authority.issue("elsewhere.invalid"),
        "key": lambda: Pair(good.certificate, authority.issue(DOMAIN).key),
        "text": lambda: Pair(text, good.key),
        "missing": lambda: Pair(tmp_path / "none.pem", good.key),
    }[wrong]()
    machine = untouched.machine
    variables: dict[str, object] = {"gateway": "nginx-fastcgi", "domain": DOMAIN, "tls_source": "files"}
    variables |= {"tls_certificate": str(pair.certificate), "tls_key": str(pair.key)}
    done = play(machine.host, machine.ssh_config, "site.yml", "tls", variables)
    assert done.status != 0
    assert sentence in done.output


@pytest.mark.parametrize("name", ["lighttpd-scgi", "apache-cgi"])
def test_http_2_where_there_is_none(untouched: Server, name: str) -> None:
    machine = untouched.machine
    variables = {"gateway": name, "domain": DOMAIN, "tls_source": "acme", "tls_http2": True}
    done = play(machine.host, machine.ssh_config, "site.yml", "tls", variables)
    assert done.status != 0
    assert f"HTTP/2 is not offered with {name}" in said(done)


@pytest.mark.parametrize(
    ("domain", "sentence"),
    [
        ("Board.example.org", 'domain is "Board.example.org": HTTPS wants the whole name'),
        ("nowhere.invalid", "nowhere.invalid has no address: give it an A or AAAA record"),
    ],
)
def test_a_wrong_domain(untouched: Server, domain: str, sentence: str) -> None:
    done = untouched.make("provision", "nginx-fastcgi", "--domain", domain)
    assert done.status != 0
    assert sentence in " ".join(said(done).split())


def test_a_misspelt_variable_and_a_missing_one(untouched: Server) -> None:
    machine = untouched.machine
    given: dict[str, object] = {"tls_htpp2": True, "vault_of_mine": "anything"}
    done = play(machine.host, machine.ssh_config, "site.yml", "all", given)
    assert done.status != 0
    wrong = "tls_htpp2 is not a variable of these playbooks, gateway is not set"
    assert wrong in " ".join(said(done).split())


def test_a_setting_that_systemd_would_leave_out(untouched: Server) -> None:
    machine = untouched.machine
    variables: dict[str, object] = {
        "gateway": "nginx-fastcgi",
        "settings": {"DATABASE-URL": "x", "OK_2": "y"},
    }
    done = play(machine.host, machine.ssh_config, "site.yml", "tls", variables)
    assert done.status != 0
    assert "DATABASE-URL cannot be a setting" in " ".join(said(done).split())


@pytest.mark.parametrize("verb", ["release", "rollback"])
def test_a_release_before_there_is_a_gateway(untouched: Server, verb: str) -> None:
    done = untouched.make(verb)
    assert done.status != 0
    assert "make provision" in said(done)
