"""FastCGIWorker and cgi-fcgi, which comes with FastCGI's development kit and is started as a CGI script."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.containers.container import Container
from tests.containers.other_web_servers.site import GUNICORN, MEGABYTE, PORT, SOCKET, own_processes, running
from tests.waiting import wait_until


@dataclass(frozen=True)
class Server:
    """gunicorn without a web server, where cgi-fcgi finds it."""

    container: Container
    log: Path

    def ask(
        self, target: str, body: bytes = b"", address: str = SOCKET, start: str = "-bind"
    ) -> "subprocess.CompletedProcess[bytes]":
        """Start cgi-fcgi as a web server starts a CGI script (RFC 3875, section 4)."""
        path, _, query = target.partition("?")
        variables = {"REQUEST_METHOD": "POST" if body else "GET", "SCRIPT_NAME": "", "PATH_INFO": path}
        variables |= {
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(body) or ""),
            "SERVER_NAME": "board.example",
        }
        variables |= {"SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "192.0.2.7"}
        options = [f"--env={name}={value}" for name, value in variables.items()]
        mode = ["-bind", "-connect", address] if start == "-bind" else ["-connect", address, start]
        run = ["docker", "exec", "--interactive", *options, self.container.name, "cgi-fcgi", *mode]
        return subprocess.run(run, input=body, capture_output=True, timeout=30, check=False)


@pytest.fixture
def server(other_web_servers: Container, tmp_path: Path) -> Iterator[Server]:
    log = tmp_path / "log"
    with running(other_web_servers, log, *GUNICORN):
        wait_until(lambda: "Booting worker" in log.read_text(), "gunicorn")
        yield Server(other_web_servers, log)
    sys.stderr.write(log.read_text())


@pytest.mark.parametrize("address", [SOCKET, f"127.0.0.1:{PORT}"])
def test_cgi_fcgi_prints_the_response(server: Server, address: str) -> None:
    done = server.ask("/probe/status?code=404", address=address)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    assert head.startswith(b"Status: 404 Not Found\r\n")
    assert (body, done.stderr, done.returncode) == (b"404 Not Found\n", b"", 0)


def test_cgi_fcgi_passes_a_body_on(server: Server) -> None:
    body = os.urandom(MEGABYTE)
    done = server.ask("/probe/echo", body)
    assert done.stdout.partition(b"\r\n\r\n")[2] == body
    assert (done.stderr, done.returncode) == (b"", 0)


def test_wsgi_errors_is_gunicorns_log_and_not_a_stream_of_the_protocol(server: Server) -> None:
    done = server.ask("/probe/errors?token=told")
    assert (done.stderr, done.returncode) == (b"", 0)
    wait_until(lambda: "\ntold\n" in server.log.read_text(), "the line in the log")


def test_cgi_fcgi_ends_with_an_error_where_the_response_breaks_off(server: Server) -> None:
    before = server.ask("/probe/raise?when=before")
    assert before.stdout.startswith(b"Status: 500 ")
    assert (before.stderr, before.returncode) == (b"", 0)
    after = server.ask("/probe/raise?when=iterating")
    assert after.stdout.endswith(b"\r\n\r\nfirst block\n")
    assert after.returncode not in (0, 1)  # 1: docker's own


def test_cgi_fcgi_starts_the_application_on_descriptor_0_and_looks_after_it(
    other_web_servers: Container, tmp_path: Path
) -> None:
    log, address = tmp_path / "log", "/tmp/supervised.sock"
    # -supervise: it stays, and what ends it ends the application. Without, libfcgi 2.4.5 ends its own process
    # group, which the application that it has just started is in.
    start = ["cgi-fcgi", "-start", "-supervise", "-connect", address, "/usr/local/bin/start-application"]
    with running(other_web_servers, log, *start):
        server = Server(other_web_servers, log)
        wait_until(lambda: server.ask("/healthz", address=address).returncode == 0, "an answer")
        assert server.ask("/healthz", address=address).stdout.endswith(b"\r\n\r\nok\n")
    wait_until(lambda: not own_processes(other_web_servers), "all processes ended", 10)
    assert "Traceback" not in other_web_servers.run("cat", "/tmp/started.log")


def test_cgi_fcgi_starts_the_application_with_the_first_request(
    other_web_servers: Container, tmp_path: Path
) -> None:
    server, address = Server(other_web_servers, tmp_path / "log"), "/tmp/on-demand.sock"
    try:
        processes = set()
        for _ in range(2):
            done = server.ask("/probe/process", address=address, start="/usr/local/bin/start-application")
            assert done.stdout.startswith(b"Status: 200 OK\r\n"), done.stderr
            processes.add(done.stdout[done.stdout.index(b'"pid"') :].split(b",")[0])
        assert len(processes) == 1
    finally:
        other_web_servers.kill(
            "TERM", [each for each in own_processes(other_web_servers) if each.name == "gunicorn"]
        )
    wait_until(lambda: not own_processes(other_web_servers), "all processes ended", 10)
