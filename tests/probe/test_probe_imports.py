"""CGI pays for an import at every request: what a request does not need, it does not import."""

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from tests.probe.probe_client import APP

ASK = """
import sys
sys.path[:0] = sys.argv[1:]
import wsgi

def ask(path, kind=dict):
    sent = []
    environ = kind(REQUEST_METHOD="GET", PATH_INFO=path)
    body = wsgi.application(environ, lambda status, headers, exc_info=None: sent.append(status))
    return sent[0] + " " + b"".join(body).decode()
"""


def run(program: str, *paths: Path) -> Any:
    """Run a program in a bare interpreter; return what it printed as JSON."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", ASK + dedent(program), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def make_board(folder: Path, source: str) -> Path:
    (folder / "board").mkdir()
    (folder / "board" / "__init__.py").write_text(dedent(source))
    return folder


def test_hello_imports_neither_the_board_nor_heavy_modules() -> None:
    loaded = run(
        """
        before = set(sys.modules)
        answer = ask("/probe/hello")
        health = ask("/healthz")
        loaded = sorted(sys.modules)
        import json
        print(json.dumps([answer, health, loaded]))
        """,
        APP,
    )
    answer, health, modules = loaded
    assert (answer, health) == ("200 OK Hello, World!", "200 OK ok\n")
    heavy = {"board", "flask", "json", "hashlib", "typing", "threading", "tempfile", "pathlib"}
    heavy |= {"re", "urllib", "http", "functools", "collections", "probe.bodies", "probe.events"}
    assert heavy & set(modules) == set()
    assert {"wsgi", "probe", "probe.base"} <= set(modules)


@pytest.mark.parametrize("path", ["/", "", "/topics/1", "/probes", "/healthz/", "/health"])
def test_every_other_path_goes_to_the_board(path: str, tmp_path: Path) -> None:
    board = make_board(
        tmp_path,
        """
        def create_application():
            def application(environ, start_response):
                start_response("200 OK", [])
                return [b"board ", environ["PATH_INFO"].encode()]
            return application
        """,
    )
    program = f"import json; print(json.dumps(ask({path!r})))"
    assert run(program, board, APP) == f"200 OK board {path}"


@pytest.mark.parametrize("where", ["on import", "in create_application"])
def test_a_board_that_failed_is_tried_again_at_the_next_request(where: str, tmp_path: Path) -> None:
    board = make_board(
        tmp_path,
        f"""
        import sys
        def fail_once():
            sys.tries = getattr(sys, "tries", 0) + 1
            if sys.tries == 1:
                raise RuntimeError("not yet")
        if {where!r} == "on import":
            fail_once()
        def create_application():
            if {where!r} != "on import":
                fail_once()
            def application(environ, start_response):
                start_response("200 OK", [])
                return [b"board"]
            return application
        """,
    )
    program = """
        answers = []
        for path in ("/", "/probe/hello", "/", "/"):
            try:
                answers.append(ask(path))
            except RuntimeError as error:
                answers.append(repr(error))
        import json
        print(json.dumps([answers, sys.tries]))
        """
    answers, tries = run(program, board, APP)
    first, hello, second, third = answers
    assert first == "RuntimeError('not yet')"
    assert hello == "200 OK Hello, World!"
    assert (second, third) == ("200 OK board", "200 OK board")
    assert tries == 2


def test_the_board_is_made_once_when_many_threads_ask_at_once(tmp_path: Path) -> None:
    board = make_board(
        tmp_path,
        """
        import sys
        sys.made = 0
        def create_application():
            sys.made += 1
            # Every thread has reached the application, and none has an answer yet.
            assert sys.everybody_asked.wait(20)
            def application(environ, start_response):
                start_response("200 OK", [])
                return [b"board"]
            return application
        """,
    )
    program = """
        import json
        import threading
        sys.everybody_asked = threading.Event()
        arrived = threading.Barrier(8, action=sys.everybody_asked.set)

        class Environ(dict):
            def setdefault(self, key, default=None):
                if key == "PATH_INFO":
                    arrived.wait(20)
                return super().setdefault(key, default)

        answers = []
        threads = [
            threading.Thread(target=lambda: answers.append(ask("/", Environ))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(json.dumps([answers, sys.made]))
        """
    answers, made = run(program, board, APP)
    assert answers == ["200 OK board"] * 8
    assert made == 1
