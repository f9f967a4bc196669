"""Days as they are typed."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.dates import first_day

TODAY = dt.date(2026, 3, 31)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026", "2026-01-01"), ("2026-03", "2026-03-01"), ("2026-3-4", "2026-03-04"), ("2026/03/14", "2026-03-14"),
        ("7d", "2026-03-24"), ("2w", "2026-03-17"), ("1m", "2026-02-28"), ("3 months", "2025-12-31"), ("1y", "2025-03-31"),
        ("today", "2026-03-31"), ("Yesterday", "2026-03-30"),
    ],
)  # fmt: skip
def test_days_are_read(value, day):
    assert first_day(value, TODAY) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "value", ["yesterdayish", "", "2026-13", "2026-02-30", "0000", "99999y", "31-12-2026", "7", "d"]
)
def test_what_names_no_day_is_none(value):
    assert first_day(value, TODAY) is None


@given(st.text(max_size=12))
def test_never_raises(value):
    first_day(value, TODAY)


@given(st.integers(0, 5000), st.dates(dt.date(1900, 1, 1)))
def test_months_ago_are_never_later(count, today):
    day = first_day(f"{count}m", today)
    assert day is None or day <= today
