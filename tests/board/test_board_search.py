"""Searching finds every word, in titles and messages, in any case."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.board.visitor import Visitor, new_board


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Visitor:
    """A visitor of a board that nobody writes to any more."""
    ann = Visitor(new_board(tmp_path_factory.mktemp("board"))).sign_up("Ann")
    ann.start_thread("A gateway", "with something inside")
    ann.start_thread("ÄRGER", "in der Straße")
    ann.start_thread("100% sure", "yes")
    ann.start_thread("a_b", "and aXb")
    ann.start_thread("back\\slash", "no")
    ann.reply(ann.start_thread("Questions"), "forty-two")
    return ann


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("GATEWAY", ["A gateway"]),
        ("inside", ["A gateway"]),
        ("gateway inside", ["A gateway"]),
        ("gateway absent", []),
        ("ärger", ["ÄRGER"]),
        ("STRASSE", ["ÄRGER"]),
        ("100%", ["100% sure"]),
        ("%", ["100% sure"]),
        ("a_b", ["a_b"]),
        ("_", ["a_b"]),
        ("\\", ["back\\slash"]),
        ("' OR 1=1 --", []),
        ("questions forty", []),
    ],
)
def test_words_are_found_in_any_case_and_wildcards_are_literal(
    reader: Visitor, asked: str, found: list[str]
) -> None:
    page = reader.get("/search", query_string={"q": asked})
    assert page.status_code == 200
    assert re.findall(r'dir="auto">([^<]*)</a></h3>', page.text) == found


def test_a_reply_that_is_found_is_linked_itself(reader: Visitor) -> None:
    page = reader.get("/search?q=forty").text
    assert re.findall(r'href="/threads/\d+#(post-\d+)"', page) == ["post-2"]


@pytest.mark.parametrize("asked", ["", "  ", "x" * 101, "a\x00b"])
def test_it_says_what_it_cannot_search_for(reader: Visitor, asked: str) -> None:
    page = reader.get("/search", query_string={"q": asked})
    assert page.status_code == 422
    assert 'id="q-error"' in page.text


def test_results_have_pages(tmp_path: Path) -> None:
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    thread = ann.start_thread("Moin")
    for number in range(21):
        ann.reply(thread, f"needle & thread {number}")
    first = ann.get("/search?q=needle+%26").text
    assert "21 posts found" in first
    assert 'rel="next" href="/search?q=needle+%26&amp;page=2"' in first.replace("%20", "+")
    assert "needle &amp; thread 0" in ann.get("/search?q=needle+%26&page=2").text
