#!/usr/bin/python3
"""Puts the files of gateways in place and removes those that the host had before and shall not have."""

import base64
import io
import json
import os
import re
import tarfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.placing import File, NoPort, limits, place

SETTINGS = re.compile(rb"^EnvironmentFile=-(/\S+)$", re.MULTILINE)

DOCUMENTATION = """
module: tree
short_description: Put the files of gateways in place, and remove those that are no longer among them
options:
  archive:
    type: str
    required: true
    description: A tar archive in base64; gateway.env, and each gateway's etc and usr in a folder of its name.
  gateways:
    type: list
    elements: dict
    required: true
    description: The gateways of the host, as the lookup plugin "gateways" describes them.
  record:
    type: path
    required: true
    description: The file that remembers them and their files; JSON.
  pending:
    type: path
    required: true
    description: >-
      The file that remembers which changed files the servers have yet to take, by gateway; JSON. Whoever
      makes them take the files removes it.
"""


def main() -> None:
    module = AnsibleModule(
        {
            "archive": {"type": "str", "required": True, "no_log": True},
            "gateways": {"type": "list", "elements": "dict", "required": True},
            "record": {"type": "path", "required": True},
            "pending": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    record, pending = Path(module.params["record"]), Path(module.params["pending"])
    gateways = module.params["gateways"]
    archive = read(base64.b64decode(module.params["archive"]))
    try:
        trees = {each["gateway"]: tree(archive, each) for each in gateways}
    except NoPort as problem:
        module.fail_json(f"{problem}, so it cannot be beside another gateway.")
    former = read_record(record)
    times = {name: times_of_settings(files) for name, files in trees.items()}

    # What two gateways have (gateway.env, programs of images/base) is as the first has it.
    wanted = {path: file for each in reversed(gateways) for path, file in trees[each["gateway"]].items()}
    described = [
        {**each, "files": sorted(map(str, trees[each["gateway"]])), "settings": times[each["gateway"]]}
        for each in gateways
    ]
    remembered = json.dumps({**described[0], "beside": described[1:]}, indent=1) + "\n"

    changed = {path: file for path, file in wanted.items() if is_other(path, *file)}
    vanished = {Path(path) for each in former.values() for path in each["files"]} - set(wanted)
    vanished = {path for path in vanished if path.exists()}
    stale = json.loads(pending.read_bytes()) if pending.exists() else {}
    for name in trees:
        before = {"files": [], "settings": {}, **former.get(name, {})}
        touched = {str(path) for path in changed if path in trees[name]}
        touched |= {str(path) for path in vanished if str(path) in before["files"]}
        touched |= {path for path, time in times[name].items() if before["settings"].get(path, 0) != time}
        if touched := touched.union(stale.get(name, [])):
            stale[name] = sorted(touched)

    final = {record: (remembered.encode(), 0o644)} if is_other(record, remembered.encode(), 0o644) else {}
    diff = [difference(path, content) for path, (content, _) in {**changed, **final}.items()]
    diff += [difference(path, None) for path in vanished]
    if not module.check_mode:
        if stale:
            write(pending, json.dumps(stale).encode(), 0o644)
        for path in vanished:
            remove(path)
        for name in set(former) - set(trees):
            remove_empty(Path("/run").glob(f"{name}-*"))
        # The record comes last: what an interrupted run has written is looked at again.
        for path, (content, mode) in {**changed, **final}.items():
            write(path, content, mode)
    paths = {*changed, *vanished, *final, *(Path(path) for files in stale.values() for path in files)}
    module.exit_json(changed=bool(paths), paths=sorted(map(str, paths)), stale=stale, diff=diff)


def read(archive: bytes) -> dict[Path, File]:
    """The files of an archive: their path in it, their content and their mode."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = ((member, tar.extractfile(member)) for member in tar)
        return {Path(member.name): (file.read(), member.mode) for member, file in files if file}


def tree(archive: dict[Path, File], gateway: dict[str, object]) -> dict[Path, File]:
    """The files of one gateway by their path on the host."""
    name = str(gateway["gateway"])
    files = {path.relative_to(name): file for path, file in archive.items() if path.parts[0] == name}
    placed = place(files, name, gateway["prefix"], gateway["port"], gateway["units"])
    knobs = archive[Path("gateway.env")]
    return {**placed, **limits(knobs[0], gateway["units"][-1]), Path("/etc/gateway.env"): knobs}


def read_record(record: Path) -> dict[str, dict[str, Any]]:
    """The gateways that the host has so far, by name."""
    if not record.exists():
        return {}
    first = json.loads(record.read_bytes())
    return {each["gateway"]: each for each in [first, *first.get("beside", [])]}


def times_of_settings(files: dict[Path, File]) -> dict[str, int]:
    """Of the files that units read if they are there: when each was written, 0 if it is not there."""
    named = {path.decode() for content, _ in files.values() for path in SETTINGS.findall(content)}
    return {path: Path(path).stat().st_mtime_ns if Path(path).exists() else 0 for path in sorted(named)}


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


def remove(path: Path) -> None:
    """Remove the file, and what is empty then: its folder, and the one in /etc where a unit saw that."""
    path.unlink()
    folders = [folder for folder in path.parents if len(folder.parts) > 2]
    remove_empty(folders)
    if path.is_relative_to("/srv/gateways"):
        remove_empty(Path("/", *folder.parts[4:]) for folder in folders if len(folder.parts) > 5)


def remove_empty(folders: Iterable[Path]) -> None:
    """Remove those of the folders in which no file is left, nor a socket of systemd's."""
    for folder in folders:
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


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
