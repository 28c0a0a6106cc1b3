"""What a CGI script answers: status, headers and body (RFC 3875, section 6; PEP 3333)."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.serve.cgi_script import Answer, ask, command, variables

APPLICATION = """
def application(environ, start_response):
    send = start_response({status!r}, {headers!r})
    {body}
"""


def answer_of(
    body: str, status: object = "200 OK", headers: object = (), **extra: str | bytes | None
) -> Answer:
    made = list(headers) if isinstance(headers, tuple) else headers
    return ask(APPLICATION.format(status=status, headers=made, body=body), **extra)


def test_status_headers_and_body_are_sent_as_given() -> None:
    answer = answer_of(
        "return iter([b'one', b'', b'two'])",
        "418 I'm a teapot",
        [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Byte", "\xe9\t")],
    )
    assert answer.output == (
        b"Status: 418 I'm a teapot\r\nContent-Type: text/plain\r\n"
        b"Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Byte: \xe9\t\r\n\r\nonetwo"
    )
    assert (answer.log, answer.exit_status) == ("", 0)


@pytest.mark.parametrize("environ", [{}, {"REQUEST_METHOD": "HEAD"}, {"SERVER_SOFTWARE": "lighttpd"}])
def test_a_validated_application_finds_nothing_to_complain_of(
    environ: dict[str, str],
) -> None:
    answer = ask(
        """
        from wsgiref.validate import validator
        import warnings
        warnings.simplefilter("error")

        @validator
        def application(environ, start_response):
            environ["wsgi.errors"].write("written\\n")
            environ["wsgi.errors"].writelines(["lines\\n"])
            environ["wsgi.errors"].flush()
            assert environ["wsgi.input"].read(2) == b"bo"
            assert environ["wsgi.input"].readline() == b"dy"
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"fine"]
        """,
        b"body",
        **environ,
    )
    assert answer.status == "200 OK"
    assert b"fine" in answer.body or environ.get("REQUEST_METHOD") == "HEAD"
    assert (answer.log, answer.exit_status) == ("written\nlines\n", 0)


@pytest.mark.parametrize(
    ("body", "length"),
    [
        ("return [b'12345']", "5"),
        ("return (b'12345',)", "5"),
        ("return []", "0"),
        ("return [b'']", "0"),
        ("return [b'', b'']", "0"),
        ("return iter([])", "0"),
        ("return [b'123', b'45']", None),
        ("return iter([b'12345'])", None),
        ("send(b'12'); return [b'345']", None),
    ],
)
def test_a_length_is_added_where_it_is_known(body: str, length: str | None) -> None:
    answer = answer_of(body)
    assert answer.header("content-length") == length
    assert answer.body == (b"" if length == "0" else b"12345")


def test_the_applications_own_length_stays() -> None:
    assert answer_of("return [b'12345']", headers=[("content-length", "5")]).header("content-length") == "5"


@pytest.mark.parametrize("body", ["return [b'12345']", "return []", "send(b'12'); return [b'345']"])
@pytest.mark.parametrize(
    ("status", "method"), [("200 OK", "HEAD"), ("204 No Content", "GET"), ("304 Not Modified", "GET")]
)
def test_where_there_is_no_body_none_is_sent_and_no_length_invented(
    status: str, method: str, body: str
) -> None:
    answer = answer_of(body, status, REQUEST_METHOD=method)
    assert answer.output == f"Status: {status}\r\n\r\n".encode()
    assert (answer.log, answer.exit_status) == ("", 0)


def test_head_and_304_have_the_length_that_get_has_and_204_has_none() -> None:
    length = [("Content-Length", "5")]
    assert answer_of("return []", headers=length, REQUEST_METHOD="HEAD").header("content-length") == "5"
    assert answer_of("return []", "304 Not Modified", length).header("content-length") == "5"
    assert answer_of("return []", "204 No Content", length).header("content-length") is None


def test_headers_of_the_connection_and_of_cgi_are_not_passed_on() -> None:
    names = ["Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailers"]
    names += ["transfer-encoding", "Upgrade", "Status"]
    headers = [*((name, "x") for name in names), ("X-Own", "kept")]
    answer = answer_of("return [b'']", headers=headers)
    assert answer.headers == ["Status: 200 OK", "X-Own: kept", "Content-Length: 0"]


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        ("200 OK\r\nX-Injected: yes", []),
        ("200 OK\n", []),
        ("200 \x00", []),
        ("OK", []),
        ("20 OK", []),
        ("2000 OK", []),
        ("2\xb20 OK", []),
        ("100 Continue", []),
        ("200 \u20ac", []),
        ("", []),
        (200, []),
        (b"200 OK", []),
        ("200 OK", {"X": "dict"}),
        ("200 OK", [("X-Split", "a\r\nX-Injected: yes")]),
        ("200 OK", [("X-Split", "a\nb")]),
        ("200 OK", [("X-Split", "a\r")]),
        ("200 OK", [("X-Nul", "a\x00")]),
        ("200 OK", [("X-Delete", "\x7f")]),
        ("200 OK", [("X-Euro", "\u20ac")]),
        ("200 OK", [("X-Surrogate", "\udce9")]),
        ("200 OK", [("X Space", "a")]),
        ("200 OK", [("X-Colon:", "a")]),
        ("200 OK", [("X-\xe9", "a")]),
        ("200 OK", [("", "a")]),
        ("200 OK", [("X-Bytes", b"a")]),
        ("200 OK", [(b"X-Bytes", "a")]),
        ("200 OK", [("X-Number", 1)]),
        ("200 OK", [("Content-Length", "-1")]),
        ("200 OK", [("Content-Length", "five")]),
        ("200 OK", [("Content-Length", "5"), ("Content-Length", "5")]),
    ],
)
def test_a_status_or_header_that_must_not_be_sent_is_an_error(status: object, headers: object) -> None:
    answer = answer_of("return [b'12345']", status, headers)
    assert answer.status == "500 Internal Server Error"
    assert b"Injected" not in answer.output
    assert "Traceback" in answer.log


@pytest.mark.parametrize("name", ["X", "x-1", "!#$%&'*+-.^_`|~", "-"])
def test_every_character_that_a_name_may_have_is_sent(name: str) -> None:
    assert f"{name}: v" in answer_of("return [b'']", headers=[(name, "v")]).headers


def test_each_block_is_sent_before_the_next_is_asked_for() -> None:
    application = APPLICATION.format(
        status="200 OK", headers=[], body="return (b'%d\\n' % len(sys.stdin.readline()) for _ in range(3))"
    )
    with subprocess.Popen(
        command(application), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=variables({}), bufsize=0
    ) as script:
        assert script.stdin
        assert script.stdout
        for line, block in [(b"\n", b"Status: 200 OK\r\n\r\n1\n"), (b"12\n", b"3\n"), (b"1\n", b"2\n")]:
            script.stdin.write(line)
            assert script.stdout.read(64) == block
        assert script.wait(30) == 0


def test_what_goes_through_write_comes_before_what_is_returned() -> None:
    assert answer_of("send(b'first '); send(b'then '); return [b'last']").body == b"first then last"


def test_headers_are_kept_until_there_is_something_to_send() -> None:
    answer = ask("""
        def application(environ, start_response):
            yield b""
            start_response("200 OK", [])
            yield b""
            start_response("404 Not Found", [("X-Late", "yes")], (ValueError, ValueError(), None))
            yield b"body"
        """)
    assert answer.output == b"Status: 404 Not Found\r\nX-Late: yes\r\n\r\nbody"


def test_a_large_block_arrives_whole() -> None:
    assert answer_of("return [bytes(range(256)) * 40_000]").body == bytes(range(256)) * 40_000


def test_a_block_whose_sending_signals_interrupt_arrives_whole() -> None:
    answer = ask("""
        import signal

        class Body(list):
            def close(self):
                signal.setitimer(signal.ITIMER_REAL, 0)

        def application(environ, start_response):
            signal.signal(signal.SIGALRM, lambda number, frame: None)
            signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
            start_response("200 OK", [])
            return Body([bytes(40_000_000)])
        """)
    assert len(answer.body) == 40_000_000
    assert (answer.log, answer.exit_status) == ("", 0)


def test_nothing_else_gets_into_the_response() -> None:
    answer = ask("""
        import os
        import subprocess

        def application(environ, start_response):
            print("printed")
            os.write(1, b"written\\n")
            subprocess.run(["/bin/echo", "echoed"], check=True)
            start_response("200 OK", [])
            return [b"body"]
        """)
    assert answer.output == b"Status: 200 OK\r\nContent-Length: 4\r\n\r\nbody"
    assert sorted(answer.log.split()) == ["echoed", "printed", "written"]


def test_a_child_that_goes_on_does_not_hold_the_response_open(tmp_path: Path) -> None:
    application = """
        import subprocess

        def application(environ, start_response):
            child = subprocess.Popen(["/bin/sleep", "20"], stdin=subprocess.DEVNULL, close_fds=False)
            start_response("200 OK", [])
            return [str(child.pid).encode()]
        """
    with (tmp_path / "log").open("wb") as log:
        done = subprocess.run(
            command(application),
            env=variables({}),
            stdout=subprocess.PIPE,
            stderr=log,
            timeout=10,
            check=True,
        )
    os.kill(int(done.stdout.rpartition(b"\n")[2]), signal.SIGTERM)


def test_a_script_without_standard_error_answers() -> None:
    application = APPLICATION.format(
        status="200 OK", headers=[], body="environ['wsgi.errors'].write('x'); return [b'body']"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" 2>&-', "sh", *command(application)],
        env=variables({}),
        stdout=subprocess.PIPE,
        timeout=30,
        check=False,
    )
    assert done.stdout.endswith(b"\r\n\r\nbody")


LIGHTTPD = {"SERVER_SOFTWARE": "lighttpd/1.4.79"}


def test_lighttpd_gets_chunks_because_it_decodes_them() -> None:
    answer = answer_of("return iter([b'one', b'', b'x' * 70_000])", **LIGHTTPD)
    assert answer.header("transfer-encoding") == "chunked"
    assert answer.body == b"3\r\none\r\n" + b"11170\r\n" + b"x" * 70_000 + b"\r\n0\r\n\r\n"


def test_a_response_cut_short_has_no_last_chunk() -> None:
    answer = answer_of("yield b'one'; 1 / 0", **LIGHTTPD)
    assert answer.body == b"3\r\none\r\n"
    assert answer.exit_status == 1


def test_lighttpd_gets_no_chunks_where_there_is_a_length_or_no_body() -> None:
    for extra, body in [
        ({}, "return [b'12345']"),
        ({}, "return []"),
        ({"REQUEST_METHOD": "HEAD"}, "return iter([b'one'])"),
    ]:
        assert answer_of(body, **LIGHTTPD, **extra).header("transfer-encoding") is None
    assert answer_of("return []", "304 Not Modified", **LIGHTTPD).header("transfer-encoding") is None
