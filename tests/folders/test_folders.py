"""The folders hold what images/README.md promises; no container is asked."""

import re
from pathlib import Path

import yaml

from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.layers import merge

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "images"
PLACEHOLDER = re.compile(r"\{\{|\}\}|\{%|<%|@@|%%")
COPIED_FROM = re.compile(r"^COPY (?!--from)(.+) /etc/$", re.MULTILINE)
INSTALLED_FROM = re.compile(r"^COPY --from=wsgi-gateways/(\S+) /usr /usr$", re.MULTILINE)


def test_no_two_files_have_the_same_bytes() -> None:
    files: dict[bytes, list[str]] = {}
    for path in IMAGES.rglob("*"):
        if path.is_file():
            files.setdefault(path.read_bytes(), []).append(str(path.relative_to(IMAGES)))
    assert [paths for paths in files.values() if len(paths) > 1] == []


def test_a_folder_is_complete(gateway: Gateway) -> None:
    folder = IMAGES / gateway.name
    assert {"Dockerfile", "README.md", "gateway.yml", "etc"} <= {path.name for path in folder.iterdir()}


def test_every_folder_but_the_layers_is_a_gateway(catalogue: dict[str, Gateway]) -> None:
    folders = {path.name for path in IMAGES.iterdir() if path.is_dir()}
    assert folders - {"layers"} == catalogue.keys()


def test_every_layer_has_a_gateway_that_stands_on_it(catalogue: dict[str, Gateway]) -> None:
    used = {layer for gateway in catalogue.values() for layer in gateway.layers}
    assert {path.name for path in (IMAGES / "layers").iterdir()} - {"base"} == used


def test_a_dockerfile_takes_the_layers_that_gateway_yml_names(gateway: Gateway) -> None:
    dockerfile = (IMAGES / gateway.name / "Dockerfile").read_text()
    chain = list(built_from(dockerfile))
    files_only = [layer for layer in gateway.layers if not is_image(layer)]
    assert [*chain, *files_only] == list(gateway.layers)
    (copied,) = COPIED_FROM.findall(dockerfile)[:1]
    with_etc = [layer for layer in files_only if (IMAGES / "layers" / layer / "etc").exists()]
    assert copied.split() == [*(f"layers/{layer}/etc" for layer in with_etc), f"{gateway.name}/etc"]
    installed = [layer for layer in files_only if (IMAGES / "layers" / layer / "Dockerfile").exists()]
    assert INSTALLED_FROM.findall(dockerfile) == installed


def test_an_image_installs_the_packages_of_its_layers(gateway: Gateway) -> None:
    for layer in gateway.layers:
        folder = IMAGES / "layers" / layer
        dockerfile = (folder if (folder / "Dockerfile").exists() else IMAGES / gateway.name) / "Dockerfile"
        if (folder / "packages.txt").exists():
            assert f"source=layers/{layer}/packages.txt," in dockerfile.read_text()


def is_image(layer: str) -> bool:
    """Whether gateways are built from it; of others they take files, which the stage "files" may install."""
    dockerfile = IMAGES / "layers" / layer / "Dockerfile"
    stages = re.findall(r"^FROM (.+)$", dockerfile.read_text(), re.MULTILINE) if dockerfile.exists() else []
    return bool(stages) and not stages[-1].endswith(" AS files")


def built_from(dockerfile: str) -> list[str]:
    """The layers that an image is built from, the first one first; all of them are built from the base."""
    name = re.findall(r"^FROM wsgi-gateways/(\S+)$", dockerfile, re.MULTILINE)[-1]
    if name == "base":
        return []
    return [*built_from((IMAGES / "layers" / name / "Dockerfile").read_text()), name]


def test_every_gateway_has_its_service_and_no_service_lacks_its_folder(catalogue: dict[str, Gateway]) -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    layers = {path.parent.name for path in IMAGES.glob("layers/*/Dockerfile")}
    assert services.keys() - {"builder", "portal"} == catalogue.keys() | layers


def test_a_gateway_is_named_after_its_web_server_or_its_only_server(gateway: Gateway) -> None:
    assert f"{gateway.name}-".startswith(gateway.reached_server.lower() + "-")


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
    tests = "".join(path.read_text() for path in (ROOT / "tests").glob("*/*.py"))
    assert not [quirk.id for quirk in gateway.quirks if f'has_quirk("{quirk.id}")' not in tests]


def files_in_etc(gateway: Gateway) -> list[Path]:
    return [source for path, source in merge(IMAGES, gateway.name).items() if path.parts[0] == "etc"]
