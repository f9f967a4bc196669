"""Sources, and how well the hub hears them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import articles, sources
from web.pages import health as words
from web.pages import parts
from web.pages.following import Following, following
from web.pages.story import StoryRow, When, in_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.selectors.sources import Health, SourceRow, Visit

PER_PAGE = 60
STORIES = 30
RED = "failing", "blocked", "slow", "gone"


@dataclass(frozen=True, slots=True)
class Row:
    """A source as the table shows it. `visits` are (outcome, new), oldest first."""

    name: str
    path: str
    parts: tuple[str, ...]
    sign: words.HealthSign
    advice: str
    visits: tuple[tuple[str, int], ...]
    visits_label: str
    last_new: When | None
    a_week: str
    kept: str


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """A page of all sources, those in trouble first."""

    figures: tuple[tuple[str, str], ...]
    trouble: tuple[Row, ...]
    rest: tuple[Row, ...]
    total: int
    pages: parts.Paging


@dataclass(frozen=True, slots=True)
class LogRow:
    """One check in words."""

    when: When
    outcome: str
    bad: bool
    status: str
    new: int
    size: int
    took: str
    error: str


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One source: facts, health, stories, log."""

    row: Row
    home: str
    host: str
    url: str
    reading: str
    description: str
    language: str
    facts: tuple[tuple[str, str], ...]
    next_try: str
    stories: tuple[StoryRow, ...]
    total: int
    pages: parts.Paging
    log: tuple[LogRow, ...]
    feeds: parts.Feeds
    following: Following


def sources_page(now: dt.datetime, number: int) -> SourcesPage | None:
    """The table of sources, or None past its end."""
    names = sources.source_names()
    counts = Counter(name.health for name in names)
    trouble = sorted((n for n in names if n.health in RED), key=lambda n: RED.index(n.health))
    every = [*trouble, *(name for name in names if name.health not in RED)]
    pages = max(1, -(-len(every) // PER_PAGE))
    if number > pages:
        return None
    shown = every[(number - 1) * PER_PAGE : number * PER_PAGE]
    rows = sources.source_rows(ids=[name.id for name in shown], now=now)
    told = tuple(_row(row, now) for row in rows)
    bad = sum(name.health in RED for name in shown)
    path = reverse("sources")
    return SourcesPage(
        figures=_figures(counts, len(names), now),
        trouble=told[:bad],
        rest=told[bad:],
        total=len(names),
        pages=parts.paging(number, pages, lambda n: f"{path}?page={n}" if n > 1 else path),
    )


def source_page(
    source_id: int, now: dt.datetime, number: int, *, reader: int | None = None
) -> SourcePage | None:
    """One source with a page of its stories, or None."""
    found = sources.source_row(source_id, now)
    if not found:
        return None
    total = articles.count(source_id=source_id)
    pages = max(1, -(-total // STORIES))
    if number > pages:
        return None
    rows = articles.newest(limit=STORIES, offset=(number - 1) * STORIES, source_id=source_id)
    path = sources.source_path(source_id, found.name)
    return SourcePage(
        row=_row(found, now),
        home=parts.outside(found.home),
        host=parts.host(found.home) or parts.host(found.url),
        url=parts.outside(found.url),
        reading=_reading(found.format),
        description=found.description,
        language=parts.language(found.language),
        facts=tuple(_facts(found, now)),
        next_try=words.next_try(found, now),
        stories=tuple(in_list(story, now) for story in rows),
        total=total,
        pages=parts.paging(number, pages, lambda n: f"{path}?page={n}" if n > 1 else path),
        log=tuple(_log(visit, now) for visit in sources.last_visits(source_id)),
        feeds=parts.feeds(found.name, "source_feed", source_id),
        following=following(None, reader, path, source=source_id),
    )


def _figures(counts: Counter[Health], total: int, now: dt.datetime) -> tuple[tuple[str, str], ...]:
    figures = (
        (_("Followed"), total - counts["gone"] - counts["moved"]),
        (_("Heard well"), counts["well"]),
        (_("Need a look"), counts["slow"]),
        (_("Failing"), counts["failing"] + counts["blocked"]),
        (_("Paused"), counts["paused"]),
        (_("New in 24 hours"), sources.new_since(now - dt.timedelta(days=1))),
    )
    return tuple(
        (label, str(number)) for label, number in figures if number or label != _("Paused")
    )


def _row(row: SourceRow, now: dt.datetime) -> Row:
    return Row(
        name=row.name,
        path=sources.source_path(row.id, row.name),
        parts=tuple(part for part in (_format(row.format), row.host, row.category) if part),
        sign=words.sign(row.health),
        advice=words.advice(row, now),
        visits=tuple((visit.outcome, visit.new) for visit in row.visits),
        visits_label=_visits_label(row.visits, row.name),
        last_new=_short(row.last_new_at, now) if row.last_new_at else None,
        a_week=_rate(row.a_week),
        kept="" if row.kept is None else f"{row.kept:.0%}",
    )


def _reading(name: str) -> str:
    """What the address of a source leads to."""
    if name == "listing":
        return _("the page that we read ↗")
    return _("its sitemap ↗") if name.startswith("sitemap") else _("its own feed ↗")


def _format(name: str) -> str:
    """rss2.0 → RSS 2.0."""
    known = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}
    kind = name.rstrip("0123456789.")
    return f"{known.get(kind, kind)} {name[len(kind) :]}".strip()


def _rate(a_week: float) -> str:
    if not a_week:
        return "0"
    return f"{a_week:.1f}" if a_week < 10 else f"{a_week:.0f}"  # noqa: PLR2004 - two figures


def _short(at: dt.datetime, now: dt.datetime) -> When:
    return When(at.isoformat(), parts.short_date(at, now.date()))


def _visits_label(visits: Sequence[Visit], name: str) -> str:
    return _("Last %(n)d checks of %(name)s: %(new)d with new items, %(failed)d failed") % {
        "n": len(visits),
        "name": name,
        "new": sum(visit.new > 0 for visit in visits),
        "failed": sum(visit.outcome == "failed" for visit in visits),
    }


def _facts(row: SourceRow, now: dt.datetime) -> list[tuple[str, str]]:
    today = now.date()
    facts = [
        (_("Entries heard"), str(row.entries)),
        (_("A week"), _rate(row.a_week)),
        (_("Kept"), "–" if row.kept is None else f"{row.kept:.0%}"),
        (_("Asked every"), parts.duration(row.interval)),
        (_("Followed since"), parts.short_date(row.created_at, today)),
    ]
    if told := words.told(row, now):
        facts.append((_("Told by its hub"), told))
    if row.last_new_at:
        facts.insert(1, (_("Last new"), parts.short_date(row.last_new_at, today)))
    return facts


def _log(visit: Visit, now: dt.datetime) -> LogRow:
    outcomes = {
        "new": _("new entries"),
        "updated": _("changed entries"),
        "unchanged": _("nothing new"),
        "failed": _("failed"),
        "waiting": _("put off"),
    }
    label = f"{parts.short_date(visit.at, now.date())} {visit.at:%H:%M}"
    return LogRow(
        when=When(visit.at.isoformat(), label),
        outcome=outcomes.get(visit.outcome, visit.outcome),
        bad=visit.outcome == "failed",
        status=str(visit.status or "–"),
        new=visit.new,
        size=visit.bytes,
        took=words.took(visit.duration_ms),
        error=visit.error,
    )
