"""A connection that the event loop shares with the threads of the pool."""

import os
import select
import socket
import time
from threading import Condition, Lock
from typing import TYPE_CHECKING

from wsgi_gateways.serve.connection import REPLIES, Connection, WebServerGone
from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import Request

if TYPE_CHECKING:
    from wsgi_gateways.serve.worker import GatewayWorker


class PooledConnection(Connection):
    """A connection whose requests run in the threads of the pool, which wait for the web server themselves.

    The event loop receives; threads send, one at a time.
    """

    def __init__(self, worker: "GatewayWorker", connected: socket.SocketType, protocol: Protocol) -> None:
        super().__init__(worker, connected, protocol)
        self._is_paused = False  # too much of a body is held
        self._sending = Lock()
        self._arrived = Condition()

    def on_event(self, events: int) -> None:
        self.receive()

    def _take(self, data: bytes) -> None:
        super()._take(data)
        if self.active and not self._is_paused and self._holds_too_much():
            self._is_paused = True
            # Unless the application took it all just now, and waits for more.
            if self._holds_too_much():
                self._watch()
            else:
                self._is_paused = False

    def _holds_too_much(self) -> bool:
        most = self.protocol.limits.held
        requests = list(self.protocol.requests.values())
        return any(request.held >= most and not request.is_complete for request in requests)

    def _watch(self) -> None:
        if self._is_paused and self.is_open:
            self.worker.watch(self, 0)
        else:
            super()._watch()

    def _go_on(self) -> None:
        self._is_paused = False
        self._watch()

    def _reply(self) -> None:
        """Send what the protocol has to say, now or behind what a thread sends: the loop does not wait."""
        replies = self.protocol.replies
        if len(replies) + len(self._outgoing) > REPLIES:
            self.worker.log.warning("Closing a connection: the web server takes no replies")
            self.break_off()
        elif self._sending.acquire(blocking=False):
            data = self._outgoing + bytes(replies)
            replies.clear()
            try:
                self._outgoing = data[self._try_to_send(data) :]
            except WebServerGone:
                self.break_off()
            finally:
                self._sending.release()

    def every_second(self) -> None:
        super().every_second()
        if self._outgoing or self.protocol.replies:
            self._reply()

    def send(self, data: bytes) -> bool:
        """Send all of it, however long the web server takes."""
        with self._sending:
            if self._outgoing:
                data, self._outgoing = self._outgoing + data, b""
            while (sent := self._try_to_send(data)) < len(data):
                self.heard = time.monotonic()
                data = data[sent:]
                self._wait_for(select.POLLOUT)
            self.heard = time.monotonic()
        if self.protocol.replies:
            # The event loop could not send them meanwhile.
            self.worker.later(self._reply)
        return True

    def send_file(self, descriptor: int, position: int, length: int) -> int:
        while True:
            try:
                return os.sendfile(self.descriptor, descriptor, position, length)
            except (BlockingIOError, InterruptedError):
                self._wait_for(select.POLLOUT)
            except ConnectionError as error:
                raise WebServerGone(*error.args) from None
            finally:
                self.heard = time.monotonic()

    def drain(self) -> None:
        """Nothing is left: `send` has waited."""

    def wait_for_body(self, request: Request) -> None:
        if question := self.protocol.ask(request):
            self.send(question)
        if self._is_paused:
            self.worker.later(self._go_on)
        with self._arrived:
            while not request.has_news:
                if (
                    not self._arrived.wait(timeout=1)
                    and time.monotonic() - self.heard > self.worker.peer_timeout
                ):
                    request.fail("the web server is silent")

    def _wake(self) -> None:
        with self._arrived:
            self._arrived.notify_all()

    def start(self, request: Request) -> None:
        if not request.is_complete:
            request.wake = self._wake
        self.worker.queue(self, request)

    def finish(self, request: Request, is_whole: bool) -> None:
        closes = not (is_whole and request.keep and not self.has_ended)
        self.worker.later(lambda: self._finish(request, is_whole), at_once=closes)

    def _finish(self, request: Request, is_whole: bool) -> None:
        self.worker.dequeue()
        # What the application left unread is read now, and then what follows.
        self._is_paused = False
        super().finish(request, is_whole)
        self._watch()
