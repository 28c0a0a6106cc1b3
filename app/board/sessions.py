"""The session cookie, which all gateways share."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from board.settings import Settings
from board.storage import StorageError


def install(app: Flask, settings: Settings) -> None:
    app.config.update(
        SESSION_COOKIE_NAME="board_session",
        # Not the prefix (Flask's default): cookies know no ports, so with "/" the user who logged
        # in through one gateway is logged in through all, and under each prefix of the portal.
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    app.session_interface = SignedCookies(settings)

    @app.before_request
    def require_key() -> None:
        if not app.secret_key and request.endpoint != "static":
            raise StorageError("no key to sign sessions with")


class SignedCookies(SecureCookieSessionInterface):
    """Asks for the key when it first needs it, and again until it gets one: a data directory that
    becomes usable later must not need a restart."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        if not app.secret_key:
            try:
                app.secret_key = self._settings.secret_key()
            except StorageError as error:
                # Too early to answer with an error page. Flask goes on without a session as far
                # as require_key().
                app.logger.error("%s", error)
                return None
        return super().get_signing_serializer(app)
