"""What happens when the disk, the files or the lock are not what they should be."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

import board.sqlite
from tests.board.visitor import PASSWORD, Visitor, new_board

ROOT = Path(__file__).parents[2]
TINY_DISK = "mount -t tmpfs -o size=1m tmpfs {folder} && exec {python} -c '{story}'"


def assert_says_nothing_was_saved(answer: TestResponse) -> None:
    assert answer.status_code == 503, answer.text
    assert int(answer.headers["Retry-After"]) > 0
    assert "Nothing was saved" in answer.text
    assert "style.css" in answer.text
    for detail in ("sqlite", "INSERT", "Traceback", "/tmp"):
        assert detail not in answer.text


def on_a_tiny_disk(story: str, folder: Path) -> None:
    """Run a function of this module where `folder` is a file system of one MiB of its own."""
    command = TINY_DISK.format(
        folder=folder,
        python=sys.executable,
        story=f'import sys; sys.path[:0] = ["{ROOT}", "{ROOT}/app"]; '
        f'import tests.board.test_board_storage as told; told.{story}(told.Path("{folder}"))',
    )
    own_mounts = ["unshare", "--user", "--map-root-user", "--mount"]
    told = subprocess.run([*own_mounts, "sh", "-c", command], check=False, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr


def post_until_the_disk_is_full(folder: Path) -> None:
    ann = Visitor(new_board(folder)).sign_up("Ann")
    thread = ann.start_thread("Moin")
    token = ann.token(thread)
    accepted = []
    for number in range(100):
        body = f"message {number} " + "x" * 19_000
        answer = ann.post(f"{thread}/replies", {"csrf_token": token, "body": body})
        if answer.status_code != 303:
            break
        accepted.append(f"message {number} ")
    assert accepted
    assert_says_nothing_was_saved(answer)
    assert all_are_there(accepted, Visitor(new_board(folder)).get(thread).text)
    assert f"message {len(accepted)} " not in Visitor(new_board(folder)).get(thread).text

    subprocess.run(["mount", "-o", "remount,size=4m", folder], check=True)
    again = ann.post(f"{thread}/replies", {"csrf_token": token, "body": "there is room again"})
    assert again.status_code == 303
    assert all_are_there([*accepted, "there is room again"], ann.get(thread).text)


def post_while_the_disk_is_read_only(folder: Path) -> None:
    before = Visitor(new_board(folder)).sign_up("Ann")
    thread = before.start_thread("Moin")
    token = before.token(thread)
    cookie = before.client.get_cookie("board_session")
    assert cookie
    del before
    gc.collect()  # closes its files: a file system in use cannot become read-only

    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    ann = Visitor(new_board(folder))
    ann.client.set_cookie("board_session", cookie.value)
    reply = {"csrf_token": token, "body": "hello again"}
    assert_says_nothing_was_saved(ann.post(f"{thread}/replies", reply))

    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
    assert ann.post(f"{thread}/replies", reply).status_code == 303
    assert all_are_there(["Moin", "hello again"], ann.get(thread).text)


def start_on_a_read_only_disk(folder: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    visitor = Visitor(new_board(folder))
    assert_says_nothing_was_saved(visitor.get("/"))
    assert visitor.get("/static/style.css").status_code == 200

    subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
    assert visitor.get("/").status_code == 200
    visitor.sign_up("Ann")


def all_are_there(texts: list[str], page: str) -> bool:
    return [text for text in texts if text not in page] == []


def test_a_full_disk_loses_nothing_that_was_accepted(tmp_path: Path) -> None:
    on_a_tiny_disk("post_until_the_disk_is_full", tmp_path)


def test_a_read_only_disk_refuses_posts_until_it_is_writable_again(tmp_path: Path) -> None:
    on_a_tiny_disk("post_while_the_disk_is_read_only", tmp_path)


def test_a_board_that_starts_on_a_read_only_disk_comes_up_once_it_is_writable(
    tmp_path: Path,
) -> None:
    on_a_tiny_disk("start_on_a_read_only_disk", tmp_path)


def test_a_data_directory_that_comes_late_needs_no_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    visitor = Visitor(new_board(data))
    assert_says_nothing_was_saved(visitor.get("/"))
    assert not data.exists()  # it may be the mount point of a volume
    data.mkdir()
    visitor.sign_up("Ann").start_thread("Moin")


def test_a_locked_database_is_read_but_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board.sqlite, "BUSY_TIMEOUT", 0.05)
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    thread = ann.start_thread("Moin")
    other = sqlite3.connect(tmp_path / "board.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert ann.get(thread).status_code == 200
    assert_says_nothing_was_saved(ann.reply(thread, "hello"))
    other.execute("ROLLBACK")
    other.close()
    assert ann.reply(thread, "hello").status_code == 303


def test_a_database_that_is_something_else_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "board.sqlite3"
    file.write_bytes(b"no database" * 1000)
    assert_says_nothing_was_saved(Visitor(new_board(tmp_path)).get("/"))
    assert file.read_bytes() == b"no database" * 1000


def test_a_log_without_its_database_is_kept_for_whoever_restores_it(tmp_path: Path) -> None:
    file = tmp_path / "board.sqlite3"
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    file.rename(tmp_path / "mislaid")
    assert_says_nothing_was_saved(ann.get("/"))
    (tmp_path / "mislaid").rename(file)
    ann.start_thread("Moin")


def test_a_backup_restored_meanwhile_is_what_is_read_and_written(tmp_path: Path) -> None:
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    ann.start_thread("before")
    backup = tmp_path / "backup"
    with sqlite3.connect(tmp_path / "board.sqlite3") as source, sqlite3.connect(backup) as target:
        source.backup(target)
    source.close()
    target.close()
    ann.start_thread("after")
    for left_over in tmp_path.glob("board.sqlite3-*"):
        left_over.unlink()
    backup.rename(tmp_path / "board.sqlite3")
    assert "before" in ann.get("/").text
    assert "after" not in ann.get("/").text
    ann.start_thread("restored")
    assert "restored" in Visitor(new_board(tmp_path)).get("/").text


@pytest.mark.parametrize("content", ["", "short", "ä" * 40])
def test_a_key_that_is_none_is_not_signed_with(tmp_path: Path, content: str) -> None:
    key = tmp_path / "secret_key"
    key.write_text(content, "utf-8")
    visitor = Visitor(new_board(tmp_path))
    assert_says_nothing_was_saved(visitor.get("/login"))
    key.unlink()
    visitor.sign_up("Ann")


def test_nothing_secret_reaches_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ann = Visitor(new_board(tmp_path)).sign_up("Ann")
    token = ann.token("/threads/new")
    with sqlite3.connect(tmp_path / "board.sqlite3") as database:
        database.execute("DROP TABLE posts")
    database.close()
    form = {"csrf_token": token, "title": "private", "body": "confidential"}
    assert_says_nothing_was_saved(ann.post("/threads", form))
    assert "no such table: posts" in caplog.text
    for secret in ("private", "confidential", PASSWORD):
        assert secret not in caplog.text


def test_left_over_work_is_not_in_the_data_directory(tmp_path: Path) -> None:
    Visitor(new_board(tmp_path)).sign_up("Ann")
    names = {file.name for file in tmp_path.iterdir()}
    assert names - {"board.sqlite3-wal", "board.sqlite3-shm"} == {"board.sqlite3", "secret_key"}
