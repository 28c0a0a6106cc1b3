"""Output is aligned, and plain in a pipe."""

import pytest

from wsgi_gateways.output import Progress, show_table


def test_columns_are_aligned_and_rows_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name", "state"), [("a", "healthy"), ("much-longer", "not answering")])
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines] == [
        "name         state",
        "a            healthy",
        "much-longer  not answering",
    ]


def test_a_long_row_is_not_wrapped_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(("name",), [("x" * 200,)])
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_progress_in_a_pipe_is_a_plain_line_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress("building", "built", 2) as progress:
        progress.begin("base")
        progress.end("base", 1.25)
        progress.begin("nginx")
        progress.end("nginx", 2, succeeded=False)
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == ["built", "base", "1.2", "s"]
    assert second.split() == ["FAILED", "nginx", "2.0", "s"]
