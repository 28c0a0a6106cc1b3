"""Firewall, security updates and keys only: each where it was asked for, and nobody is locked out."""

import subprocess
from collections.abc import Iterator

import httpx
import pytest

from tests.servers.playbook import play
from tests.servers.server import ANOTHER_PORT, Done, Server, Servers
from tests.waiting import wait_until

GATEWAY = "nginx-fastcgi"
ALL = {"hardening_firewall": True, "hardening_updates": True, "hardening_ssh_keys_only": True}
NONE = dict.fromkeys(ALL, False)


def harden(server: Server, variables: dict[str, object], playbook: str = "site.yml") -> Done:
    """Run the part about hardening of a playbook."""
    machine = server.machine
    return play(machine.host, machine.ssh_config, playbook, "hardening", {"gateway": GATEWAY, **variables})


@pytest.fixture(scope="module")
def hardened(servers: Servers) -> Iterator[Server]:
    """A server with all of it, and with a table of somebody else's; without any of it again afterwards."""
    server = servers.of(GATEWAY)
    done = harden(server, {**ALL})
    assert done.status == 0, done.output
    server.machine.run("sudo nft add table inet others")
    yield server
    done = harden(server, {**NONE})
    assert done.status == 0, done.output
    assert server.machine.run("sudo nft list tables") == "table inet others\n"
    server.machine.run("sudo nft delete table inet others")


def test_the_website_and_ssh_are_reached(hardened: Server) -> None:
    assert hardened.is_healthy()
    assert hardened.machine.run("id --user --name") == "deploy\n"


def test_another_port_is_not(hardened: Server) -> None:
    """A listener of the test's own: it answers the host itself, and nobody else."""
    elsewhere = f"http://127.0.0.1:{hardened.machine.more_ports[ANOTHER_PORT]}/"
    listener = f"sudo systemd-run --unit listener --collect python3 -m http.server {ANOTHER_PORT}"
    hardened.machine.run(listener)
    try:
        asks_itself = (
            f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {ANOTHER_PORT}), 5)'"
        )
        wait_until(lambda: hardened.machine.attempt(asks_itself).returncode == 0, "it listens", 20)
        with pytest.raises(httpx.TimeoutException):
            httpx.get(elsewhere, trust_env=False, timeout=3)
        harden(hardened, {**ALL, "hardening_open_ports": [ANOTHER_PORT]})
        assert httpx.get(elsewhere, trust_env=False, timeout=3).status_code == 200
    finally:
        hardened.machine.run("sudo systemctl stop listener")


def test_the_firewall_is_there_after_a_boot(hardened: Server) -> None:
    hardened.machine.reboot()
    assert "policy drop" in hardened.machine.run("sudo nft list chain inet wsgi-gateways input")
    assert hardened.is_healthy()
    hardened.machine.run("sudo nft add table inet others")


def test_the_firewall_is_there_after_somebody_has_loaded_rules_of_their_own(hardened: Server) -> None:
    for verb in ("start", "reload", "restart"):
        hardened.machine.run(f"sudo systemctl {verb} nftables")
        assert "policy drop" in hardened.machine.run("sudo nft list chain inet wsgi-gateways input"), verb
    hardened.machine.run("sudo systemctl stop nftables")
    # To stop it empties everything, as Debian wants it.
    assert harden(hardened, {**ALL}).status == 0
    assert hardened.is_healthy()
    hardened.machine.run("sudo nft add table inet others")


def test_ssh_offers_keys_only(hardened: Server) -> None:
    without_key = ["-o", "PubkeyAuthentication=no", "-o", "BatchMode=yes", hardened.machine.name, "true"]
    ssh = [*hardened.machine.ssh_command[:-1], *without_key]
    done = subprocess.run(ssh, capture_output=True, text=True, timeout=20, check=False)
    assert "Permission denied (publickey)" in done.stderr


def test_updates_come_from_the_security_archive_alone(hardened: Server) -> None:
    origins = hardened.machine.run(
        "sudo unattended-upgrade --dry-run --debug 2>&1 | grep 'Allowed origins'", seconds=120
    )
    assert "origin=Debian,codename=trixie-security,label=Debian-Security" in origins
    assert origins.count("origin=") == 1


def test_a_second_run_changes_nothing_and_verify_agrees(hardened: Server) -> None:
    harden(hardened, {**ALL})
    assert harden(hardened, {**ALL}).changed == 0
    done = harden(hardened, {**ALL}, "verify.yml")
    assert done.status == 0, done.output


def test_verify_sees_what_is_missing(hardened: Server) -> None:
    hardened.machine.run("sudo nft delete table inet wsgi-gateways")
    assert harden(hardened, {**ALL}, "verify.yml").status != 0
    hardened.machine.run("sudo systemctl reload wsgi-gateways-firewall")


def test_a_user_without_a_key_is_not_locked_out(hardened: Server) -> None:
    """The user would come in with a password today, and not at all tomorrow."""
    keys = ".ssh/authorized_keys"
    # Where sshd finds the key of the test meanwhile.
    elsewhere = "echo 'AuthorizedKeysFile /etc/ssh/keys' | sudo tee /etc/ssh/sshd_config.d/00-test.conf"
    hardened.machine.run(
        f"sudo install -m 644 {keys} /etc/ssh/keys && {elsewhere} && sudo systemctl reload ssh"
    )
    hardened.machine.run(f"mv {keys} kept")
    try:
        done = harden(hardened, {**ALL})
    finally:
        back = f"mv kept {keys}; sudo rm /etc/ssh/sshd_config.d/00-test.conf; sudo systemctl reload ssh"
        hardened.machine.run(f"{back}; sudo rm /etc/ssh/keys")
    assert done.status != 0
    assert "ssh-copy-id" in done.output
    assert done.changed == 0
