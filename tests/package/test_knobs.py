"""gateway.env is checked before any container starts with it."""

from pathlib import Path

import pytest

from wsgi_gateways.knobs import read_knobs, refuse_environment
from wsgi_gateways.output import Problem


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.env"
    path.write_text(text)
    return path


def test_an_empty_knob_is_left_to_the_container(tmp_path: Path) -> None:
    assert read_knobs(written(tmp_path, "# a comment\n\nWORKERS=\nTHREADS=2\n")) == {
        "WORKERS": None,
        "THREADS": 2,
    }


@pytest.mark.parametrize("value", ["abc", "0", "33", "-1", "1.5", "007", "٣", " 4", "4 # four"])
def test_a_wrong_value_gets_a_sentence_that_names_the_fix(tmp_path: Path, value: str) -> None:
    with pytest.raises(Problem, match=f"WORKERS={value} is not a whole number from 1 to 32") as caught:
        read_knobs(written(tmp_path, f"WORKERS={value}\n"))
    assert caught.value.status == 2


def test_more_requests_at_a_time_than_the_limits_carry_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="WORKERS=9 times THREADS=4 is more than 32"):
        read_knobs(written(tmp_path, "WORKERS=9\nTHREADS=4\n"))


@pytest.mark.parametrize("line", ["MEMORY_MAX=", "MEMORY_MAX=512M", "MEMORY_MAX=4G", "TASKS_MAX=1024"])
def test_a_limit_is_no_knob_of_the_application(tmp_path: Path, line: str) -> None:
    assert read_knobs(written(tmp_path, f"{line}\nTHREADS=4\n")) == {"THREADS": 4}


@pytest.mark.parametrize("line", ["MEMORY_MAX=2", "MEMORY_MAX=0G", "MEMORY_MAX=2 G", "TASKS_MAX=99"])
def test_a_limit_that_no_engine_would_take_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(Problem, match=f"{line} is not a .*: correct it, or leave it empty"):
        read_knobs(written(tmp_path, f"{line}\n"))


@pytest.mark.parametrize("line", ["WORKER=2", "WORKERS 2", "export WORKERS=2"])
def test_a_misspelt_line_is_named_with_its_number(tmp_path: Path, line: str) -> None:
    with pytest.raises(Problem, match=f"line 2: “{line}”"):
        read_knobs(written(tmp_path, f"THREADS=4\n{line}\n"))


def test_a_knob_in_the_environment_is_refused_because_nothing_would_read_it(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"WORKERS is read from gateway\.env only"):
        refuse_environment({"WORKERS": "8"}, tmp_path / "gateway.env")


def test_the_committed_file_is_valid() -> None:
    assert read_knobs(Path(__file__).parents[2] / "gateway.env") == {"WORKERS": None, "THREADS": None}
