"""Several starts and several killed workers, as a reader sees them."""

from typing import Any

import pytest

from tests.bench import made_up
from wsgi_gateways.bench import lives, report, result


def killed(*seen: tuple[float | None, int]) -> dict[str, Any]:
    recovery = [{"seconds": seconds, "failed_requests": failed} for seconds, failed in seen]
    return made_up.GATEWAY | {"recovery": recovery}


def texts(told: dict[str, Any]) -> list[str]:
    run = made_up.result({"one": [60.0] * 8})
    run["gateways"]["one"] = told
    result.refuse_invalid(run, "a.json")
    return [text for text, _ in lives.figures(run, "one")]


def test_starts_and_recoveries_are_medians_with_what_they_went_from_and_to() -> None:
    assert texts(made_up.GATEWAY) == [
        *("50.0", "0.50", "0.25 to 0.75"),
        *("0.50", "0.25 to 1.00", "0 to 3"),
        "0",
    ]


def test_a_worker_that_was_not_replaced_once_leaves_no_median() -> None:
    assert texts(killed((0.5, 0), (None, 9), (0.5, 0)))[3:6] == ["1 of 3 never", "–", "0 to 9"]


def test_a_process_for_each_request_has_nothing_to_recover() -> None:
    told = made_up.GATEWAY | {"recovery": None, "run_once": True}
    assert texts(told)[3:6] == ["–", "–", "–"]
    assert lives.in_words(told) == "each request is a process"


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        ([(0.5, 2), (0.7, 2)], "replaced after 0.60 s (0.50 to 0.70); 2 requests failed"),
        ([(None, 9)], "1 of 1 never replaced; 9 requests failed"),
    ],
)
def test_a_killed_worker_in_words(seen: list[tuple[float | None, int]], words: str) -> None:
    assert lives.in_words(killed(*seen)) == words
    run = made_up.result({"one": [60.0] * 8})
    run["gateways"]["one"] = killed(*seen)
    assert words in report.page(run)


def test_a_gateway_that_failed_everywhere_has_no_memory_at_rest() -> None:
    run = made_up.result({}, [made_up.failed("one", "no response at all")])
    assert lives.figures(run, "one")[0] == ("–", None)


def test_memory_that_cannot_be_read_is_said() -> None:
    run = made_up.result({"one": [60.0] * 8})
    run["cells"][0]["memory_before"] = {"pss": None, "cgroup": 1, "cgroup_peak": None}
    assert lives.figures(run, "one")[0] == ("not readable", None)


def test_parts_that_all_have_in_the_same_version_are_named_once() -> None:
    run = made_up.result({"one": [60.0] * 8, "other": [60.0] * 8})
    run["gateways"] = {
        "one": made_up.GATEWAY | {"versions": {"nginx": "1.26", "python3": "3.13.5", "flask": "3.1"}},
        "other": made_up.GATEWAY | {"versions": {"python3": "3.13.5", "flask": "3.0"}},
    }
    assert lives.versions_in_common(run) == "python3 3.13.5"
    assert lives.own_versions(run, "one") == "nginx 1.26, flask 3.1"
    assert lives.own_versions(run, "other") == "flask 3.0"
