"""A bulletin board: models, views (templates) and controllers around one SQLite file."""

from __future__ import annotations

from wsgiref.types import WSGIApplication

from flask import Flask

from board import controllers, sessions
from board.compression import GzipMiddleware
from board.database import Database
from board.presentation import install as install_presentation
from board.settings import Settings

__all__ = ["Settings", "create_application"]

MAX_BODY = 256 * 1024  # the longest post, percent-encoded in its longest way, fits
STATIC_MAX_AGE = 24 * 60 * 60


def create_application(settings: Settings | None = None) -> WSGIApplication:
    """The board as one WSGI callable. Touches no file: what is broken now may be repaired later."""
    settings = settings or Settings.from_environ()
    # Where every web server looks for them.
    app = Flask("board", template_folder="views", static_folder="../static")
    app.config.update(
        MAX_CONTENT_LENGTH=MAX_BODY,
        SEND_FILE_MAX_AGE_DEFAULT=STATIC_MAX_AGE,
        # As long as the session itself: whoever writes for two hours must not lose the text.
        WTF_CSRF_TIME_LIMIT=None,
    )
    # "//" would be answered with a redirect to an absolute address made from the Host header.
    app.url_map.merge_slashes = False
    sessions.install(app, settings)
    install_presentation(app)
    controllers.install(app, Database(settings.database_url))
    return GzipMiddleware(app.wsgi_app)
