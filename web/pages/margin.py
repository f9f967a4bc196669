"""What stands beside the days of Today."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.cache import caches
from django.utils.translation import gettext as _

from kb.selectors import lists, overview, sources
from web import markdown
from web.pages import parts
from web.pages.rising import RisingLine, rising_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

    from kb.selectors.lists import ListCard
    from kb.selectors.sources import Health
    from kb.selectors.trends import Rising

OVERVIEW_SECONDS = 30
LISTS = 5


@dataclass(frozen=True, slots=True)
class Cover:
    """The current issue, or where there is none the newest list, on the one tinted panel."""

    label: str
    title: str
    path: str
    date: str
    iso: str
    summary: SafeString
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Margin:
    """All of it; what has nothing to say is not shown."""

    cover: Cover | None
    rising: tuple[RisingLine, ...]
    lists: tuple[ListCard, ...]
    health: tuple[tuple[str, str, int], ...]
    progress: overview.Overview | None


def margin(rising: Iterable[Rising]) -> Margin:
    """The margin of today."""
    issues = lists.published_lists(limit=1, issues=True)
    others = lists.published_lists(limit=LISTS + 1, issues=False)
    covered = issues or others[:1]
    counts = Counter(row.health for row in sources.source_names())
    counts["failing"] += counts["blocked"]  # as the page of the sources counts
    labels: tuple[tuple[Health, str], ...] = (
        ("well", _("Heard well")),
        ("slow", _("Need a look")),
        ("failing", _("Failing")),
    )
    return Margin(
        cover=_cover(covered[0]) if covered else None,
        rising=rising_lines(rising),
        lists=tuple(card for card in others if card not in covered)[:LISTS],
        health=tuple((kind, label, counts[kind]) for kind, label in labels if counts[kind]),
        progress=_progress(),
    )


def _cover(card: ListCard) -> Cover:
    items = lists.list_items(card.id)
    return Cover(
        label=_("This week’s issue") if card.is_issue else _("Newest list"),
        title=card.title,
        path=card.path,
        date=parts.dated(card.published_at, "j F Y"),
        iso=card.published_at.date().isoformat(),
        summary=markdown.render(card.summary, name="cover").html,
        items=tuple((item.title, f"{card.path}#item-{item.number}") for item in items[:4]),
    )


def _progress() -> overview.Overview | None:
    """The counts while something waits for the index. Kept half a minute: counting is slow."""
    counts: overview.Overview | None = caches["process"].get("overview")
    if counts is None:
        counts = overview.overview(overview.current_space())
        caches["process"].set("overview", counts, OVERVIEW_SECONDS)
    return counts if counts.embedded < counts.passages else None
