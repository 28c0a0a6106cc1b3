"""The WSGI application that the workers are tested with: each path makes one behaviour visible."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Environ = dict[str, Any]
Start = Callable[..., Callable[[bytes], object]]
PLAIN = [("Content-Type", "text/plain")]
BLOCK = 65536
LOADED_BY = os.getpid()


def wait_for(path: Path, seconds: float = 30) -> None:
    """Wait until a test makes this file."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} does not come"
        time.sleep(0.01)


def hello(environ: Environ, start: Start) -> list[bytes]:
    start("200 OK", PLAIN)
    return [b"hello\n"]


def process(environ: Environ, start: Start) -> list[bytes]:
    start("200 OK", PLAIN)
    return [str(os.getpid()).encode()]


def loaded(environ: Environ, start: Start) -> list[bytes]:
    """The process that imported this module."""
    start("200 OK", PLAIN)
    return [str(LOADED_BY).encode()]


def variables(environ: Environ, start: Start) -> list[bytes]:
    start("200 OK", PLAIN)
    return [json.dumps({name: value for name, value in environ.items() if isinstance(value, str)}).encode()]


def echo(environ: Environ, start: Start) -> list[bytes]:
    body = environ["wsgi.input"].read()
    start("200 OK", PLAIN)
    return [body]


def digest(environ: Environ, start: Start) -> list[bytes]:
    """The digest of the body, read in blocks."""
    found = hashlib.sha256()
    while block := environ["wsgi.input"].read(BLOCK):
        found.update(block)
    start("200 OK", PLAIN)
    return [found.hexdigest().encode()]


def step(environ: Environ, start: Start) -> Iterator[bytes]:
    """A block, and another one once the test has made the file."""
    start("200 OK", PLAIN)
    yield b"first"
    wait_for(Path(environ["QUERY_STRING"]))
    yield b"second"


def flood(environ: Environ, start: Start) -> Iterator[bytes]:
    """64 MiB; the file has a byte for each block that was made."""
    start("200 OK", PLAIN)
    with Path(environ["QUERY_STRING"]).open("ab", buffering=0) as progress:
        for _ in range(1024):
            progress.write(b".")
            yield bytes(BLOCK)


def file(environ: Environ, start: Start) -> Any:
    source = Path(environ["QUERY_STRING"])
    headers = (
        PLAIN
        if environ["PATH_INFO"].endswith("unknown")
        else [("Content-Length", str(source.stat().st_size))]
    )
    start("200 OK", headers)
    return environ["wsgi.file_wrapper"](source.open("rb"))


def status(environ: Environ, start: Start) -> list[bytes]:
    start(environ["QUERY_STRING"] + " Such", PLAIN)
    return [b"a body"]


def fail(environ: Environ, start: Start) -> list[bytes]:
    raise RuntimeError("meant to fail")


def fail_late(environ: Environ, start: Start) -> Iterator[bytes]:
    start("200 OK", [*PLAIN, ("Content-Length", "1000")])
    yield b"the beginning"
    raise RuntimeError("meant to fail")


def wait(environ: Environ, start: Start) -> list[bytes]:
    """Say that it runs, and answer once the test has made the file."""
    path = Path(environ["QUERY_STRING"])
    path.with_suffix(".runs").touch()
    wait_for(path)
    return hello(environ, start)


def sleep(environ: Environ, start: Start) -> list[bytes]:
    time.sleep(float(environ["QUERY_STRING"]))
    return hello(environ, start)


class Closing:
    """A response without end, whose close() adds a line to the file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield bytes(BLOCK)

    def close(self) -> None:
        with self.path.open("a") as file:
            file.write("closed\n")


def endless(environ: Environ, start: Start) -> Closing:
    start("200 OK", PLAIN)
    return Closing(Path(environ["QUERY_STRING"]))


ROUTES: dict[str, Callable[[Environ, Start], Any]] = {
    "/hello": hello,
    "/process": process,
    "/loaded": loaded,
    "/variables": variables,
    "/echo": echo,
    "/digest": digest,
    "/step": step,
    "/flood": flood,
    "/file": file,
    "/file/unknown": file,
    "/status": status,
    "/fail": fail,
    "/fail-late": fail_late,
    "/wait": wait,
    "/sleep": sleep,
    "/endless": endless,
}


def application(environ: Environ, start: Start) -> Any:
    return ROUTES[environ["PATH_INFO"]](environ, start)
