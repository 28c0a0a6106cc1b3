"""gunicorn worker classes that speak FastCGI, SCGI and AJP/1.3 to a web server.

    gunicorn --worker-class wsgi_gateways.serve.FastCGIWorker --bind unix:/run/app.sock wsgi:application

A worker is one event loop in one process. With `--threads 1` the loop runs the application itself; with more,
it hands requests to a pool of that many threads.
"""

import gc
import ipaddress
import os
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Generator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from queue import SimpleQueue
from threading import Thread, current_thread
from typing import Any, ClassVar

from gunicorn.config import PostRequest, PreRequest
from gunicorn.glogging import Logger
from gunicorn.http.wsgi import base_environ
from gunicorn.workers.base import Worker

from wsgi_gateways.serve.ajp import AJP
from wsgi_gateways.serve.connection import Connection, WebServerGone
from wsgi_gateways.serve.fastcgi import FastCGI
from wsgi_gateways.serve.pooled import PooledConnection
from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import DEFAULTS, BodyError, Environ, Limits, Request
from wsgi_gateways.serve.response import FileWrapper, Response
from wsgi_gateways.serve.scgi import SCGI

Accept = Callable[[], tuple[socket.SocketType, Any]]


class GatewayWorker(Worker):  # type: ignore[misc]  # gunicorn has no types
    """The event loop that the three workers share.

    Attributes, to be set in a subclass where the defaults do not fit:
        peer_timeout: seconds that a web server may be silent in the middle of a request.
        body_limit: bytes of a request body, beyond which 413 is answered; 0: the web server decides.
        body_held: bytes of a request body held in memory. A request starts when its body is complete or
            this large; from there on the application reads it as it comes.
    """

    protocol_class: ClassVar[type[Protocol]]
    peer_timeout = 120.0
    body_limit = 0
    body_held = 1024**2

    def init_process(self) -> None:
        """Make what belongs to the process, before the application is loaded."""
        self.connections: set[Connection] = set()
        self._poller = select.epoll()
        self._handlers: dict[int, Callable[[int], object]] = {}
        self._later: deque[Callable[[], object]] = deque()
        self._is_accepting = False
        self._running = 0  # requests that the pool has
        self._fresh: set[Connection] = set()  # accepted, and their first request is still to come
        self._jobs: SimpleQueue[tuple[Connection, Request]] = SimpleQueue()
        self._busy: dict[Thread, Connection] = {}
        self._next_second = 0.0
        super().init_process()

    def run(self) -> None:
        """Serve until told to stop; then end what runs, close what is idle, and return."""
        self._configure()
        # What was loaded stays: the garbage collector need not look at it each time.
        gc.freeze()
        self._watch_input(self.PIPE[0], self._wake_up)
        while self.alive:
            self._accept_or_not(True)
            self._step(1)
        self._stop()

    def _configure(self) -> None:
        cfg = self.cfg
        self._limits = Limits(
            request_line=cfg.limit_request_line,
            fields=cfg.limit_request_fields,
            field_size=cfg.limit_request_field_size,
            body=self.body_limit,
            held=self.body_held,
        )
        base: Environ = base_environ(cfg)
        del base["SERVER_SOFTWARE"]  # is what the web server says
        self._base = base | DEFAULTS
        self._base["wsgi.url_scheme"] = "http"
        self._base["wsgi.multithread"] = cfg.threads > 1
        self._base["wsgi.file_wrapper"] = FileWrapper
        self._networks = None if "*" in cfg.forwarded_allow_ips else cfg.forwarded_allow_networks()
        self._secure_headers = {
            "HTTP_" + name.upper().replace("-", "_"): value
            for name, value in cfg.secure_scheme_headers.items()
        }
        # gunicorn's defaults do nothing that would be missed, but for each request.
        self._logs_access = self.log.access_log_enabled or type(self.log).access is not Logger.access
        self._has_pre_request = cfg.pre_request is not PreRequest.default or cfg.loglevel == "debug"
        self._has_post_request = cfg.post_request is not PostRequest.default
        # Asked for at each turn of the loop, and gunicorn looks each setting up.
        self._threads: int = cfg.threads
        self._most_connections: int = cfg.worker_connections
        self._connection_class = Connection if cfg.threads == 1 else PooledConnection
        if cfg.threads > 1:
            for number in range(cfg.threads):
                Thread(target=self._run_jobs, name=f"request-{number}", daemon=True).start()

    # The event loop.

    def _step(self, seconds: float) -> None:
        """Wait for events, at most so long, and handle them."""
        for descriptor, events in self._poller.poll(seconds):
            handler = self._handlers.get(descriptor)
            if handler is not None:
                handler(events)
        self._do_later()
        now = time.monotonic()
        if now >= self._next_second:
            self._next_second = now + 1
            self._every_second(now)

    def _do_later(self) -> None:
        while self._later:
            self._later.popleft()()

    def _every_second(self, now: float) -> None:
        if not self._is_stuck(now):
            self.notify()
        if self.ppid != os.getppid():
            self.log.info("Parent changed, shutting down: %s", self)
            self.alive = False
        # One that does not go on must not keep others out.
        self._fresh = {connection for connection in self._fresh if now - connection.heard < 1}
        for connection in list(self.connections):
            connection.every_second()
            if connection.is_overdue(now):
                self.log.warning("Closing a connection: the web server is silent in the middle of a request")
                connection.break_off()

    def _is_stuck(self, now: float) -> bool:
        """Whether every thread of the pool has been in the application for longer than `--timeout`."""
        busy = list(self._busy.values())
        timeout = self.cfg.timeout
        return bool(busy and timeout and len(busy) == self.cfg.threads) and all(
            now - connection.heard > timeout for connection in busy
        )

    def _wake_up(self, events: int) -> None:
        os.read(self.PIPE[0], 4096)

    def later(self, action: Callable[[], object], at_once: bool = True) -> None:
        """Have the event loop do it, for the threads of the pool: at once, or when it is awake anyway."""
        self._later.append(action)
        # A loop that takes no connections waits for a request to end.
        if at_once or not self._is_accepting:
            # So many may be in the pipe that the loop is about to wake up anyway.
            with suppress(BlockingIOError):
                os.write(self.PIPE[1], b"1")

    def _watch_input(self, descriptor: int, handler: Callable[[int], object], flags: int = 0) -> None:
        self._handlers[descriptor] = handler
        self._poller.register(descriptor, select.EPOLLIN | flags)

    def watch(self, connection: Connection, events: int) -> None:
        """Watch the connection's socket for these events of epoll, or for none."""
        if events == connection.watched:
            return
        if not connection.watched:
            self._handlers[connection.descriptor] = connection.on_event
            self._poller.register(connection.descriptor, events)
        elif not events:
            del self._handlers[connection.descriptor]
            self._poller.unregister(connection.descriptor)
        else:
            self._poller.modify(connection.descriptor, events)
        connection.watched = events

    def forget(self, connection: Connection) -> None:
        """The connection is about to be closed."""
        if connection.watched:
            self.watch(connection, 0)
        self.connections.discard(connection)
        self._fresh.discard(connection)

    # Connections.

    def _accept_or_not(self, wanted: bool) -> None:
        """Accept connections while there is room for their requests: another worker may have some."""
        wanted = wanted and self._has_room()
        if wanted == self._is_accepting:
            return
        self._is_accepting = wanted
        for listener in self.sockets:
            if wanted:
                # For a connection that carries one request, no other worker need wake up.
                flags = 0 if self.protocol_class.keeps_connections else select.EPOLLEXCLUSIVE
                self._watch_input(listener.fileno(), partial(self._begin, accept_of(listener)), flags)
            else:
                self._poller.unregister(listener.fileno())
                del self._handlers[listener.fileno()]
        if self._later:
            # Ended before `later` could know that it has to wake the loop.
            self._do_later()
            self._accept_or_not(wanted or self.alive)

    def _has_room(self) -> bool:
        has_thread = self._threads == 1 or self._running + len(self._fresh) < self._threads
        return has_thread and len(self.connections) < self._most_connections

    def _begin(self, accept: Accept, events: int) -> None:
        """Accept a connection, and take what is there already."""
        connection = self._accept(accept)
        if connection is not None:
            connection.receive()

    def _accept(self, accept: Accept) -> Connection | None:
        """Accept a connection; None where nobody waits, or is not let in."""
        try:
            connected, address = accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return None
        except OSError as error:
            self.log.error("Cannot accept a connection: %s", error)
            time.sleep(0.1)  # out of descriptors or memory: the loop would only come back at once
            return None
        connected.setblocking(False)
        if address:  # none where it is a UNIX socket
            if not self._trusts(address[0]):
                self.log.warning(
                    "Closing a connection from %s, which is not in --forwarded-allow-ips", address[0]
                )
                connected.close()
                return None
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = self._connection_class(self, connected, self._make_protocol())
        self.connections.add(connection)
        if self._threads > 1:
            self._fresh.add(connection)
        return connection

    def _make_protocol(self) -> Protocol:
        return self.protocol_class(self._limits, self._base)

    def _trusts(self, address: str) -> bool:
        """Whether a web server at this address may tell who the client is."""
        if self._networks is None:
            return True
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(ip in network for network in self._networks)

    def _stop(self) -> None:
        """End without losing a request: those that wait are taken, those that run are ended."""
        waiting = []
        for listener in self.sockets:
            while len(self.connections) < self._most_connections and (
                connection := self._accept(accept_of(listener))
            ):
                waiting.append(connection)
        self._accept_or_not(False)
        for listener in self.sockets:
            listener.close()
        # Not before: a client that has its answer could come back at once, again and again.
        for connection in waiting:
            connection.receive()
        began = time.monotonic()
        while self.connections and time.monotonic() < began + self.cfg.graceful_timeout:
            self._step(0.1)
            # A web server may be sending a request on a connection that was kept: see Connection.retire.
            before = time.monotonic() - self.cfg.keepalive
            for connection in list(self.connections):
                if connection.is_idle and max(connection.heard, began) <= before:
                    connection.retire()

    # Requests.

    def count_request(self) -> None:
        """One more request; the last one before a restart ends the worker."""
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False

    def queue(self, connection: Connection, request: Request) -> None:
        """Have a thread of the pool answer the request."""
        self._running += 1
        self._fresh.discard(connection)
        self._jobs.put((connection, request))

    def dequeue(self) -> None:
        """A request that was queued has ended."""
        self._running -= 1

    def _run_jobs(self) -> None:
        """What a thread of the pool does."""
        thread = current_thread()
        while True:
            connection, request = self._jobs.get()
            connection.heard = time.monotonic()
            self._busy[thread] = connection
            try:
                for _ in self.respond(connection, request):
                    pass
            except BaseException:
                self.log.exception("Error handling request %s %s", request.method, request.uri)
            del self._busy[thread]

    def respond(self, connection: Connection, request: Request) -> Generator[None]:
        """Run the application for the request and send what it answers.

        Yields whenever it has to wait until the connection has taken what was handed to it.
        """
        environ = request.environ
        environ["wsgi.input"] = request.open_input(connection.wait_for_body)
        response = Response(request, connection)
        is_whole = False
        if self._logs_access:
            began = time.monotonic()
        try:
            if self._has_pre_request:
                self.cfg.pre_request(self, request)
            for name in self._secure_headers:
                if name in environ:
                    self._set_scheme(environ, name)
            if request.refusal:
                self.log.warning("Refusing a request: %s", request.refusal)
                steps = response.send_error(request.refusal)
            else:
                steps = response.send_all(self.wsgi)
            if steps is not None:
                yield from steps
            is_whole = True
        except WebServerGone as error:
            self.log.debug("The web server closed the connection: %s", error)
        except Exception as error:
            if isinstance(error, BodyError):
                self.log.debug("Request %s %s: %s", request.method, request.uri, error)
            else:
                self.log.exception("Error handling request %s %s", request.method, request.uri)
            if not response.has_begun:
                is_whole = yield from self._send_error(response, error)
        finally:
            if not is_whole:
                connection.protocol.forget(request)
            connection.finish(request, is_whole)
            if self._logs_access:
                self._log_access(request, response, time.monotonic() - began)
            if self._has_post_request:
                self._post_request(request, response)

    def _set_scheme(self, environ: Environ, name: str) -> None:
        """Believe `--secure-scheme-headers` where the web server's client is in `--forwarded-allow-ips`."""
        if environ[name] == self._secure_headers[name] and self._trusts(environ.get("REMOTE_ADDR", "")):
            environ["wsgi.url_scheme"] = "https"

    def _send_error(self, response: Response, error: Exception) -> Generator[None, None, bool]:
        status = "400 Bad Request" if isinstance(error, BodyError) else "500 Internal Server Error"
        try:
            steps = response.send_error(status)
            if steps is not None:
                yield from steps
        except WebServerGone:
            return False
        return True

    def _log_access(self, request: Request, response: Response, seconds: float) -> None:
        environ = request.environ
        environ.setdefault("RAW_URI", request.uri)
        self.log.access(response, request, environ, timedelta(seconds=seconds))

    def _post_request(self, request: Request, response: Response) -> None:
        try:
            self.cfg.post_request(self, request, request.environ, response)
        except Exception:
            self.log.exception("Exception in post_request hook")


def accept_of(listener: socket.socket) -> Accept:
    """What `listener.accept` does, without the class around the socket: with SCGI each request makes one."""
    accept, make = listener._accept, socket.SocketType  # type: ignore[attr-defined]
    family, kind, number = int(listener.family), int(listener.type), listener.proto

    def accept_one() -> tuple[socket.SocketType, Any]:
        descriptor, address = accept()
        return make(family, kind, number, descriptor), address

    return accept_one


class FastCGIWorker(GatewayWorker):
    """Serves FastCGI 1.0: nginx `fastcgi_pass`, lighttpd mod_fastcgi, Apache mod_proxy_fcgi and mod_fcgid."""

    protocol_class = FastCGI


class SCGIWorker(GatewayWorker):
    """Serves SCGI: nginx `scgi_pass`, lighttpd mod_scgi, Apache mod_proxy_scgi."""

    protocol_class = SCGI


class AJPWorker(GatewayWorker):
    """Serves AJP/1.3: Apache mod_proxy_ajp.

    Attributes, to be set in a subclass:
        packet_size: bytes of the largest packet; beyond 8192, Apache's `ProxyIOBufferSize` must be the same.
        secret: what the web server must know (mod_proxy_ajp: `secret=`); "" for nothing.
    """

    protocol_class = AJP
    packet_size = 8192
    secret = ""

    def _make_protocol(self) -> Protocol:
        return AJP(self._limits, self._base, self.packet_size, self.secret)
