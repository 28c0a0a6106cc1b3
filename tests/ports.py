"""Ports for what a test starts."""

import socket
import threading

# Those that were given already.
_GIVEN: set[int] = set()
_GIVING = threading.Lock()


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on now, and that was not given before.

    Whoever gets it listens only later, and others may ask meanwhile.
    """
    with _GIVING:
        while True:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = int(probe.getsockname()[1])
            if port not in _GIVEN:
                _GIVEN.add(port)
                return port
