"""One connection from a web server: bytes between its socket and its protocol."""

import os
import select
import socket
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import ProtocolError, Request

if TYPE_CHECKING:
    from wsgi_gateways.serve.worker import GatewayWorker

RECEIVE = 65536  # bytes at a time
REPLIES = 65536  # bytes that a web server may ask for without taking any
SECOND = 1000  # milliseconds
DISCARDING = 5  # seconds that a web server may go on sending a body after the response
CUTTING = 0.2  # seconds, at least, between what there is of a response and the sign that there is no more


class WebServerGone(ConnectionError):
    """The web server closed the connection, or takes nothing any more."""


class Connection:
    """A connection that the event loop serves alone; PooledConnection is the one with threads.

    Attributes:
        heard: when bytes went in or out last, or a request ended.

    `send` does not block: it returns False while the web server has not taken all, and the event loop
    resumes the response when it has.
    """

    # Defaults, so that making a connection costs little: with SCGI each request is one.
    active = 0  # requests started and not ended
    is_open = True
    has_ended = False  # the web server sends no more
    is_discarding = False  # what still comes in is read and dropped
    watched = 0  # what the event loop watches for
    _outgoing = b""  # what the web server did not take yet
    _response: Iterator[None] | None = None  # goes on when it has
    _cut_sign = b""  # still to be sent

    def __init__(self, worker: "GatewayWorker", connected: socket.SocketType, protocol: Protocol) -> None:
        self.worker = worker
        self.socket = connected
        self.protocol = protocol
        self.descriptor = connected.fileno()
        self.heard = time.monotonic()
        self._waiting: deque[Request] = deque()  # complete requests behind the one that `_response` answers

    def on_event(self, events: int) -> None:
        """The socket is ready for what it is watched for, or broken."""
        if self._response is None and not self._outgoing:
            self.receive()
        elif events & ~select.EPOLLIN:
            self._go_on()

    def receive(self) -> None:
        """Take what came in and start the requests that it completes."""
        data = self._read()
        if data is None:
            self._watch()
        elif not data:
            self.end()
        elif not self.is_discarding:
            self._take(data)

    def _read(self) -> bytes | None:
        """What came in; b"" where the web server sends no more, None where nothing is there now."""
        try:
            return self.socket.recv(RECEIVE)
        except (BlockingIOError, InterruptedError):
            return None
        except OSError:
            return b""

    def _take(self, data: bytes) -> None:
        protocol = self.protocol
        try:
            ready: Sequence[Request] = protocol.feed(data)
        except ProtocolError as error:
            self.worker.log.warning("Closing a connection: %s", error)
            self._count(error.ready)
            self.end()
            for request in error.ready:
                self.start(request)
            self._start_waiting()
            return
        if protocol.replies:
            self._reply()
        if ready:
            self._count(ready)
            for request in ready:
                self.start(request)
            if self._waiting:
                self._start_waiting()
        else:
            self.heard = time.monotonic()
        if self.is_open and not self.watched:
            self._watch()

    def _count(self, requests: Sequence[Request]) -> None:
        """These requests are complete."""
        for _ in requests:
            self.active += 1
            self.worker.count_request()

    def _watch(self) -> None:
        """Have the event loop watch for what may come next."""
        if not self.is_open:
            return
        if self._response is not None or self._outgoing:
            events = select.EPOLLOUT
        elif self.has_ended or not (self.protocol.keeps_connections or self.is_discarding or self._is_due()):
            events = 0
        else:
            events = select.EPOLLIN
        if events != self.watched:
            self.worker.watch(self, events)

    def _is_due(self) -> bool:
        """Whether the rest of a request is still to come."""
        requests = self.protocol.requests
        return not requests or any(not request.is_complete for request in list(requests.values()))

    def _reply(self) -> None:
        """Send what the protocol has to say."""
        replies = self.protocol.replies
        if len(replies) + len(self._outgoing) > REPLIES:
            self.worker.log.warning("Closing a connection: the web server takes no replies")
            self.break_off()
            return
        data = bytes(replies)
        replies.clear()
        try:
            self.send(data)
        except WebServerGone:
            self.break_off()

    def end(self) -> None:
        """The web server sends no more; what is complete is still answered."""
        self.has_ended = True
        self.protocol.end()
        if self.active:
            self._watch()
        else:
            self.close()

    def break_off(self) -> None:
        """Close the connection; requests that run fail at their next read or write, the last closes it."""
        self.has_ended = True
        self.protocol.end()
        if not self.active:
            self.close()
            return
        self._watch()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        if self.is_open:
            self.is_open = False
            self.worker.forget(self)
            self.socket.close()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is running, coming in or going out."""
        return not (self.active or self._outgoing or self._cut_sign) and self.protocol.is_idle

    def is_overdue(self, now: float) -> bool:
        """Whether the web server has been silent for too long within a request or a response, or after it."""
        if self.is_discarding:
            return now - self.heard > DISCARDING
        waits = not self.active and not self.protocol.is_idle
        is_taken = self._response is None and not self._outgoing
        return (waits or not is_taken) and now - self.heard > self.worker.peer_timeout

    def every_second(self) -> None:
        """What is to be tried again, or had to wait."""
        if self._cut_sign and not self._outgoing and time.monotonic() - self.heard > CUTTING:
            with suppress(WebServerGone):
                self._try_to_send(self._cut_sign)
            self._cut_sign = b""
            self.break_off()

    def retire(self) -> None:
        """Close the connection, which is idle, without losing a request that is on its way.

        On a UNIX socket nothing can come in after SHUT_RD, but what came in before can still be read; where
        that was a request it is answered.
        """
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RD)
        if data := self._read():
            self._take(data)
        else:
            self.close()

    # For responses.

    def keeps(self, request: Request) -> bool:
        """Whether the connection may carry another request after this one."""
        return request.keep and self.worker.alive and not self.has_ended

    def send(self, data: bytes) -> bool:
        """Send; return whether the web server has taken all of it. WebServerGone: it never will."""
        if self._outgoing:
            self._outgoing += data
            return False
        sent = self._try_to_send(data)
        if sent == len(data):
            return True
        self._outgoing = data[sent:]
        self._watch()
        return False

    def _try_to_send(self, data: bytes) -> int:
        try:
            return self.socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError as error:
            raise WebServerGone(*error.args) from None

    def send_file(self, descriptor: int, position: int, length: int) -> int:
        """Send a part of a file; return how many bytes: 0 at its end, -1 where none are taken now."""
        try:
            return os.sendfile(self.descriptor, descriptor, position, length)
        except (BlockingIOError, InterruptedError):
            self.worker.watch(self, select.EPOLLOUT)
            return -1
        except ConnectionError as error:
            raise WebServerGone(*error.args) from None

    def drain(self) -> None:
        """Wait until the web server has taken all that was sent: nobody else is served meanwhile."""
        while self._outgoing:
            self._wait_for(select.POLLOUT)
            self._outgoing = self._outgoing[self._try_to_send(self._outgoing) :]

    def wait_for_body(self, request: Request) -> None:
        """Wait for more of the request's body: nobody else is served meanwhile."""
        if question := self.protocol.ask(request):
            self.send(question)
            self.drain()
        if self.has_ended:
            request.fail("the connection was closed")
            return
        self._wait_for(select.POLLIN)
        data = self._read()
        if data is None:
            return
        if not data:
            self.end()
            return
        others: Sequence[Request]
        try:
            others = self.protocol.feed(data)
        except ProtocolError as error:
            self.worker.log.warning("Closing a connection: %s", error)
            request.fail(str(error))
            self.has_ended = True
            others = error.ready
        self._count(others)
        self._waiting += others

    def _wait_for(self, events: int) -> None:
        """Wait until the socket is ready; WebServerGone after `peer_timeout` seconds."""
        poller = select.poll()
        poller.register(self.descriptor, events)
        deadline = time.monotonic() + self.worker.peer_timeout
        while not poller.poll(SECOND):
            # The worker is well: it is the web server that takes its time.
            self.worker.notify()
            if time.monotonic() > deadline:
                raise WebServerGone("the web server is silent")

    # Running requests.

    def start(self, request: Request) -> None:
        """Answer `request`, now or after those before it."""
        if self._response is not None or self._outgoing:
            self._waiting.append(request)
            return
        response = self.worker.respond(self, request)
        for _ in response:
            self._response = response
            self._watch()
            return

    def _start_waiting(self) -> None:
        while self._waiting and self.is_open and self._response is None:
            self.start(self._waiting.popleft())

    def _go_on(self) -> None:
        """The web server takes more."""
        try:
            if self._outgoing:
                self._outgoing = self._outgoing[self._try_to_send(self._outgoing) :]
                self.heard = time.monotonic()
                if self._outgoing:
                    return
        except WebServerGone:
            self._outgoing = b""
            if self._response is None:
                self.break_off()
                return
        self.heard = time.monotonic()
        if self._response is not None:
            for _ in self._response:
                return
            self._response = None
        self._start_waiting()
        self._watch()

    def finish(self, request: Request, is_whole: bool) -> None:
        """`request` has been answered; `is_whole`: and the web server knows where the answer ends."""
        self.active -= 1
        self.heard = time.monotonic()
        if not is_whole:
            self._cut(request)
        elif not self.active and (self.has_ended or not request.keep):
            if request.is_complete or self.has_ended:
                self.close()
            else:
                self._discard()

    def _cut(self, request: Request) -> None:
        """Let the web server see that the response is not whole."""
        end = self.protocol.cut(request, is_alone=not self.active)
        if end and not self.active and not self.has_ended:
            # nginx drops a head that it has not sent when it reads this in the same piece.
            self._cut_sign = end
            self.has_ended = True
            self._watch()
        elif not self.active or not end:
            self.break_off()
        elif self.is_open:
            try:
                self.send(end)
            except WebServerGone:
                self.break_off()

    def _discard(self) -> None:
        """Close when the web server has: bytes left unread would make it see an error, not the end."""
        self.is_discarding = True
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            self.close()
        else:
            self._watch()
