"""What rises this week: for the margin of Today, and as a reason for a story to be there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.items import split
from kb.selectors import trends
from kb.selectors.ranking import rising_in
from kb.selectors.topics import topics_of
from web.pages.story import Around

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from kb.selectors.articles import Story
    from kb.selectors.trends import Rising

SHOWN = 5
WEEKS = 12
COUNTED = 20
# counting half a year of mentions takes a fifth of a second with 40,000 articles, and changes little in an hour
SECONDS = 1800


@dataclass(frozen=True, slots=True)
class RisingLine:
    """A concept in the margin: articles a week for a small plot, and two of these counts in words."""

    title: str
    path: str
    series: tuple[int, ...]
    label: str
    parts: tuple[str, ...]


def rising_concepts(now: dt.datetime) -> tuple[Rising, ...]:
    """The concepts that rise, counted at most twice an hour."""
    found: tuple[Rising, ...] | None = caches["process"].get("rising")
    if found is None:
        found = trends.rising_concepts(now, limit=COUNTED)
        caches["process"].set("rising", found, SECONDS)
    return found


def rows_of(found: Iterable[Rising]) -> frozenset[int]:
    """Their row ids."""
    return frozenset(split(one.thing.item)[1] for one in found)


def around(stories: Iterable[Story], found: Iterable[Rising]) -> Around:
    """Topics and rising concepts of these stories. Three queries, however many."""
    ids = [story.id for story in stories]
    things = {split(one.thing.item)[1]: one.thing for one in found}
    spoken = rising_in(ids, things)
    return Around(topics_of(ids), {article: things[pk] for article, pk in spoken.items()})


def rising_lines(found: Iterable[Rising]) -> tuple[RisingLine, ...]:
    """The first few, for the margin."""
    return tuple(map(_line, tuple(found)[:SHOWN]))


def _line(one: Rising) -> RisingLine:
    count, usual = one.trend.count, round(one.trend.expected)
    now = ngettext("%(n)d this week", "%(n)d this week", count) % {"n": count}
    before = _("usually %(n)d") % {"n": usual} if usual else _("usually hardly any")
    title = f"{one.thing.title[:1].upper()}{one.thing.title[1:]}"
    label = _("Articles a week about %(name)s, the last %(weeks)d weeks: %(now)s, %(before)s") % {
        "name": one.thing.title, "weeks": WEEKS, "now": now, "before": before,
    }  # fmt: skip
    series = one.trend.series[-WEEKS:]
    return RisingLine(title, one.thing.path, series, label, (now, before))
