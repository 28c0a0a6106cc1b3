"""A folder's systemd units run what its image runs; no server is asked."""

import json
import re
import shlex
from pathlib import Path

import pytest

from wsgi_gateways.catalogue import Gateway

IMAGES = Path(__file__).resolve().parents[2] / "images"
UNITS = "etc/systemd/system"


def test_the_sandbox_is_the_same_file_everywhere() -> None:
    assert len({path.read_bytes() for path in IMAGES.glob(f"*/{UNITS}/*.service.d/sandbox.conf")}) == 1


@pytest.mark.parametrize("application_server", ["gunicorn", "uwsgi"])
def test_application_servers_of_one_kind_have_the_same_unit(application_server: str) -> None:
    units = [path.read_text() for path in IMAGES.glob(f"*/{UNITS}/application.service")]
    assert len({unit for unit in units if f"{application_server} --" in unit}) == 1


@pytest.mark.parametrize("web_server", ["nginx", "lighttpd"])
def test_web_servers_before_an_application_server_have_the_same_unit(web_server: str) -> None:
    with_application = [path.parent for path in IMAGES.glob(f"{web_server}-*/{UNITS}/application.service")]
    copies = {(path / f"{web_server}.service.d/application.conf").read_bytes() for path in with_application}
    assert len(copies) == 1


def test_every_unit_of_the_gateway_is_in_its_folder(gateway: Gateway) -> None:
    for unit in gateway.units:
        folder = IMAGES / gateway.name / UNITS
        assert (folder / unit).exists() or (folder / f"{unit}.d/application.conf").exists(), unit
        assert (folder / f"{unit}.d/sandbox.conf").exists(), unit


def test_every_service_in_the_folder_is_a_unit_of_the_gateway(gateway: Gateway) -> None:
    folder = IMAGES / gateway.name / UNITS
    services = {path.name.removesuffix(".d") for path in folder.iterdir() if ".service" in path.name}
    assert services == set(gateway.units)


def test_units_run_the_commands_of_the_image(gateway: Gateway) -> None:
    folder = IMAGES / gateway.name
    last = (folder / "Dockerfile").read_text().rsplit("\nCMD ", 1)[1]
    command = " ".join(json.loads(last.splitlines()[0]))
    commands = command.split(" -- ") if command.startswith("pair ") else [command]
    commands = [re.sub("^pair [A-Z]+ ", "", command) for command in commands]
    run = [" ".join(exec_start(folder / UNITS, unit)) for unit in gateway.units]
    assert run == [f"/usr/local/bin/with-knobs {command}" for command in commands]


def test_the_stop_signal_is_that_of_the_image(gateway: Gateway) -> None:
    dockerfile = (IMAGES / gateway.name / "Dockerfile").read_text()
    signal = re.search(r'^CMD \["pair", "([A-Z]+)"|^STOPSIGNAL SIG(?!TERM)([A-Z]+)', dockerfile, re.MULTILINE)
    assert signal
    (web_server,) = (unit for unit in gateway.units if unit != "application.service")
    assert setting(IMAGES / gateway.name / UNITS, web_server, "KillSignal") == [
        f"SIG{signal[1] or signal[2]}"
    ]


def test_an_application_server_takes_the_socket_that_its_configuration_names(gateway: Gateway) -> None:
    socket = IMAGES / gateway.name / UNITS / "application.socket"
    assert socket.exists() == ("application.service" in gateway.units)
    if socket.exists():
        address = next(
            line.split("=", 1)[1]
            for line in socket.read_text().splitlines()
            if line.startswith("ListenStream=")
        )
        (configuration,) = (IMAGES / gateway.name / "etc").glob("*/application.[ip][ny]*")
        assert address in configuration.read_text()


def exec_start(folder: Path, unit: str) -> list[str]:
    """The command of a unit."""
    (command,) = setting(folder, unit, "ExecStart")
    return shlex.split(command)


def setting(folder: Path, unit: str, name: str) -> list[str]:
    """What the unit or the drop-in over it says; an empty value takes back what was said before."""
    path = folder / unit if (folder / unit).exists() else folder / f"{unit}.d/application.conf"
    values: list[str] = []
    for line in path.read_text().splitlines():
        if line.startswith(f"{name}="):
            value = line.split("=", 1)[1]
            values = [*values, value] if value else []
    return values
