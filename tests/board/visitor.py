"""A visitor of the board: opens pages, fills in forms, follows redirects. Nothing but HTTP."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication
from wsgiref.validate import validator

from werkzeug.test import Client, TestResponse

from board import Settings, create_application

PASSWORD = "correct horse"


def new_board(data_dir: Path) -> WSGIApplication:
    """The board as a server process has it, held against PEP 3333 with each request."""
    return validator(create_application(Settings.from_environ({"DATA_DIR": str(data_dir)})))


class Visitor:
    def __init__(self, board: WSGIApplication, prefix: str = "") -> None:
        self.client = Client(board)
        self._base = f"http://localhost{prefix}/"

    def get(self, path: str, **options: Any) -> TestResponse:
        return self._open(path, method="GET", **options)

    def post(self, path: str, form: dict[str, str], **options: Any) -> TestResponse:
        """Sends what is given and nothing else."""
        return self._open(path, method="POST", data=form, **options)

    def send(self, path: str, seen_on: str, **fields: str) -> TestResponse:
        """Opens the page the form is on, then sends the form."""
        return self.post(path, {"csrf_token": self.token(seen_on), **fields})

    def token(self, page: str) -> str:
        return token_in(self.get(page).text)

    def sign_up(self, name: str) -> Visitor:
        self.must(303, self.send("/signup", "/signup", name=name, password=PASSWORD))
        return self

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> TestResponse:
        return self.send("/login", "/login", name=name, password=password, **fields)

    def start_thread(self, title: str, body: str = "Hello.") -> str:
        """Returns the thread's path."""
        answer = self.send("/threads", "/threads/new", title=title, body=body)
        return self.must(303, answer).location

    def reply(self, thread: str, body: str) -> TestResponse:
        return self.send(f"{thread}/replies", thread, body=body)

    @staticmethod
    def must(status: int, answer: TestResponse) -> TestResponse:
        assert answer.status_code == status, f"{answer.status}\n{answer.text}"
        return answer

    def _open(self, path: str, **options: Any) -> TestResponse:
        # Read whole and closed here, as the validator wants it of a server.
        answer = self.client.open(path, base_url=self._base, **options)
        answer.get_data()
        answer.close()
        return answer


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, page
    return found[1]


def words(page: str) -> str:
    """What a reader sees of a page."""
    return html.unescape(re.sub(r"<[^>]+>", "", page))
