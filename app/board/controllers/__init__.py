"""What the board answers: one blueprint per topic, and the checks every request passes."""

from __future__ import annotations

from flask import Flask
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from board.controllers import accounts, encoding, errors, search, threads
from board.database import Database


def install(app: Flask, database: Database) -> None:
    app.extensions["board_database"] = database
    app.before_request(encoding.require_utf8)
    CSRFProtect(app)  # every POST, also of a form that is added later
    errors.install(app)
    for topic in (threads, search, accounts):
        app.register_blueprint(topic.blueprint)
