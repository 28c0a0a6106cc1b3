"""What a gateway consists of: the files of its layers, in their order, and its own over them.

``images/layers/<layer>/`` and ``images/<gateway>/`` mirror the target's ``/`` below ``etc`` and ``usr``. All
gateways stand on the layer ``base``; ``layers`` in a gateway.yml names the others. The containers, the
servers and `make files` get what these functions say.
"""

import sys
from difflib import get_close_matches
from pathlib import Path

import yaml

from wsgi_gateways.catalogue import CatalogueError

BASE = "base"
UNITS = Path("etc/systemd/system")
# It stands once, in the base, and is placed for each unit.
SANDBOX = "sandbox.conf"
MIRRORED = ("etc", "usr")


def folders(images: Path, gateway: str) -> list[Path]:
    """The folders whose files a gateway has: the base's, those of its layers, its own.

    Raises CatalogueError if ``layers`` names what is not there.
    """
    own = images / gateway
    names = [BASE, *(_described(own).get("layers") or ())]
    there = sorted(path.name for path in (images / "layers").iterdir() if path.is_dir())
    for name in names:
        if name not in there:
            close = get_close_matches(name, there, 1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            raise CatalogueError(
                f"{own / 'gateway.yml'}: there is no layer {name!r}{meant}; there are {', '.join(there)}"
            )
    return [*(images / "layers" / name for name in names), own]


def packages(images: Path, gateway: str) -> list[str]:
    """The Debian packages of a gateway, in the order in which its folders name them, each once."""
    return [name.partition("/")[0] for name in _named(images, gateway)]


def packages_of_other_suites(images: Path, gateway: str) -> list[str]:
    """Those that are not of the release itself, as apt writes it: caddy/trixie-backports."""
    return [name for name in _named(images, gateway) if "/" in name]


def _named(images: Path, gateway: str) -> list[str]:
    lists = (folder / "packages.txt" for folder in folders(images, gateway))
    return list(dict.fromkeys(name for path in lists if path.exists() for name in path.read_text().split()))


def merge(images: Path, gateway: str) -> dict[Path, Path]:
    """The files of a gateway: the path below ``/`` on its server, and the file in the checkout."""
    found = {}
    for folder in folders(images, gateway):
        for top in MIRRORED:
            paths = (path for path in sorted((folder / top).rglob("*")) if path.is_file())
            found.update({path.relative_to(folder): path for path in paths})
    for unit in _described(images / gateway)["units"]:
        found[UNITS / f"{unit}.d" / SANDBOX] = images / "layers" / BASE / SANDBOX
    return dict(sorted(found.items()))


def _described(folder: Path) -> dict[str, list[str]]:
    described: dict[str, list[str]] = yaml.safe_load((folder / "gateway.yml").read_text())
    return described


def main() -> None:
    """Check the layers of all gateways in this folder; exit status 1, with a sentence, for a missing one."""
    found = sorted(path.parent for path in Path("images").glob("*/gateway.yml"))
    for folder in found:
        try:
            merge(folder.parent, folder.name)
        except CatalogueError as error:
            sys.exit(str(error))


if __name__ == "__main__":
    main()
