"""Who may post: accounts and their passwords."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.security import check_password_hash, generate_password_hash

from board.models.tables import User
from board.models.text import fold

# Checked when the name is unknown, so that the answer takes as long as for a wrong password and
# does not tell which names exist. Written out: made at start, it would cost every CGI process the
# time twice and tell them apart again. A test holds its parameters against the library's.
NOBODY = (
    "scrypt:32768:8:1$6ZMvpOxjzBVfHZaQ$"
    "3e818668c87a0877e00549c6f50702ecea3165f95285d0b501602eab3d03ee4e"
    "65bf81ed1f3c79ac70bc2e13f873f7b235fed585f3778e2fdd57ffe15bb9541f"
)


def hash_password(password: str) -> str:
    return generate_password_hash(_as_typed_anywhere(password))


def new_user(name: str, password_hash: str) -> User:
    return User(
        name=name,
        folded_name=fold(name),
        password_hash=password_hash,
        session_token=secrets.token_urlsafe(24),
        created_at=datetime.now(UTC),
    )


def find_by_name(session: Session, name: str) -> User | None:
    return session.scalar(select(User).where(User.folded_name == fold(name)))


def find_by_token(session: Session, token: str) -> User | None:
    return session.scalar(select(User).where(User.session_token == token))


def password_matches(user: User | None, password: str) -> bool:
    """Asked outside of a transaction: it takes a tenth of a second on purpose."""
    expected = user.password_hash if user else NOBODY
    return check_password_hash(expected, _as_typed_anywhere(password)) and user is not None


def _as_typed_anywhere(password: str) -> str:
    # Keyboards differ in how they compose é (RFC 8265, section 4.2.2).
    return unicodedata.normalize("NFC", password)
