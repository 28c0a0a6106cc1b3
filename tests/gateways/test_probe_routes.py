"""Every probe route answers through every gateway as it does without one."""

from pathlib import Path

import httpx

from wsgi_gateways.catalogue import Gateway

SOURCE = Path(__file__).resolve().parents[2] / "app" / "probe" / "answers.py"


def test_hello_is_thirteen_bytes_of_text(client: httpx.Client) -> None:
    answer = client.get("/probe/hello")
    assert answer.status_code == 200
    assert answer.content == b"Hello, World!"
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_the_healthcheck_is_answered(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_the_index_names_the_routes(client: httpx.Client) -> None:
    assert "/probe/sha256" in client.get("/probe/").text


def test_an_unknown_route_is_not_found(client: httpx.Client) -> None:
    assert client.get("/probe/nothing").status_code == 404


def test_statuses_pass_through(client: httpx.Client) -> None:
    for status in (201, 400, 403, 404, 418, 451, 500, 502, 503, 599):
        answer = client.get(f"/probe/status?code={status}")
        assert answer.status_code == status
        assert answer.text.startswith(str(status))


def test_a_file_arrives_as_it_is_on_disk(gateway: Gateway, client: httpx.Client) -> None:
    answer = client.get("/probe/file")
    assert answer.content == SOURCE.read_bytes()
    wrapped = "no" if gateway.has_quirk("no-file-wrapper") else "yes"
    assert answer.headers["x-probe-file-wrapper"] == wrapped


def test_write_comes_before_what_is_returned(gateway: Gateway, client: httpx.Client) -> None:
    answer = client.get("/probe/write")
    if gateway.has_quirk("no-write-callable"):
        assert answer.status_code == 500
    else:
        assert answer.text == "written\nreturned\n"


def test_a_stream_arrives_whole(client: httpx.Client) -> None:
    lines = client.get("/probe/stream?n=1000").text.splitlines()
    assert lines == [f"line {number}" for number in range(1, 1001)]


def test_an_empty_response_is_empty(client: httpx.Client) -> None:
    assert client.get("/probe/bytes?n=0").content == b""
    assert client.get("/probe/stream?n=0").content == b""


def test_a_request_sleeps_and_returns(client: httpx.Client) -> None:
    assert client.get("/probe/sleep?ms=20").text == "slept 20 ms\n"


def test_the_process_tells_about_itself(client: httpx.Client) -> None:
    told = client.get("/probe/process").json()
    assert told["requests"] >= 1
    assert told["ended"] >= told["began"]
    assert told["python"].startswith("3.")


def test_file_names_are_utf_8(client: httpx.Client) -> None:
    assert client.get("/probe/process").json()["filesystem_encoding"] == "utf-8"
