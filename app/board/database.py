"""One database, two verbs: read and write, each a transaction of its own."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, make_url, select
from sqlalchemy.orm import Session

from board.models.tables import Table
from board.sqlite import WRITES, create_database, sqlite_engine

# Any number that nothing else in the database takes for a lock.
LOCK_OF_TABLES = 1145258561


class Database:
    """Opens nothing until it is asked, so a server may import the board first and fork later."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        self._file: Path | None = None
        self._tables_seen = False
        if parsed.get_backend_name() == "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError(f"DATABASE_URL must name a file that processes can share: {url}")
            self._file = Path(parsed.database)
            self._engine = sqlite_engine(self._file)
        else:
            self._engine = create_engine(parsed, pool_pre_ping=True, hide_parameters=True)
        # Not at exit: in a forked child the pool may still hold its parent's connections.
        weakref.finalize(self, self._engine.dispose).atexit = False

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Takes no write lock; what was loaded may be used after the transaction."""
        self._ensure_tables()
        with _session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Everything in the block is stored when it ends, or nothing."""
        self._ensure_tables()
        with _session(self._engine.execution_options(**{WRITES: True})) as session:
            yield session
            session.commit()

    def _ensure_tables(self) -> None:
        if self._file:
            # Asked of the file each time, one stat(): what repairs the volume needs no restart.
            if not self._file.exists():
                create_database(self._file, Table.metadata)
        elif not self._tables_seen:
            self._create_tables()
            self._tables_seen = True

    def _create_tables(self) -> None:
        """All tables or none. Servers that start together do it one after the other: PostgreSQL lets
        two look for a table at once, and then refuses the second one that makes it."""
        with self._engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(select(func.pg_advisory_xact_lock(LOCK_OF_TABLES)))
            Table.metadata.create_all(connection)


def _session(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False)
