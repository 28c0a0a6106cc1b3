"""Feed a parser what nobody should send: it may raise ProtocolError, and never holds more than its limits.

python -m tests.serve.fuzz PROTOCOL [INPUTS]
"""

import sys
from collections.abc import Callable
from importlib import import_module
from itertools import pairwise

if __name__ == "__main__":
    import atheris

    # Before anybody else imports them: it looks for inputs that reach new branches of these modules.
    with atheris.instrument_imports(include=["wsgi_gateways.serve"]):
        for protocol in ("ajp", "fastcgi", "scgi"):
            import_module(f"wsgi_gateways.serve.{protocol}")

from tests.serve.clients import ajp, fastcgi, scgi
from tests.serve.clients.client import variables
from wsgi_gateways.serve.ajp import AJP
from wsgi_gateways.serve.fastcgi import FastCGI
from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import DEFAULTS, Limits, ProtocolError
from wsgi_gateways.serve.scgi import SCGI

LIMITS = Limits(header=4096, held=4096, requests=4, body=100000)
PROTOCOLS: dict[str, Callable[[], Protocol]] = {
    "fastcgi": lambda: FastCGI(LIMITS, dict(DEFAULTS)),
    "scgi": lambda: SCGI(LIMITS, dict(DEFAULTS)),
    "ajp": lambda: AJP(LIMITS, dict(DEFAULTS)),
}
_VALUES = variables("POST", "/a?b", {"Host": "board.example"}, 11)
_BODY = b"hello world"
_HEADERS = [("host", "board.example"), ("content-length", "11"), ("X-Own", "1")]
SEEDS = {
    "fastcgi": fastcgi.request(_VALUES, _BODY)
    + fastcgi.request(_VALUES, _BODY, 2, padding=3)
    + fastcgi.abort(),
    "scgi": scgi.request(_VALUES, _BODY),
    "ajp": ajp.packet(b"\x0a")
    + ajp.forward("POST", "/a?b", _HEADERS, {"remote_user": "anna"})
    + ajp.data(_BODY),
}
# A record or packet that has not come in as a whole, with what one call brought: never more.
REST = 65535 + 255 + 8


def feed(name: str, data: bytes, cuts: list[int]) -> None:
    """Feed `data`, cut at these places; AssertionError where more is held than may be."""
    protocol = PROTOCOLS[name]()
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in pairwise(edges):
        if begin == end:
            continue
        try:
            ready = protocol.feed(data[begin:end])
        except ProtocolError:
            return
        bound = LIMITS.requests * (LIMITS.held + 65535) + REST
        held = sum(request.held for request in protocol.requests.values())
        # What nobody has taken yet of what this piece brought comes on top.
        assert held + protocol.unread <= bound + (end - begin), "more is held than may be"
        assert len(protocol.replies) <= 8 * end, "more replies than were asked for"
        assert len(protocol.requests) <= LIMITS.requests
        for request in ready:
            assert request.is_started
            assert all(isinstance(value, str) for value in request.environ.values())
            protocol.forget(request)
    protocol.end()


def run(name: str, inputs: int) -> None:
    """Run atheris, which prints its progress and ends the process."""

    def one_input(data: bytes) -> None:
        if len(data) > 3:
            feed(name, data[3:], [data[0], data[1], data[2]])

    def mutate(data: bytes, size: int, seed: int) -> bytes:
        # One in four begins with a valid stream again.
        begun = b"\x10\x40\x80" + SEEDS[name] if seed % 4 == 0 else data
        return bytes(atheris.Mutate(begun, min(size, len(begun) + 64)))

    atheris.Setup(
        [sys.argv[0], f"-runs={inputs}", "-max_len=8192", "-verbosity=1"], one_input, custom_mutator=mutate
    )
    atheris.Fuzz()


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
