"""wsgi.file_wrapper of a CGI script (PEP 3333, "Optional Platform-Specific File Handling")."""

import subprocess
from pathlib import Path

import pytest

from tests.serve.cgi_script import Answer, ask, command, variables

CONTENT = bytes(range(251)) * 4000  # 1 MB; 251 is prime: a block lost or sent twice shows
SEND = """
import sys
def application(environ, start_response):
    file = open({path!r}, "rb")
    {before}
    start_response("200 OK", {headers!r})
    return environ["wsgi.file_wrapper"](file)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(CONTENT)
    return path


def send(
    path: Path, before: str = "pass", headers: list[tuple[str, str]] | None = None, **extra: str
) -> Answer:
    return ask(SEND.format(path=str(path), before=before, headers=headers or []), **extra)


@pytest.mark.parametrize("server", ["Apache", "lighttpd"])
def test_a_file_is_sent_whole_and_with_its_length(path: Path, server: str) -> None:
    answer = send(path, SERVER_SOFTWARE=server)
    assert answer.header("content-length") == str(len(CONTENT))
    assert answer.body == CONTENT
    assert (answer.log, answer.exit_status) == ("", 0)


def test_it_begins_where_the_file_stands(path: Path) -> None:
    assert send(path, "file.read(1000)").body == CONTENT[1000:]


def test_it_ends_where_the_length_says(path: Path) -> None:
    answer = send(path, headers=[("Content-Length", "70000")])
    assert answer.body == CONTENT[:70000]
    assert answer.exit_status == 0


def test_a_file_shorter_than_the_length_is_logged(path: Path) -> None:
    answer = send(path, headers=[("Content-Length", str(len(CONTENT) + 1))])
    assert answer.body == CONTENT
    assert "1 bytes shorter" in answer.log
    assert answer.exit_status == 1


def test_an_empty_file_is_an_empty_body(path: Path) -> None:
    path.write_bytes(b"")
    answer = send(path)
    assert (answer.header("content-length"), answer.body) == ("0", b"")


def test_head_sends_nothing_of_it(path: Path) -> None:
    assert send(path, REQUEST_METHOD="HEAD").output == b"Status: 200 OK\r\n\r\n"


COMPRESS = """
    import gzip
    name = file.name + ".gz"
    with gzip.open(name, "wb") as compressed:
        compressed.write(file.read())
    file = gzip.open(name)
"""
PIPE = """
    import os, threading
    reading, writing = os.pipe()
    def fill(source):
        with open(writing, "wb") as pipe:
            pipe.write(source.read())
    threading.Thread(target=fill, args=(file,)).start()
    file = open(reading, "rb")
"""
ONLY_READ = """
    class OnlyRead:
        read = file.read
    file = OnlyRead()
"""
OTHERS = {
    "bytes": "import io; file = io.BytesIO(file.read())",
    "a compressed file": COMPRESS,
    "a compressed file behind a buffer": COMPRESS + "    import io; file = io.BufferedReader(file)\n",
    "a pipe": PIPE,
    "a file to read and write": "file = open(file.name, 'r+b')",
    "an unbuffered file": "file = open(file.name, 'rb', buffering=0)",
    "an object with read() alone": ONLY_READ,
}


@pytest.mark.parametrize("before", OTHERS.values(), ids=OTHERS)
def test_what_is_no_plain_file_is_sent_in_blocks(path: Path, before: str) -> None:
    answer = send(path, before)
    assert answer.body == CONTENT
    assert (answer.log, answer.exit_status) == ("", 0)


def test_a_file_without_a_size_is_sent_to_its_end() -> None:
    assert b"Name:" in send(Path("/proc/self/status")).body


def test_a_standard_output_that_takes_no_sendfile_gets_the_file_in_blocks(path: Path, tmp_path: Path) -> None:
    output = tmp_path / "output"
    with output.open("ab") as file:  # sendfile(2): EINVAL for O_APPEND
        subprocess.run(
            command(SEND.format(path=str(path), before="pass", headers=[])),
            stdout=file,
            env=variables({}),
            timeout=30,
            check=True,
        )
    assert output.read_bytes().partition(b"\r\n\r\n")[2] == CONTENT


def test_what_was_written_before_comes_before_the_file(path: Path) -> None:
    answer = ask(f"""
        def application(environ, start_response):
            start_response("200 OK", [])(b"before")
            return environ["wsgi.file_wrapper"](open({str(path)!r}, "rb"))
        """)
    assert answer.body == b"before" + CONTENT


CLOSING = """
    class Closing:
        read = file.read
        def close(self):
            print("closed", file=sys.stderr)
    file = Closing()
"""


def test_the_file_is_closed_once(path: Path) -> None:
    answer = send(path, CLOSING)
    assert (answer.body, answer.log) == (CONTENT, "closed\n")


def test_middleware_gets_blocks_of_the_size_asked_for(path: Path) -> None:
    answer = ask(f"""
        def application(environ, start_response):
            start_response("200 OK", [])
            wrapped = environ["wsgi.file_wrapper"](open({str(path)!r}, "rb"), 1000)
            return [b"%d" % len(next(iter(wrapped)))]
        """)
    assert answer.body == b"1000"
