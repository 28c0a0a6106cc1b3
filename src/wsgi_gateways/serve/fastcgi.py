"""FastCGI 1.0, without any input or output: bytes in, requests out; responses in, bytes out.

The specification: https://fastcgi-archives.github.io/FastCGI_Specification.html ("section" below). Only the
Responder role is served (section 6.2); others are refused with FCGI_UNKNOWN_ROLE.
"""

from struct import Struct, error

from wsgi_gateways.serve.protocol import Protocol
from wsgi_gateways.serve.request import Environ, Limits, ProtocolError, Request

VERSION = 1
BEGIN_REQUEST, ABORT_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT, STDERR, DATA = range(1, 9)
GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(9, 12)
RESPONDER = 1
KEEP_CONN = 1  # flag
REQUEST_COMPLETE, CANT_MPX_CONN, OVERLOADED, UNKNOWN_ROLE = range(4)

# Bytes of content in the records that are sent: the most that fits, and a multiple of 8 (section 3.3).
LARGEST = 65528

HEADER = Struct(">BBHHBx")  # version, type, request id, content length, padding length
BEGIN_BODY = Struct(">HB5x")  # role, flags
END_BODY = Struct(">IB3x")  # application status, protocol status
_LENGTH = Struct(">I")


def record(kind: int, identifier: int, content: bytes = b"") -> bytes:
    """A whole record; `content` has at most 65535 bytes."""
    return HEADER.pack(VERSION, kind, identifier, len(content), 0) + content


def end_request(identifier: int, status: int = REQUEST_COMPLETE, application_status: int = 0) -> bytes:
    """FCGI_END_REQUEST (section 5.5)."""
    return record(END_REQUEST, identifier, END_BODY.pack(application_status, status))


# Nearly every response ends with these: no more output, complete.
_END = {identifier: record(STDOUT, identifier) + end_request(identifier) for identifier in range(1, 17)}
# The beginning of a request, and how one without a body goes on and ends: no more variables, no body.
_BEGINNING = Struct(">BBHHBxHB5xBBHHBx").unpack_from
_NO_BODY = {identifier: record(PARAMS, identifier) + record(STDIN, identifier) for identifier in range(1, 17)}
# A record after the last one that is expected. With FCGI_KEEP_CONN it is the web server that closes a
# connection (section 5.1), and nginx does so when anything follows FCGI_END_REQUEST: nothing that it sends
# can be lost then. See ngx_http_fastcgi_input_filter in
# https://github.com/nginx/nginx/blob/master/src/http/modules/ngx_http_fastcgi_module.c
# Apache would take it for the beginning of the next response: there, connections end when they are idle.
PLEASE_CLOSE = record(UNKNOWN_TYPE, 0, bytes(8))


class FastCGI(Protocol):
    """The records of one connection, in and out."""

    largest_frame = LARGEST

    def __init__(self, limits: Limits, base: Environ) -> None:
        super().__init__(limits, base)
        self._params: dict[int, bytearray] = {}  # of requests whose variables are still coming in

    def feed(self, data: bytes) -> list[Request]:
        """Take what came in; return the requests to start. ProtocolError: close the connection."""
        if self._rest:
            data = self._rest + data
        elif len(data) > 40 and (request := self._whole_request(data)):
            return [request]
        ready: list[Request] = []
        try:
            self._feed(data, ready)
        except ProtocolError as error:
            error.ready = ready
            raise
        return ready

    def _feed(self, data: bytes, ready: list[Request]) -> None:
        position, end = 0, len(data)
        unpack = HEADER.unpack_from
        while end - position >= 8:
            version, kind, identifier, length, padding = unpack(data, position)
            if version != VERSION:
                raise ProtocolError(f"not FastCGI: version {version}")
            begin = position + 8
            stop = begin + length
            if stop + padding > end:
                break
            position = stop + padding
            if kind == PARAMS:
                params = self._params.get(identifier)
                if params is None:
                    # Of a request that has ended or was refused, or after its last record.
                    if identifier in self.requests and not self.requests[identifier].refusal:
                        raise ProtocolError("FastCGI: FCGI_PARAMS after its end")
                elif length:
                    params += data[begin:stop]
                    if len(params) > self.limits.header:
                        raise ProtocolError(f"FastCGI: more than {self.limits.header} bytes of variables")
                else:
                    self._end_params(identifier, bytes(params), ready)
            elif kind == STDIN:
                request = self.requests.get(identifier)
                if request is not None:
                    if identifier in self._params:
                        raise ProtocolError("FastCGI: FCGI_STDIN before the end of FCGI_PARAMS")
                    if length:
                        request.feed(data[begin:stop], self.limits)
                        self._bound_memory(request, ready)
                    elif not request.is_complete:
                        request.end_body()
                        if not request.is_started and not request.refusal:
                            request.is_started = True
                            ready.append(request)
            else:
                self._control(kind, identifier, data[begin:stop])
        self._rest = data[position:] if position < end else b""

    def forget(self, request: Request) -> None:
        """What still comes for `request` is ignored (section 3.3)."""
        if self.requests.get(request.identifier) is request:
            self._params.pop(request.identifier, None)
            del self.requests[request.identifier]

    def whole(self, request: Request, head: bytes, body: bytes, keep: bool) -> bytes:
        """A response that fits into one record: what nearly all of them are."""
        content = head + body
        identifier = request.identifier
        if len(content) > LARGEST:
            return self.frames(request, b"", content) + self.ending(request, keep)
        return (
            HEADER.pack(VERSION, STDOUT, identifier, len(content), 0) + content + self.ending(request, keep)
        )

    def frames(self, request: Request, head: bytes, data: bytes) -> bytes:
        identifier = request.identifier
        data = head + data
        pieces = [data[begin : begin + LARGEST] for begin in range(0, len(data), LARGEST)]
        return b"".join([record(STDOUT, identifier, piece) for piece in pieces])

    def frame_header(self, request: Request, length: int) -> bytes:
        return HEADER.pack(VERSION, STDOUT, request.identifier, length, 0)

    def ending(self, request: Request, keep: bool) -> bytes:
        identifier = request.identifier
        end = _END.get(identifier) or record(STDOUT, identifier) + end_request(identifier)
        # Without FCGI_KEEP_CONN the connection is ours to close.
        if keep or not request.keep or not str(request.environ.get("SERVER_SOFTWARE")).startswith("nginx"):
            return end
        return end + PLEASE_CLOSE

    def cut(self, request: Request, is_alone: bool) -> bytes:
        if is_alone:
            # To nginx without buffering the end of a connection is the end of a response; this is an error.
            return bytes(8)
        identifier = request.identifier
        return record(STDOUT, identifier) + end_request(identifier, application_status=1)

    def _whole_request(self, data: bytes) -> Request | None:
        """The request without a body that `data` is, as most are; None where `feed` has to look closer."""
        first, kind, identifier, length, padding, role, flags, version, second, same, size, more = _BEGINNING(
            data
        )
        if (
            data[-16:] != _NO_BODY.get(identifier)
            or (first, kind, length, padding, role) != (VERSION, BEGIN_REQUEST, 8, 0, RESPONDER)
            or (version, second, same, more) != (VERSION, PARAMS, identifier, 0)
            or len(data) != 40 + size
            or identifier in self.requests
            or len(self.requests) >= self.limits.requests
        ):
            return None
        request = Request(identifier, self.base.copy(), bool(flags & KEEP_CONN))
        request.is_complete = request.is_started = True
        self.requests[identifier] = request
        decode_pairs(data[24:-16], request.environ)
        request.complete_environ(self.limits, size <= self.limits.harmless)
        if request.expected:
            request.fail("the body broke off")
        return request

    def _end_params(self, identifier: int, params: bytes, ready: list[Request]) -> None:
        del self._params[identifier]
        request = self.requests[identifier]
        decode_pairs(params, request.environ)
        request.complete_environ(self.limits, len(params) <= self.limits.harmless)
        if request.refusal:
            request.is_started = True
            ready.append(request)

    def _bound_memory(self, request: Request, ready: list[Request]) -> None:
        """Start a request whose body is as large as what may be held of it."""
        if request.is_started or request.held < self.limits.held:
            if request.refusal and not request.is_started:
                request.is_started = True
                ready.append(request)
            return
        if len(self.requests) > 1:
            # It would wait for a thread, and those before it for records behind its own.
            self.replies += end_request(request.identifier, OVERLOADED)
            self.forget(request)
        else:
            request.is_started = True
            ready.append(request)

    def _control(self, kind: int, identifier: int, content: bytes) -> None:
        if kind == BEGIN_REQUEST:
            self._begin(identifier, content)
        elif kind == ABORT_REQUEST:
            request = self.requests.get(identifier)
            if request is not None:
                request.fail("the web server aborted the request")
                if not request.is_started:
                    self.replies += end_request(identifier)
                    self.forget(request)
        elif kind == GET_VALUES and identifier == 0:
            self._tell_values(content)
        elif kind != DATA:  # which only the Filter role has
            self.replies += record(UNKNOWN_TYPE, 0, bytes([kind]) + bytes(7))

    def _begin(self, identifier: int, content: bytes) -> None:
        if identifier == 0 or len(content) != BEGIN_BODY.size:
            raise ProtocolError("FastCGI: malformed FCGI_BEGIN_REQUEST")
        if identifier in self.requests:
            raise ProtocolError("FastCGI: FCGI_BEGIN_REQUEST with the id of a request that is active")
        role, flags = BEGIN_BODY.unpack(content)
        keep = bool(flags & KEEP_CONN)
        if role != RESPONDER:
            self.replies += end_request(identifier, UNKNOWN_ROLE)
        elif len(self.requests) >= self.limits.requests:
            self.replies += end_request(identifier, OVERLOADED)
        else:
            self.requests[identifier] = Request(identifier, self.base.copy(), keep)
            self._params[identifier] = bytearray()

    def _tell_values(self, content: bytes) -> None:
        """FCGI_GET_VALUES (section 4.1): what is asked for and known."""
        known = {
            "FCGI_MAX_CONNS": str(self.limits.requests),
            "FCGI_MAX_REQS": str(self.limits.requests),
            "FCGI_MPXS_CONNS": "1",
        }
        asked: Environ = {}
        decode_pairs(content, asked)
        pairs = [encode_pair(name.encode(), known[name].encode()) for name in asked if name in known]
        self.replies += record(GET_VALUES_RESULT, 0, b"".join(pairs))


def decode_pairs(content: bytes, into: Environ) -> None:
    """Add the name-value pairs (section 3.4) to `into`.

    Names and values become the strings of PEP 3333: a character for each byte. ProtocolError: a length that
    does not fit into `content`.
    """
    text = content.decode("latin-1")
    position, end = 0, len(content)
    try:
        while position < end:
            name_length = content[position]
            value_length = content[position + 1]
            position += 2
            if name_length | value_length > 127:
                name_length, value_length, position = _decode_lengths(content, position - 2)
            middle = position + name_length
            stop = middle + value_length
            into[text[position:middle]] = text[middle:stop]
            position = stop
    except (IndexError, error):
        raise ProtocolError("FastCGI: a name-value pair breaks off") from None
    if position != end:
        raise ProtocolError("FastCGI: a name-value pair is longer than its record")


def _decode_lengths(content: bytes, position: int) -> tuple[int, int, int]:
    """The lengths of a name and of its value, and where the name begins."""
    lengths = []
    for _ in range(2):
        length = content[position]
        if length < 128:
            position += 1
        else:
            length = _LENGTH.unpack_from(content, position)[0] & 0x7FFFFFFF
            position += 4
        lengths.append(length)
    return lengths[0], lengths[1], position


def encode_pair(name: bytes, value: bytes) -> bytes:
    """A name-value pair (section 3.4)."""
    lengths = [bytes([n]) if n < 128 else _LENGTH.pack(n | 0x80000000) for n in (len(name), len(value))]
    return b"".join([*lengths, name, value])
