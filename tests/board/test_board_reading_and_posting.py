"""What visitors and users do with the board."""

from __future__ import annotations

import re
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from tests.board.visitor import Visitor, new_board, words


@pytest.fixture(scope="module")
def signed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A data directory and the cookie of the one user in it: hashing passwords takes its time."""
    data_dir = tmp_path_factory.mktemp("signed_up")
    cookie = Visitor(new_board(data_dir)).sign_up("Ann").client.get_cookie("board_session")
    assert cookie
    return data_dir, cookie.value


@pytest.fixture
def ann(tmp_path: Path, signed_up: tuple[Path, str]) -> Visitor:
    data_dir, cookie = signed_up
    shutil.copytree(data_dir, tmp_path, dirs_exist_ok=True)
    visitor = Visitor(new_board(tmp_path))
    visitor.client.set_cookie("board_session", cookie)
    return visitor


def titles(visitor: Visitor, path: str = "/") -> list[str]:
    return re.findall(r'dir="auto">([^<]*)</a></h[23]>', visitor.get(path).text)


def test_an_empty_board_invites_to_write(tmp_path: Path) -> None:
    page = Visitor(new_board(tmp_path)).get("/")
    assert page.status_code == 200
    assert "Nobody has written anything yet" in page.text


def test_a_thread_is_read_by_everybody_on_every_board_with_the_same_data(
    ann: Visitor, tmp_path: Path
) -> None:
    thread = ann.start_thread("Moin", "Wie geht's?\nGut?")
    stranger = Visitor(new_board(tmp_path))
    page = stranger.get(thread).text
    assert "Moin" in page
    assert "Wie geht's?\nGut?" in words(page)
    assert titles(stranger) == ["Moin"]


def test_a_reply_moves_its_thread_to_the_top(ann: Visitor) -> None:
    first = ann.start_thread("first")
    ann.start_thread("second")
    assert titles(ann) == ["second", "first"]
    ann.must(303, ann.reply(first, "still here"))
    assert titles(ann) == ["first", "second"]
    assert "1 reply" in words(ann.get("/").text)


def test_the_list_has_pages_of_twenty(ann: Visitor) -> None:
    for number in range(21):
        ann.start_thread(f"thread {number}")
    assert titles(ann) == [f"thread {number}" for number in range(20, 0, -1)]
    assert titles(ann, "/?page=2") == ["thread 0"]
    assert 'rel="next" href="/?page=2"' in ann.get("/").text
    assert 'rel="next"' not in ann.get("/?page=2").text


def test_a_reply_that_begins_a_page_is_shown_on_that_page(ann: Visitor) -> None:
    thread = ann.start_thread("long")
    answers = [ann.reply(thread, f"reply {number}") for number in range(2, 52)]
    assert answers[-2].location == f"{thread}#post-50"
    assert answers[-1].location == f"{thread}?page=2#post-51"
    second_page = ann.get(f"{thread}?page=2").text
    assert 'id="post-51"' in second_page
    assert 'id="post-50"' not in second_page


@pytest.mark.parametrize("page", ["0", "-1", "2", "99999999999999999999999"])
def test_a_page_that_does_not_exist_is_not_found(ann: Visitor, page: str) -> None:
    assert ann.get(f"/?page={page}").status_code == 404


@pytest.mark.parametrize("thread", ["7", "0", "9" * 30, "9" * 5000, "-1", "x"])
def test_a_thread_that_does_not_exist_is_not_found(ann: Visitor, thread: str) -> None:
    assert ann.get(f"/threads/{thread}").status_code == 404
    assert ann.send(f"/threads/{thread}/replies", "/", body="hello").status_code == 404


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "'); DROP TABLE posts; --", "{{ 7 * 7 }}", "&lt;b&gt;"]
)
def test_html_sql_and_templates_are_shown_as_they_were_typed(ann: Visitor, text: str) -> None:
    page = ann.get(ann.start_thread(text, text)).text
    assert words(page).count(text) >= 2
    assert "<script" not in page
    assert titles(ann)


def test_a_link_is_one_that_can_be_followed_and_a_script_is_not(ann: Visitor) -> None:
    page = ann.get(ann.start_thread("x", "https://example.org/?a=1&b=2 javascript:alert(1)")).text
    assert 'href="https://example.org/?a=1&amp;b=2"' in page
    assert 'href="javascript' not in page


@pytest.mark.parametrize(
    ("title", "body", "wrong"),
    [
        ("", "text", "title"),
        ("t" * 121, "text", "title"),
        ("title", "", "body"),
        ("title", " \r\n \u200b ", "body"),
        ("title", "b" * 20_001, "body"),
    ],
)
def test_a_refused_thread_comes_back_with_its_text_and_the_reason(
    ann: Visitor, title: str, body: str, wrong: str
) -> None:
    answer = ann.send("/threads", "/threads/new", title=title, body=body)
    assert answer.status_code == 422
    assert f'id="{wrong}-error"' in answer.text
    assert body.strip(" \r\n\u200b") in answer.text
    assert title in answer.text
    assert titles(ann) == []


def test_the_longest_title_and_message_are_accepted(ann: Visitor) -> None:
    body = "𝄞" * 20_000  # four bytes each, and twelve on the way
    assert body in ann.get(ann.start_thread("𝄞" * 120, body)).text


def test_line_breaks_count_once(ann: Visitor) -> None:
    body = "\r\n".join("x" * 10_000)[:-1]  # 19,999 characters once a line break is one
    ann.start_thread("lines", body)


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x85"])
def test_control_characters_are_taken_out_and_the_author_asked_again(ann: Visitor, bad: str) -> None:
    answer = ann.send("/threads", "/threads/new", title="title", body=f"before{bad}after")
    assert answer.status_code == 422
    assert "beforeafter</textarea>" in answer.text
    assert titles(ann) == []


def test_a_refused_reply_comes_back_below_its_thread(ann: Visitor) -> None:
    thread = ann.start_thread("Moin")
    answer = ann.reply(thread, "r" * 20_001)
    assert answer.status_code == 422
    assert "Moin" in answer.text
    assert "r" * 20_001 in answer.text


def test_a_message_of_a_mebibyte_is_too_large_and_nothing_is_saved(ann: Visitor) -> None:
    answer = ann.send("/threads", "/threads/new", title="title", body="x" * 1024 * 1024)
    assert answer.status_code == 413
    assert "nothing was saved" in answer.text
    assert titles(ann) == []


def test_what_is_too_large_is_read_all_the_same_so_that_the_browser_shows_the_answer(
    ann: Visitor,
) -> None:
    body = BytesIO(b"body=" + b"x" * 1024 * 1024)
    answer = ann.client.post(
        "/threads",
        input_stream=body,
        content_length=len(body.getvalue()),
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 413
    answer.close()
    assert body.read() == b""


@pytest.mark.parametrize("raw", [b"%FF", b"\xe9", b"%ED%A0%80"])
def test_text_that_is_not_utf8_is_refused(ann: Visitor, raw: bytes) -> None:
    token = ann.token("/threads/new").encode()
    answer = ann.client.post(
        "/threads",
        data=b"csrf_token=" + token + b"&title=t&body=" + raw,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
    assert "UTF-8" in answer.text
    answer.close()
    assert titles(ann) == []


def test_relative_dates_come_with_the_exact_time(ann: Visitor) -> None:
    page = ann.get(ann.start_thread("Moin")).text
    assert re.search(
        r'<time datetime="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00" title="[^"]+ UTC">just now', page
    )
