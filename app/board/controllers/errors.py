"""Error pages: a sentence for the user, the cause for the log only."""

from __future__ import annotations

from contextlib import suppress

from flask import Flask, current_app, render_template, request
from flask_wtf.csrf import CSRFError  # type: ignore[import-untyped]
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import (
    BadRequest,
    HTTPException,
    InternalServerError,
    NotFound,
    RequestEntityTooLarge,
    ServiceUnavailable,
)
from werkzeug.wrappers import Response

from board.models.paging import NoSuchPage
from board.storage import StorageError

RETRY_AFTER = 10  # seconds
DRAINED = 8 * 1024 * 1024  # bytes of an oversized body that are read and thrown away

SENTENCES = {
    400: "The board could not make sense of this request.",
    403: "This is not open to you.",
    404: "There is no such page. It may have been mistyped, or never existed.",
    405: "This address does not take that kind of request.",
    413: "That is more than the board takes at once, so nothing was saved. "
    "Go back: a message may have up to 20,000 characters.",
    500: "Something went wrong on our side, and it has been noted.",
    503: "The board's storage cannot be used right now. Nothing was saved; what was accepted "
    "before is safe. Please try again in a moment.",
}


def install(app: Flask) -> None:
    app.register_error_handler(HTTPException, show)
    app.register_error_handler(RequestEntityTooLarge, show_too_large)
    app.register_error_handler(CSRFError, show_csrf)
    app.register_error_handler(NoSuchPage, show_no_such_page)
    for unavailable in (DBAPIError, PoolTimeout, StorageError):
        app.register_error_handler(unavailable, show_unavailable)
    # A full disk or a lock passes; a statement the database does not take is a mistake of ours.
    for mistake in (DataError, IntegrityError, ProgrammingError):
        app.register_error_handler(mistake, show_mistake)


def show(error: HTTPException) -> Response:
    response = error.get_response()  # with the headers that belong to it, such as Allow
    status = response.status_code
    if status < 400:
        return response  # a redirect is raised like an error
    own_sentence = error.description if error.description != type(error).description else None
    response.set_data(
        render_template(
            "error.html",
            title=error.name,
            sentence=own_sentence or SENTENCES.get(status) or f"{error.description}",
        )
    )
    response.content_type = "text/html; charset=utf-8"
    return response


def show_too_large(error: RequestEntityTooLarge) -> Response:
    """Reads the body after all: a server that closes the connection on unread data resets it, and
    the browser shows that instead of this page (RFC 9112, section 9.6)."""
    request.max_content_length = DRAINED
    with suppress(RequestEntityTooLarge, BadRequest):
        while request.stream.read(64 * 1024):
            pass
    return show(error)


def show_csrf(error: CSRFError) -> Response:
    current_app.logger.info("CSRF: %s", error.description)
    return show(
        BadRequest(
            "The form does not belong to your session: you may have logged in or out meanwhile, "
            "or your browser keeps no cookies. Go back, copy your text, reload and send it again."
        )
    )


def show_no_such_page(_error: NoSuchPage) -> Response:
    return show(NotFound())


def show_unavailable(error: Exception) -> Response:
    current_app.logger.error("storage unavailable: %s", error, exc_info=error)
    return show(ServiceUnavailable(retry_after=RETRY_AFTER))


def show_mistake(error: Exception) -> Response:
    current_app.logger.error("unexpected database error", exc_info=error)
    return show(InternalServerError())
