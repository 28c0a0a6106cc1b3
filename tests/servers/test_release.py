"""A new version, a broken one and the way back, all while visitors are there: none of them notices."""

from pathlib import Path

import httpx
import pytest

from tests.servers.applications import (
    BROKEN_AT_IMPORT,
    BROKEN_AT_ITS_FRONT,
    BROKEN_IN_PLACE,
    GOOD,
    make_application,
    version,
)
from tests.servers.load import Load
from tests.servers.server import Done, Server
from wsgi_gateways.catalogue import Gateway

KEPT_RELEASES = 5


def load_for(server: Server, gateway: Gateway) -> Load:
    """Fewer visitors where each request is a new interpreter."""
    return Load(server.machine.http_port, 1 if gateway.wsgi.run_once else 3)


def test_a_new_version_is_taken_and_left_without_a_failed_request(
    gateway: Gateway, server: Server, figures: dict[str, str], tmp_path: Path
) -> None:
    first = server.release()
    application = make_application(tmp_path / "app", GOOD.format(version="second"))
    with load_for(server, gateway) as load:
        released = server.made("release", "--app", str(application))
        assert version(server) == "second"
    figures["release"] = f"{released.seconds:.0f} s, {load}"
    assert not load.lost(gateway)
    assert load.fewest > 50
    assert load.right["long"] > 0
    assert server.release() != first

    with load_for(server, gateway) as load:
        back = server.made("rollback")
        assert version(server) != "second"
    figures["rollback"] = f"{back.seconds:.0f} s, {load}"
    assert not load.lost(gateway)
    assert server.release() == first


@pytest.mark.unit("application.service")
def test_processes_keep_the_release_that_they_began_with(server: Server) -> None:
    current = server.release()
    # They import the board with the first request for it, and the other release has none.
    server.copy_release("other", "board")
    server.machine.run("sudo systemctl restart application.service")
    try:
        server.switch("other")
        assert httpx.get(server.address, trust_env=False, timeout=60).status_code == 200
    finally:
        server.switch(f"releases/{current}")
        server.machine.run("sudo rm -r /srv/app/other")


def test_a_version_that_breaks_in_its_place_is_taken_back_by_itself(
    gateway: Gateway, server: Server, figures: dict[str, str], tmp_path: Path
) -> None:
    before = server.release()
    with load_for(server, gateway) as load:
        refused = refuse(server, make_application(tmp_path / "app", BROKEN_IN_PLACE))
    figures["broken release"] = f"{refused.seconds:.0f} s, {load}"
    assert "/healthz" in refused.output
    assert server.release() == before
    assert not load.lost(gateway)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (BROKEN_AT_IMPORT, "this version cannot be imported"),
        (BROKEN_AT_ITS_FRONT, "this version has no first page"),
    ],
    ids=["import", "front"],
)
def test_a_version_that_does_not_answer_is_not_taken(
    one_server: Server, tmp_path: Path, broken: str, reason: str
) -> None:
    before = one_server.releases()
    with Load(one_server.machine.http_port) as load:
        refused = refuse(one_server, make_application(tmp_path / "app", broken))
    assert reason in refused.output
    assert one_server.releases() == before
    assert not load.failed


def test_a_way_back_that_fails_leaves_the_release_that_serves(one_server: Server) -> None:
    current = one_server.release()
    older = current.replace("Z-", "Y-")[:-12] + "000000000000"
    one_server.copy_release(f"releases/{older}", "wsgi.py", "__pycache__")
    try:
        refused = one_server.make("rollback")
        assert refused.status == 1
        assert f"{current} serves again" in " ".join(refused.output.split())
        assert one_server.is_healthy()
        assert one_server.release() == current
        one_server.made("verify", one_server.gateway)
    finally:
        one_server.machine.run(f"sudo rm -r /srv/app/releases/{older}")


def refuse(server: Server, application: Path) -> Done:
    """Release what the server cannot keep."""
    refused = server.make("release", "--app", str(application))
    assert refused.status == 1
    assert server.is_healthy()
    return refused


def test_another_application_stays_until_one_is_named(one_server: Server, tmp_path: Path) -> None:
    gateway, mine = one_server.gateway, make_application(tmp_path / "mine", GOOD.format(version="mine"))
    one_server.made("release", "--app", str(mine))
    for verb, *arguments in (["provision", gateway], ["release"]):
        refused = one_server.make(verb, *arguments)
        assert refused.status == 1
        assert 'has the application "mine", and none was named' in " ".join(refused.output.split())
    assert one_server.made("provision", gateway, "--app", str(mine)).changed == 0
    assert version(one_server) == "mine"
    one_server.made("rollback")
    one_server.made("verify", gateway)


def test_a_full_disk_does_not_keep_anybody_from_going_back(one_server: Server, tmp_path: Path) -> None:
    first = one_server.release()
    one_server.made("release", "--app", str(make_application(tmp_path / "app", GOOD.format(version="large"))))
    one_server.machine.as_root("mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", "/var/cache")
    try:
        refused = one_server.make("release")
        one_server.made("rollback")
    finally:
        one_server.machine.as_root("umount", "/var/cache")
    assert "Less than 300 MB are free" in refused.output
    assert one_server.release() == first


def test_old_releases_are_removed(one_server: Server, tmp_path: Path) -> None:
    for year in range(2011, 2011 + KEPT_RELEASES):
        one_server.machine.run(f"sudo mkdir /srv/app/releases/{year}0101T000000Z-000000000000")
    before = one_server.releases()
    application = make_application(tmp_path / "app", GOOD.format(version="newest"))
    one_server.made("release", "--app", str(application))
    assert one_server.releases() == [*before, one_server.release()][-KEPT_RELEASES:]
    assert version(one_server) == "newest"
