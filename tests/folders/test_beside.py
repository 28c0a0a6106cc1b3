"""Each folder can lie beside another gateway on a server: what the role makes of its files there."""

import re
import runpy
from itertools import combinations
from pathlib import Path

import pytest

from wsgi_gateways.catalogue import Gateway
from wsgi_gateways.layers import merge

ROOT = Path(__file__).resolve().parents[2]
PLACING = runpy.run_path(str(ROOT / "ansible/roles/gateway/module_utils/placing.py"))
UNITS = Path("/etc/systemd/system")
# What systemd and logrotate read lies where they look for it.
READ_BY_OTHERS = ("etc/systemd", "etc/logrotate.d")
PORT = 8081


def files_of(gateway: Gateway) -> dict[Path, bytes]:
    """Its configuration files, by their path below /."""
    merged = merge(ROOT / "images", gateway.name)
    return {path: source.read_bytes() for path, source in merged.items() if path.parts[0] == "etc"}


def placed(gateway: Gateway) -> dict[Path, bytes]:
    """The same on a server, beside another gateway."""
    prefix = f"{gateway.name}-"
    files = {path: (content, 0o644) for path, content in files_of(gateway).items()}
    found = PLACING["place"](files, gateway.name, prefix, PORT, [prefix + unit for unit in gateway.units])
    return {path: content for path, (content, _) in found.items()}


def test_nothing_of_it_lies_where_another_gateway_has_its_own(catalogue: dict[str, Gateway]) -> None:
    first = {name: {Path("/", path) for path in files_of(gateway)} for name, gateway in catalogue.items()}
    beside = {name: set(placed(gateway)) for name, gateway in catalogue.items()}
    for one, other in combinations(catalogue, 2):
        assert not beside[one] & beside[other]
        assert not first[one] & beside[other]


def test_only_port_and_folders_of_its_own_differ(gateway: Gateway) -> None:
    found = placed(gateway)
    for path, content in files_of(gateway).items():
        if path.as_posix().startswith(READ_BY_OTHERS):
            continue
        beside = found[Path("/srv/gateways", gateway.name) / path]
        back = beside.replace(f"/{gateway.name}-".encode(), b"/").replace(str(PORT).encode(), b"80")
        assert back == content, path


def test_it_listens_to_its_port_and_not_to_80(gateway: Gateway) -> None:
    found = placed(gateway)
    own = [found.get(Path("/srv/gateways", gateway.name) / path, b"").decode() for path in files_of(gateway)]
    own += [text.decode() for path, text in found.items() if path.suffix == ".socket"]
    settings = re.sub(r"^\s*#.*", "", "\n".join(own), flags=re.MULTILINE)
    assert re.search(rf"\b{PORT}\b", settings)
    assert not re.search(r"(?<![\d.])80(?![\d.])", settings)


def test_its_units_name_each_other(gateway: Gateway) -> None:
    units = {path: text.decode() for path, text in placed(gateway).items() if path.is_relative_to(UNITS)}
    assert all(path.relative_to(UNITS).parts[0].startswith(f"{gateway.name}-") for path in units)
    named = {name for text in units.values() for name in re.findall(r"[\w-]+\.(?:service|socket)\b", text)}
    own = {path.relative_to(UNITS).parts[0].removesuffix(".d") for path in units}
    assert {name for name in named if "application" in name} <= own


def test_each_unit_sees_the_gateways_own_files(gateway: Gateway) -> None:
    found = placed(gateway)
    folders = {path.parts[1] for path in files_of(gateway)} - {Path(path).name for path in READ_BY_OTHERS}
    for unit in gateway.units:
        text = found[UNITS / f"{gateway.name}-{unit}.d/beside.conf"].decode()
        assert set(re.findall(r"^BindReadOnlyPaths=\S+:/etc/(\S+)$", text, re.MULTILINE)) == folders


def test_its_own_logs_are_rotated(gateway: Gateway) -> None:
    (program,) = (path.name for path in files_of(gateway) if path.parent == Path("etc/logrotate.d"))
    own = f"{gateway.name}-{program}"
    rotated = placed(gateway)[Path("/etc/logrotate.d") / own].decode()
    assert re.search(rf"^/var/log/{own}(/\*)?\.log \{{$", rotated, re.MULTILINE)
    assert set(re.findall(r"[\w-]+\.service", rotated)) == {f"{gateway.name}-{gateway.units[0]}"}


def test_a_port_that_nobody_finds_is_said() -> None:
    with pytest.raises(PLACING["NoPort"], match="odd-server does not say"):
        PLACING["place"](
            {Path("etc/odd/odd.conf"): (b"port: 80\n", 0o644)}, "odd-server", "odd-server-", PORT, []
        )


def test_limits_in_gateway_env_become_a_drop_in_and_empty_ones_none() -> None:
    path = UNITS / "application.service.d/limits.conf"
    knobs = b"# MEMORY_MAX=1G\nWORKERS=2\nMEMORY_MAX=4G\nTASKS_MAX=\n"
    made = PLACING["limits"](knobs, "application.service")
    assert made == {path: (b"# From /etc/gateway.env.\n[Service]\nMemoryMax=4G\n", 0o644)}
    assert PLACING["limits"](b"WORKERS=2\nMEMORY_MAX=\n", "application.service") == {}
