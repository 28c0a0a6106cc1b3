"""What the board stores: users, threads and the posts in them."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, ForeignKey, Index, String, Text, TypeDecorator
from sqlalchemy import UniqueConstraint as Unique
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Moment(TypeDecorator[datetime]):
    """A time in UTC that says so: SQLite stores the digits and forgets the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (value if value.tzinfo else value.replace(tzinfo=UTC))


class Table(DeclarativeBase):
    type_annotation_map = {datetime: Moment}  # noqa: RUF012 (the name is SQLAlchemy's)


class User(Table):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    # "Ann" and "ann" are one person: the folded name is what must be unique.
    folded_name: Mapped[str] = mapped_column(String(80), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    # What the session cookie names. A number would mean somebody else once the board starts
    # again with an empty database; a random token means nobody.
    session_token: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class Thread(Table):
    __tablename__ = "threads"
    __table_args__ = (Index("threads_by_activity", "active_at", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    # Counted when written, so that listing does not count: a list is read far more often.
    reply_count: Mapped[int] = mapped_column(default=0)

    author: Mapped[User] = relationship()


class Post(Table):
    __tablename__ = "posts"
    __table_args__ = (Unique("thread_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey(Thread.id))
    number: Mapped[int]  # 1 opens the thread
    author_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    body: Mapped[str] = mapped_column(Text)
    # What search looks at; the opening post brings the title. Folded here and not by lower() in
    # the database, because SQLite's knows ASCII only (https://www.sqlite.org/lang_corefunc.html).
    folded_text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]

    thread: Mapped[Thread] = relationship()
    author: Mapped[User] = relationship()
