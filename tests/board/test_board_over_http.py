"""Headers, caching, prefixes and error pages."""

from __future__ import annotations

import re
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest

from tests.board.visitor import Visitor, new_board


@pytest.fixture
def board(tmp_path: Path) -> WSGIApplication:
    return new_board(tmp_path)


@pytest.fixture
def visitor(board: WSGIApplication) -> Visitor:
    return Visitor(board)


def static_addresses(visitor: Visitor) -> list[str]:
    return re.findall(r'(?:href|src)="([^"]*/static/[^"]+)"', visitor.get("/").text)


class TestPrefix:
    def test_every_link_form_and_redirect_stays_below_it(self, board: WSGIApplication) -> None:
        ann = Visitor(board, prefix="/gateway/x").sign_up("Ann")
        thread = ann.must(303, ann.send("/threads", "/threads/new", title="Moin", body="Hello.")).location
        assert thread == "/gateway/x/threads/1"
        for path in ("/", "/threads/1", "/threads/new", "/search?q=Moin", "/login", "/nowhere"):
            page = ann.get(path).text
            addresses = re.findall(r'(?:href|src|action)="([^"#]+)', page)
            assert len(addresses) > 3
            assert [a for a in addresses if not a.startswith("/gateway/x/")] == []

    def test_a_login_goes_on_below_it(self, board: WSGIApplication) -> None:
        Visitor(board).sign_up("Ann")
        visitor = Visitor(board, prefix="/gateway/x")
        asked = visitor.get("/threads/new").location
        assert asked == "/gateway/x/login?next=/threads/new"
        assert visitor.log_in("Ann", next="/threads/new").location == "/gateway/x/threads/new"

    def test_the_invitation_on_the_empty_board_leads_to_the_form(self, board: WSGIApplication) -> None:
        page = Visitor(board, prefix="/gateway/x").get("/").text
        assert '"/gateway/x/signup?next=/threads/new"' in page

    def test_what_is_static_is_found_below_it(self, board: WSGIApplication) -> None:
        visitor = Visitor(board, prefix="/gateway/x")
        addresses = static_addresses(visitor)
        assert len(addresses) == 3
        for address in addresses:
            assert visitor.get(address.removeprefix("/gateway/x")).status_code == 200


class TestStaticFiles:
    def test_they_are_kept_for_a_day_under_an_address_that_changes_with_them(self, visitor: Visitor) -> None:
        for address in static_addresses(visitor):
            assert re.search(r"\?v=[0-9a-f]{12}$", address)
            answer = visitor.get(address)
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == "public, max-age=86400"
            assert "Cookie" not in answer.headers.get("Vary", "")
            assert "Set-Cookie" not in answer.headers

    @pytest.mark.parametrize(
        ("known", "condition"),
        [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")],
    )
    @pytest.mark.parametrize("encoding", ["gzip", "identity"])
    def test_an_unchanged_file_is_not_sent_again(
        self, visitor: Visitor, known: str, condition: str, encoding: str
    ) -> None:
        accept = {"Accept-Encoding": encoding}
        first = visitor.get("/static/style.css", headers=accept)
        again = visitor.get("/static/style.css", headers=accept | {condition: first.headers[known]})
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["Cache-Control"] == "public, max-age=86400"

    def test_a_changed_file_is_sent_again(self, visitor: Visitor) -> None:
        answer = visitor.get("/static/style.css", headers={"If-None-Match": '"older"'})
        assert answer.status_code == 200

    @pytest.mark.parametrize("path", ["../__init__.py", "..%2f__init__.py", "/etc/passwd", ""])
    def test_nothing_but_static_files_is_sent(self, visitor: Visitor, path: str) -> None:
        assert visitor.get(f"/static/{path}").status_code == 404


class TestHeaders:
    @pytest.mark.parametrize("path", ["/", "/login", "/search", "/nowhere", "/static/nowhere"])
    def test_pages_are_not_shared_between_users(self, visitor: Visitor, path: str) -> None:
        headers = visitor.get(path).headers
        assert headers["Cache-Control"] == "private, no-cache"
        assert "Cookie" in headers["Vary"]

    @pytest.mark.parametrize("path", ["/", "/nowhere", "/static/style.css"])
    def test_nothing_runs_or_is_loaded_from_elsewhere(self, visitor: Visitor, path: str) -> None:
        headers = visitor.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"

    def test_reading_sets_no_cookie(self, visitor: Visitor) -> None:
        assert "Set-Cookie" not in visitor.get("/").headers


class TestErrorPages:
    def test_a_wrong_method_names_the_right_ones(self, visitor: Visitor) -> None:
        answer = visitor.send("/", "/login")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]

    @pytest.mark.parametrize(
        ("path", "status"), [("/nowhere", 404), ("//evil.example/", 404), ("/?page=%ff", 400)]
    )
    def test_they_look_like_the_rest(self, visitor: Visitor, path: str, status: int) -> None:
        answer = visitor.client.get("/", environ_overrides=path_of(path))
        with answer:
            assert answer.status_code == status
            assert "style.css" in answer.text
            assert "Bulletin board" in answer.text
            assert answer.content_type == "text/html; charset=utf-8"

    @pytest.mark.parametrize("host", ["evil.example", "a b<c>", "[::1", ""])
    @pytest.mark.parametrize("path", ["/", "/threads/new", "/login", "/nowhere"])
    def test_what_the_host_header_says_appears_nowhere(self, visitor: Visitor, host: str, path: str) -> None:
        answer = visitor.get(path, headers={"Host": host})
        assert answer.status_code == visitor.get(path).status_code
        assert answer.text.count("evil") == answer.text.count("a b<c>") == 0
        assert not answer.headers.get("Location", "/").startswith("http")

    def test_a_body_shorter_than_announced_is_a_bad_request(self, visitor: Visitor) -> None:
        answer = visitor.client.post(
            "/login",
            data=b"name=x",
            content_type="application/x-www-form-urlencoded",
            environ_overrides={"CONTENT_LENGTH": "100"},
        )
        with answer:
            assert answer.status_code == 400


def path_of(address: str) -> dict[str, str]:
    path, _, query = address.partition("?")
    return {"PATH_INFO": path, "QUERY_STRING": query}


def test_the_page_says_which_gateway_served_it(visitor: Visitor) -> None:
    page = visitor.get("/", environ_overrides={"GATEWAY": "nginx-<fastcgi>"}).text
    assert "nginx-&lt;fastcgi&gt;" in page
    assert "Served through" not in visitor.get("/").text
