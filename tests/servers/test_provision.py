"""A bare Debian becomes a server of the gateway, once; the second run finds nothing to do."""

import pytest

from tests.servers.server import Server
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway


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


@pytest.mark.sample("nginx-fastcgi")
def test_verify_finds_a_unit_that_is_disabled_or_stopped(gateway: Gateway, server: Server) -> None:
    """The first as well as the last: systemctl itself is content with any of several."""
    wrong = (("disable", gateway.units[0], "is disabled"), ("stop", "application.socket", "does not run"))
    for verb, unit, sentence in wrong:
        server.machine.run(f"sudo systemctl --quiet {verb} {unit}")
        found = server.make("verify", server.gateway)
        assert server.made("provision", server.gateway).changed > 0
        assert found.status == 1
        assert f"{unit} {sentence}" in found.output
    server.made("verify", server.gateway)


@pytest.mark.sample("nginx-fastcgi")
def test_a_socket_that_has_changed_is_made_anew(server: Server) -> None:
    socket = "/etc/systemd/system/application.socket"
    server.machine.run(f"sudo sed -i 's,^ListenStream=.*,ListenStream=/run/application/other.sock,' {socket}")
    restart = "stop application.service && sudo systemctl restart application.socket"
    server.machine.run(f"sudo systemctl daemon-reload && sudo systemctl {restart} application.service")
    assert server.machine.run("ls /run/application") == "other.sock\n"
    server.made("provision", server.gateway)
    assert server.machine.run("ls /run/application") == "fastcgi.sock\n"
    server.made("verify", server.gateway)


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
