"""Weeks, months, quarters and years by name."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.periods import KINDS, period_of, read_period


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-q4", "2026-10-01", "2026-12-31"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-w53", "2026-12-28", "2027-01-03"),
        ("2025-w01", "2024-12-30", "2025-01-05"),
    ],
)
def test_names_are_read(name, first, last):
    period = read_period(name)
    assert (period.name, str(period.first), str(period.last)) == (name, first, last)


@pytest.mark.parametrize("name", ["", "26", "2026-13", "2026-q5", "2025-w53", "2026-w00", "2026-11-3", "9999", "\uff12\uff10\uff12\uff16"])  # fmt: skip
def test_what_is_no_period_is_none(name):
    assert read_period(name) is None


@given(st.sampled_from(KINDS), st.dates(dt.date(1901, 1, 1), dt.date(2198, 12, 31)))
def test_every_day_lies_in_its_period_which_has_one_name(kind, day):
    period = period_of(kind, day)
    assert period.first <= day <= period.last
    assert read_period(period.name) == period
    assert period_of(kind, period.last + dt.timedelta(days=1)).first == period.last + dt.timedelta(
        1
    )
