"""The catalogue is what the folders under images/ say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from wsgi_gateways.catalogue import CatalogueError, read_catalogue

ROOT = Path(__file__).parents[2]

GATEWAY = """\
title: A gateway
web_server: nginx
interface: FastCGI
application_server: uWSGI
process_model: One process.
layers: [nginx]
units: [nginx.service]
wsgi: {multithread: false, multiprocess: true, run_once: false}
quirks:
  - {id: odd, summary: It is odd., reference: RFC 3875}
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "images" / "nginx-odd"
    folder.mkdir(parents=True)
    (folder / "gateway.yml").write_text(GATEWAY)
    (tmp_path / "docker-compose.yml").write_text(
        'services: {nginx-odd: {ports: ["127.0.0.1:${NGINX_ODD_PORT:-8199}:80"]}}'
    )
    return tmp_path


def test_a_folder_with_a_gateway_yml_is_a_gateway(checkout: Path) -> None:
    [gateway] = read_catalogue(checkout).values()
    assert (gateway.name, gateway.port, gateway.port_variable) == ("nginx-odd", 8199, "NGINX_ODD_PORT")
    assert gateway.wsgi.multiprocess
    assert not gateway.wsgi.run_once


def test_a_quirk_is_known_by_its_id(checkout: Path) -> None:
    [gateway] = read_catalogue(checkout).values()
    assert gateway.has_quirk("odd")
    assert not gateway.has_quirk("even")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("title: A gateway\n", "", "title"),
        ("title", "titel", "titel"),
        ("units: [nginx.service]\n", "", "units"),
        ("run_once", "run_twice", "run_twice"),
        (GATEWAY, "", "gateway.yml"),
        (GATEWAY, "{", "gateway.yml"),
    ],
)
def test_a_wrong_gateway_yml_is_named_with_the_key(checkout: Path, old: str, new: str, named: str) -> None:
    path = checkout / "images/nginx-odd/gateway.yml"
    path.write_text(GATEWAY.replace(old, new))
    with pytest.raises(CatalogueError, match=named) as caught:
        read_catalogue(checkout)
    assert str(path) in str(caught.value)


def test_a_folder_without_a_compose_service_is_named(checkout: Path) -> None:
    (checkout / "docker-compose.yml").write_text("services: {}")
    with pytest.raises(CatalogueError, match="no service for: nginx-odd"):
        read_catalogue(checkout)


@pytest.mark.parametrize(
    "text",
    ["", "services: [", "name: x", "services: {nginx-odd: {}}", "services: {nginx-odd: {ports: [80]}}"],
)
def test_a_wrong_compose_file_is_named(checkout: Path, text: str) -> None:
    (checkout / "docker-compose.yml").write_text(text)
    with pytest.raises(CatalogueError, match=r"docker-compose\.yml"):
        read_catalogue(checkout)


def test_gateways_come_in_the_order_of_their_ports() -> None:
    ports = [gateway.port for gateway in read_catalogue(ROOT).values()]
    assert ports == sorted(set(ports))


def test_ports_are_grouped_by_web_server() -> None:
    first = {"apache": 8101, "nginx": 8121, "lighttpd": 8141, "haproxy": 8161, "caddy": 8171, "alone": 8181}
    ports: dict[str, list[int]] = {}
    for gateway in read_catalogue(ROOT).values():
        ports.setdefault(gateway.family, []).append(gateway.port)
    assert ports == {family: [first[family] + n for n in range(len(own))] for family, own in ports.items()}


def test_every_port_variable_is_the_gateways_name() -> None:
    for name, gateway in read_catalogue(ROOT).items():
        assert gateway.port_variable == f"{name.upper().replace('-', '_')}_PORT"


def test_the_module_prints_what_the_portal_shows() -> None:
    command = [sys.executable, "-m", "wsgi_gateways.catalogue", str(ROOT)]
    shown = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert [gateway["name"] for gateway in shown["gateways"]] == list(read_catalogue(ROOT))
