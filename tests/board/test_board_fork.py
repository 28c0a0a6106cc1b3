"""A server may fork after it has served a request. Apart from test_board_processes.py, whose pool
has threads, which must not be forked."""

from __future__ import annotations

import os
from pathlib import Path

from tests.board.visitor import Visitor, new_board


def files_open_on(database: Path) -> set[str]:
    return {
        link.name
        for link in Path("/proc/self/fd").iterdir()
        if link.is_symlink() and link.readlink() == database
    }


def test_a_forked_process_posts_through_a_connection_of_its_own(tmp_path: Path) -> None:
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    thread = ann.start_thread("Moin")
    inherited = files_open_on(tmp_path / "board.sqlite3")
    assert inherited
    child = os.fork()
    if child == 0:
        posted = ann.reply(thread, "from the child").status_code
        own = files_open_on(tmp_path / "board.sqlite3") - inherited
        os._exit(0 if posted == 303 and own else 1)
    assert ann.reply(thread, "from the parent").status_code == 303
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    page = ann.get(thread).text
    assert "from the child" in page
    assert "from the parent" in page
