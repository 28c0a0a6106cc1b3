"""Files that many processes may want to create at the same moment, and only one does.

The content is written under a name nobody looks for and then linked to its real name. link(2) is
atomic and fails where the name exists: whoever comes second uses the first one's file, and nobody
ever sees half a file.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

KEY_BYTES = 32


class StorageError(Exception):
    """The data directory cannot be used now; a later request may find it repaired."""


@contextmanager
def create_once(path: Path) -> Iterator[Path]:
    """A place to write a new file, which gets the name `path` unless another one has it by then.

    The directory itself is never created: where a volume is not mounted yet, what is written below
    its mount point would vanish as soon as it is.
    """
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as workplace:
            new = Path(workplace, path.name)
            yield new
            with suppress(FileExistsError):
                os.link(new, path)
            _sync_directory(path.parent)
    except OSError as error:
        raise StorageError(f"cannot create {path}: {error}") from error


def read_or_create_key(path: Path) -> str:
    if not path.exists():
        with create_once(path) as new:
            _write_private(new, secrets.token_hex(KEY_BYTES))
    try:
        key = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"cannot read {path}: {error}") from error
    if len(key) < KEY_BYTES:
        raise StorageError(f"{path} holds no key of at least {KEY_BYTES} characters")
    return key


def _write_private(path: Path, text: str) -> None:
    # 0600 from the first moment: a chmod afterwards would come too late for a reader in between.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _sync_directory(path: Path) -> None:
    # Without it a power cut can leave the file and lose its name (fsync(2), NOTES).
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
