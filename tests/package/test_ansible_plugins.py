"""What the playbooks look up on the control machine: ansible/lookup_plugins."""

import io
import runpy
import tarfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "ansible/lookup_plugins"
FILES = {
    "gateway.env": "WORKERS=2\n",
    "images/layers/base/packages.txt": "python3\n",
    "images/layers/base/sandbox.conf": "[Service]\n",
    "images/layers/base/usr/local/bin/ask-healthz": "#!/bin/sh\n",
    "images/layers/nginx/packages.txt": "nginx-light\n",
    "images/layers/nginx/etc/nginx/nginx.conf": "events {}\n",
    "images/layers/gunicorn/etc/systemd/system/application.service": "[Service]\n",
    "images/layers/gunicorn/etc/systemd/system/application.socket": (
        "[Socket]\n# ListenStream=8\nListenStream=/run/application/socket\n"
    ),
    "images/nginx-odd/etc/nginx/application.conf": "server {}\n",
    "images/nginx-tcp/etc/systemd/system/application.socket": "[Socket]\nListenStream=127.0.0.1:8009\n",
    "images/cgi/etc/cgi.conf": "cgi\n",
    "artifacts/files/nginx-odd/usr/lib/odd.so": "compiled\n",
    "artifacts/files/cgi/README": "\n",
}
BEHIND_NGINX: dict[str, object] = {
    "layers": ["nginx", "gunicorn"],
    "units": ["nginx.service", "application.service"],
    "wsgi": {"run_once": False},
}
GATEWAYS: dict[str, dict[str, object]] = {
    "nginx-odd": BEHIND_NGINX,
    "nginx-tcp": BEHIND_NGINX,
    # No "-" in its name, and no layers.
    "cgi": {"units": ["apache2.service"], "wsgi": {"run_once": True}},
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Three gateways, and what was compiled for two of them."""
    described = {f"images/{name}/gateway.yml": yaml.safe_dump(facts) for name, facts in GATEWAYS.items()}
    for path, text in {**FILES, **described}.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    (tmp_path / "images/layers/base/usr/local/bin/ask-healthz").chmod(0o700)
    (tmp_path / "gateway.env").chmod(0o600)
    return tmp_path


@pytest.fixture
def images(checkout: Path) -> str:
    return str(checkout / "images")


def query(plugin: str, *terms: object) -> list[Any]:
    """As ``query()`` in a playbook."""
    found: list[Any] = runpy.run_path(str(PLUGINS / f"{plugin}.py"))["LookupModule"]().run(list(terms), {})
    return found


def archive(checkout: Path, *names: str) -> bytes:
    """The archive of these gateways, as it travels to a host."""
    (encoded,) = query("gateway_archive", str(checkout), str(checkout / "artifacts"), list(names))
    return b64decode(encoded)


def members(packed: bytes) -> dict[str, tuple[str, int]]:
    """Content and mode of each file in an archive."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        files = ((member, tar.extractfile(member)) for member in tar)
        return {member.name: (file.read().decode(), member.mode) for member, file in files if file}


def test_the_first_gateway_of_a_host_has_the_units_of_its_layers(images: str) -> None:
    (gateway,) = query("gateways", images, "nginx-odd", [])
    assert gateway == {
        "gateway": "nginx-odd",
        "port": 80,
        "prefix": "",
        "units": ["nginx.service", "application.service"],
        "all_units": ["application.socket", "application.service", "nginx.service"],
        "debian_units": ["nginx.service"],
        "run_once": False,
    }


def test_one_beside_it_has_its_name_before_its_units(images: str) -> None:
    first, second = query("gateways", images, "nginx-odd", [{"gateway": "cgi", "port": 8081}])
    assert first["gateway"] == "nginx-odd"
    assert (second["gateway"], second["port"], second["prefix"]) == ("cgi", 8081, "cgi-")
    assert second["all_units"] == ["cgi-apache2.service"]
    assert second["debian_units"] == ["apache2.service"]
    assert second["run_once"]


def test_the_archive_has_the_files_of_layers_folders_and_artifacts(checkout: Path) -> None:
    assert members(archive(checkout, "nginx-odd", "cgi")) == {
        "gateway.env": ("WORKERS=2\n", 0o644),
        "cgi/README": ("\n", 0o644),
        "cgi/etc/cgi.conf": ("cgi\n", 0o644),
        "cgi/etc/systemd/system/apache2.service.d/sandbox.conf": ("[Service]\n", 0o644),
        "cgi/usr/local/bin/ask-healthz": ("#!/bin/sh\n", 0o755),
        "nginx-odd/etc/nginx/application.conf": ("server {}\n", 0o644),
        "nginx-odd/etc/nginx/nginx.conf": ("events {}\n", 0o644),
        "nginx-odd/etc/systemd/system/application.service": ("[Service]\n", 0o644),
        "nginx-odd/etc/systemd/system/application.service.d/sandbox.conf": ("[Service]\n", 0o644),
        "nginx-odd/etc/systemd/system/application.socket": (
            FILES["images/layers/gunicorn/etc/systemd/system/application.socket"],
            0o644,
        ),
        "nginx-odd/etc/systemd/system/nginx.service.d/sandbox.conf": ("[Service]\n", 0o644),
        "nginx-odd/usr/lib/odd.so": ("compiled\n", 0o644),
        "nginx-odd/usr/local/bin/ask-healthz": ("#!/bin/sh\n", 0o755),
    }


def test_the_same_files_make_the_same_archive(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = archive(checkout, "nginx-odd")
    for path in (path for path in checkout.rglob("*") if path.is_file()):
        content, mode = path.read_bytes(), path.stat().st_mode
        path.unlink()
        path.write_bytes(content)
        path.chmod(mode)
    monkeypatch.setattr("time.time", lambda: 0.0)
    assert archive(checkout, "nginx-odd") == before


def test_what_nobody_has_compiled_is_said(checkout: Path) -> None:
    with pytest.raises(Exception, match=r"files/nginx-tcp: no such folder; make artifacts makes it\."):
        archive(checkout, "nginx-tcp")


def test_packages_are_those_of_all_layers_each_once(images: str) -> None:
    assert query("gateway_packages", images, ["nginx-odd", "nginx-tcp"]) == ["python3", "nginx-light"]
    assert query("gateway_packages", images, ["cgi"]) == ["python3"]


def test_gateways_that_are_there_are_not_refused(images: str) -> None:
    assert query("unknown_gateways", images, ["cgi", "nginx-odd"]) == []


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["ngnix-odd"], '"ngnix-odd": did you mean nginx-odd? Take one of cgi, nginx-odd, nginx-tcp.'),
        (["layers"], '"layers": take one of cgi, nginx-odd, nginx-tcp.'),
        (["cgii", "cgi", "cg"], '"cgii", "cg": did you mean cgi? Take one of cgi, nginx-odd, nginx-tcp.'),
    ],
)
def test_others_are_refused_with_the_nearest_names(images: str, names: list[str], sentence: str) -> None:
    assert query("unknown_gateways", images, names) == [f"There is no gateway {sentence}"]


def test_sockets_in_run_are_shared_by_nobody(images: str) -> None:
    assert query("shared_sockets", images, ["nginx-odd", "nginx-odd", "cgi"]) == []


def test_tcp_sockets_may_be_shared(images: str) -> None:
    assert query("shared_sockets", images, ["nginx-odd", "nginx-tcp"]) == []
    assert query("shared_sockets", images, ["nginx-tcp", "nginx-tcp"]) == ["127.0.0.1:8009"]


def test_variables_are_the_options_of_all_roles(tmp_path: Path) -> None:
    for role, options in {"one": ["b", "a"], "other": ["a", "c"]}.items():
        specification = {"argument_specs": {"main": {"options": dict.fromkeys(options)}}}
        (tmp_path / role / "meta").mkdir(parents=True)
        (tmp_path / role / "meta/argument_specs.yml").write_text(yaml.safe_dump(specification))
    assert query("role_options", str(tmp_path)) == ["a", "b", "c"]
