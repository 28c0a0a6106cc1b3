"""What docker-compose.yml says and a running container does not show."""

from typing import Any

import pytest

from tests.chosen import EVERY_GATEWAY, ROOT
from wsgi_gateways.compose import PORTAL, Stack

BUILT_ONLY = {"builder", *(path.parent.name for path in ROOT.glob("images/layers/*/Dockerfile"))}


@pytest.fixture
def options(service: str, stack: Stack) -> dict[str, Any]:
    """What docker-compose.yml says of the service, with every variable replaced."""
    found: dict[str, Any] = stack.configuration["services"][service]
    return found


def test_every_service_is_a_gateway_the_portal_or_built_only(stack: Stack) -> None:
    assert stack.configuration["services"].keys() == {*EVERY_GATEWAY, PORTAL} | BUILT_ONLY
    for name in BUILT_ONLY:
        assert stack.configuration["services"][name]["profiles"] == ["build"]


def test_a_service_gives_up_all_capabilities(service: str, options: dict[str, Any]) -> None:
    # A process of user 33 has none in any case: these are the ones that it could get back.
    assert options["cap_drop"] == ["ALL"]
    assert "sysctls" not in options


def test_a_service_keeps_nothing_but_the_boards_data(service: str, options: dict[str, Any]) -> None:
    kept = [
        (volume["type"], volume["source"], volume["target"])
        for volume in options.get("volumes", [])
        if not volume.get("read_only")
    ]
    assert kept == ([] if service == PORTAL else [("volume", "board", "/var/lib/app")])


def test_only_the_portal_sees_a_folder_of_the_machine_and_cannot_write_there(
    service: str, options: dict[str, Any]
) -> None:
    seen = [
        (volume["target"], volume.get("read_only", False))
        for volume in options.get("volumes", [])
        if volume["type"] == "bind"
    ]
    assert seen == ([("/srv/results", True)] if service == PORTAL else [])
    assert "secrets" not in options


def test_a_service_is_started_again_and_given_time_to_stop(service: str, options: dict[str, Any]) -> None:
    assert options["restart"] == "unless-stopped"
    assert options["stop_grace_period"] == "50s"
