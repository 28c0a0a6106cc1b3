"""Run a WSGI application as a CGI script: one process for one request (PEP 3333, RFC 3875).

    #!/usr/bin/python3 -IS
    import sys
    sys.path.insert(0, "/srv/app/current")
    from wsgi import application
    from wsgi_gateways.serve.cgi import run
    run(application)

Every request pays for every import, so this module takes only what a bare interpreter has loaded already:
`posix` and `_signal` are what `os` and `signal` are made of.
"""

import posix
import sys
from _signal import SIG_DFL, SIG_IGN, SIGTERM, signal  # type: ignore[import-not-found,unused-ignore]

TYPE_CHECKING = False  # type checkers take it as true; importing typing costs milliseconds
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import FrameType
    from typing import BinaryIO, NoReturn, Protocol
    from wsgiref.types import WSGIApplication, WSGIEnvironment

    from _typeshed import OptExcInfo

    class Readable(Protocol):
        def read(self, size: int, /) -> bytes: ...


__all__ = ["FileWrapper", "run"]

BLOCK = 64 * 1024  # bytes read or sent at once
# How much of a body that the application left unread is read all the same, and for how long.
UNREAD_BYTES = 1024**3
UNREAD_SECONDS = 60
# Not passed on: what concerns one connection is the web server's (RFC 9110, 7.6.1; RFC 3875, 6.3.4), and
# Status is start_response's first argument.
RESERVED = {
    *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("te", "trailer", "trailers", "transfer-encoding", "upgrade", "status"),
}
# RFC 9110, 5.6.2
NAME_CHARACTERS = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SORRY = b"The server met an error; its log says which.\n"


class ClientGone(BrokenPipeError):
    """Nobody waits for the response any more; an application sees it as an OSError."""


def run(application: "WSGIApplication") -> None:
    """Answer the one request that this process was started for.

    The request is the process's environment and standard input, the response goes to standard output (RFC
    3875, sections 4 and 6). From then on whatever else writes to standard output writes to standard error,
    which is wsgi.errors, and no child process inherits the response.

    An error before the headers is answered with status 500, one after them ends the response; either way the
    traceback is on standard error. SIGTERM and a broken pipe mean that the client is gone: ClientGone is
    raised in the application, and nothing is logged.

    Raises SystemExit(1) when a response that has begun was not completed, or close() failed after it.
    """
    output = _take_output()
    environ = _environ()
    body = environ["wsgi.input"]  # which the application may replace
    response = _Response(output, environ)
    cut_short = False
    try:
        signal(SIGTERM, _end_request)
        _respond(application, environ, response)
    except ClientGone:
        pass
    except BaseException:
        signal(SIGTERM, SIG_IGN)
        sys.__excepthook__(*sys.exc_info())
        cut_short = response.begun
        response.fail()
    _read_the_rest(body, "HTTP_TRANSFER_ENCODING" in environ)
    signal(SIGTERM, SIG_DFL)
    if cut_short:
        raise SystemExit(1)


def _end_request(number: int, frame: "FrameType | None") -> "NoReturn":
    """Let the application close what it opened: SIGTERM is how a web server says that the client is gone."""
    signal(SIGTERM, SIG_IGN)
    raise ClientGone("the web server ended the request")


def _respond(application: "WSGIApplication", environ: "WSGIEnvironment", response: "_Response") -> None:
    result = application(environ, response.start)
    try:
        response.send(result)
    finally:
        signal(SIGTERM, SIG_IGN)  # close() is not to be interrupted
        if hasattr(result, "close"):
            result.close()


def _environ() -> "WSGIEnvironment":
    """The request (RFC 3875, section 4.1) as PEP 3333 wants it: bytes as latin-1 text."""
    # The dictionary behind os.environb: what a script has changed there is changed here.
    environ: WSGIEnvironment = {
        name.decode("latin-1"): value.decode("latin-1") for name, value in posix.environ.items()
    }
    # Not of the request: Apache adds PATH, the interpreter itself LC_CTYPE (PEP 538).
    environ.pop("PATH", None)
    environ.pop("LC_CTYPE", None)
    # A web server may leave out what is empty (RFC 3875, 4.1).
    environ.setdefault("SCRIPT_NAME", "")
    environ.setdefault("PATH_INFO", "")
    secure = environ.get("HTTPS", "").lower() in ("on", "1", "yes")
    environ["wsgi.url_scheme"] = "https" if secure or environ.get("REQUEST_SCHEME") == "https" else "http"
    environ["wsgi.version"] = (1, 0)
    environ["wsgi.input"] = _body(environ.get("CONTENT_LENGTH", ""))
    environ["wsgi.input_terminated"] = True
    environ["wsgi.errors"] = sys.stderr
    environ["wsgi.multithread"] = False
    environ["wsgi.multiprocess"] = True
    environ["wsgi.run_once"] = True
    environ["wsgi.file_wrapper"] = FileWrapper
    return environ


def _body(length: str) -> "_Body | BinaryIO":
    if sys.stdin is None:  # closed before the interpreter started
        import io

        return io.BytesIO()
    # Without a length (a chunked body behind Apache) the web server marks the end by closing the input.
    return _Body(sys.stdin.buffer, _number(length) or 0) if length else sys.stdin.buffer


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _take_output() -> int:
    """Return a descriptor of standard output that is nobody else's; the old one becomes standard error."""
    if sys.stderr is None:  # RFC 3875 promises none
        sys.stderr = open("/dev/null", "w")  # noqa: PTH123, SIM115 (pathlib costs; open until the end)
    output = posix.dup(1)
    posix.dup2(sys.stderr.fileno(), 1)
    return output


def _read_the_rest(body: "_Body | BinaryIO", is_chunked: bool) -> None:
    """Read what the application left of the body: mod_cgid loses a response whose script leaves any.

    Its scripts have one socket for input and output, and closing that with bytes unread resets it (unix(7)).
    No folder here has mod_cgid, whose reloads lose requests; most Apaches with CGI do.
    """
    if (isinstance(body, _Body) and body.left) or is_chunked:
        from time import monotonic

        deadline = monotonic() + UNREAD_SECONDS
        left = UNREAD_BYTES
        try:
            while left > 0 and monotonic() < deadline and (data := body.read(BLOCK)):
                left -= len(data)
        except OSError:  # the web server has gone
            pass


class _Body:
    """wsgi.input: standard input to CONTENT_LENGTH and no further (RFC 3875, section 4.2)."""

    def __init__(self, file: "BinaryIO", length: int) -> None:
        self._file = file
        self.left = length

    def read(self, size: int | None = -1) -> bytes:
        return self._taken(self._file.read(self._bounded(size)))

    def readline(self, size: int | None = -1) -> bytes:
        return self._taken(self._file.readline(self._bounded(size)))

    def readlines(self, hint: int | None = -1) -> list[bytes]:
        lines = []
        size = 0
        for line in self:
            lines.append(line)
            size += len(line)
            if hint is not None and 0 < hint <= size:
                break
        return lines

    def __iter__(self) -> "Iterator[bytes]":
        return iter(self.readline, b"")

    def _bounded(self, size: int | None) -> int:
        return self.left if size is None or not 0 <= size <= self.left else size

    def _taken(self, data: bytes) -> bytes:
        self.left -= len(data)
        return data


class FileWrapper:
    """wsgi.file_wrapper: what a file has from where it stands, in blocks of at most block_size bytes."""

    def __init__(self, file: "Readable", block_size: int = BLOCK) -> None:
        self.file = file
        self.block_size = block_size

    def __iter__(self) -> "Iterator[bytes]":
        return self

    def __next__(self) -> bytes:
        data = self.file.read(self.block_size)
        if not data:
            raise StopIteration
        return data

    def close(self) -> None:
        if hasattr(self.file, "close"):
            self.file.close()


class _Response:
    """The response as it is sent: headers before the first block, every block at once."""

    def __init__(self, output: int, environ: "WSGIEnvironment") -> None:
        self._output = output
        self._is_head = environ.get("REQUEST_METHOD") == "HEAD"
        # CGI cannot say that a response was cut short, but lighttpd decodes the chunks of a script:
        # https://github.com/lighttpd/lighttpd1.4/blob/lighttpd-1.4.79/src/http-header-glue.c#L1078
        self._may_chunk = environ.get("SERVER_SOFTWARE", "").startswith("lighttpd")
        self._is_chunked = False
        self._head = b""
        self._has_body = True
        self._left: int | None = None  # of Content-Length
        self.begun = False

    def start(
        self, status: str, headers: list[tuple[str, str]], exc_info: "OptExcInfo | None" = None
    ) -> "Callable[[bytes], object]":
        """start_response: keep the headers until there is a body to send them with.

        Raises TypeError or ValueError if PEP 3333 does not allow them, RuntimeError when called twice without
        exc_info, and what exc_info holds if the headers were sent before.
        """
        if exc_info:
            try:
                if self.begun and exc_info[1]:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # no cycle with its own traceback
        elif self._head:
            raise RuntimeError("start_response was called a second time without exc_info")
        self._head, self._left = _head(status, headers)
        self._has_body = not self._is_head and status[:3] not in ("204", "304")
        return self.write

    def send(self, result: "Iterable[bytes]") -> None:
        """Send all that the application returned, to its end."""
        if isinstance(result, list | tuple) and len(result) == 1:
            self._give_length(len(result[0]))
        if not (isinstance(result, FileWrapper) and self._send_file(result.file)):
            for data in result:
                if data:
                    self.write(data)
                    if not self._has_body:
                        break
        self._finish()

    def write(self, data: bytes) -> None:
        """Send the headers if they still are to be sent, and the block."""
        if not isinstance(data, bytes):
            raise TypeError(f"a body is made of bytes, not of {type(data).__name__}")
        if not self._head:
            raise RuntimeError("start_response was not called before the first block")
        surplus = 0
        if not self._has_body:
            data = b""
        elif self._left is not None:
            surplus = max(0, len(data) - self._left)
            data = data[: self._left]
            self._left -= len(data)
        elif self._may_chunk and not self.begun:
            self._is_chunked = True
            self._head += b"Transfer-Encoding: chunked\r\n"
        parts = [b"%x\r\n" % len(data), data, b"\r\n"] if self._is_chunked and data else [data]
        if not self.begun:
            self.begun = True
            parts[:0] = [self._head, b"\r\n"]
        self._write(parts)
        if surplus:
            raise ValueError(f"the body is {surplus} bytes longer than its Content-Length, or more")

    def fail(self) -> None:
        """Answer 500 without a detail, if nothing was sent yet (RFC 3875, section 6.3.3)."""
        if not self.begun:
            headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(SORRY)))]
            self._head, self._left = _head("500 Internal Server Error", headers)
            self._has_body = not self._is_head
            try:  # noqa: SIM105 (contextlib costs)
                self.write(SORRY)
            except ClientGone:
                pass

    def _give_length(self, length: int) -> None:
        """Add Content-Length, where the application gave none and it can be one."""
        if self._head and not self.begun and self._has_body and self._left is None:
            self._head += b"Content-Length: %d\r\n" % length
            self._left = length

    def _finish(self) -> None:
        if not self.begun:
            self._give_length(0)
        if self._left and self._has_body:
            raise ValueError(f"the body is {self._left} bytes shorter than its Content-Length")
        if not self.begun:
            self.write(b"")
        if self._is_chunked:
            self._write([b"0\r\n\r\n"])

    def _send_file(self, file: object) -> bool:
        """Let the kernel copy the rest of a regular file; return whether that was done."""
        import io  # loaded with the interpreter

        # The descriptor of any other kind, such as GzipFile, may stand for other bytes.
        if type(file) is not io.BufferedReader or type(file.raw) is not io.FileIO:
            return False
        if not self._head or self.begun or not self._has_body or not file.seekable():
            return False
        descriptor, begin = file.fileno(), file.tell()
        rest = posix.fstat(descriptor).st_size - begin
        left = rest if self._left is None else self._left
        offset, end = begin, begin + min(rest, left)
        if offset >= end:  # empty, or of /proc, where files have no size
            return False
        self._give_length(rest)
        self.write(b"")
        try:
            while offset < end and (sent := posix.sendfile(self._output, descriptor, offset, end - offset)):
                offset += sent
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ClientGone(*error.args) from None
        except OSError:
            if offset > begin:
                raise
            return False  # a standard output that takes none, such as a file that is appended to
        self._left = left - (offset - begin)
        return True

    def _write(self, parts: list[bytes]) -> None:
        """Write it all now: in one piece, unless that would copy a large block."""
        if len(parts) > 1 and max(map(len, parts)) <= BLOCK:
            parts = [b"".join(parts)]
        try:
            for part in parts:
                rest = memoryview(part)
                while rest:
                    rest = rest[posix.write(self._output, rest) :]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ClientGone(*error.args) from None


def _head(status: str, headers: list[tuple[str, str]]) -> tuple[bytes, int | None]:
    """Return the headers as bytes, without the line that ends them, and what Content-Length says.

    Raises TypeError or ValueError if PEP 3333 ("The start_response() Callable") does not allow them.
    """
    if not isinstance(status, str) or not isinstance(headers, list):
        raise TypeError("start_response takes a str and a list of tuples")
    code = status[:3]
    is_code = len(code) == 3 and code.isascii() and code.isdigit() and code >= "200"
    if not is_code or status[3:4] not in ("", " ") or not _is_text(status):
        raise ValueError(f"{status!r} is no status such as '200 OK'")
    length = None
    lines = [f"Status: {status}\r\n"]
    for name, value in headers:
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"header {name!r}: {value!r} is not made of two str")
        if not _is_token(name) or not _is_text(value):
            raise ValueError(f"header {name!r}: {value!r} has a character that is not allowed there")
        folded = name.lower()
        if folded in RESERVED:
            continue
        if folded == "content-length":
            if length is not None or (length := _number(value)) is None:
                raise ValueError(f"header {name!r}: {value!r} is not one whole number")
            if code == "204":  # has none (RFC 9110, 8.6)
                length = None
                continue
        lines.append(f"{name}: {value}\r\n")
    return "".join(lines).encode("latin-1"), length


def _is_token(name: str) -> bool:
    """Whether it is a field name."""
    if not name.isascii():
        return False
    # Nearly all pass the first test; strip() leaves something as soon as any character is another one.
    return name.replace("-", "").isalnum() or (name != "" and not name.strip(NAME_CHARACTERS))


def _is_text(value: str) -> bool:
    """Whether it has no control character but the tab; above all none that would end the line."""
    return value.isprintable() or not any(
        (letter < " " and letter != "\t") or letter == "\x7f" for letter in value
    )
