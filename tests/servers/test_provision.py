"""A bare Debian becomes a server of the gateway, once; the second run finds nothing to do."""

import pytest

from tests.servers.server import Server
from tests.waiting import wait_until


def test_a_bare_host_becomes_a_server(server: Server, figures: dict[str, str]) -> None:
    figures["provisioned in"] = f"{server.provisioned.seconds:.0f} s"
    assert server.provisioned.changed > 0
    assert server.is_healthy()


def test_a_second_run_changes_nothing(server: Server, figures: dict[str, str]) -> None:
    again = server.made("provision", server.gateway)
    figures["second run"] = f"{again.seconds:.0f} s, changed={again.changed}"
    assert again.changed == 0


@pytest.mark.sample("apache-cgi")
def test_a_look_at_a_second_run_foresees_no_change(server: Server) -> None:
    assert server.made("provision", server.gateway, "--check").changed == 0


def test_verify_finds_nothing_wrong(server: Server, figures: dict[str, str]) -> None:
    verified = server.made("verify", server.gateway)
    figures["verified in"] = f"{verified.seconds:.0f} s"
    assert verified.changed == 0


def test_verify_finds_a_unit_that_is_disabled_or_stopped(one_server: Server) -> None:
    """The first as well as the last: systemctl itself is content with any of several."""
    wrong = (("disable", "nginx.service", "is disabled"), ("stop", "application.socket", "does not run"))
    for verb, unit, sentence in wrong:
        one_server.machine.run(f"sudo systemctl --quiet {verb} {unit}")
        found = one_server.make("verify", one_server.gateway)
        assert one_server.made("provision", one_server.gateway).changed > 0
        assert found.status == 1
        assert f"{unit} {sentence}" in found.output
    one_server.made("verify", one_server.gateway)


def test_a_socket_that_has_changed_is_made_anew(one_server: Server) -> None:
    machine, listens = one_server.machine, "systemctl show -P Listen application.socket"
    path = machine.run(listens).split()[0]
    elsewhere = f"s,^ListenStream=.*,ListenStream={path}.other,"
    machine.run(f"sudo sed -i '{elsewhere}' /etc/systemd/system/application.socket")
    for command in ("daemon-reload", "stop application.service", "restart application.socket"):
        machine.run(f"sudo systemctl {command}")
    machine.run("sudo systemctl start application.service")
    assert not one_server.is_healthy()
    one_server.made("provision", one_server.gateway)
    assert machine.run(listens).split()[0] == path
    one_server.made("verify", one_server.gateway)


@pytest.mark.sample("lighttpd-scgi")
def test_verify_finds_a_file_that_somebody_has_changed(server: Server) -> None:
    server.machine.run("sudo sh -c 'echo THREADS=5 >>/etc/gateway.env'")
    try:
        assert server.make("verify", server.gateway).status == 1
    finally:
        assert server.made("provision", server.gateway).changed > 0
    server.made("verify", server.gateway)


def test_it_comes_back_after_a_reboot(server: Server) -> None:
    server.machine.reboot()
    wait_until(server.is_healthy, "healthy after the reboot", 30)
    assert server.machine.run("systemctl is-system-running").strip() == "running"
