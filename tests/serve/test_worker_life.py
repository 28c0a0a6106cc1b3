"""How the workers start, reload, recycle and stop, and gunicorn's settings that they keep to."""

import re
import signal
import socket
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.ports import free_port
from tests.serve.clients.client import Client
from tests.serve.server import CLIENTS, Server, serving
from tests.waiting import wait_until

WORKERS = list(CLIENTS)
each_worker = pytest.mark.parametrize("worker", WORKERS)
with_and_without_threads = pytest.mark.parametrize("threads", [1, 4])


class Load(Thread):
    """A client that asks until it is told to stop, and repeats nothing."""

    def __init__(self, server: Server, stop: Event) -> None:
        super().__init__()
        self.server = server
        self.stop = stop
        self.answered = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with self.server.client() as client:
                while not self.stop.is_set():
                    assert client.request("/hello").body == b"hello\n"
                    self.answered += 1
        except BaseException as error:
            self.error = error


def begin_request(client: Client, target: str, wanted: Path) -> None:
    """Send a request and wait until the application has it."""
    client.prepare()
    client.send_request("GET", target, {}, [], 0)
    wait_until(wanted.exists, "running request")


@each_worker
@with_and_without_threads
def test_five_reloads_under_load_lose_no_request(worker: str, threads: int, tmp_path: Path) -> None:
    with serving(worker, tmp_path, f"--threads={threads}", "--workers=2") as server:
        before = server.get("/process")
        stop = Event()
        load = [Load(server, stop) for _ in range(8)]
        for client in load:
            client.start()
        try:
            for count in range(1, 6):
                booted = server.log.count("Booting worker")
                server.signal(signal.SIGHUP)
                wait_until(lambda n=booted: server.log.count("Booting worker") >= n + 2, f"reload {count}")  # type: ignore[misc]
                answered = sum(client.answered for client in load)
                wait_until(lambda n=answered: sum(client.answered for client in load) > n + 100, "answers")  # type: ignore[misc]
        finally:
            stop.set()
            for client in load:
                client.join(30)
        assert [client.error for client in load] == [None] * 8
        assert server.get("/process") != before


@each_worker
@with_and_without_threads
def test_workers_are_replaced_after_max_requests_without_losing_one(
    worker: str, threads: int, tmp_path: Path
) -> None:
    with serving(worker, tmp_path, f"--threads={threads}", "--max-requests=20") as server:
        with server.client() as client:
            processes = [client.request("/process").body for _ in range(70)]
        assert len(set(processes)) >= 3


@each_worker
@with_and_without_threads
def test_a_stop_answers_what_runs(worker: str, threads: int, tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    with serving(worker, tmp_path, f"--threads={threads}") as server, server.client() as client:
        begin_request(client, f"/wait?{go_on}", go_on.with_suffix(".runs"))
        server.signal(signal.SIGTERM)
        server.wait_for_log("Handling signal: term")
        go_on.touch()
        assert client.receive_reply("GET").body == b"hello\n"
        assert server.process.wait(20) == 0


@each_worker
@with_and_without_threads
def test_a_worker_is_killed_once_all_its_threads_are_stuck(worker: str, threads: int, tmp_path: Path) -> None:
    with serving(worker, tmp_path, f"--threads={threads}", "--timeout=2") as server:
        before = server.get("/process")
        stuck = [server.client() for _ in range(threads)]
        for client in stuck:
            client.prepare()
            client.send_request("GET", "/sleep?60", {}, [], 0)
        server.wait_for_log("WORKER TIMEOUT")
        assert server.get("/process") != before
        for client in stuck:
            client.close()


@each_worker
@with_and_without_threads
def test_a_listening_socket_may_be_descriptor_0(worker: str, threads: int, tmp_path: Path) -> None:
    path = str(tmp_path / "own.sock")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        with serving(worker, tmp_path, f"--threads={threads}", address=path, listener=listener) as server:
            assert server.get("/hello") == b"hello\n"


@each_worker
def test_only_the_web_servers_that_are_named_may_connect(worker: str, tmp_path: Path) -> None:
    for allowed, is_served in (("127.0.0.1", True), ("10.0.0.1", False)):
        address = ("127.0.0.1", free_port())
        arguments = [f"--forwarded-allow-ips={allowed}"]
        with serving(worker, tmp_path / allowed, *arguments, address=address) as server:
            if is_served:
                assert server.get("/hello") == b"hello\n"
            else:
                with pytest.raises(ConnectionError):
                    server.get("/hello")
                assert "not in --forwarded-allow-ips" in server.log


@each_worker
@with_and_without_threads
def test_the_limits_of_gunicorn_hold_and_the_log_has_a_line(
    worker: str, threads: int, tmp_path: Path
) -> None:
    limits = ["--limit-request-line=100", "--limit-request-fields=5", "--limit-request-field_size=50"]
    access = ["--access-logfile=-", "--access-logformat=<%(r)s|%(s)s|%(B)s|%(h)s|%({x-own}i)s>"]
    with (
        serving(worker, tmp_path, *limits, *access, f"--threads={threads}") as server,
        server.client() as client,
    ):
        assert client.request("/hello?" + "a" * 100).status == 414
        assert client.request("/hello", headers={"X-Own": "a" * 60}).status == 431
        assert client.request("/hello", headers={f"X-{n}": "a" for n in range(6)}).status == 431
        assert client.request("/hello?b", headers={"X-Own": "own"}).status == 200
        server.wait_for_log("<GET /hello?b HTTP/1.1|200|6|192.0.2.7|own>")


@each_worker
@with_and_without_threads
def test_hooks_see_each_request(worker: str, threads: int, tmp_path: Path) -> None:
    config = tmp_path / "gunicorn.conf.py"
    config.write_text(
        "def pre_request(worker, request):\n"
        "    worker.log.info('before %s %s', request.method, request.uri)\n"
        "def post_request(worker, request, environ, response):\n"
        "    worker.log.info('after %s %s', request.path, response.status)\n"
    )
    with serving(worker, tmp_path, f"--threads={threads}", f"--config={config}") as server:
        server.get("/hello?a")
        server.wait_for_log("after /hello 200 OK")
        assert server.log.count("before GET /hello?a") == 1


@each_worker
@with_and_without_threads
@pytest.mark.parametrize("preload", [True, False])
def test_a_preloaded_application_is_loaded_once(
    worker: str, threads: int, preload: bool, tmp_path: Path
) -> None:
    arguments = [f"--threads={threads}", *(["--preload"] if preload else [])]
    with serving(worker, tmp_path, *arguments) as server:
        loaded, answered = int(server.get("/loaded")), server.process.pid
        assert (loaded == answered) == preload
        assert int(server.get("/process")) != answered


@each_worker
@with_and_without_threads
def test_statsd_counts_requests(worker: str, threads: int, tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as statsd:
        statsd.bind(("127.0.0.1", 0))
        statsd.settimeout(10)
        port = statsd.getsockname()[1]
        with serving(worker, tmp_path, f"--threads={threads}", f"--statsd-host=127.0.0.1:{port}") as server:
            server.get("/hello")
            seen = ""
            while not re.search(r"gunicorn\.requests:1.*gunicorn\.request\.status\.200:1", seen, re.DOTALL):
                seen += statsd.recv(65536).decode() + "\n"


@with_and_without_threads
def test_the_sign_of_a_cut_does_not_come_with_what_there_is_of_the_response(
    threads: int, tmp_path: Path
) -> None:
    with serving("FastCGIWorker", tmp_path, f"--threads={threads}") as server, server.client() as client:
        client.prepare()
        client.send_request("GET", "/fail-late", {}, [], 0)
        server.wait_for_log("Error handling request")
        assert client.receive().endswith(b"the beginning")
        assert client.receive() == bytes(8)


# With SCGI, what follows belongs to the request.
@pytest.mark.parametrize("worker", ["FastCGIWorker", "AJPWorker"])
@with_and_without_threads
@pytest.mark.parametrize("together", [True, False])
def test_a_request_is_answered_whatever_bytes_follow_it(
    worker: str, threads: int, together: bool, tmp_path: Path
) -> None:
    with serving(worker, tmp_path, f"--threads={threads}") as server, server.client() as client:
        client.connect()
        sent: list[bytes] = []
        client.send, send = sent.append, client.send  # type: ignore[method-assign, assignment]
        client.send_request("GET", "/hello", {}, [], 0)
        sent.append(b"not a request")
        for data in [b"".join(sent)] if together else sent:
            send(data)
        assert client.receive_reply("GET").body == b"hello\n"
        server.wait_for_log("Closing a connection: not ")
