"""A folder's systemd units run what its image runs; no server is asked."""

import json
import re
import shlex
from pathlib import Path

from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.layers import UNITS, merge

IMAGES = Path(__file__).resolve().parents[2] / "images"


def test_every_unit_of_the_gateway_is_there_and_no_other(gateway: Gateway) -> None:
    parts = [path.relative_to(UNITS).parts for path in files_of(gateway) if path.is_relative_to(UNITS)]
    services = {parts[0].removesuffix(".d") for parts in parts if ".service" in parts[0]}
    assert services == set(gateway.units)
    for unit in gateway.units:
        assert (unit,) in parts or (f"{unit}.d", "application.conf") in parts, unit
        assert (f"{unit}.d", "sandbox.conf") in parts, unit


def test_units_run_the_commands_of_the_image(gateway: Gateway) -> None:
    last = (IMAGES / gateway.name / "Dockerfile").read_text().rsplit("\nCMD ", 1)[1]
    command = " ".join(json.loads(last.splitlines()[0]))
    commands = command.split(" -- ") if command.startswith("pair ") else [command]
    commands = [re.sub("^pair [A-Z0-9]+ ", "", command) for command in commands]
    run = [" ".join(exec_start(gateway, unit)) for unit in gateway.units]
    assert run == [f"/usr/local/bin/with-knobs {command}" for command in commands]


def test_the_stop_signal_is_that_of_the_image(gateway: Gateway) -> None:
    folders_of_dockerfiles = [IMAGES / "layers" / name for name in gateway.layers] + [IMAGES / gateway.name]
    paths = [folder / "Dockerfile" for folder in folders_of_dockerfiles]
    text = "".join(path.read_text() for path in paths if path.exists())
    signal = re.findall(r"^STOPSIGNAL SIG([A-Z]+)$", text, re.MULTILINE)[-1]
    if pair := re.search(r'^CMD \["pair", "([A-Z0-9]+)"', text, re.MULTILINE):
        assert signal == "TERM"
        signal = pair[1]
    # The first is the one that clients reach; systemd's default is SIGTERM.
    assert (setting(gateway, gateway.units[0], "KillSignal") or ["SIGTERM"]) == [f"SIG{signal}"]


def test_an_application_server_takes_the_socket_that_its_configuration_names(gateway: Gateway) -> None:
    files = files_of(gateway)
    socket = files.get(UNITS / "application.socket")
    assert (socket is not None) == ("application.service" in gateway.units)
    if socket:
        (address,) = re.findall(r"^ListenStream=(.+)$", socket.read_text(), re.MULTILINE)
        folder = gateway.application_server.lower()
        settings = [source for path, source in files.items() if path.parts[1] == folder]
        assert any(address in source.read_text() for source in settings)


def files_of(gateway: Gateway) -> dict[Path, Path]:
    return merge(IMAGES, gateway.name)


def exec_start(gateway: Gateway, unit: str) -> list[str]:
    """The command of a unit."""
    (command,) = setting(gateway, unit, "ExecStart")
    return shlex.split(command)


def setting(gateway: Gateway, unit: str, name: str) -> list[str]:
    """What the unit and its drop-ins say; an empty value takes back what was said before."""
    values: list[str] = []
    for path, source in files_of(gateway).items():
        if path == UNITS / unit or path.parent == UNITS / f"{unit}.d":
            for line in source.read_text().splitlines():
                if line.startswith(f"{name}="):
                    value = line.split("=", 1)[1]
                    values = [*values, value] if value else []
    return values
