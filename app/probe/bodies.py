"""Routes that read the request body, within the limits of PEP 3333 and in blocks of 64 KiB."""

from probe.base import BLOCK, FileBlocks, RequestError, answer_json, start

TYPE_CHECKING = False  # see probe/__init__.py
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from tempfile import SpooledTemporaryFile
    from wsgiref.types import StartResponse, WSGIEnvironment

ECHO_LIMIT = 16 * 1024**2  # bytes
ECHO_MEMORY = 1024**2  # bytes of it kept in memory; beyond, all of it is in a temporary file


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """the request body back with its Content-Type, up to 16 MiB

    All of it is read before any of it is sent: a gateway and a client that both write while neither
    reads block each other.
    """
    body = _spool(environ)
    content_type = environ.get("CONTENT_TYPE") or ""
    if not (content_type and content_type.isascii() and content_type.isprintable()):
        content_type = "application/octet-stream"
    length = body.seek(0, 2)
    body.seek(0)
    start(start_response, content_type, length, extra=[("X-Content-Type-Options", "nosniff")])
    return FileBlocks(body)


def sha256(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """SHA-256 and length of the request body as JSON"""
    import hashlib

    digest = hashlib.sha256()
    length = 0
    for block in _blocks(environ):
        digest.update(block)
        length += len(block)
    return answer_json(start_response, {"sha256": digest.hexdigest(), "bytes": length})


def _spool(environ: "WSGIEnvironment") -> "SpooledTemporaryFile[bytes]":
    """Return the whole body; beyond the limit, 413.

    What is beyond the limit is read and dropped, so that the 413 gets through gateways that fail
    when the application leaves a body unread.
    """
    from tempfile import SpooledTemporaryFile

    file = SpooledTemporaryFile(max_size=ECHO_MEMORY)  # noqa: SIM115 (closed by FileBlocks)
    length = 0
    try:
        for block in _blocks(environ):
            length += len(block)
            if length <= ECHO_LIMIT:
                file.write(block)
        if length > ECHO_LIMIT:
            raise RequestError(
                f"Send at most {ECHO_LIMIT} bytes; /probe/sha256 takes more.",
                "413 Content Too Large",
            )
    except OSError as error:
        file.close()
        raise RequestError(
            "The server's temporary directory is full; send a shorter body.",
            "507 Insufficient Storage",
        ) from error
    except BaseException:
        file.close()
        raise
    return file


def _blocks(environ: "WSGIEnvironment") -> "Iterator[bytes]":
    """Yield the body in blocks of at most 64 KiB; 400 where the client broke off."""
    remaining = _length(environ)
    while remaining is None or remaining > 0:
        try:
            block = environ["wsgi.input"].read(BLOCK if remaining is None else min(BLOCK, remaining))
        except OSError as error:  # what gateways raise when the connection is gone
            raise RequestError("The request body broke off; send all of it.") from error
        if not block:
            if remaining:
                raise RequestError(
                    f"The request body ended {remaining} bytes short of its Content-Length; send all of it."
                )
            return
        yield block
        if remaining is not None:
            remaining -= len(block)


def _length(environ: "WSGIEnvironment") -> int | None:
    """Return the body's length in bytes, or None where wsgi.input ends by itself.

    PEP 3333 lets an application read no more than CONTENT_LENGTH; without one there is no body,
    unless the gateway sets wsgi.input_terminated. A chunked body behind a gateway that gives
    neither gets 411: taking it for an empty body would lose data silently.
    """
    text = environ.get("CONTENT_LENGTH") or ""
    if text.isascii() and text.isdigit() and len(text) <= 18:
        return int(text)
    if text:
        raise RequestError("Content-Length must be at most 18 decimal digits.")
    if environ.get("wsgi.input_terminated"):
        return None
    if environ.get("HTTP_TRANSFER_ENCODING"):
        raise RequestError(
            "Send a Content-Length; this gateway does not mark the end of a chunked body.",
            "411 Length Required",
        )
    return 0
