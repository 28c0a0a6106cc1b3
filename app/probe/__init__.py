"""Plain WSGI routes that make a gateway's behaviour visible (PEP 3333, no dependency).

`/probe/` lists the routes. Parameters come from the query string as sent, without
percent-decoding: a valid value is made of letters, digits and hyphens, and any other gets 400 with
a sentence that names the fix. The method matters to HEAD alone: the headers of GET, no body.

CGI imports this package once per request, so a route's module is imported when the route is asked
for, and each module imports only what it needs.
"""

from probe.base import RequestError, answer_text, count_request, is_head

TYPE_CHECKING = False  # type checkers take it as true; importing typing costs milliseconds
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIEnvironment

    from probe.base import Handler

__all__ = ["ROUTES", "application", "count_request"]

ROUTES = {  # path: module.function
    "/healthz": "base.healthz",
    "/probe/hello": "base.hello",
    "/probe/environ": "gateway.show_environ",
    "/probe/process": "gateway.show_process",
    "/probe/echo": "bodies.echo",
    "/probe/sha256": "bodies.sha256",
    "/probe/status": "answers.status",
    "/probe/headers": "answers.headers",
    "/probe/bytes": "answers.send_bytes",
    "/probe/stream": "answers.stream",
    "/probe/write": "answers.write",
    "/probe/file": "answers.send_file",
    "/probe/errors": "events.write_errors",
    "/probe/raise": "events.raise_error",
    "/probe/close": "events.close",
    "/probe/closed": "events.closed",
    "/probe/sleep": "events.sleep",
}


def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """Answer `/healthz` and `/probe/…`; handlers raise RequestError before start_response only."""
    try:
        body = _find(environ.get("PATH_INFO", ""))(environ, start_response)
    except RequestError as error:
        body = answer_text(start_response, f"{error}\n", error.status)
    # Not every gateway strips the body of HEAD, and what is not made need not be stripped.
    return _NoBody(body) if is_head(environ) else body


def _find(path: str) -> "Handler":
    if path == "/probe/":
        return _index
    if path.startswith("/probe/environ/"):  # whatever follows shows how a gateway passes paths on
        path = "/probe/environ"
    if path not in ROUTES:
        raise RequestError("There is no such probe; /probe/ lists them.", "404 Not Found")
    return _load(ROUTES[path])


def _load(route: str) -> "Handler":
    module, _, function = route.partition(".")
    handler: Handler = getattr(__import__(f"probe.{module}", fromlist=[function]), function)
    return handler


def _index(environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
    """List the routes, a line each: path and the first line of the docstring."""
    lines = [f"{path:15} {_summary(_load(route))}\n" for path, route in ROUTES.items()]
    return answer_text(start_response, "".join(lines))


def _summary(handler: "Handler") -> str:
    return (handler.__doc__ or "").partition("\n")[0]


class _NoBody:
    """The answer to HEAD: nothing to send, and close() still reaches the iterable it stands for."""

    def __init__(self, body: "Iterable[bytes]") -> None:
        self._body = body

    def __iter__(self) -> "Iterator[bytes]":
        return iter(())

    def close(self) -> None:
        close_body = getattr(self._body, "close", None)
        if close_body is not None:
            close_body()
