"""Several processes at once, as gateways are: same key, same tables, nothing lost."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from board import Settings
from board.storage import read_or_create_key
from tests.board.visitor import Visitor, new_board

PROCESSES = 4
POSTS = 15

# Not forked: gateways are started one by one.
SPAWN = multiprocessing.get_context("spawn")
together: Barrier


def wait_for_each_other(barrier: Barrier) -> None:
    global together
    together = barrier


class Processes:
    def __init__(self) -> None:
        self._pool = SPAWN.Pool(PROCESSES, wait_for_each_other, [SPAWN.Barrier(PROCESSES)])

    def at_once(self, function: Callable[..., Any], *arguments: object) -> list[Any]:
        """Call the function in all processes at the same moment; return what each returned."""
        # One call a process: each waits at the barrier until all have theirs.
        calls = [self._pool.apply_async(function, arguments) for _ in range(PROCESSES)]
        return [call.get(60) for call in calls]

    def end(self) -> None:
        self._pool.close()
        self._pool.join()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    started = Processes()
    yield started
    started.end()


def make_keys(folders: list[Path]) -> list[str]:
    keys = []
    for folder in folders:
        together.wait(30)
        keys.append(read_or_create_key(folder / "secret_key"))
    return keys


def open_boards(folders: list[Path]) -> list[int]:
    statuses = []
    for folder in folders:
        board = new_board(folder)
        together.wait(30)
        statuses.append(Visitor(board).get("/").status_code)
    return statuses


def post_replies(folder: Path, thread: str, cookie: str) -> list[tuple[str, int]]:
    ann = Visitor(new_board(folder))
    ann.client.set_cookie("board_session", cookie)
    token = ann.token(thread)
    together.wait(30)
    answers = []
    for number in range(POSTS):
        body = f"{os.getpid()}-{number}."
        answer = ann.post(f"{thread}/replies", {"csrf_token": token, "body": body})
        answers.append((body, answer.status_code))
    return answers


def test_all_sign_with_the_key_of_the_first(tmp_path: Path, processes: Processes) -> None:
    folders = [tmp_path / str(number) for number in range(50)]
    for folder in folders:
        folder.mkdir()
    per_process = processes.at_once(make_keys, folders)
    for keys in zip(*per_process, strict=True):
        assert len(set(keys)) == 1
    assert len(set(per_process[0])) == len(folders)


def test_a_fixed_key_needs_no_file(tmp_path: Path) -> None:
    settings = Settings.from_environ({"DATA_DIR": str(tmp_path), "SECRET_KEY": "from outside"})
    assert settings.secret_key() == "from outside"
    assert list(tmp_path.iterdir()) == []


def test_all_find_the_tables_on_the_first_start(tmp_path: Path, processes: Processes) -> None:
    folders = [tmp_path / str(number) for number in range(8)]
    for folder in folders:
        folder.mkdir()
    assert processes.at_once(open_boards, folders) == [[200] * len(folders)] * PROCESSES


def test_posts_of_all_processes_are_stored_in_one_sequence(tmp_path: Path, processes: Processes) -> None:
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    thread = ann.start_thread("Moin")
    cookie = ann.client.get_cookie("board_session")
    assert cookie
    per_process = processes.at_once(post_replies, tmp_path, thread, cookie.value)
    answers = [answer for process in per_process for answer in process]
    assert [answer for answer in answers if answer[1] != 303] == []
    pages = ann.get(thread).text + ann.get(f"{thread}?page=2").text
    assert [body for body, _ in answers if pages.count(f">{body}<") != 1] == []
    numbers = [number for number in range(1, 100) if f'id="post-{number}"' in pages]
    assert numbers == list(range(1, PROCESSES * POSTS + 2))


def test_posts_of_many_threads_of_one_process_are_all_stored(tmp_path: Path) -> None:
    board = new_board(tmp_path)
    ann = Visitor(board).sign_up("Ann")
    thread = ann.start_thread("Moin")
    token = ann.token(thread)
    cookie = ann.client.get_cookie("board_session")
    assert cookie

    def post(number: int) -> int:
        visitor = Visitor(board)
        visitor.client.set_cookie("board_session", cookie.value)
        form = {"csrf_token": token, "body": f"reply {number}."}
        return visitor.post(f"{thread}/replies", form).status_code

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(post, range(40))) == [303] * 40
    page = ann.get(thread).text
    assert [number for number in range(40) if f">reply {number}.<" not in page] == []
