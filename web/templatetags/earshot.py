"""Drawings: coordinates in attributes, looks in classes, so that a strict CSP holds."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import template
from django.template.loader import render_to_string

from web import drawing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web.pages.concept_parts import GraphDrawing
    from web.pages.home import Strip

register = template.Library()
BARS = 28


@register.simple_tag
def lattice(delays: Sequence[float]) -> str:
    """A story's sources: the lead's heavy line, an arc to each other one."""
    return _lattice(tuple(delays))


@lru_cache(1000)
def _lattice(delays: tuple[float, ...]) -> str:
    # the same in every language, and for most stories: they have one source
    return render_to_string("web/svg/lattice.html", {"path": drawing.lattice(delays)})


@register.inclusion_tag("web/svg/signal.html")
def signal(strip: Strip) -> dict[str, Any]:
    """A day: kept above the line, left out below it, stories as circles."""
    return {
        "kept": drawing.bars(strip.kept, up=True),
        "left_out": drawing.bars(strip.left_out, up=False),
        "circles": [(drawing.percent(c.minute), c.anchor, c.label) for c in strip.circles],
        "now": drawing.percent(strip.until if strip.until is not None else drawing.DAY),
        "going_on": strip.until is not None,
        "hours": [(drawing.percent(hour * 60), f"{hour:02}") for hour in range(3, 24, 3)],
        "strip": strip,
    }


@register.inclusion_tag("web/svg/checks.html")
def checks(visits: Sequence[tuple[str, int]], label: str) -> dict[str, Any]:
    """A source's last checks: new up, failed down."""
    return {"path": drawing.checks(visits, BARS), "width": 5 * BARS, "label": label}


@register.inclusion_tag("web/svg/weights.html")
def weights(words: float, meaning: float) -> dict[str, Any]:
    """How much of a result is words, how much meaning."""
    return {"words": _length(words), "meaning": _length(meaning)}


@register.inclusion_tag("web/svg/spark.html")
def spark(values: Sequence[float], label: str) -> dict[str, Any]:
    """A trend in a line of text."""
    line, last = drawing.spark(values)
    return {"line": line, "last": last, "label": label}


@register.inclusion_tag("web/svg/graph.html")
def graph(drawn: GraphDrawing) -> dict[str, Any]:
    """What a concept rests on and opens, wide and tall: CSS picks."""
    return {"graph": drawn, "sheets": ((drawn.wide, "wide"), (drawn.tall, "tall"))}


def _length(share: float) -> str:
    return f"{80 * min(max(share, 0.0), 1.0):.0f}"
