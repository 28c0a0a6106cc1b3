"""Text that is not UTF-8 is refused as a whole: stored half understood, it would stay garbled."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

from flask import abort, request


def require_utf8() -> None:
    if not (_is_utf8(request.query_string) and _is_utf8(_urlencoded_form())):
        abort(400, "The text arrived in an encoding other than UTF-8, so nothing was saved.")


def _urlencoded_form() -> bytes:
    if request.mimetype != "application/x-www-form-urlencoded":
        return b""
    return request.get_data(parse_form_data=False)  # cached; the form is read from it afterwards


def _is_utf8(encoded: bytes) -> bool:
    try:
        unquote_to_bytes(encoded).decode("utf-8")  # strict: lone surrogates are not UTF-8 either
    except UnicodeDecodeError:
        return False
    return True
