"""The files of a gateway as a tree, complete and ready to be copied to a server by hand."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from wsgi_gateways import layers
from wsgi_gateways.output import Problem

KNOBS = Path("etc/gateway.env")


def tree(root: Path, gateway: str) -> dict[Path, Path]:
    """Each file by its path below ``/`` on the server, with the file of the checkout that it is a copy of.

    What has to be compiled is not among them: `make artifacts` makes that.
    """
    return dict(sorted({**layers.merge(root / "images", gateway), KNOBS: root / "gateway.env"}.items()))


def origin(root: Path, source: Path) -> str:
    """Where a reader finds the file: its layer, its gateway, or the checkout itself."""
    parts = source.relative_to(root).parts
    return "/".join(parts[1:3] if parts[1:2] == ("layers",) else parts[1:2] if len(parts) > 1 else parts)


def write(files: Mapping[Path, Path], folder: Path) -> None:
    """Copy the files below ``folder``, with the modes that they have on a server.

    Raises Problem (status 2) if there is something in the folder already: nothing is lost or mixed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Problem(f"TO={folder} is not empty: name a new folder", 2)
    for path, source in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
