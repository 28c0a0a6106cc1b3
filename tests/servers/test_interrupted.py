"""A run that ends before the servers have taken what it brought is made good by the next one."""

import os
import signal
from pathlib import Path

import pytest

from tests.servers.applications import BROKEN_IN_PLACE, make_application
from tests.servers.server import Server
from tests.waiting import wait_until


def threads(server: Server) -> str:
    """THREADS as the application server got it when it started."""
    environ = "/proc/$(systemctl show -P MainPID application.service)/environ"
    return server.machine.run(f"sudo sh -c \"tr '\\0' '\\n' <{environ}\" | grep ^THREADS=")


def test_the_next_run_lets_the_servers_take_the_files(one_server: Server) -> None:
    before = threads(one_server)
    one_server.machine.run(
        "sudo sh -c 'echo THREADS=5 >>/etc/gateway.env; systemctl restart application.service'"
    )
    assert threads(one_server) != before
    # The files are put in place, then a unit cannot be enabled, so that the run ends there.
    one_server.machine.run("sudo systemctl mask --runtime nginx.service")
    try:
        assert one_server.make("provision", one_server.gateway).status == 1
    finally:
        one_server.machine.run("sudo systemctl unmask --runtime nginx.service")
    assert threads(one_server) != before
    assert one_server.make("verify", one_server.gateway).status == 1
    one_server.made("provision", one_server.gateway)
    assert threads(one_server) == before
    one_server.made("verify", one_server.gateway)


@pytest.mark.parametrize("verb", ["rollback", pytest.param("provision", marks=pytest.mark.long)])
def test_a_release_that_was_killed_after_the_switch_is_undone(
    one_server: Server, tmp_path: Path, verb: str
) -> None:
    before = one_server.release()
    application = make_application(tmp_path / "app", BROKEN_IN_PLACE)
    release = one_server.start("release", "--app", str(application))
    try:
        wait_until(lambda: one_server.release() != before, "the link is switched", 60)
    finally:
        os.killpg(release.pid, signal.SIGKILL)
        release.wait()
    broken = one_server.release()
    refused = one_server.make("verify", one_server.gateway)
    assert refused.status == 1
    assert f"make rollback takes {before} again" in refused.output

    one_server.made(verb, *([one_server.gateway] if verb == "provision" else []))
    assert broken not in one_server.releases()
    assert one_server.release() == before or verb == "provision"
    one_server.made("verify", one_server.gateway)
