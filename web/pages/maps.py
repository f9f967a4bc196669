"""The articles of a period as a plane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from heapq import nsmallest
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.core.periods import KINDS, Kind, Period, period_of
from kb.selectors import maps, topics
from web.pages import parts
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kb.selectors.maps import MapView

WIDTH, HEIGHT = 1000, 700
EDGE = 24  # kept free around the points
MARKS = 8  # colours, each with a shape of its own; topics beyond them share the last
LISTED = 5  # articles told of a region


@dataclass(frozen=True, slots=True)
class Dot:
    """An article on the plane, with the number of its mark."""

    x: float
    y: float
    mark: int
    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Place:
    """A region with a name: `articles` are those in the middle of it."""

    x: float
    y: float
    name: str
    articles: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """What a mark stands for."""

    mark: int
    name: str
    path: str
    number: int


@dataclass(frozen=True, slots=True)
class MapPage:
    """One map, or, without dots, that there is none yet. `kinds` are other spans of time around the same days."""

    name: str
    title: str
    said: str
    label: str
    drawn: When | None
    dots: tuple[Dot, ...]
    places: tuple[Place, ...]
    keys: tuple[Key, ...]
    kinds: tuple[parts.PageLink, ...]
    newer: parts.PageLink | None
    older: parts.PageLink | None

    @property
    def path(self) -> str:
        """Its own address; the newest one of all has a shorter one, too."""
        return reverse("map_period", args=[self.name]) if self.name else reverse("map")


def map_page(asked: Period | None, now: dt.datetime) -> MapPage | None:
    """The map of a period, or the newest; None where a period was asked for that has none."""
    periods = maps.drawn_periods()
    period = asked or maps.newest_of(periods)
    found = maps.article_map(period) if period else None
    if found is None:
        return None if asked else _nothing()
    period = found.period
    same = [other for other in periods if other.kind == period.kind]
    keys, mark_of = _keys(found)
    bare = reverse(
        "article_bare", args=[0]
    )  # once: making four thousand addresses takes longer than all the rest
    dots = tuple(
        Dot(
            round(EDGE + p.x * (WIDTH - 2 * EDGE), 1),
            round(EDGE + p.y * (HEIGHT - 2 * EDGE), 1),
            mark_of.get(p.topic, MARKS),
            bare.replace("/0/", f"/{p.id}/"),
            p.title,
        )
        for p in found.points
    )
    return MapPage(
        name=period.name,
        title=named(period),
        said=_said(found),
        label=_label(found),
        drawn=When(found.made_at.isoformat(), parts.long_date(found.made_at, now.date())),
        dots=dots,
        places=_places(found, dots),
        keys=keys,
        kinds=_kinds(periods, period),
        newer=_link(
            min((p for p in same if p.first > period.first), key=_first, default=None), "← %s"
        ),
        older=_link(
            max((p for p in same if p.first < period.first), key=_first, default=None), "%s →"
        ),
    )


def named(period: Period) -> str:
    """A period as one says it."""
    if period.kind == "week":
        words = {"n": int(period.name[-2:]), "year": period.name[:4]}
        return _("Week %(n)d of %(year)s") % words
    if period.kind == "quarter":
        return _("%(first)s to %(last)s") % {
            "first": date_format(period.first, "F"),
            "last": date_format(period.last, "F Y"),
        }
    return date_format(period.first, "F Y" if period.kind == "month" else "Y")


def _nothing() -> MapPage:
    return MapPage("", _("Map"), "", "", None, (), (), (), (), None, None)


def _said(found: MapView) -> str:
    drawn = len(found.points)
    if found.total <= drawn:
        return ngettext("%(n)d article", "%(n)d articles", drawn) % {"n": drawn}
    return _("%(n)d of %(all)d articles, the newest that have been understood") % {
        "n": drawn,
        "all": found.total,
    }


def _label(found: MapView) -> str:
    names = ", ".join(region.name for region in found.regions)
    said = _("%(period)s: %(said)s, near each other where they are alike.") % {
        "period": named(found.period),
        "said": _said(found),
    }
    return said + (" " + _("Regions: %(names)s.") % {"names": names} if names else "")


def _keys(found: MapView) -> tuple[tuple[Key, ...], dict[str, int]]:
    """Marks go to root topics in the curators' order, so that a topic looks the same on every map."""
    counts = Counter(point.topic for point in found.points)
    roots = [node.ref for node in topics.topic_tree()]
    marks = {ref.slug: number for number, ref in enumerate(roots[:MARKS])}
    keys = [
        Key(marks[ref.slug], ref.name, ref.path, counts[ref.slug])
        for ref in roots[:MARKS]
        if counts[ref.slug]
    ]
    rest = len(found.points) - sum(key.number for key in keys)
    if rest:
        keys.append(Key(MARKS, _("other, or no topic"), "", rest))
    return tuple(keys), marks


def _places(found: MapView, dots: Sequence[Dot]) -> tuple[Place, ...]:
    """Each region with the articles nearest to its middle: what those who see no plane can read of it."""
    told = []
    for region in found.regions:
        x = round(EDGE + region.x * (WIDTH - 2 * EDGE), 1)
        y = round(EDGE + region.y * (HEIGHT - 2 * EDGE), 1)
        near = nsmallest(LISTED, dots, key=partial(_away, x=x, y=y))
        told.append(Place(x, y, region.name, tuple(near)))
    return tuple(told)


def _away(dot: Dot, x: float, y: float) -> float:
    return (dot.x - x) ** 2 + (dot.y - y) ** 2


def _kinds(periods: Sequence[Period], here: Period) -> tuple[parts.PageLink, ...]:
    """The week, month, quarter and year around the end of what is shown; where that has no map, the newest of its kind."""
    labels: dict[Kind, str] = {
        "week": _("Week"),
        "month": _("Month"),
        "quarter": _("Quarter"),
        "year": _("Year"),
    }
    found = []
    for kind in KINDS:
        of_kind = [p for p in periods if p.kind == kind]
        around = period_of(kind, here.last)
        chosen = (
            here
            if kind == here.kind
            else around
            if around in of_kind
            else next(iter(of_kind), None)
        )
        if chosen:
            path = reverse("map_period", args=[chosen.name])
            found.append(parts.PageLink(labels[kind], path, current=kind == here.kind))
    return tuple(found)


def _first(period: Period) -> dt.date:
    return period.first


def _link(period: Period | None, form: str) -> parts.PageLink | None:
    if period is None:
        return None
    return parts.PageLink(form % named(period), reverse("map_period", args=[period.name]))
