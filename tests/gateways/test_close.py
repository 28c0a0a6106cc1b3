"""close() of what the application returned is called once, whatever the client does (PEP 3333)."""

from tests.gateways.raw_http import Connection, ask, get
from tests.waiting import wait_until


def times_closed(port: int, token: str) -> int:
    """How often close() was called, as soon as it was."""

    def times() -> int:
        return int(ask(port, get(f"/probe/closed?token={token}")).json["times"])

    return wait_until(times, "close() was called")


def test_close_is_called_after_the_response(port: int, token: str) -> None:
    assert ask(port, get(f"/probe/close?token={token}&n=3")).body == b"line 1\nline 2\nline 3\n"
    assert times_closed(port, token) == 1


def test_close_is_called_after_head(port: int, token: str) -> None:
    assert ask(port, get(f"/probe/close?token={token}&n=3", method="HEAD"), "HEAD").status == 200
    assert times_closed(port, token) == 1


def test_close_is_called_when_the_client_breaks_off(port: int, token: str) -> None:
    with Connection(port) as connection:
        connection.send(get(f"/probe/close?token={token}&n=200&ms=50"))
        assert connection.line().startswith(b"HTTP/1.1 200")
    assert times_closed(port, token) == 1
