"""What the environment decides: where the data is, and who signs the cookies."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from board.storage import read_or_create_key


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    database_url: str
    fixed_secret_key: str | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        data_dir = Path(environ.get("DATA_DIR") or "/var/lib/app")
        return cls(
            data_dir=data_dir,
            database_url=environ.get("DATABASE_URL") or f"sqlite:///{data_dir / 'board.sqlite3'}",
            fixed_secret_key=environ.get("SECRET_KEY") or None,
        )

    def secret_key(self) -> str:
        """The key every gateway signs with: a cookie set by one must be valid in all others."""
        return self.fixed_secret_key or read_or_create_key(self.data_dir / "secret_key")
