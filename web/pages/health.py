"""How a source fares, in words: what happened, and what happens next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from web.pages import parts

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.sources import Health, SourceRow


@dataclass(frozen=True, slots=True)
class HealthSign:
    """Health as shape and word."""

    kind: Health
    word: str


def sign(kind: Health) -> HealthSign:
    """The word that goes with a shape."""
    words = {
        "well": _("Well"),
        "slow": _("Needs a look"),
        "failing": _("Failing"),
        "waiting": _("Not asked yet"),
        "paused": _("Paused"),
        "gone": _("Gone"),
        "blocked": _("Blocked by robots.txt"),
        "moved": _("Moved"),
    }
    return HealthSign(kind=kind, word=words[kind])


def advice(row: SourceRow, now: dt.datetime) -> str:
    """What happened and what happens next, for sources that are not well."""
    resting = {
        "paused": _("Not asked while it is paused."),
        "gone": _(
            "Its server says that it is gone for good. We ask no more; what it brought stays."
        ),
        "moved": _("It moved to an address that is followed already. What it brought stays here."),
    }
    if row.health in resting:
        return resting[row.health]
    if row.health == "blocked":
        return _robots(row, now)
    if row.quiet_until:
        return _("Its host asked for quiet (429 Too Many Requests). We ask again in %(time)s.") % {
            "time": parts.duration((row.quiet_until - now).total_seconds())
        }
    if row.failures:
        return _failures(row, now)
    return _slow(row, now) if row.health == "slow" else ""


def _robots(row: SourceRow, now: dt.datetime) -> str:
    day = parts.long_date(row.robots_since, now.date()) if row.robots_since else ""
    said = _("Since %(day)s its robots.txt keeps us out.") % {"day": day}
    if row.failures:
        return f"{said} {_('We look again;')} {next_try(row, now)}."
    return f"{said} {_('Its feed is read, its pages are not.')}"


def _slow(row: SourceRow, now: dt.datetime) -> str:
    time = took(row.duration_ms)
    words = _("It took %(time)s to answer, which is near to what we wait; %(next)s.")
    return words % {"time": time, "next": next_try(row, now)}


def _failures(row: SourceRow, now: dt.datetime) -> str:
    times = ngettext("%(n)s failure in a row", "%(n)s failures in a row", row.failures) % {
        "n": parts.in_words(row.failures)
    }
    since = ""
    if row.failing_since:
        day = parts.long_date(row.failing_since, now.date())
        since = _(" since %(day)s") % {"day": day}
    words = row.last_error.strip().rstrip(".")
    error = f"{words[:1].upper()}{words[1:]}. " if words else ""
    return f"{error}{times}{since}; {next_try(row, now)}."


def next_try(row: SourceRow, now: dt.datetime) -> str:
    """When a source is asked next, if it is."""
    if row.health in {"paused", "gone", "moved"}:
        return _("no next try")
    wait = (max(row.next_check_at, row.quiet_until or now) - now).total_seconds()
    return (
        _("next try in %(time)s") % {"time": parts.duration(wait)}
        if wait > 0
        else _("next try now")
    )


def told(row: SourceRow, now: dt.datetime) -> str:
    """How far its WebSub hub tells us of news by itself."""
    words = {
        "offered": _("offered, not asked yet"),
        "asked": _("asked, not answered yet"),
        "denied": _("the hub said no"),
        "unreachable": _("no: SITE_URL is no public address"),
    }
    if row.told.state == "active" and row.told.until and row.told.until > now:
        return _("until %(day)s") % {"day": parts.short_date(row.told.until, now.date())}
    if row.told.state == "active":
        return _("the lease ran out")
    return row.told.error or words.get(row.told.state, "")


def took(milliseconds: int) -> str:
    """340 ms, 1.2 s."""
    if milliseconds < 1000:  # noqa: PLR2004 - a second
        return _("%(n)d ms") % {"n": milliseconds}
    return _("%(n).1f s") % {"n": milliseconds / 1000}
