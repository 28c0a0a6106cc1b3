"""What may be written, what is in the image and what is not."""

import re

import pytest
from testinfra.host import Host

from tests.chosen import ROOT
from tests.containers.container import Container, docker, run_once
from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.compose import PORTAL
from wsgi_gateways.knobs import KNOBS, LIMITS
from wsgi_gateways.layers import packages

LIST_WRITABLE = (
    "find / ( -path /proc -o -path /sys ) -prune -o"
    " ( -writable ! -type l -print , -type d ! -readable -prune )"
)
LIST_UNCOMPILED = """
from pathlib import Path
for module in Path("/srv/app/current").rglob("*.py"):
    compiled = list(module.parent.glob(f"__pycache__/{module.stem}.cpython-*.pyc"))
    # PEP 552: 1 means that it holds the hash of its source, which an import need not check.
    if [each.read_bytes()[4:8] for each in compiled] != [b"\\1\\0\\0\\0"]:
        print(module)
"""
LIST_FOREIGN_AUTHORITIES = """
import re
from pathlib import Path
find_all = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL).findall
trusted = set(find_all(Path("/etc/ssl/certs/ca-certificates.crt").read_text()))
for folder in ("/usr/share/ca-certificates", "/usr/local/share/ca-certificates"):
    for file in Path(folder).rglob("*.crt"):
        trusted -= set(find_all(file.read_text()))
print("\\n".join(trusted))
"""


def test_only_temporary_files_and_the_boards_data_can_be_written(service: str, container: Container) -> None:
    writable = container.run(*LIST_WRITABLE.split()).split()
    below = ("/run", "/tmp", "/dev", *(["/var/lib/app"] if service != PORTAL else []))
    assert [path for path in writable if not re.match(f"({'|'.join(below)})(/|$)", path)] == []


@pytest.mark.parametrize("folder", ["/run", "/tmp"])
def test_temporary_files_are_kept_in_memory(service: str, host: Host, folder: str) -> None:
    mount = host.mount_point(folder)
    assert mount.filesystem == "tmpfs"
    assert {"noexec", "nosuid", "nodev"} <= set(mount.options)
    assert any(option.startswith("size=") for option in mount.options)


def test_the_root_file_system_is_read_only(service: str, host: Host) -> None:
    assert "ro" in host.mount_point("/").options


def test_what_packages_txt_names_is_installed(gateway: Gateway, host: Host) -> None:
    for name in packages(ROOT / "images", gateway.name):
        assert host.package(name).is_installed, name


def test_no_tool_helps_an_intruder(service: str, host: Host) -> None:
    tools = ["gcc", "cc", "make", "as", "pip", "pip3", "git", "curl", "wget"]
    assert [tool for tool in tools if host.exists(tool)] == []


def test_the_modules_of_the_application_are_compiled(gateway: Gateway, container: Container) -> None:
    assert container.run("python3", "-IS", "-c", LIST_UNCOMPILED) == ""


def test_the_application_belongs_to_root(gateway: Gateway, container: Container) -> None:
    assert container.run("find", "/srv/app", "!", "-user", "root") == ""


def test_only_debians_authorities_are_trusted(service: str, container: Container) -> None:
    assert container.run("python3", "-IS", "-c", LIST_FOREIGN_AUTHORITIES).strip() == ""


def test_no_file_tells_how_to_reach_a_package_index(service: str, container: Container) -> None:
    find = [
        "find",
        "/",
        "-xdev",
        "(",
        "-name",
        "pip.conf",
        "-o",
        "-name",
        ".netrc",
        "-o",
        "-name",
        ".pypirc",
        "-o",
        "-name",
        "uv.toml",
        ")",
    ]
    assert run_once(container.image(), *find, options=["--user", "0"]).stdout == ""


def test_the_images_history_holds_no_secret(service: str, container: Container) -> None:
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", container.image())
    assert (
        re.findall(r"(?i)\w+://\S*@\S+|index[-_]url\S*|\S*(?:password|token|secret_key)=\S*", history) == []
    )


def test_the_environment_holds_the_knobs_and_nothing_private(service: str, container: Container) -> None:
    names = {variable.partition("=")[0] for variable in container.inspect()["Config"]["Env"]}
    # All of gateway.env, with the limits that the engine and systemd enforce.
    assert names <= {"PATH", "LANG", "RUNTIME_DIRECTORY", *KNOBS, *LIMITS}
