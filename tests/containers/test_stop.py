"""`docker stop` ends no running request."""

import hashlib
import json
import subprocess
import time
from collections.abc import Callable

from tests.containers.container import Container
from tests.containers.traffic import Request, pattern
from wsgi_gateways.catalogue import Gateway

BIG = 64 * 1024**2  # more than all buffers between the application and the client
HALF = b"x" * (32 * 1024**2)
COLLECTED = 16 * 1024**2  # the most where a body is collected first
LINES = [b"line 1\n", b"line 2\nline 3\nline 4\n"]


def test_running_requests_end_before_the_container_does(
    gateway: Gateway, victim: Container, connect: Callable[[str], Request]
) -> None:
    # Four requests, because that is what a gateway runs at a time on one CPU. The application
    # works on them: it has read of the upload, and sent of the stream and the download.
    silent = connect("/probe/process?ms=3000").get()
    half = HALF if not gateway.has_quirk("body-is-collected-first") else HALF[: COLLECTED // 2]
    upload = connect("/probe/sha256").post(2 * len(half), half)
    stream = connect("/probe/stream?n=4&ms=800").get()
    download = connect(f"/probe/bytes?n={BIG}").get()
    assert stream.begin(len(LINES[0])) == LINES[0]
    begun = download.begin(1024)

    stopped = time.monotonic()
    with subprocess.Popen(["docker", "stop", victim.name], stdout=subprocess.DEVNULL) as stop:
        assert stream.rest() == LINES[1]
        assert json.loads(silent.answer())["ended"] > stopped
        assert stop.poll() is None, "the container has ended, and two requests have not"
        # The upload is the last to end: with the container the engine ends its proxy of the port,
        # and with that is lost what the proxy has of a download that the client reads too late.
        assert begun + download.rest() == pattern(BIG)
        assert stop.poll() is None, "the container has ended, and the upload has not"
        upload.send(half)
        assert json.loads(upload.answer())["sha256"] == hashlib.sha256(2 * half).hexdigest()
    assert time.monotonic() - stopped < 15
    assert victim.inspect()["State"]["ExitCode"] == 0


def test_an_idle_connection_does_not_delay_the_stop(
    gateway: Gateway, victim: Container, connect: Callable[[str], Request]
) -> None:
    assert connect("/probe/hello").get().answer() == b"Hello, World!"

    stopped = time.monotonic()
    victim.stop()
    assert time.monotonic() - stopped < 10
    assert victim.inspect()["State"]["ExitCode"] == 0
