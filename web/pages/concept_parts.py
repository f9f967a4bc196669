"""The drawn and gathered parts of a concept's page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from web import drawing as bars
from web import graph as layout
from web.pages import parts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from django.utils.safestring import SafeString

    from kb.selectors.concepts import ConceptCard, Graph, Use
    from web.pages.prose import Prose

SPAN = 24  # months
# the order in which one would take them up
KINDS = (
    "tutorial", "article", "lecture", "course", "book", "paper", "toolkit", "model", "dataset", "product", "podcast",
    "community",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A concept in the drawing. `texts` are (x, y, words) of its name, `hit` is (x, y, width, height) of what can be
    pressed, `looks` are its classes."""

    x: float
    y: float
    name: str
    texts: tuple[tuple[float, float, str], ...]
    hit: tuple[float, float, float, float]
    path: str
    looks: str
    here: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One drawing: edges are (SVG path, class)."""

    width: int
    height: int
    edges: tuple[tuple[str, str], ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class GraphDrawing:
    """What a concept rests on and opens, wide and tall."""

    name: str
    wide: Sheet
    tall: Sheet
    caption: str


@dataclass(frozen=True, slots=True)
class Months:
    """Articles a month as bars in a box of 200 x 44."""

    bars: tuple[tuple[float, float, float, float], ...]
    label: str
    ends: tuple[str, str, str]
    said: str

    @staticmethod
    def first(now: dt.datetime) -> dt.datetime:
        """When the plot begins: the first of a month, as many months back as it has bars."""
        month = now.year * 12 + now.month - SPAN
        return dt.datetime(month // 12, month % 12 + 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """A resource with our words."""

    title: str
    path: str
    outside: str
    host: str
    parts: tuple[str, ...]
    why: SafeString


@dataclass(frozen=True, slots=True)
class ResourceGroup:
    """The resources of one kind."""

    kind: str
    rows: tuple[ResourceRow, ...]


def drawing(graph: Graph, here: int, known: Collection[int]) -> GraphDrawing | None:
    """The graph around a concept; None where it stands alone."""
    choice = layout.choose(graph.needs, here)
    if not choice.edges:
        return None
    path = layout.best_path(choice, known)
    names = {pk: graph.cards[pk].short if len(graph.cards[pk].name) > 2 * layout.LONGEST_LINE - 4 else graph.cards[pk].name for pk in choice.ids}  # fmt: skip
    marks = _Marks(graph.cards, choice, path, known, names)
    return GraphDrawing(
        name=graph.cards[here].name,
        wide=marks.sheet(layout.wide(choice, names), folded=True),
        tall=marks.sheet(layout.tall(choice), folded=False),
        caption=_caption(choice, path, known),
    )


@dataclass(frozen=True, slots=True)
class _Marks:
    """How nodes and edges look."""

    cards: Mapping[int, ConceptCard]
    choice: layout.Choice
    path: Sequence[int]
    known: Collection[int]
    names: Mapping[int, str]

    def sheet(self, drawn: layout.Drawing, *, folded: bool) -> Sheet:
        best = set(pairwise(self.path))
        edges = [
            (line, "after" if edge[1] in self.choice.after else "best" if edge in best else "")
            for edge, line in drawn.lines.items()
        ]
        # the heavy line lies above the others
        edges.sort(key=lambda edge: edge[1] == "best")
        nodes = tuple(
            Node(
                x, y,
                self.cards[pk].name,
                *(layout.above(self.names[pk], x, y) if folded else layout.beside(self.names[pk], x, y)),
                self.cards[pk].path,
                self._looks(pk),
                here=pk == self.choice.here,
            )
            for pk, (x, y) in drawn.places.items()
        )  # fmt: skip
        return Sheet(drawn.width, drawn.height, tuple(edges), nodes)

    def _looks(self, pk: int) -> str:
        looks = (
            ("here", pk == self.choice.here),
            ("known", pk in self.known),
            ("on-path", pk in self.path),
        )
        return " ".join(name for name, holds in looks if holds)


def _caption(choice: layout.Choice, path: Sequence[int], known: Collection[int]) -> str:
    said = []
    if known:
        said.append(_("Filled: you know it."))
    if path and path[0] in known:
        said.append(_("Heavy line: the shortest way from what you know to here."))
    elif path:
        said.append(_("Heavy line: the longest way here."))
    if choice.after:
        said.append(_("Dashed: what this opens."))
    if choice.more:
        more = ngettext("It opens %(n)d more.", "It opens %(n)d more.", choice.more)
        said.append(more % {"n": choice.more})
    return " ".join(said)


def month_plot(card: ConceptCard, counted: Mapping[dt.date, int], now: dt.datetime) -> Months:
    """The last two years; the month that is going on is not compared with whole ones."""
    first = Months.first(now).date()
    dates = [
        dt.date(first.year + (first.month - 1 + n) // 12, (first.month - 1 + n) % 12 + 1, 1)
        for n in range(SPAN)
    ]
    values = [counted.get(date, 0) for date in dates]
    usual = sorted(values[:-1])[(SPAN - 1) // 2]
    label = _("Articles a month that mention %(name)s, from %(first)s to %(last)s") % {
        "name": card.name,
        "first": parts.dated(dates[0], "F Y"),
        "last": parts.dated(dates[-1], "F Y"),
    }
    said = _("%(n)d in %(month)s so far, usually %(usual)d a month.") % {
        "n": values[-1],
        "month": date_format(dates[-1], "F"),
        "usual": usual,
    }
    middle = dates[SPAN // 2]
    return Months(
        bars=tuple(bars.columns(values)),
        label=label,
        ends=(_month(dates[0]), _month(middle), _month(dates[-1])),
        said=said,
    )


def _month(date: dt.date) -> str:
    return parts.dated(date, "M y")


def resource_groups(uses: Iterable[Use], prose: Prose) -> tuple[ResourceGroup, ...]:
    """By kind, in the order in which one would take them up, as the curator ordered them within a kind."""
    groups: dict[str, list[Use]] = {}
    for use in uses:
        groups.setdefault(use.facts.kind, []).append(use)
    return tuple(
        ResourceGroup(
            kind=groups[kind][0].facts.label[:1].upper() + groups[kind][0].facts.label[1:],
            rows=tuple(resource_row(use, prose) for use in groups[kind]),
        )
        for kind in KINDS
        if kind in groups
    )


def resource_row(use: Use, prose: Prose) -> ResourceRow:
    facts = use.facts
    outside = parts.outside(facts.url)
    return ResourceRow(
        title=facts.title,
        path=facts.path,
        outside=outside,
        host=parts.host(outside),
        parts=facts.said,
        why=prose.html(use.why, name=f"why{facts.id}"),
    )
