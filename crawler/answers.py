"""What an answer's headers mean for the next visit: validators, Retry-After, Cache-Control."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scrapy.http import Headers

MAX_RETRY_AFTER = 7 * 86400
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})\"?", re.IGNORECASE)
_SECONDS = re.compile(r"\d{1,20}(?:\.\d+)?$")
_LINK = re.compile(r"<([^<>]{1,2000})>([^<]{0,500})")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_LONGEST_HEADER = 8192
_YEAR = 365 * 86400
_PERMANENT = frozenset({301, 308})


def _http_date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo else when.replace(tzinfo=UTC)


def retry_after(headers: Mapping[str, str], now: datetime) -> int | None:
    """Seconds to wait, at most seven days; None for nothing, garbage and the past.

    A date counts from the answer's own Date, since the server's clock may be wrong in both.
    """
    text = headers.get("retry-after", "").strip()
    if _SECONDS.match(text):
        seconds = int(float(text))
    elif when := _http_date(text):
        seconds = int((when - (_http_date(headers.get("date", "")) or now)).total_seconds())
    else:
        return None
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else None


def max_age(headers: Mapping[str, str]) -> int | None:
    """Seconds that an answer says it stays fresh, at most a year: Cache-Control's max-age, else Expires; or None."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    if found:
        return min(int(found[1]), _YEAR)
    expires, date = _http_date(headers.get("expires", "")), _http_date(headers.get("date", ""))
    if expires is None or date is None:
        return None
    seconds = int((expires - date).total_seconds())
    return min(seconds, _YEAR) if seconds > 0 else None


def link_targets(header: str) -> dict[str, str]:
    """rel -> address of a Link header; the first address of each rel."""
    found: dict[str, str] = {}
    for address, rest in _LINK.findall(header[:_LONGEST_HEADER]):
        for rel in (m[1] or m[2] for m in _REL.finditer(rest)):
            for name in rel.lower().split():
                found.setdefault(name, address.strip())
    return found


def plain_headers(headers: Headers) -> dict[str, str]:
    """An answer's headers by lower-case name; repeated ones joined by a comma.

    NUL, which RFC 9110 forbids in them and PostgreSQL cannot hold, becomes a space.
    """
    return {
        name.decode("latin-1").lower(): b", ".join(values).decode("latin-1").replace("\0", " ")
        for name, values in headers.items()
    }


def permanent_target(reasons: Sequence[object], url: str) -> str:
    """`url` when every hop that led to it was permanent (301, 308), else ""."""
    return url if reasons and all(reason in _PERMANENT for reason in reasons) else ""


def status_line(status: int) -> str:
    """ "503 Service Unavailable"; unknown numbers stand alone."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
