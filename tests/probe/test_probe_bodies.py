"""Request bodies: back byte for byte, digested in constant memory, refused where they are cut."""

import hashlib
import socket
import tempfile
import tracemalloc
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import cast

import pytest

import probe
from probe.base import FileBlocks
from tests.probe.probe_client import call, make_environ, serve_once

KIB = 1024
MIB = 1024 * KIB


class Upload(BytesIO):
    """A body that is made while it is read, and remembers how much was asked for at once."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.left = size
        self.asked: list[int] = []

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size > 0, "the body was asked for without a limit"
        self.asked.append(size)
        block = bytes(min(size, self.left))
        self.left -= len(block)
        return block


class Broken(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError("the client is gone")


class Forbidden(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise AssertionError("a request without a body was read")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "GET", "OPTIONS"])
def test_echo_returns_the_body_of_any_method(method: str) -> None:
    answer = call("/probe/echo", method, b"\x00\xff\r\n", {"CONTENT_TYPE": "text/x-test"})
    assert (answer.code, answer.body) == (200, b"\x00\xff\r\n")
    assert answer.header("Content-Length") == "4"
    assert answer.header("Content-Type") == "text/x-test"
    assert answer.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize("size", [0, 1, 64 * KIB - 1, 64 * KIB + 1, MIB, MIB + 1, 16 * MIB])
def test_echo_returns_every_size_up_to_16_mib_in_blocks(size: int) -> None:
    body = (bytes(range(251)) * (size // 251 + 1))[:size]
    answer = call("/probe/echo", "POST", body)
    assert answer.code == 200
    assert answer.body == body
    assert answer.header("Content-Length") == str(size)
    assert all(0 < len(block) <= 64 * KIB for block in answer.blocks)


@pytest.mark.parametrize("length", [16 * MIB + 1, None], ids=["with a length", "chunked"])
def test_echo_beyond_16_mib_is_413_after_all_of_it_was_read(length: int | None) -> None:
    upload = Upload(16 * MIB + 1)
    how = {"wsgi.input_terminated": True} if length is None else {"CONTENT_LENGTH": str(length)}
    answer = call("/probe/echo", "POST", extra={"wsgi.input": upload, **how})
    assert answer.code == 413
    assert "at most 16777216 bytes" in answer.text
    assert upload.left == 0


def test_echo_keeps_nothing_beyond_16_mib(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Spool(tempfile.SpooledTemporaryFile[bytes]):
        def close(self) -> None:
            sizes.append(self.seek(0, 2))
            super().close()

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Spool)
    extra = {"wsgi.input": Upload(20 * MIB), "wsgi.input_terminated": True}
    assert call("/probe/echo", "POST", extra=extra).code == 413
    assert sizes == [16 * MIB]


@pytest.mark.parametrize("content_type", [None, "", "text/\xe9", "text/plain\tx", "a\x7fb"])
def test_echo_without_a_usable_content_type_is_octet_stream(content_type: str | None) -> None:
    extra = {"CONTENT_TYPE": content_type} if content_type is not None else {}
    answer = call("/probe/echo", "POST", b"x", extra)
    assert answer.header("Content-Type") == "application/octet-stream"


def test_echo_into_a_full_temporary_directory_is_507(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
    assert call("/probe/echo", "POST", bytes(MIB)).code == 200
    answer = call("/probe/echo", "POST", bytes(MIB + 1))
    assert answer.code == 507
    assert "temporary directory" in answer.text


@pytest.mark.parametrize("method", ["POST", "HEAD"])
def test_echo_closes_its_temporary_file_even_when_nobody_reads_it(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[FileBlocks] = []
    close = FileBlocks.close

    def remember(blocks: FileBlocks) -> None:
        close(blocks)
        closed.append(blocks)

    monkeypatch.setattr(FileBlocks, "close", remember)
    environ = make_environ("/probe/echo", method, b"x")
    result = probe.application(environ, lambda *_: lambda _: None)
    assert closed == []
    cast(FileBlocks, result).close()
    (blocks,) = closed
    with pytest.raises(ValueError, match="closed file"):
        list(cast(Iterable[bytes], blocks))


@pytest.mark.parametrize("size", [0, 1, 200_000])
def test_sha256_names_digest_and_length(size: int) -> None:
    answer = call("/probe/sha256", "POST", b"z" * size)
    assert answer.json == {"sha256": hashlib.sha256(b"z" * size).hexdigest(), "bytes": size}


def test_sha256_reads_64_kib_at_once_and_never_beyond_the_length() -> None:
    upload = Upload(1_000_000)
    extra = {"wsgi.input": upload, "CONTENT_LENGTH": "100000"}
    assert call("/probe/sha256", "POST", extra=extra).json["bytes"] == 100_000
    assert upload.asked == [64 * KIB, 100_000 - 64 * KIB]


def test_sha256_of_a_large_body_needs_little_memory() -> None:
    size = 64 * MIB
    extra = {"wsgi.input": Upload(size), "CONTENT_LENGTH": str(size)}
    call("/probe/sha256", "POST", b"warm")
    tracemalloc.start()
    try:
        answer = call("/probe/sha256", "POST", extra=extra)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.json["bytes"] == size
    assert peak < MIB


@pytest.mark.parametrize("path", ["/probe/echo", "/probe/sha256"])
class TestBothRoutes:
    @pytest.mark.parametrize("length", [{}, {"CONTENT_LENGTH": ""}], ids=["missing", "empty"])
    def test_without_a_length_there_is_no_body_to_read(self, path: str, length: dict[str, str]) -> None:
        answer = call(path, "POST", extra={"wsgi.input": Forbidden(b"next request"), **length})
        assert answer.code == 200

    def test_a_chunked_body_is_read_to_its_end_where_the_gateway_marks_it(self, path: str) -> None:
        body = b"x" * 100_000
        extra = {
            "wsgi.input": BytesIO(body),
            "wsgi.input_terminated": True,
            "HTTP_TRANSFER_ENCODING": "chunked",
        }
        answer = call(path, "POST", extra=extra)
        expected = body if path == "/probe/echo" else hashlib.sha256(body).hexdigest().encode()
        assert answer.code == 200
        assert expected in answer.body

    def test_a_chunked_body_without_a_marked_end_is_411_and_not_lost(self, path: str) -> None:
        extra = {"wsgi.input": Forbidden(), "HTTP_TRANSFER_ENCODING": "chunked"}
        answer = call(path, "POST", extra=extra)
        assert answer.code == 411
        assert "Content-Length" in answer.text

    @pytest.mark.parametrize("length", ["abc", "-1", "+5", "1.5", "5, 5", " 5", "\u0663", "0x10", "9" * 19])
    def test_a_content_length_that_is_no_number_is_400(self, path: str, length: str) -> None:
        extra = {"wsgi.input": Forbidden(), "CONTENT_LENGTH": length}
        answer = call(path, "POST", extra=extra, validated=False)
        assert answer.code == 400
        assert "decimal digits" in answer.text

    def test_a_body_shorter_than_its_length_is_400(self, path: str) -> None:
        answer = call(path, "POST", b"1234567", {"CONTENT_LENGTH": "10"})
        assert answer.code == 400
        assert "3 bytes short" in answer.text

    @pytest.mark.parametrize(
        "how", [{"CONTENT_LENGTH": "10"}, {"wsgi.input_terminated": True}], ids=["sized", "chunked"]
    )
    def test_a_connection_that_breaks_while_reading_is_400(self, path: str, how: dict[str, object]) -> None:
        answer = call(path, "POST", extra={"wsgi.input": Broken(), **how})
        assert answer.code == 400
        assert "broke off" in answer.text

    def test_a_client_that_stops_sending_is_told_so_by_a_real_server(self, path: str) -> None:
        with serve_once() as address, socket.create_connection(address, timeout=10) as client:
            request = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789"
            client.sendall(request.encode())
            client.shutdown(socket.SHUT_WR)
            response = client.makefile("rb").read()
        assert response.split(b"\r\n")[0].endswith(b" 400 Bad Request")
        assert b"90 bytes short" in response
