"""Runs in a gateway's container: fill an empty board, and print what its visitors need as JSON.

Its arguments are the gateways' names, for each page says which one served it; no gateway is asked.

Dates lie years back, so that pages do not change with the time of day. One thread gets the replies of the
scenario board-post; it is the newest one, so the second page of the list stays as it is.
"""

import json
import re
import sys
from datetime import UTC, datetime, timedelta

sys.path.insert(0, "/srv/app/current")
from werkzeug.test import Client

from board import Settings, create_application
from board.database import Database
from board.models import accounts, threads
from board.models.tables import Post

THREADS = 60
PASSWORD = "correct horse"  # noqa: S105 (of a board that holds nothing)
LIST = "/?page=2"


def fill(database: Database) -> int:
    """60 threads with up to 12 posts; the number of the newest one."""
    with database.writing() as db:
        user = accounts.new_user("Visitor", accounts.hash_password(PASSWORD))
        db.add(user)
        db.flush()
        newest = 0
        for number in range(THREADS):
            moment = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=number)
            thread = threads.start_thread(
                db, user, f"Thread number {number}: what was it about?", "A post. " * 20
            )
            for turn in range(number % 12 if number < THREADS - 1 else 0):
                threads.reply(db, thread.id, user, f"Reply {turn}. " * 10)
            thread.created_at = thread.active_at = moment
            db.query(Post).filter(Post.thread_id == thread.id).update({"created_at": moment})
            newest = thread.id
    return newest


def main() -> None:
    settings = Settings.from_environ()
    thread = f"/threads/{fill(Database(settings.database_url))}"
    visitor = Client(create_application(settings))
    token = _token(visitor.get("/login").text)
    form = {"csrf_token": token, "name": "Visitor", "password": PASSWORD}
    answer = visitor.post("/login", data=form)
    if answer.status_code != 303:
        sys.exit(f"prepare_board: nobody can log in: {answer.status}")
    token = _token(visitor.get(thread).text)
    cookie = visitor.get_cookie("board_session")
    told = {
        "cookie": f"board_session={cookie.value if cookie else ''}",
        "csrf_token": token,
        "reply_path": f"{thread}/replies",
        "thread_path": thread,
        "list_path": LIST,
        "list_pages": {name: _list_page(settings, name) for name in sys.argv[1:]},
    }
    print(json.dumps(told))  # noqa: T201


def _list_page(settings: Settings, gateway: str) -> str:
    answer = Client(create_application(settings)).get(LIST, environ_overrides={"GATEWAY": gateway})
    if answer.status_code != 200:
        sys.exit(f"prepare_board: {LIST}: {answer.status}")
    return answer.text


def _token(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    if not found:
        sys.exit(f"prepare_board: no form on this page:\n{page}")
    return found[1]


if __name__ == "__main__":
    main()
