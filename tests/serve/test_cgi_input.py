"""wsgi.input of a CGI script: the body, and not one byte more (RFC 3875, section 4.2)."""

import subprocess

import pytest

from tests.serve.cgi_script import ask, command, variables

READ = """
def application(environ, start_response):
    body = environ["wsgi.input"]
    start_response("200 OK", [])
    return [repr({expression}).encode()]
"""


def read(expression: str, body: bytes, **extra: str | None) -> object:
    answer = ask(READ.format(expression=expression), body, **extra)
    assert answer.log == ""
    return eval(answer.body)  # noqa: S307 (a repr of lists and bytes, made above)


def test_a_body_is_read_in_any_way_that_pep_3333_names() -> None:
    body = b"one\ntwo\nthree"
    assert read("body.read()", body) == body
    assert read("body.read(-1)", body) == body
    assert read("body.read(None)", body) == body
    assert read("[body.read(5), body.read(5), body.read(5), body.read(5)]", body) == [
        b"one\nt",
        b"wo\nth",
        b"ree",
        b"",
    ]
    assert read("[body.readline(), body.readline(2), body.readline()]", body) == [b"one\n", b"tw", b"o\n"]
    assert read("body.readlines()", body) == [b"one\n", b"two\n", b"three"]
    assert read("[body.readlines(4), body.readlines(1)]", body) == [[b"one\n"], [b"two\n"]]
    assert read("list(body)", body) == [b"one\n", b"two\n", b"three"]


@pytest.mark.parametrize("expression", ["body.read()", "body.read(99)", "b''.join(body)", "body.readline()"])
def test_what_follows_the_body_is_not_read(expression: str) -> None:
    assert read(expression, b"body and more", CONTENT_LENGTH="4") == b"body"


def test_reading_nothing_takes_nothing() -> None:
    assert read("[body.read(0), body.readline(0), body.read()]", b"all") == [b"", b"", b"all"]


@pytest.mark.parametrize("length", [None, ""])
def test_a_body_without_a_length_ends_where_the_input_ends(length: str | None) -> None:
    assert read("body.read()", b"all of it", CONTENT_LENGTH=length) == b"all of it"


@pytest.mark.parametrize("length", ["-1", "+4", "4.0", "four", "\u00b2", "9" * 5000])
def test_a_length_that_is_no_number_is_no_body(length: str) -> None:
    assert read("body.read()", b"body", CONTENT_LENGTH=length) == b""


def test_a_body_that_broke_off_ends_early() -> None:
    assert read("[body.read(3), body.read(), body.read()]", b"cut", CONTENT_LENGTH="10") == [b"cut", b"", b""]


def test_a_closed_input_is_an_empty_body() -> None:
    script = command(READ.format(expression="body.read()"))
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", *script],
        env=variables({}),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.endswith(b"\r\n\r\nb''"), done.stderr


@pytest.mark.parametrize("extra", [{}, {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"}])
def test_a_body_that_the_application_leaves_unread_is_read_to_its_end(extra: dict[str, str | None]) -> None:
    length = 1_000_000  # more than a pipe holds
    body = bytes(length)
    with subprocess.Popen(
        command(
            "def application(environ, start_response):\n start_response('200 OK', [])\n return [b'hello']"
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=variables({"CONTENT_LENGTH": str(length), **extra}),
    ) as script:
        assert script.stdin
        assert script.stdout
        script.stdin.write(body)  # BrokenPipeError, if nobody read it
        script.stdin.close()
        assert script.stdout.read().endswith(b"hello")
        assert script.wait(30) == 0


def test_an_input_that_stays_open_holds_up_no_request_without_a_body() -> None:
    with subprocess.Popen(
        command(
            "def application(environ, start_response):\n start_response('200 OK', [])\n return [b'hello']"
        ),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=variables({}),
    ) as script:
        assert script.stdout
        assert script.stdout.read().endswith(b"hello")
        assert script.wait(30) == 0
