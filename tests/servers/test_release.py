"""A new version, a broken one and the way back, all while visitors are there: none of them notices."""

from pathlib import Path

import httpx

from tests.servers.applications import BROKEN_AT_IMPORT, BROKEN_IN_PLACE, GOOD, make_application
from tests.servers.load import Load
from tests.servers.server import Done, Server
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


def test_a_version_that_breaks_in_its_place_is_taken_back_by_itself(
    gateway: Gateway, server: Server, figures: dict[str, str], tmp_path: Path
) -> None:
    before = server.release()
    with load_for(server, gateway) as load:
        refused = refuse(server, make_application(tmp_path / "app", BROKEN_IN_PLACE))
    figures["broken release"] = f"{refused.seconds:.0f} s, {load}"
    assert server.release() == before
    assert not load.failed


def test_a_version_that_cannot_be_imported_is_not_taken(one_server: Server, tmp_path: Path) -> None:
    before = one_server.releases()
    with Load(one_server.machine.http_port) as load:
        refused = refuse(one_server, make_application(tmp_path / "app", BROKEN_AT_IMPORT))
    assert "this version cannot be imported" in refused.output
    assert one_server.releases() == before
    assert not load.failed


def refuse(server: Server, application: Path) -> Done:
    """Release what the server cannot keep."""
    refused = server.make("release", "--app", str(application))
    assert refused.status == 1
    assert "/healthz" in refused.output
    assert server.is_healthy()
    return refused


def test_old_releases_are_removed(one_server: Server, tmp_path: Path) -> None:
    for year in range(2011, 2011 + KEPT_RELEASES):
        one_server.machine.run(f"sudo mkdir /srv/app/releases/{year}0101T000000Z-000000000000")
    before = one_server.releases()
    application = make_application(tmp_path / "app", GOOD.format(version="newest"))
    one_server.made("release", "--app", str(application))
    assert one_server.releases() == [*before, one_server.release()][-KEPT_RELEASES:]
    assert version(one_server) == "newest"
