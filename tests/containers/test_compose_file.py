"""docker-compose.yml as the engine gets it: no service forgets what protects the machine."""

from typing import Any

import pytest

from tests.conftest import CATALOGUE
from wsgi_gateways.compose import PORTAL, Stack

BUILT_ONLY = {"builder", "base"}


@pytest.fixture
def options(service: str, stack: Stack) -> dict[str, Any]:
    """What docker-compose.yml says of the service, with every variable replaced."""
    found: dict[str, Any] = stack.configuration["services"][service]
    return found


def test_every_service_is_a_gateway_the_portal_or_built_only(stack: Stack) -> None:
    assert stack.configuration["services"].keys() == {*CATALOGUE, PORTAL} | BUILT_ONLY
    for name in BUILT_ONLY:
        assert stack.configuration["services"][name]["profiles"] == ["build"]


def test_a_service_has_no_privileges(service: str, options: dict[str, Any]) -> None:
    assert options["user"] == "33:33"
    assert options["read_only"] is True
    assert options["cap_drop"] == ["ALL"]
    assert options["security_opt"] == ["no-new-privileges:true"]
    given = {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode", "userns_mode", "sysctls"}
    assert not given & options.keys()


def test_a_service_keeps_nothing_but_the_boards_data(service: str, options: dict[str, Any]) -> None:
    kept = [(volume["type"], volume["source"], volume["target"]) for volume in options.get("volumes", [])]
    assert kept == ([] if service == PORTAL else [("volume", "board", "/var/lib/app")])
    assert {mount.partition(":")[0] for mount in options["tmpfs"]} == {"/run", "/tmp"}
    assert "secrets" not in options


def test_a_service_is_bounded(service: str, options: dict[str, Any]) -> None:
    assert int(options["mem_limit"]) <= 2 * 1024**3
    assert options["pids_limit"] == 256
    assert options["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "2"}}


def test_a_service_is_started_again_and_given_time_to_stop(service: str, options: dict[str, Any]) -> None:
    assert options["restart"] == "unless-stopped"
    assert options["stop_grace_period"] == "50s"


def test_a_service_is_published_on_this_machine_only(service: str, options: dict[str, Any]) -> None:
    assert [(port["host_ip"], port["target"]) for port in options["ports"]] == [("127.0.0.1", 80)]
