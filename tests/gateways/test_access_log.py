"""One line a request, in one format: combined, then the milliseconds that the request took."""

import json
import re
from collections.abc import Callable

from tests.gateways.raw_http import ask, get
from wsgi_gateways.catalogue import Gateway

LINE = re.compile(
    r'(?P<client>[0-9a-f.:]+) - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?P<request>[^"]+)" '
    r'(?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)" (?P<milliseconds>\d+)'
)
LogLines = Callable[[str], list[str]]


def read(gateway: Gateway, line: str) -> dict[str, str]:
    """The fields of a line."""
    if not gateway.has_quirk("access-log-is-json"):
        logged = LINE.fullmatch(line.strip())
        assert logged is not None, line
        return logged.groupdict()
    told = json.loads(line)
    request = told["request"]
    return {
        "client": request["remote_ip"],
        "request": f"{request['method']} {request['uri']} {request['proto']}",
        "status": str(told["status"]),
        "bytes": str(told["size"]),
        "referrer": told["referrer"],
        "agent": told["user_agent"],
        "milliseconds": str(told["duration"]),
    }


def test_a_request_is_one_line(gateway: Gateway, port: int, token: str, log_lines: LogLines) -> None:
    ask(port, get(f"/probe/hello?{token}", "Referer: http://here/", "User-Agent: tester"))
    [line] = log_lines(token)
    logged = read(gateway, line)
    assert logged["request"] == f"GET /probe/hello?{token} HTTP/1.1"
    assert (logged["status"], logged["bytes"]) == ("200", "13")
    assert (logged["referrer"], logged["agent"]) == ("http://here/", "tester")


def test_the_time_it_took_is_in_milliseconds(
    gateway: Gateway, port: int, token: str, log_lines: LogLines
) -> None:
    ask(port, get(f"/probe/sleep?ms=1200&{token}"))
    logged = read(gateway, log_lines(token)[0])
    assert 1200 <= int(logged["milliseconds"]) < 4000


def test_a_client_cannot_write_a_line_of_its_own(
    gateway: Gateway, port: int, token: str, log_lines: LogLines
) -> None:
    answer = ask(port, get(f"/probe/hello?{token}", 'User-Agent: x" 1\x1b[2J\\n'))
    if gateway.has_quirk("refused-request-is-not-logged"):
        assert answer.status == 400
        ask(port, get(f"/probe/hello?{token}", 'User-Agent: x" 1'))
    [line] = log_lines(token)
    assert "\x1b" not in line
    assert '"x" 1' not in line
