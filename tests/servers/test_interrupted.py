"""A run that ends before the servers have taken what it brought is made good by the next one."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.servers.applications import BROKEN_IN_PLACE, GOOD, make_application, version
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


def test_a_way_back_that_was_cut_off_at_a_broken_release_leads_on(one_server: Server) -> None:
    good = one_server.release()
    broken = f"2099{good[4:-12]}000000000000"
    one_server.copy_release(f"releases/{broken}", "wsgi.py", "__pycache__")
    # It has served once, and a rollback was cut off as soon as it had begun.
    one_server.switch(f"releases/{broken}")
    one_server.machine.run(f"sudo ln -s releases/{broken} /srv/app/before")
    assert f"{broken} has served before" in one_server.made("rollback").output
    assert one_server.release() == good
    assert broken not in one_server.releases()
    one_server.made("verify", one_server.gateway)


def test_of_two_releases_at_a_time_one_is_taken_and_the_other_is_taken_after_it_or_refused(
    one_server: Server, tmp_path: Path
) -> None:
    before, releases = one_server.release(), set(one_server.releases())
    applications = {
        name: make_application(tmp_path / name, GOOD.format(version=name)) for name in ("left", "right")
    }
    with ThreadPoolExecutor(2) as threads:
        runs = {
            name: threads.submit(one_server.make, "release", "--app", str(application))
            for name, application in applications.items()
        }
    done = {name: run.result() for name, run in runs.items()}
    taken = [name for name, each in done.items() if each.status == 0]
    assert version(one_server) in taken
    for name in done.keys() - set(taken):
        assert "Another run is taking a release" in " ".join(done[name].output.split()), done[name].output
    assert len(set(one_server.releases()) - releases) == len(taken)
    for _ in taken:
        one_server.made("rollback")
    assert one_server.release() == before
