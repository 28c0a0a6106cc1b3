"""What controllers share: the database, the user, the page around the content."""

from __future__ import annotations

from typing import Any, cast

from flask import abort, current_app, g, render_template, request, session
from sqlalchemy.orm import Session

from board.database import Database
from board.models import accounts
from board.models.tables import User

SESSION_USER = "user"


def database() -> Database:
    return cast(Database, current_app.extensions["board_database"])


def remember_user(user: User) -> None:
    # Emptied first: a CSRF token somebody planted before the login must not outlive it.
    session.clear()
    session[SESSION_USER] = user.session_token


def forget_user() -> None:
    session.clear()


def current_user(db: Session) -> User | None:
    """The user of this request, looked up once."""
    if "user" not in g:
        token = session.get(SESSION_USER)
        g.user = accounts.find_by_token(db, token) if token else None
    return cast("User | None", g.user)


def require_user(db: Session) -> User:
    user = current_user(db)
    if user is None:
        abort(
            403,
            "You are not logged in any more. Log in in another tab, then go back and send again.",
        )
    return user


def page_number() -> int:
    return request.args.get("page", 1, type=int)


def render(db: Session, template: str, **values: Any) -> str:
    return render_template(template, user=current_user(db), **values)
