"""Web servers that no gateway here has, and gunicorn for them, in one container."""

import os
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx

from tests.containers.container import Container, Process, docker, start
from tests.waiting import wait_until
from wsgi_gateways.compose import Stack

FOLDER = Path(__file__).parent
IMAGE, NAME = "wsgi-gateways/other-web-servers", "wsgi-gateways-other-web-servers"
SOCKET, PORT = "/tmp/application.sock", 9000
CONFIGURED = ["/srv/app/current/venv/bin/gunicorn", "--config", "/etc/other/gunicorn/application.py"]
GUNICORN = [*CONFIGURED, f"--bind=unix:{SOCKET}", f"--bind=127.0.0.1:{PORT}", "--threads=4"]
APACHE = ["apache2", "-D", "FOREGROUND", "-f"]
PROXY_FCGI = [*APACHE, "/etc/other/apache2/proxy-fcgi.conf"]
MEGABYTE = 1024**2
CLIENTS, REQUESTS = 8, 200
ESTABLISHED = {"unix": "03", "tcp": "01"}  # among the states in /proc/net


@dataclass(frozen=True)
class Setup:
    """A web server, and what it does with FastCGI."""

    web_server: Sequence[str]
    starts_application: bool = False
    keeps_connections: bool = False
    # What becomes of a response that breaks off after its first block: "cut", "looks whole", or a status.
    broken_off: frozenset[str] = frozenset({"cut"})

    @property
    def graceful(self) -> str:
        """The signal that lets its requests end."""
        return "WINCH" if self.web_server[0] == "apache2" else "INT"


SETUPS = {
    "proxy-fcgi": Setup(PROXY_FCGI),
    "proxy-fcgi-reuse": Setup([*PROXY_FCGI, "-D", "REUSE"], keeps_connections=True),
    "proxy-fcgi-tcp": Setup([*PROXY_FCGI, "-D", "TCP"]),
    "proxy-fcgi-tcp-reuse": Setup([*PROXY_FCGI, "-D", "TCP", "-D", "REUSE"], keeps_connections=True),
    # It collects 64 KiB before it sends anything, and can still say that there is an error.
    "mod-fcgid": Setup(
        [*APACHE, "/etc/other/apache2/mod-fcgid.conf"], starts_application=True, broken_off=frozenset({"500"})
    ),
    # Where the block and the end come to it together, it takes them for a whole response: 16 of 200 times.
    "lighttpd-bin-path": Setup(
        ["lighttpd", "-D", "-f", "/etc/other/lighttpd/bin-path.conf"],
        starts_application=True,
        broken_off=frozenset({"cut", "looks whole"}),
    ),
}


@dataclass(frozen=True)
class Site:
    """A web server and gunicorn, both running."""

    setup: Setup
    container: Container
    address: str
    log: Path

    def client(self) -> httpx.Client:
        """A client that repeats nothing."""
        return httpx.Client(base_url=self.address, trust_env=False, timeout=30)


@contextmanager
def started(stack: Stack) -> Iterator[Container]:
    """A container as hardened as a gateway's, in which nothing serves yet."""
    base = stack.image("base")
    environment = os.environ | {"DOCKER_BUILDKIT": "1"}
    build = ["docker", "build", "--quiet", "--build-arg", f"BASE={base}", "--tag", IMAGE, str(FOLDER)]
    subprocess.run(build, check=True, env=environment, stdout=subprocess.DEVNULL)
    hardened = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--pids-limit=512"]
    writable = ["--tmpfs=/tmp:uid=33,gid=33,mode=1777,size=128m", "--publish=127.0.0.1::80"]
    mounts = {
        FOLDER / "etc": "/etc/other",
        FOLDER / "start-application": "/usr/local/bin/start-application",
        # The worker as it is here, whenever the base was built.
        stack.root / "src/wsgi_gateways/serve": "/srv/app/current/wsgi_gateways/serve",
    }
    volumes = [f"--volume={source}:{target}:ro" for source, target in mounts.items()]
    start(NAME, *hardened, *writable, *volumes, IMAGE)
    try:
        yield Container(NAME)
    finally:
        docker("rm", "--force", NAME)


@contextmanager
def running(
    container: Container, log: Path, *command: str, end: str = "TERM"
) -> Iterator["subprocess.Popen[bytes]"]:
    """Run a command in the container and end it by a signal: it must end with status 0."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            ["docker", "exec", container.name, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            container.kill(end, started_by_exec(container, Path(command[0]).name))
        assert process.wait(20) == 0, f"{command[0]} ended with status {process.returncode}"


def started_by_exec(container: Container, name: str) -> list[Process]:
    """Processes of that name whose parent is outside of the container."""
    return [each for each in container.processes() if each.parent == 0 and each.name == name]


def own_processes(container: Container) -> list[Process]:
    """All but PID 1 and what it waits for."""
    return [each for each in container.processes() if each.pid != 1 and each.name != "sleep"]


@contextmanager
def serving(container: Container, setup: Setup, log: Path, end: str = "TERM") -> Iterator[Site]:
    """Start a web server and what it needs; when it has ended, nothing may be left."""
    site = Site(setup, container, f"http://{docker('port', container.name, '80').strip()}", log)
    with ExitStack() as servers:
        if not setup.starts_application:
            servers.enter_context(running(container, log, *GUNICORN))
        servers.enter_context(running(container, log, *setup.web_server, end=end))
        wait_until(lambda: is_healthy(site), f"an answer from {' '.join(setup.web_server)}")
        yield site
    wait_until(lambda: not own_processes(container), "all processes ended", 10)


def is_healthy(site: Site) -> bool:
    try:
        with site.client() as client:
            return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def visit(site: Site, requests: int = REQUESTS, stop: Event | None = None) -> Counter[str]:
    """Send requests on one kept connection, each second one with a body; count what comes of them.

    `requests` at most, or until `stop` is set.
    """
    outcomes: Counter[str] = Counter()
    with site.client() as client:
        for number in range(requests):
            if stop is not None and stop.is_set():
                break
            try:
                if number % 2:
                    reply = client.post("/probe/echo", content=b"x" * 5000)
                else:
                    reply = client.get("/probe/hello")
            except httpx.HTTPError as error:
                outcomes[repr(error)] += 1
            else:
                right = b"x" * 5000 if number % 2 else b"Hello, World!"
                outcomes["right" if reply.content == right else str(reply.status_code)] += 1
    return outcomes


def connections(container: Container) -> int:
    """How many connections gunicorn has."""
    unix = [line.split() for line in container.run("cat", "/proc/net/unix").splitlines()]
    tcp = [line.split() for line in container.run("cat", "/proc/net/tcp").splitlines()]
    return sum(line[5] == ESTABLISHED["unix"] and line[-1] == SOCKET for line in unix) + sum(
        line[3] == ESTABLISHED["tcp"] and line[1].endswith(f":{PORT:04X}") for line in tcp
    )
