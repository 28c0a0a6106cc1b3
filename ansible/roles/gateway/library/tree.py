#!/usr/bin/python3
"""Lays the files of an archive over / and removes those that an earlier archive had and this one has not."""

import base64
import io
import json
import os
import tarfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: tree
short_description: Lay an archive's files over /, and remove those that are no longer in it
options:
  archive: {type: str, required: true, description: A tar archive in base64.}
  record: {type: path, required: true, description: The file that remembers which files there are; JSON.}
  facts: {type: dict, default: {}, description: What else is remembered there.}
"""


def main() -> None:
    module = AnsibleModule(
        {
            "archive": {"type": "str", "required": True, "no_log": True},
            "record": {"type": "path", "required": True},
            "facts": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    record = Path(module.params["record"])
    former = json.loads(record.read_bytes())["files"] if record.exists() else []
    wanted = read(base64.b64decode(module.params["archive"]))
    files = sorted(str(path) for path in wanted)
    facts = json.dumps({**module.params["facts"], "files": files}, indent=1) + "\n"
    wanted[record] = facts.encode(), 0o644

    changed = {path: file for path, file in wanted.items() if is_other(path, *file)}
    vanished = [path for path in map(Path, former) if path not in wanted and path.exists()]
    diff = [difference(path, content) for path, (content, _) in changed.items()]
    diff += [difference(path, None) for path in vanished]
    if not module.check_mode:
        for path in vanished:
            path.unlink()
        # The record comes last: what an interrupted run has written is looked at again.
        for path, (content, mode) in changed.items():
            write(path, content, mode)
    paths = sorted(map(str, [*changed, *vanished]))
    module.exit_json(changed=bool(paths), paths=paths, diff=diff)


def read(archive: bytes) -> dict[Path, tuple[bytes, int]]:
    """The files of an archive: their path on the host, their content and their mode."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = ((member, tar.extractfile(member)) for member in tar)
        return {Path("/", member.name): (file.read(), member.mode) for member, file in files if file}


def is_other(path: Path, content: bytes, mode: int) -> bool:
    """Whether the file is missing or has another content, mode or owner."""
    if path.is_symlink() or not path.is_file() or path.read_bytes() != content:
        return True
    found = path.stat()
    return (found.st_mode & 0o7777, found.st_uid, found.st_gid) != (mode, 0, 0)


def write(path: Path, content: bytes, mode: int) -> None:
    """Put the file in place in one step: who opens it meanwhile has the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_bytes(content)
    os.chown(beside, 0, 0)
    beside.chmod(mode)
    beside.replace(path)


def difference(path: Path, content: bytes | None) -> dict[str, str]:
    """What --diff shows."""
    before = path.read_bytes() if path.exists() else b""
    after = content or b""
    binary = b"\0" in before + after
    return {
        "before_header": str(path),
        "after_header": str(path),
        "before": "(binary)\n" if binary else before.decode(errors="replace"),
        "after": "(binary, changed)\n" if binary else after.decode(errors="replace"),
    }


if __name__ == "__main__":
    main()
