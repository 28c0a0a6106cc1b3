"""gzip for any WSGI application, as middleware (PEP 3333, RFC 9110 section 8.4).

BREACH (https://breachattack.com) reads a secret out of the size of a compressed page that also
shows what the attacker put in. The board's pages have both: search shows its words beside the
form's CSRF token, and the token's first part stays the same for a session (Flask-WTF signs and
dates it but does not mask it). Pages are compressed all the same: that part alone is worth nothing,
because the signature beside it changes every second, and the attack needs thousands of requests
from another site with the user's cookie, which SameSite=Lax does not send.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any
from wsgiref.headers import Headers
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

MINIMUM = 500  # bytes; below that, the header and a packet's overhead eat the gain
LEVEL = 6
GZIP_FORMAT = 16 + zlib.MAX_WBITS
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "image/svg+xml",
)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType] | tuple[None, None, None]
Write = Callable[[bytes], object]


class GzipMiddleware:
    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        response = _Response(environ, start_response)
        chunks = self._application(environ, response.start)
        if response.started and not response.compressor:
            return chunks  # untouched: it may be the server's own file wrapper
        return _Body(response, chunks)


class _Response:
    """Decides when the application starts its response, which may be as late as its first chunk."""

    def __init__(self, environ: WSGIEnvironment, start_response: StartResponse) -> None:
        self._wanted = environ["REQUEST_METHOD"] != "HEAD" and _accepts_gzip(environ)
        self._start_response = start_response
        self.started = False
        self.compressor: Any = None  # zlib does not export the class

    def start(
        self,
        status: str,
        header_list: list[tuple[str, str]],
        exc_info: ExcInfo | None = None,
    ) -> Write:
        headers = Headers(list(header_list))
        compress = False
        if _may_be_compressed(status, headers):
            _add_vary(headers)
            compress = self._wanted
        if compress:
            _describe_as_gzip(headers)
        # Given exc_info after the headers are sent, the server raises here and nothing changes.
        if exc_info:
            write = self._start_response(status, headers.items(), exc_info)
        else:
            write = self._start_response(status, headers.items())
        self.started = True
        self.compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, GZIP_FORMAT) if compress else None
        return (lambda chunk: write(self.encode(chunk))) if compress else write

    def encode(self, chunk: bytes) -> bytes:
        """Flushed, because the application may make the next chunk much later."""
        if not self.compressor or not chunk:
            return chunk
        return bytes(self.compressor.compress(chunk) + self.compressor.flush(zlib.Z_SYNC_FLUSH))

    def finish(self) -> bytes:
        return bytes(self.compressor.flush()) if self.compressor else b""


class _Body:
    """One chunk out for each chunk in, then the trailer."""

    def __init__(self, response: _Response, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._iterator = self._encoded(response)

    def _encoded(self, response: _Response) -> Iterator[bytes]:
        for chunk in self._chunks:
            yield response.encode(chunk)
        if trailer := response.finish():
            yield trailer

    def __iter__(self) -> Iterator[bytes]:
        return self._iterator

    def close(self) -> None:
        if close := getattr(self._chunks, "close", None):
            close()


def _accepts_gzip(environ: WSGIEnvironment) -> bool:
    accepted = parse_accept_header(environ.get("HTTP_ACCEPT_ENCODING"), Accept)
    quality: float = accepted.quality("gzip")
    return quality > 0 and quality >= accepted.quality("identity")


def _may_be_compressed(status: str, headers: Headers) -> bool:
    has_body = not status.startswith(("1", "204", "206", "304"))
    untouched = "Content-Encoding" not in headers and "Content-Range" not in headers
    cache_control = (headers["Cache-Control"] or "").lower()
    content_type = (headers["Content-Type"] or "").lower()
    length = headers["Content-Length"]
    return (
        has_body
        and untouched
        and "no-transform" not in cache_control
        and content_type.startswith(COMPRESSIBLE)
        and (length is None or int(length) >= MINIMUM)
    )


def _describe_as_gzip(headers: Headers) -> None:
    headers["Content-Encoding"] = "gzip"
    del headers["Content-Length"]
    # Other bytes than those the application named: the same meaning, so the tag becomes weak
    # (RFC 9110, section 8.8.3.3).
    if (etag := headers["ETag"]) and not etag.startswith("W/"):
        headers["ETag"] = f"W/{etag}"
    # Ranges would count the compressed bytes, which may differ from run to run.
    del headers["Accept-Ranges"]


def _add_vary(headers: Headers) -> None:
    """Also where the body went out plain: a cache must not give that to those who take gzip."""
    vary = ", ".join(headers.get_all("Vary"))
    if vary != "*" and "accept-encoding" not in vary.lower():
        headers["Vary"] = f"{vary}, Accept-Encoding" if vary else "Accept-Encoding"
