"""Signing up, logging in and out, and what others cannot do with it."""

from __future__ import annotations

import stat
from pathlib import Path
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.security import generate_password_hash

from board.models.accounts import NOBODY
from tests.board.visitor import PASSWORD, Visitor, new_board


@pytest.fixture
def board(tmp_path: Path) -> WSGIApplication:
    return new_board(tmp_path)


def is_logged_in(visitor: Visitor) -> bool:
    return "Log out" in visitor.get("/").text


def test_whoever_signs_up_is_logged_in_until_logging_out(board: WSGIApplication) -> None:
    ann = Visitor(board).sign_up("Ann")
    assert is_logged_in(ann)
    assert ann.send("/logout", "/").status_code == 303
    assert not is_logged_in(ann)
    assert ann.log_in("aNN").status_code == 303
    assert is_logged_in(ann)


def test_a_login_is_valid_in_every_other_process_with_the_same_data(
    board: WSGIApplication, tmp_path: Path
) -> None:
    ann = Visitor(board).sign_up("Ann")
    ann.client.application = new_board(tmp_path)
    assert is_logged_in(ann)


def test_a_login_means_nobody_once_the_board_starts_again_empty(
    board: WSGIApplication, tmp_path: Path
) -> None:
    ann = Visitor(board).sign_up("Ann")
    for file in tmp_path.glob("board.sqlite3*"):
        file.unlink()
    Visitor(board).sign_up("Mallory")
    assert not is_logged_in(ann)


def test_the_cookie_serves_all_gateways_and_is_kept_from_scripts_and_other_sites(
    board: WSGIApplication,
) -> None:
    cookie = Visitor(board, prefix="/gateway/x").get("/login").headers["Set-Cookie"]
    assert cookie.startswith("board_session=")
    assert {"HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_the_key_is_readable_by_its_owner_only(board: WSGIApplication, tmp_path: Path) -> None:
    Visitor(board).get("/login")
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["Ann", "ann", "ＡＮＮ"])
def test_a_name_is_given_once(board: WSGIApplication, name: str) -> None:
    Visitor(board).sign_up("Ann")
    answer = Visitor(board).send("/signup", "/signup", name=name, password=PASSWORD)
    assert answer.status_code == 422
    assert "taken" in answer.text


@pytest.mark.parametrize("name", ["", "a", "a" * 41, "a b", "<b>", ".a", "a\x00b", "a\u202eb"])
def test_a_name_is_made_of_letters_and_digits(board: WSGIApplication, name: str) -> None:
    answer = Visitor(board).send("/signup", "/signup", name=name, password=PASSWORD)
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text


@pytest.mark.parametrize("password", ["", "1234567", "x" * 129])
def test_a_password_is_long_but_not_endless(board: WSGIApplication, password: str) -> None:
    answer = Visitor(board).send("/signup", "/signup", name="Ann", password=password)
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text


def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(board: WSGIApplication) -> None:
    Visitor(board).sign_up("Ann")
    wrong = Visitor(board).log_in("Ann", "wrong horse")
    unknown = Visitor(board).log_in("Bob", "wrong horse")
    assert wrong.status_code == unknown.status_code == 422
    assert "do not belong together" in wrong.text
    assert "do not belong together" in unknown.text
    assert "wrong horse" not in wrong.text


def test_an_unknown_name_costs_as_much_hashing_as_a_known_one() -> None:
    method, salt, digest = generate_password_hash(PASSWORD).split("$")
    assert [len(part) for part in NOBODY.split("$")] == [len(method), len(salt), len(digest)]
    assert NOBODY.startswith(f"{method}$")


def test_a_visitor_who_wants_to_write_logs_in_and_goes_on_there(board: WSGIApplication) -> None:
    Visitor(board).sign_up("Ann")
    visitor = Visitor(board)
    asked = visitor.get("/threads/new")
    assert asked.location == "/login?next=/threads/new"
    assert 'value="/threads/new"' in visitor.get(asked.location).text
    assert visitor.log_in("Ann", next="/threads/new").location == "/threads/new"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_a_login_never_leads_to_another_site(board: WSGIApplication, elsewhere: str) -> None:
    Visitor(board).sign_up("Ann")
    assert Visitor(board).log_in("Ann", next=elsewhere).location == "/"


def test_who_is_not_logged_in_cannot_post(board: WSGIApplication) -> None:
    thread = Visitor(board).sign_up("Ann").start_thread("Moin")
    stranger = Visitor(board)
    token = stranger.token("/login")
    for path in ("/threads", f"{thread}/replies"):
        for body in ("hello", ""):
            form = {"csrf_token": token, "title": "t", "body": body}
            assert stranger.post(path, form).status_code == 403
    assert "0 replies" in stranger.get("/").text.replace("<strong>", "").replace("</strong>", "")


@pytest.mark.parametrize("path", ["/threads", "/threads/1/replies", "/logout"])
def test_a_form_from_another_site_is_refused(board: WSGIApplication, path: str) -> None:
    ann, mallory = Visitor(board).sign_up("Ann"), Visitor(board).sign_up("Mallory")
    ann.start_thread("Moin")
    form = {"title": "t", "body": "b"}
    for token in ({}, {"csrf_token": "made.up"}, {"csrf_token": mallory.token("/threads/new")}):
        assert ann.post(path, form | token).status_code == 400
    assert is_logged_in(ann)
    assert "0 replies" in ann.get("/").text.replace("<strong>", "").replace("</strong>", "")


@pytest.mark.parametrize("path", ["/login", "/signup"])
def test_nobody_can_be_logged_in_by_another_site(board: WSGIApplication, path: str) -> None:
    Visitor(board).sign_up("Ann")
    visitor = Visitor(board)
    answer = visitor.post(path, {"name": "Ann2", "password": PASSWORD})
    assert answer.status_code == 400
    assert not is_logged_in(visitor)


def test_a_login_takes_a_new_csrf_token(board: WSGIApplication) -> None:
    ann = Visitor(board).sign_up("Ann")
    ann.send("/logout", "/")
    before = ann.token("/login")
    ann.log_in("Ann")
    assert ann.post("/logout", {"csrf_token": before}).status_code == 400
