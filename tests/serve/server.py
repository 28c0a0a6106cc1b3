"""gunicorn with one of the workers, as an own process."""

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serve.clients.ajp import AJPClient
from tests.serve.clients.client import Address, Client
from tests.serve.clients.fastcgi import FastCGIClient
from tests.serve.clients.scgi import SCGIClient
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
CLIENTS: dict[str, Callable[[Address], Client]] = {
    "FastCGIWorker": FastCGIClient,
    "SCGIWorker": SCGIClient,
    "AJPWorker": AJPClient,
}


@dataclass
class Server:
    worker: str
    process: subprocess.Popen[bytes]
    address: Address
    directory: Path

    def client(self) -> Client:
        return CLIENTS[self.worker](self.address)

    def get(self, target: str) -> bytes:
        with self.client() as client:
            return client.request(target).body

    @property
    def log(self) -> str:
        return (self.directory / "log").read_text()

    def wait_for_log(self, text: str) -> str:
        wait_until(lambda: text in self.log, f"{text!r} in the log")
        return self.log

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        return self.process.wait(20)


def is_listening(address: Address) -> bool:
    with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as probe:
        return probe.connect_ex(address) == 0


@contextmanager
def serving(
    worker: str,
    directory: Path,
    *arguments: str,
    address: Address | None = None,
    listener: socket.socket | None = None,
) -> Iterator[Server]:
    """Start a server and stop it; the log goes with whatever fails meanwhile.

    Args:
        address: host and port to be bound; a UNIX socket in `directory` if None.
        listener: becomes the server's descriptor 0.
    """
    directory.mkdir(exist_ok=True)
    address = address or str(directory / "s.sock")
    bind = f"unix:{address}" if isinstance(address, str) else f"{address[0]}:{address[1]}"
    bind = "fd://0" if listener else bind
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "--no-control-socket",
        f"--worker-class=wsgi_gateways.serve.{worker}",
    ]
    command += [f"--bind={bind}", "--keep-alive=1", *arguments, "tests.serve.application:application"]
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=listener.fileno() if listener else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    server = Server(worker, process, address, directory)
    try:
        wait_until(lambda: process.poll() is not None or is_listening(address), "listening socket")
        yield server
        if process.poll() is None:
            assert server.stop() == 0, "the server stopped with an error"
    except BaseException as error:
        error.add_note(f"{' '.join(command)}\n{server.log}")
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
