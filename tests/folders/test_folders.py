"""The folders hold what images/README.md promises; no container is asked."""

import re
from pathlib import Path

import pytest
import yaml

from wsgi_gateways.catalogue import Gateway

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "images"
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{%|<%|@@|%%")
SHARED = [
    "apache2/apache2.conf",
    "nginx/nginx.conf",
    "lighttpd/lighttpd.conf",
    "lighttpd/drop-underscore-headers.lua",
    "logrotate.d/apache2",
    "logrotate.d/nginx",
    "logrotate.d/lighttpd",
]


@pytest.mark.parametrize("shared", SHARED)
def test_gateways_of_one_web_server_start_from_the_same_file(shared: str) -> None:
    copies = {path.read_bytes() for path in IMAGES.glob(f"*/etc/{shared}")}
    assert len(copies) == 1


def test_a_folder_is_complete(gateway: Gateway) -> None:
    folder = IMAGES / gateway.name
    assert {"Dockerfile", "packages.txt", "gateway.yml", "etc"} <= {path.name for path in folder.iterdir()}


def test_every_folder_but_the_base_is_a_gateway(catalogue: dict[str, Gateway]) -> None:
    folders = {path.name for path in IMAGES.iterdir() if path.is_dir()}
    assert folders - {"base"} == catalogue.keys()


def test_every_gateway_has_its_service_and_no_service_lacks_its_folder(catalogue: dict[str, Gateway]) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert services.keys() - {"builder", "base", "portal"} == catalogue.keys()


def test_a_gateway_is_named_after_its_web_server(gateway: Gateway) -> None:
    assert gateway.name.startswith(gateway.web_server.lower() + "-")


def test_a_configuration_is_read_in_one_go(gateway: Gateway) -> None:
    for path in files_in_etc(gateway):
        assert len(path.read_text().splitlines()) < 120, path


def test_a_configuration_has_no_placeholders(gateway: Gateway) -> None:
    for path in files_in_etc(gateway):
        assert not PLACEHOLDER.search(path.read_text()), path


def test_quirks_say_what_and_why(gateway: Gateway) -> None:
    for quirk in gateway.quirks:
        assert quirk.id == quirk.id.lower().replace("_", "-").replace(" ", "-")
        assert quirk.summary.endswith(".")
        assert quirk.reference.startswith(("https://", "RFC ", "PEP "))


def test_advised_numbers_say_who_advises_them(gateway: Gateway) -> None:
    if gateway.native:
        assert gateway.native.workers_of(1) >= 1
        assert gateway.native.threads >= 1
        assert gateway.native.reference.startswith("https://")


def test_every_quirk_is_held_by_a_test(gateway: Gateway) -> None:
    tests = "".join(path.read_text() for path in (ROOT / "tests").glob("*/test_*.py"))
    assert not [quirk.id for quirk in gateway.quirks if f'has_quirk("{quirk.id}")' not in tests]


def files_in_etc(gateway: Gateway) -> list[Path]:
    return [path for path in (IMAGES / gateway.name / "etc").rglob("*") if path.is_file()]
