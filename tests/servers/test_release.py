"""A new version, a broken one and the way back, all while visitors are there: none of them notices."""

from pathlib import Path

import httpx
import pytest

from tests.servers.applications import BROKEN_AT_IMPORT, BROKEN_IN_PLACE, GOOD, make_application
from tests.servers.load import Load
from tests.servers.server import Server
from tests.waiting import wait_until
from wsgi_gateways.catalogue import Gateway

KEPT_RELEASES = 5


def version(server: Server) -> str:
    """Which version answers: those of the tests say it; the sample, before it says no, imports its board."""
    return httpx.get(f"{server.address}version", trust_env=False, timeout=60).text


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
    assert not load.failed
    assert min(load.right["kept"], load.right["fresh"]) > 50
    assert server.release() != first

    with load_for(server, gateway) as load:
        back = server.made("rollback")
        assert version(server) != "second"
    figures["rollback"] = f"{back.seconds:.0f} s, {load}"
    assert not load.failed
    assert server.release() == first


@pytest.mark.parametrize("broken", [BROKEN_AT_IMPORT, BROKEN_IN_PLACE], ids=["at import", "in place"])
def test_a_broken_version_is_taken_back_by_itself(
    gateway: Gateway, server: Server, figures: dict[str, str], tmp_path: Path, broken: str
) -> None:
    before = server.release()
    application = make_application(tmp_path / "app", broken)
    with load_for(server, gateway) as load:
        refused = server.make("release", "--app", str(application))
        wait_until(server.is_healthy, "healthy again", 20)
    figures["broken in place" if broken is BROKEN_IN_PLACE else "broken at import"] = (
        f"{refused.seconds:.0f} s, {load}"
    )
    assert refused.status == 1
    assert "/healthz" in refused.output
    assert server.release() == before
    assert not load.failed


def test_old_releases_are_removed(server: Server, tmp_path: Path) -> None:
    for year in range(2011, 2011 + KEPT_RELEASES):
        server.machine.run(f"sudo mkdir /srv/app/releases/{year}0101T000000Z-000000000000")
    before = server.releases()
    application = make_application(tmp_path / "app", GOOD.format(version="newest"))
    server.made("release", "--app", str(application))
    assert server.releases() == [*before, server.release()][-KEPT_RELEASES:]
    assert version(server) == "newest"
