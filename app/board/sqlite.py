"""How SQLite is used, so that many processes and threads can share one file."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, PoolProxiedConnection

from board.storage import StorageError, create_once

BUSY_TIMEOUT = 10  # seconds a writer waits for the one before it
WRITES = "board_writes"  # execution option of a transaction that is going to write


def sqlite_engine(path: Path) -> Engine:
    # Pooled: opening the file for every request takes four times as long, and closing it as the
    # last one checkpoints the log each time (0.8 and 3.7 ms a request against 0.2 and 0.6 ms).
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        creator=lambda: _connect(path),
        pool_timeout=BUSY_TIMEOUT,
        hide_parameters=True,  # errors go to the log; messages and password hashes do not
    )
    event.listen(engine, "begin", _begin)
    _keep_only_own_connections(engine, path)
    return engine


def create_database(path: Path, tables: MetaData) -> None:
    """Make the file with all its tables, or none: processes that start together share the first."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and not path.exists():
        # SQLite would replay the orphaned log into the new file. It may hold accepted messages.
        raise StorageError(f"{path} is gone and {log.name} is still there: restore or remove both")
    with create_once(path) as new:
        engine = create_engine("sqlite://", creator=lambda: _connect(new, "rwc"), poolclass=NullPool)
        with engine.connect() as connection:
            # Readers and a writer do not wait for each other. Stays with the file, so it is set
            # here and not per connection: switching needs the file to oneself.
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            tables.create_all(connection)
            connection.commit()


def _connect(path: Path, mode: str = "rw") -> sqlite3.Connection:
    """mode=rw, so that opening a file that is gone fails instead of making an empty one."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        timeout=BUSY_TIMEOUT,
        # The driver begins transactions by itself, but too late for a consistent read. Python
        # 3.11 has no autocommit attribute, so _begin() takes over, as documented:
        # https://docs.sqlalchemy.org/en/21/dialects/sqlite.html#sqlite-transactions
        isolation_level=None,
        check_same_thread=False,  # the pool lends a connection to one thread at a time
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # FULL: with NORMAL a power cut may undo the last commits, and what the board accepted
        # must stay (https://www.sqlite.org/pragma.html#pragma_synchronous).
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _begin(connection: Connection) -> None:
    """A writer takes the write lock at once: two readers that want to become writers deadlock,
    and SQLite then fails one immediately, whatever the timeout
    (https://www.sqlite.org/lang_transaction.html)."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _keep_only_own_connections(engine: Engine, path: Path) -> None:
    """Drop a pooled connection that belongs to the parent process or to a replaced file.

    A server may fork after the first request, and SQLite connections must not cross a fork
    (https://www.sqlite.org/howtocorrupt.html#_carrying_an_open_database_file_across_a_fork_).
    A backup may be restored while the server runs: the old connection would go on writing into
    the removed file.
    """

    def remember(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        entry.info["process"], entry.info["file"] = os.getpid(), _identity(path)

    def check(
        connection: sqlite3.Connection, entry: ConnectionPoolEntry, proxy: PoolProxiedConnection
    ) -> None:
        if entry.info["process"] != os.getpid():
            _inherited.append(connection)
            entry.dbapi_connection = proxy.dbapi_connection = None  # type: ignore[misc]
            raise DisconnectionError("this connection belongs to the parent process")
        if entry.info["file"] != _identity(path):
            raise DisconnectionError("the database file was replaced")

    event.listen(engine, "connect", remember)
    event.listen(engine, "checkout", check)


# Kept for good: closing what was inherited is one more thing a child must not do.
_inherited: list[sqlite3.Connection] = []


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
