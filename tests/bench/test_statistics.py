"""The statistics give the answers that are known."""

import random

import pytest

from wsgi_gateways.bench import stats
from wsgi_gateways.bench.histogram import merge, percentile


def test_equal_figures_have_an_interval_without_width() -> None:
    assert stats.interval_of_median([7.0] * 10) == stats.Interval(7, 7, 7)


def test_the_interval_of_a_median_holds_it_and_stays_within_the_figures() -> None:
    found = stats.interval_of_median([1, 2, 3, 4, 100])
    assert found.value == 3
    assert 1 <= found.low <= 3 <= found.high <= 100


def test_the_interval_holds_the_true_median_about_as_often_as_it_says() -> None:
    chance = random.Random(1)
    intervals = [stats.interval_of_median([chance.gauss(10, 1) for _ in range(10)]) for _ in range(100)]
    assert 88 <= sum(not found.leaves(10) for found in intervals) <= 99


def test_what_slowed_both_down_in_a_round_falls_out_of_a_paired_ratio() -> None:
    drift = [1, 5, 2, 9, 3, 7, 1, 4, 8, 2]
    twice, once = [2.0 * each for each in drift], [1.0 * each for each in drift]
    assert stats.ratio_of_medians(twice, once, paired=True) == stats.Interval(2, 2, 2)
    assert not stats.ratio_of_medians(twice, once, paired=True).leaves(2)
    unpaired = stats.ratio_of_medians(twice, once, paired=False)
    assert unpaired.low < 1 < unpaired.high


def test_a_pair_needs_both() -> None:
    with pytest.raises(ValueError, match="lacks one"):
        stats.ratio_of_medians([1.0], [1.0, 2.0], paired=True)


def test_a_gateway_ties_with_its_group_unless_it_differs_from_all_of_it() -> None:
    apart = {("a", "d"), ("b", "d"), ("c", "d"), ("a", "c")}
    groups = stats.groups_of_ties("abcd", lambda one, other: (one, other) in apart)
    assert groups == [["a", "b", "c"], ["d"]]


@pytest.mark.parametrize(
    ("second", "tau"),
    [
        ([10, 20, 30, 40], 1),
        ([40, 30, 20, 10], -1),
        ([10, 20, 40, 30], 2 / 3),
        # One tie of six pairs in one ranking: 5 / sqrt(5 * 6).
        ([10, 20, 30, 30], 5 / 30**0.5),
    ],
)
def test_kendalls_tau_is_that_of_its_definition(second: list[float], tau: float) -> None:
    assert stats.kendall_tau([1, 2, 3, 4], second) == pytest.approx(tau)


def test_a_ranking_of_equals_has_no_tau() -> None:
    assert stats.kendall_tau([1, 1], [1, 2]) is None


def test_percentiles_of_a_histogram() -> None:
    histogram = [[10, 90], [20, 9], [1000, 1]]
    assert [percentile(histogram, share) for share in (0, 50, 90, 90.5, 99, 99.9, 100)] == [
        10,
        10,
        10,
        20,
        20,
        1000,
        1000,
    ]


def test_merged_histograms_keep_every_count() -> None:
    assert merge([[[10, 1], [20, 2]], [[5, 4], [20, 1]]]) == [[5, 4], [10, 1], [20, 3]]
