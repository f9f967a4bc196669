from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.answers import max_age, retry_after
from crawler.parse.dates import parse_date

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Thurs, 30 May 2019 00:00:00 UTC", "2019-05-30T00:00:00Z"),
        ("Thu, 30 May 2019 00:00:00 +0200", "2019-05-29T22:00:00Z"),
        ("Thu, 01 Jan 2004 19:48 EST", "2004-01-02T00:48:00Z"),
        ("30 May 19", "2019-05-30T00:00:00Z"),
        ("Wed, 31 Dec 2003 24:00:00 GMT", "2004-01-01T00:00:00Z"),
        ("Mon, 2 Sep 2024 9:00 pm PDT", "2024-09-03T04:00:00Z"),
        ("2019-05-30", "2019-05-30T00:00:00Z"),
        ("2019-05", "2019-05-01T00:00:00Z"),
        ("20031231", "2003-12-31T00:00:00Z"),
        ("2003-W01-1", "2002-12-30T00:00:00Z"),
        ("2019-05-30T01:02:03.456+05:30", "2019-05-29T19:32:03Z"),
        ("2019-05-30 01:02:03", "2019-05-30T01:02:03Z"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59Z"),
        ("May 3, 2024", "2024-05-03T00:00:00Z"),
        ("3 mai 2024 10:00", "2024-05-03T10:00:00Z"),
        ("Thu Jan  1 19:48:21 2004", "2004-01-01T19:48:21Z"),
        ("30.05.2024", "2024-05-30T00:00:00Z"),
        ("2024/5/3", "2024-05-03T00:00:00Z"),
        ("2004년 5월 28일 11:31", "2004-05-28T11:31:00Z"),
        ("1716000000", "2024-05-18T02:40:00Z"),
        ("", None),
        ("yesterday", None),
        ("2024-02-30", None),
        ("Tue, 99 Foo 2024", None),
        ("0000-00-00", None),
    ],
)
def test_dates_as_people_write_them(said: str, meant: str | None) -> None:
    assert parse_date(said) == meant


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(said: str) -> None:
    meant = parse_date(said)
    assert meant is None or (len(meant) == 20 and meant.endswith("Z"))


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", None),
        ("-1", None),
        ("1000000000000", 604800),
        ("soon", None),
        ("", None),
        ("3.5", 3),
        ("Thu, 01 Jan 2026 01:00:00 GMT", 3600),
        ("Wed, 31 Dec 2025 00:00:00 GMT", None),
    ],
)
def test_retry_after(said: str, seconds: int | None) -> None:
    assert retry_after({"retry-after": said}, NOW) == seconds


def test_retry_after_counts_from_the_servers_own_clock() -> None:
    headers = {
        "retry-after": "Thu, 01 Jan 2015 00:10:00 GMT",
        "date": "Thu, 01 Jan 2015 00:00:00 GMT",
    }
    assert retry_after(headers, NOW) == 600


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("max-age=60", 60),
        ("public, Max-Age=60", 60),
        ("s-maxage=5", None),
        ("max-age=x", None),
        ("", None),
    ],
)
def test_max_age(said: str, seconds: int | None) -> None:
    assert max_age({"cache-control": said}) == seconds
