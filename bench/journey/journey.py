"""What Locust's users do on the board: sign up once; then log in, read, post, search, log out.

    locust --locustfile journey.py --host http://127.0.0.1:8103

Every page is looked at: one that lacks what it must show is a failure, whatever its status. After a failure
the user begins the journey anew.
"""

import random
import re
import sys
from time import sleep
from uuid import uuid4

from locust import HttpUser, between, events, task
from locust.env import Environment
from locust.exception import RescheduleTask
from locust.runners import WorkerRunner

PASSWORD = "correct horse"  # noqa: S105 (of a board that holds nothing)
_TOKEN = re.compile(r'name="csrf_token"[^>]* value="([^"]+)"')
_THREAD = re.compile(r'href="[^"]*(/threads/\d+)"')


@events.quitting.add_listener
def refuse_silence(environment: Environment, **_: object) -> None:
    """A run without one answer is a failure, which Locust does not call one."""
    if environment.web_ui or isinstance(environment.runner, WorkerRunner):
        return
    if not environment.stats.total.num_requests:
        sys.stderr.write("journey: not one page was answered\n")
        environment.process_exit_code = 1


class Visitor(HttpUser):
    # A reader's pace, shortened: a user asks for about two pages a second.
    wait_time = between(0.2, 0.8)
    name = ""

    @task
    def journey(self) -> None:
        if not self.name:
            self.sign_up()
        self.log_in()
        thread = self.read()
        word = self.post(thread)
        self.search(word)
        self.log_out()

    def sign_up(self) -> None:
        name = f"u{uuid4().hex[:16]}"
        form = {"csrf_token": self.token("/signup"), "name": name, "password": PASSWORD}
        self.ask("POST", "/signup", f'Hello, <strong dir="auto">{name}<', data=form)
        self.name = name
        # The journeys begin on another day.
        self.client.cookies.clear()

    def log_in(self) -> None:
        form = {"csrf_token": self.token("/login"), "name": self.name, "password": PASSWORD}
        self.ask("POST", "/login", f'Hello, <strong dir="auto">{self.name}<', data=form)

    def read(self) -> str:
        """One of the threads on the first page; the user starts one on an empty board."""
        threads = _THREAD.findall(self.ask("GET", "/", "<h1>Threads</h1>"))
        if not threads:
            return self.start_thread()
        thread = random.choice(threads)  # noqa: S311
        self.ask("GET", thread, "Post reply", name="/threads/N")
        return thread

    def start_thread(self) -> str:
        title = f"A journey of {self.name}"
        form = {"csrf_token": self.token("/threads/new"), "title": title, "body": "Who else is here?"}
        page = self.ask("POST", "/threads", title, data=form)
        return re.search(r'action="[^"]*(/threads/\d+)/replies', page)[1]

    def post(self, thread: str) -> str:
        """A reply with a word that nobody else has written."""
        word = f"w{uuid4().hex}"
        form = {"csrf_token": self.token(thread, "/threads/N"), "body": f"Seen: {word}"}
        self.ask("POST", f"{thread}/replies", word, name="/threads/N/replies", data=form)
        return word

    def search(self, word: str) -> None:
        self.ask("GET", f"/search?q={word}", "1 post found", name="/search?q=WORD")

    def log_out(self) -> None:
        self.ask("POST", "/logout", "Log in", data={"csrf_token": self.token("/search")})

    def token(self, path: str, name: str = "") -> str:
        return _TOKEN.search(self.ask("GET", path, 'name="csrf_token"', name=name or path))[1]

    def ask(self, method: str, path: str, expected: str, name: str = "", **options: object) -> str:
        """The page after all redirects, which must hold what is expected."""
        with self.client.request(
            method, path, name=name or path, catch_response=True, timeout=30, **options
        ) as answer:
            failure = None
            if answer.status_code != 200:
                failure = f"status {answer.status_code}"
            elif expected not in answer.text:
                failure = "the page lacks what it must show"
            if failure:
                answer.failure(failure)
        if failure:
            raise RescheduleTask
        # Not self.wait(): that breaks the journey off when the run ends; --stop-timeout waits for its end.
        sleep(self.wait_time())
        return str(answer.text)
