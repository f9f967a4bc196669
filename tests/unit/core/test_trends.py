"""What rises: against its own history, and never on a handful."""

from __future__ import annotations

import pytest

from kb.core.trends import FEWEST, rising, surprise

WEEKS = 12


def keys(series, totals=None):
    return [t.key for t in rising(series, totals or [100] * WEEKS)]


def test_what_doubles_from_many_rises_and_what_stays_does_not():
    series = {
        "steady": [20] * WEEKS,
        "up": [20] * (WEEKS - 1) + [45],
        "down": [20] * (WEEKS - 1) + [4],
    }
    (trend,) = rising(series, [100] * WEEKS)
    assert (trend.key, trend.count, trend.series) == ("up", 45, tuple(series["up"]))
    assert 20 < trend.expected < 25
    assert trend.factor > 1.5


def test_a_few_mentions_of_something_new_are_no_trend():
    assert keys({"new": [0] * (WEEKS - 1) + [FEWEST - 1]}) == []
    assert keys({"new": [0] * (WEEKS - 1) + [FEWEST + 3]}) == ["new"]


def test_a_week_in_which_more_is_written_lifts_nothing():
    totals = [100] * (WEEKS - 1) + [300]
    assert keys({"same share": [10] * (WEEKS - 1) + [30]}, totals) == []


def test_the_most_surprising_comes_first_and_no_more_than_asked_for():
    series = {n: [10] * (WEEKS - 1) + [20 + 5 * n] for n in range(6)}
    assert [t.key for t in rising(series, [100] * WEEKS, limit=2)] == [5, 4]


def test_nothing_written_before_is_no_error():
    assert keys({"first": [0] * (WEEKS - 1) + [4]}, [0] * (WEEKS - 1) + [8]) in ([], ["first"])


@pytest.mark.parametrize(
    ("count", "expected", "told"), [(0, 2.0, 0.0), (5, 5.0, 0.25), (10, 2.0, 4.33)]
)
def test_surprise_is_the_poisson_tail(count, expected, told):
    assert surprise(count, expected) == pytest.approx(told, abs=0.02)
