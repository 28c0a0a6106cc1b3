"""One line a request, in one format: combined, then the milliseconds that the request took."""

import re
from collections.abc import Callable

from tests.gateways.raw_http import ask, get

LINE = re.compile(
    r'(?P<client>[0-9a-f.:]+) - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?P<request>[^"]+)" '
    r'(?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referrer>[^"]*)" "(?P<agent>[^"]*)" (?P<milliseconds>\d+)'
)
LogLines = Callable[[str], list[str]]


def test_a_request_is_one_line(port: int, token: str, log_lines: LogLines) -> None:
    ask(port, get(f"/probe/hello?{token}", "Referer: http://here/", "User-Agent: tester"))
    [line] = log_lines(token)
    logged = LINE.fullmatch(line.strip())
    assert logged is not None, line
    assert logged["request"] == f"GET /probe/hello?{token} HTTP/1.1"
    assert (logged["status"], logged["bytes"]) == ("200", "13")
    assert (logged["referrer"], logged["agent"]) == ("http://here/", "tester")


def test_the_time_it_took_is_in_milliseconds(port: int, token: str, log_lines: LogLines) -> None:
    ask(port, get(f"/probe/sleep?ms=1200&{token}"))
    logged = LINE.fullmatch(log_lines(token)[0].strip())
    assert logged is not None
    assert 1200 <= int(logged["milliseconds"]) < 4000


def test_a_client_cannot_write_a_line_of_its_own(port: int, token: str, log_lines: LogLines) -> None:
    ask(port, get(f"/probe/hello?{token}", 'User-Agent: x" 1\x1b[2J\\n'))
    [line] = log_lines(token)
    assert "\x1b" not in line
    assert '"x" 1' not in line
