"""What a CGI script does when its application fails, and when the client is gone (PEP 3333)."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

import pytest

from tests.serve.cgi_script import Answer, ask, command, variables

CLOSING = """
import sys

class Body:
    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        return iter(self.blocks)

    def close(self):
        print("closed", file=sys.stderr, flush=True)

def slow():
    import time
    yield b"first"
    time.sleep(20)

def endless():
    while True:
        yield bytes(65536)

def failing(block=None):
    if block:
        yield block
    raise RuntimeError("secret")
"""


@dataclass(frozen=True)
class Script:
    """A CGI script while it runs, and the pipes to it."""

    process: subprocess.Popen[bytes]
    input: IO[bytes]
    output: IO[bytes]
    log: IO[bytes]


@contextmanager
def running(application: str, *prelude: str) -> Iterator[Script]:
    """Start a script; it must end by itself, with status 0."""
    with subprocess.Popen(
        command(application, *prelude),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=variables({}),
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        yield Script(process, process.stdin, process.stdout, process.stderr)
        assert process.wait(10) == 0


def ask_closing(body: str, headers: list[tuple[str, str]] | None = None, **extra: str) -> Answer:
    """Answer with what the expression `body` makes of the names above."""
    return ask(closing(body, headers or []), **extra)


def closing(body: str, headers: list[tuple[str, str]] | None = None) -> str:
    return f"""{CLOSING}
def application(environ, start_response):
    send = start_response("200 OK", {headers or []!r})
    return {body}
"""


@pytest.mark.parametrize(
    "statements",
    [
        "raise RuntimeError('secret')",
        "sys.exit('secret')",
        "start_response('200 OK', []); raise RuntimeError('secret')",
        "return [b'secret']",  # without start_response
        "start_response('200 OK', []); return ['secret']",
        "start_response('200 OK', []); return [bytearray(b'secret')]",
        "start_response('200 OK', []); return None",
        "start_response('200 OK', [])('secret')",
        "start_response('200 OK', []); start_response('200 OK', [('X', 'secret')]); return []",
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_an_error_before_the_headers_is_a_500_that_tells_nothing(statements: str, method: str) -> None:
    answer = ask(f"def application(environ, start_response):\n    {statements}", REQUEST_METHOD=method)
    assert answer.status == "500 Internal Server Error"
    assert answer.header("content-type") == "text/plain; charset=utf-8"
    assert b"secret" not in answer.output
    assert b"Error" not in answer.body
    if method == "HEAD":
        assert answer.body == b""
    else:
        assert answer.header("content-length") == str(len(answer.body)) != "0"
    assert "Traceback" in answer.log
    assert answer.exit_status == 0


def test_an_error_before_the_first_block_is_a_500() -> None:
    answer = ask_closing("Body(failing())")
    assert answer.status == "500 Internal Server Error"
    assert "RuntimeError: secret" in answer.log
    assert answer.log.count("closed") == 1


def test_an_error_after_the_headers_ends_the_response_there() -> None:
    answer = ask_closing("Body(failing(b'first'))")
    assert answer.output == b"Status: 200 OK\r\n\r\nfirst"
    assert "RuntimeError: secret" in answer.log
    assert answer.log.count("closed") == 1
    assert answer.exit_status == 1


def test_close_is_called_once_after_the_last_block() -> None:
    answer = ask_closing("Body([b'one', b'two'])")
    assert answer.body == b"onetwo"
    assert (answer.log, answer.exit_status) == ("closed\n", 0)


@pytest.mark.parametrize("body", ["Body([b'one'])", "Body(endless())", "Body([])"])
def test_close_is_called_once_after_head(body: str) -> None:
    answer = ask_closing(body, REQUEST_METHOD="HEAD")
    assert answer.output == b"Status: 200 OK\r\n\r\n"
    assert (answer.log, answer.exit_status) == ("closed\n", 0)


def test_an_error_in_close_is_logged() -> None:
    answer = ask("""
        class Body(list):
            def close(self):
                raise RuntimeError("secret")

        def application(environ, start_response):
            start_response("200 OK", [])
            return Body([b"body"])
        """)
    assert answer.body == b"body"
    assert answer.log.count("RuntimeError: secret") == 1
    assert answer.exit_status == 1


def test_a_body_longer_than_its_length_is_cut_and_logged() -> None:
    answer = ask_closing("Body([b'12', b'345', b'6'])", [("Content-Length", "4")])
    assert answer.body == b"1234"
    assert "longer than its Content-Length" in answer.log
    assert answer.log.count("closed") == 1
    assert answer.exit_status == 1


def test_a_body_shorter_than_its_length_is_logged() -> None:
    answer = ask_closing("Body([b'12'])", [("Content-Length", "4")])
    assert answer.body == b"12"
    assert "2 bytes shorter than its Content-Length" in answer.log
    assert answer.exit_status == 1


def test_a_length_without_any_body_is_a_500() -> None:
    assert ask_closing("Body([])", [("Content-Length", "4")]).status == "500 Internal Server Error"


def test_exc_info_replaces_headers_that_were_not_sent() -> None:
    answer = ask("""
        def application(environ, start_response):
            start_response("200 OK", [("X-First", "yes"), ("Content-Length", "99")])
            try:
                1 / 0
            except ZeroDivisionError:
                start_response("503 Service Unavailable", [("X-Second", "yes")], sys.exc_info())
            return [b"sorry"]
        """)
    assert answer.output == (
        b"Status: 503 Service Unavailable\r\nX-Second: yes\r\nContent-Length: 5\r\n\r\nsorry"
    )
    assert (answer.log, answer.exit_status) == ("", 0)


def test_exc_info_is_raised_when_the_headers_were_sent() -> None:
    answer = ask("""
        def application(environ, start_response):
            start_response("200 OK", [])(b"begun")
            try:
                1 / 0
            except ZeroDivisionError:
                start_response("503 Service Unavailable", [], sys.exc_info())
            return [b"never sent"]
        """)
    assert answer.output == b"Status: 200 OK\r\n\r\nbegun"
    assert "ZeroDivisionError" in answer.log
    assert answer.exit_status == 1


def test_an_applications_own_broken_pipe_is_an_error_like_any_other() -> None:
    answer = ask("def application(environ, start_response):\n raise BrokenPipeError('of a database')")
    assert answer.status == "500 Internal Server Error"
    assert "of a database" in answer.log


@pytest.mark.parametrize(
    "body", ["Body(endless())", "Body([bytes(10_000_000)])", "environ['wsgi.file_wrapper'](Big())"]
)
def test_a_client_that_is_gone_is_no_error(body: str) -> None:
    big = """
class Big:
    def __init__(self):
        self.blocks = endless()

    def read(self, size):
        return next(self.blocks)[:size]

    def close(self):
        print("closed", file=sys.stderr)
"""
    with running(closing(body), big, "import sys") as script:
        assert script.output.read(15) == b"Status: 200 OK\r"
        script.output.close()
        assert script.log.read() == b"closed\n"


def test_sigterm_lets_the_application_close_what_it_opened() -> None:
    with running(closing("Body(slow())")) as script:
        assert script.output.read(23) == b"Status: 200 OK\r\n\r\nfirst"
        script.process.terminate()
        assert script.log.read() == b"closed\n"


def test_a_second_sigterm_does_not_interrupt_close() -> None:
    application = """
import time
class Body:
    def __iter__(self):
        yield b"first"
        time.sleep(20)
    def close(self):
        print("closing", file=sys.stderr, flush=True)
        sys.stdin.readline()
        print("closed", file=sys.stderr)
def application(environ, start_response):
    start_response("200 OK", [])
    return Body()
"""
    with running(application) as script:
        assert script.output.read(23) == b"Status: 200 OK\r\n\r\nfirst"
        script.process.terminate()
        assert script.log.readline() == b"closing\n"
        script.process.terminate()
        script.input.close()
        assert script.log.read() == b"closed\n"


def test_sigterm_in_the_application_itself_is_an_oserror_there() -> None:
    application = """
import time
def application(environ, start_response):
    try:
        print("sleeping", file=sys.stderr, flush=True)
        time.sleep(20)
    except OSError:
        print("client gone", file=sys.stderr, flush=True)
        sys.stdin.readline()
        print("cleaned up", file=sys.stderr)
        raise
"""
    with running(application) as script:
        assert script.log.readline() == b"sleeping\n"
        script.process.terminate()
        assert script.log.readline() == b"client gone\n"
        script.process.terminate()  # a second one interrupts nothing
        script.input.close()
        assert script.log.read() == b"cleaned up\n"
        assert script.output.read() == b""


def test_sigterm_does_not_interrupt_close() -> None:
    application = """
import os, signal
class Body(list):
    def close(self):
        os.kill(os.getpid(), signal.SIGTERM)
        print("closed to the end", file=sys.stderr)
def application(environ, start_response):
    start_response("200 OK", [])
    return Body([b"body"])
"""
    answer = ask(application)
    assert (answer.body, answer.log, answer.exit_status) == (b"body", "closed to the end\n", 0)
