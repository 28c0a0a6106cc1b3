"""What templates can use, and the headers that every answer carries."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from flask import Flask, current_app, request, url_for
from werkzeug.wrappers import Response

HEADERS = {
    # No script at all, and nothing from elsewhere: what a user posts could not run or call home
    # even if the templates let it through.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # Other sites do not learn what was searched; the CSRF check over HTTPS needs the referrer.
    "Referrer-Policy": "same-origin",
}

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


def install(app: Flask) -> None:
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.add_template_filter(how_long_ago)
    app.add_template_filter(in_utc)
    app.add_template_global(static_url)
    app.add_template_global(gateway_name)
    app.after_request(add_headers)


def add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    if request.endpoint != "static" or response.status_code >= 400:
        # no-cache and not no-store: going back to a form must bring back what was typed. Kept
        # only to be asked about again, since the next page may be another user's.
        response.headers["Cache-Control"] = "private, no-cache"
        response.vary.add("Cookie")
    return response


def static_url(name: str) -> str:
    """With a hash of the content, so that a day in the cache never shows yesterday's file."""
    return url_for("static", filename=name, v=_content_hash(str(current_app.static_folder), name))


@lru_cache
def _content_hash(folder: str, name: str) -> str:
    return hashlib.sha256(Path(folder, name).read_bytes()).hexdigest()[:12]


def gateway_name() -> str | None:
    """Which gateway serves this page, where its server or its environment says so."""
    return request.environ.get("GATEWAY") or os.environ.get("GATEWAY")


def in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def how_long_ago(moment: datetime, now: datetime | None = None) -> str:
    """As one would say it; after a month, the date."""
    seconds = int(((now or datetime.now(UTC)) - moment).total_seconds())
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return _ago(seconds // MINUTE, "minute")
    if seconds < DAY:
        return _ago(seconds // HOUR, "hour")
    if seconds < 2 * DAY:
        return "yesterday"
    if seconds < 30 * DAY:
        return _ago(seconds // DAY, "day")
    return f"{moment.day} {moment:%b %Y}"


def _ago(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'} ago"
