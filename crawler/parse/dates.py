"""Dates as feeds spell them, read generously: RFC 822, ISO 8601, and what people type instead.

A date that cannot be read is None, never a guess: the hub falls back to the day it first saw the entry.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january janvier januar enero gennaio janeiro",
            "feb february fevrier février februar febrero febbraio fevereiro fév",
            "mar march mars märz marz marzo março mrz mär",
            "apr april avril abril aprile avr abr",
            "may mai mayo maggio maio mag",
            "jun june juin juni junio giugno junho giu",
            "jul july juillet juli julio luglio julho lug juil",
            "aug august août aout agosto ago aoû",
            "sep sept september septembre septiembre settembre setembro set",
            "oct october octobre oktober octubre ottobre outubro okt out ott",
            "nov november novembre noviembre novembro",
            "dec december décembre decembre dezember diciembre dicembre dezembro dez dic déc",
        ),
        start=1,
    )
    for name in names.split()
}
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "eet": 120, "eest": 180,
    "msk": 180, "ist": 330, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "est": -300, "edt": -240, "cst": -360,
    "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "akst": -540, "hst": -600, "et": -300,
    "ct": -360, "mt": -420, "pt": -480,
}  # fmt: skip
_ISO = re.compile(
    r"""^[-+]?(\d{4})-?(?:(\d{1,2})(?:-?(\d{1,2}))?|W(\d{2})(?:-?(\d))?|(\d{3})(?!\d))?
    (?:(?:[T\s_]+|(?<=\d)T)(\d{1,2})(?::?(\d{2}))?(?::?(\d{2})(?:[.,]\d+)?)?\s*(.*))?$""",
    re.VERBOSE | re.IGNORECASE,
)
_OFFSET = re.compile(r"^(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?\b", re.IGNORECASE)
_TIME = re.compile(
    r"\b(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(am|pm|a\.m\.|p\.m\.)?", re.IGNORECASE
)
_WORD_DATES = (
    re.compile(
        r"\b(?P<d>\d{1,2})(?:st|nd|rd|th|\.)?[\s/-]+(?:de\s+)?(?P<m>[^\W\d_]{3,12})\.?,?[\s/-]+(?:de\s+)?(?P<y>\d{4}|\d{2})\b"
    ),
    re.compile(r"\b(?P<m>[^\W\d_]{3,12})\.?\s+(?P<d>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})\b"),
    re.compile(
        r"\b(?P<m>[^\W\d_]{3,12})\.?\s+(?P<d>\d{1,2})\s+[\d:]+\s+(?:[A-Z]{2,4}\s+)?(?P<y>\d{4})\b"
    ),
    re.compile(r"\b(?P<y>\d{4})[\s-]+(?P<m>[^\W\d_]{3,12})\.?[\s-]+(?P<d>\d{1,2})\b"),
)
_SLASHED = re.compile(r"^(\d{1,4})[/.](\d{1,2})[/.](\d{1,4})")
_ASIAN = re.compile(r"(\d{4})\s*[년年]\s*(\d{1,2})\s*[월月]\s*(\d{1,2})\s*[일日]")
_EPOCH = re.compile(r"^\d{9,13}$")
_TWO_DIGIT_PIVOT = 69
_MILLISECONDS = 10**11
_HALF_DAY = 12
_DAY = 86400
_FIRST_YEAR, _LAST_YEAR = 1, 9999


def iso(when: datetime | None) -> str | None:
    """ "2026-11-23T17:05:00Z" of an aware time, or None."""
    if when is None:
        return None
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0")


def parse_date(text: str) -> str | None:
    """A feed's date as ISO 8601 in UTC, or None when it is none; a missing zone reads as UTC.

    Years 1 and 9999 are kept as said. Never raises.
    """
    text = " ".join(text[:200].replace("\u00a0", " ").split()).strip(" ,")
    if not text:
        return None
    for reader in (_iso_date, _mail_date, _word_date, _asian_date, _slashed_date, _epoch):
        try:
            when = reader(text)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
        if when is not None:
            return _in_utc(when)
    return None


def _in_utc(when: datetime) -> str | None:
    try:
        return iso(when)
    except OverflowError:  # year 1 or 9999 moved over the edge by its zone: keep the day as said
        return iso(when.replace(tzinfo=UTC))


def _zone(text: str) -> timezone:
    text = text.strip().strip("()")
    if found := _OFFSET.match(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        minutes = -minutes if found[1] == "-" else minutes
    else:
        word = re.match(r"[a-z]+", text.lower())
        minutes = _ZONES.get(word[0], 0) if word else 0
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else UTC


def _build(day: tuple[int, int, int], clock: tuple[int, int, int], zone: timezone) -> datetime:
    """A time; 24:00 is the next midnight and second 60 the one before it."""
    hour, minute, second = clock
    year, month, number = day
    base = datetime(year, month, number, 0, minute, min(second, 59), tzinfo=zone)
    return base + timedelta(hours=hour) if hour <= 24 else base  # noqa: PLR2004 - hours of a day


def _iso_date(text: str) -> datetime | None:
    found = _ISO.match(text)
    if found is None:
        return None
    year, month, day, week, weekday, ordinal, hour, minute, second, zone = found.groups()
    clock = (int(hour or 0), int(minute or 0), int(second or 0))
    if week:
        start = datetime.fromisocalendar(int(year), int(week), int(weekday or 1))
    elif ordinal:
        start = datetime(int(year), 1, 1, tzinfo=UTC) + timedelta(days=int(ordinal) - 1)
    else:
        start = datetime(int(year), int(month or 1), int(day or 1), tzinfo=UTC)
    return _build((start.year, start.month, start.day), clock, _zone(zone or ""))


def _mail_date(text: str) -> datetime | None:
    """RFC 822 and 2822, with weekdays that are none ("Thurs,")."""
    if not re.search(r"\d{1,2}[\s-]+[A-Za-z]{3}", text) or re.search(
        r"\d\s*[ap]\.?m\b", text, re.IGNORECASE
    ):
        return None
    bare = re.sub(r"^[^\W\d_]+\.?,?\s+(?=\d)", "", text)
    parts = parsedate_tz(bare)
    if parts is None or not re.search(r"\d{4}|\s\d{2}\s", bare):
        return None
    year = (
        parts[0]
        if re.search(r"\b0\d{3}\b|\d{4}", bare) is None
        else int(re.findall(r"\b\d{4}\b", bare)[0])
    )
    offset = parts[9]
    zone = (
        timezone(timedelta(seconds=offset))
        if offset is not None and abs(offset) < _DAY
        else _zone_after(bare)
    )
    return _build((year, parts[1], parts[2]), (parts[3], parts[4], parts[5]), zone)


def _zone_after(text: str) -> timezone:
    """The zone that follows the clock time, UTC without one."""
    clock = _TIME.search(text)
    return _zone(text[clock.end() :] if clock else "")


def _clock(text: str) -> tuple[int, int, int]:
    found = _TIME.search(text)
    if found is None:
        return 0, 0, 0
    hour = int(found[1])
    if found[4]:
        hour = hour % _HALF_DAY + (_HALF_DAY if found[4].lower().startswith("p") else 0)
    return hour, int(found[2]), int(found[3] or 0)


def _full_year(year: str) -> int:
    number = int(year)
    if len(year) > 2:  # noqa: PLR2004 - digits of a short year
        return number
    return number + (1900 if number >= _TWO_DIGIT_PIVOT else 2000)


def _word_date(text: str) -> datetime | None:
    for pattern in _WORD_DATES:
        for found in pattern.finditer(text):
            month = _MONTHS.get(found["m"].lower())
            if month:
                day = (_full_year(found["y"]), month, int(found["d"]))
                return _build(day, _clock(text), _zone_after(text))
    return None


def _asian_date(text: str) -> datetime | None:
    found = _ASIAN.search(text)
    if found is None:
        return None
    return _build((int(found[1]), int(found[2]), int(found[3])), _clock(text), _zone_after(text))


def _slashed_date(text: str) -> datetime | None:
    """2024/5/30; 30/5/2024 and 5/30/2024 where only one reading is possible, month first otherwise."""
    found = _SLASHED.match(text)
    if found is None:
        return None
    first, second, third = (int(part) for part in found.groups())
    if len(found[1]) == 4:  # noqa: PLR2004 - digits of a year
        day = (first, second, third)
    elif len(found[3]) in {2, 4}:
        year = _full_year(found[3])
        european = first > 12 or ("." in found[0] and second <= 12)  # noqa: PLR2004 - months of a year
        day = (year, second, first) if european else (year, first, second)
    else:
        return None
    return _build(day, _clock(text[found.end() :]), _zone_after(text))


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    number = int(text)
    return datetime.fromtimestamp(number / 1000 if number >= _MILLISECONDS else number, tz=UTC)
