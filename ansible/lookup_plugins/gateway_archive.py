"""The files of gateways in one archive, as the module "tree" wants it."""

import gzip
import io
import tarfile
from base64 import b64encode
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from wsgi_gateways import layers

DOCUMENTATION = """
name: gateway_archive
short_description: The files of gateways in one tar archive, compressed and in base64
description:
  - At its top are gateway.env and a folder for each gateway, with the files that go to / on a host.
  - Same files, same archive, whenever they were written.
options:
  _terms:
    description: The checkout, the folder with the artifacts, and the names of the gateways.
    required: true
"""


class LookupModule(LookupBase):
    """lookup('gateway_archive', root, artifacts, names)"""

    def run(self, terms: list[Any], variables: object = None, **options: object) -> list[str]:
        root, artifacts, names = Path(terms[0]), Path(terms[1]), terms[2]
        files = {Path("gateway.env"): root / "gateway.env"}
        for name in names:
            found = {**layers.merge(root / "images", name), **compiled(artifacts, name)}
            files.update({Path(name, path): source for path, source in found.items()})
        return [b64encode(pack(files)).decode()]


def compiled(artifacts: Path, gateway: str) -> dict[Path, Path]:
    """What had to be compiled for the gateway: the path below ``/`` on a host, and the file here."""
    folder = artifacts / "files" / gateway
    if not folder.is_dir():
        raise AnsibleError(f"{folder}: no such folder; make artifacts makes it.")
    return {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}


def pack(files: dict[Path, Path]) -> bytes:
    """An archive of the files by their path in it; of their modes, it keeps whether they are executable."""
    archive = io.BytesIO()
    with (
        # Without a time of its own.
        gzip.GzipFile(fileobj=archive, mode="wb", mtime=0) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as tar,
    ):
        for path, source in sorted(files.items()):
            content = source.read_bytes()
            member = tarfile.TarInfo(path.as_posix())
            member.size = len(content)
            member.mode = 0o755 if source.stat().st_mode & 0o111 else 0o644
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
