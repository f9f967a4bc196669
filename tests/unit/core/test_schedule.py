from __future__ import annotations

import datetime as dt

import pytest

from kb.core.schedule import DAY, HOUR, LONGEST_BACKOFF, Said, next_interval, rhythm, usual_gap


def daily(count: int, hours: float = 24) -> list[dt.datetime]:
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return [start + dt.timedelta(hours=hours * n) for n in range(count)]


def test_the_usual_gap_is_the_median_of_the_newest():
    assert usual_gap(daily(5)) == DAY
    assert usual_gap([*daily(3, hours=1), *daily(12)[1:]]) == DAY
    assert usual_gap(daily(2)) is None
    assert usual_gap([]) is None


def test_silence_slows_the_rhythm():
    newest = daily(5)[-1]
    assert rhythm(DAY, newest, newest) == DAY
    assert rhythm(DAY, newest, newest + dt.timedelta(days=30)) == 3 * DAY
    assert rhythm(0.0, newest, newest + dt.timedelta(days=20)) == 2 * DAY
    assert rhythm(None, newest, newest) is None


@pytest.mark.parametrize(
    ("said", "pace", "expected"),
    [
        (Said(), None, 4 * HOUR),
        (Said(), 60.0, HOUR),
        (Said(), 10 * DAY, DAY),
        (Said(), 8 * HOUR, 4 * HOUR),
        (Said(ttl=6 * HOUR), 60.0, 6 * HOUR),
        (Said(max_age=90 * DAY), 60.0, DAY),
        (Said(retry_after=3 * DAY), 60.0, 3 * DAY),
        (Said(retry_after=90 * DAY), 60.0, LONGEST_BACKOFF),
        (Said(failures=1), 60.0, HOUR),
        (Said(failures=3), 60.0, 4 * HOUR),
        (Said(failures=10_000), 60.0, LONGEST_BACKOFF),
    ],
)
def test_the_next_check(said, pace, expected):
    assert next_interval(said, pace, 0.0) == expected


def test_jitter_only_adds():
    assert HOUR < next_interval(Said(), 60.0, 0.99) < HOUR * 1.1
