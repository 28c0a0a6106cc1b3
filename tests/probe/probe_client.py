"""Call the application as a gateway would, held to PEP 3333 by wsgiref.validate."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from threading import Thread
from typing import Any, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import wsgi

APP = Path(wsgi.__file__).parent


@dataclass(frozen=True)
class Answer:
    status: str
    headers: list[tuple[str, str]]
    blocks: list[bytes]
    errors: str

    @property
    def code(self) -> int:
        return int(self.status[:3])

    @property
    def body(self) -> bytes:
        return b"".join(self.blocks)

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        values = self.all(name)
        assert len(values) <= 1, f"{name} came {len(values)} times"
        return values[0] if values else None


def make_environ(
    target: str, method: str = "GET", body: bytes = b"", extra: Mapping[str, object] | None = None
) -> WSGIEnvironment:
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": StringIO(),
    }
    if body:
        environ["CONTENT_LENGTH"] = str(len(body))
    setup_testing_defaults(environ)
    return environ | dict(extra or {})


def call(
    target: str,
    method: str = "GET",
    body: bytes = b"",
    extra: Mapping[str, object] | None = None,
    *,
    validated: bool = True,
) -> Answer:
    """Run one request to its end; `validated=False` is for environs that PEP 3333 forbids."""
    environ = make_environ(target, method, body, extra)
    errors: StringIO = environ["wsgi.errors"]  # the validator puts a wrapper in its place
    application = validator(wsgi.application) if validated else wsgi.application
    started: list[tuple[str, list[tuple[str, str]]]] = []
    blocks: list[bytes] = []

    def start_response(
        status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> Callable[[bytes], object]:
        started.append((status, headers))
        return blocks.append

    result = application(environ, cast(StartResponse, start_response))
    try:
        blocks.extend(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    assert len(started) == 1
    return Answer(*started[0], blocks, errors.getvalue())


class _Handler(WSGIRequestHandler):
    """Without the log on stderr."""

    def get_stderr(self) -> StringIO:
        return StringIO()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        pass


@contextmanager
def serve_once(application: WSGIApplication = wsgi.application) -> Iterator[tuple[str, int]]:
    """Serve one request on a free port; leaving waits until it was served to its end."""
    with WSGIServer(("127.0.0.1", 0), _Handler) as server:
        server.set_app(application)
        server.timeout = 10
        thread = Thread(target=server.handle_request)
        thread.start()
        try:
            yield "127.0.0.1", server.server_port
        finally:
            thread.join()
