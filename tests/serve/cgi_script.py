"""Start an application as a web server starts a CGI script, and read its answer (RFC 3875, section 6)."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

SOURCE = Path(__file__).resolve().parents[2] / "src"
REQUEST = {
    "GATEWAY_INTERFACE": "CGI/1.1",
    "REQUEST_METHOD": "GET",
    "SCRIPT_NAME": "",
    "PATH_INFO": "/",
    "QUERY_STRING": "",
    "SERVER_NAME": "www.example.org",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SERVER_SOFTWARE": "Apache",
}
SCRIPT = """
import sys
sys.path.insert(0, {source!r})
{application}
from wsgi_gateways.serve.cgi import run
run(application)
"""


@dataclass(frozen=True)
class Answer:
    """What the script wrote and how it ended; `headers` are lines in their order, Status among them."""

    output: bytes
    log: str
    exit_status: int

    @property
    def headers(self) -> list[str]:
        head, end, _ = self.output.partition(b"\r\n\r\n")
        assert end, self.log
        return head.decode("latin-1").split("\r\n")

    @property
    def body(self) -> bytes:
        return self.output.partition(b"\r\n\r\n")[2]

    @property
    def status(self) -> str:
        first = self.headers[0]
        assert first.startswith("Status: ")
        return first.removeprefix("Status: ")

    def header(self, name: str) -> str | None:
        """The value of a header that is there once, or None."""
        values = [line.partition(": ")[2] for line in self.headers if line.lower().startswith(f"{name}: ")]
        assert len(values) < 2, values
        return values[0] if values else None


def command(application: str, *prelude: str) -> list[str]:
    """The command line of a script that runs `application`, a piece of Python that defines it."""
    program = SCRIPT.format(source=str(SOURCE), application="\n".join([*prelude, dedent(application)]))
    return [sys.executable, "-I", "-S", "-B", "-c", program]


def variables(extra: Mapping[str, str | bytes | None]) -> dict[bytes, bytes]:
    """REQUEST with other values; None leaves one out."""
    chosen = {**REQUEST, **extra}
    return {os.fsencode(name): os.fsencode(value) for name, value in chosen.items() if value is not None}


def ask(application: str, body: bytes = b"", /, **extra: str | bytes | None) -> Answer:
    """Answer one request; it has CONTENT_LENGTH if it has a body."""
    length = {"CONTENT_LENGTH": str(len(body))} if body else {}
    done = subprocess.run(
        command(application),
        input=body,
        env=variables({**length, **extra}),
        capture_output=True,
        timeout=30,
        check=False,
    )
    return Answer(done.stdout, done.stderr.decode(), done.returncode)
