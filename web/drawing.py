"""Where the lines of the drawings go: pure geometry, as SVG path data."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

DAY = 1440
# five minutes a bar: 288 bars fit a strip of a thousand pixels with air between them
BAR = 5
CAP = 12
# the nearest that a second source may stand to the lead
FIRST = 14


@dataclass(frozen=True, slots=True)
class LatticePath:
    """The heavy line's end and an arc a further source."""

    end: float
    arcs: tuple[str, ...]
    nodes: tuple[float, ...]


def lattice(delays: Sequence[float]) -> LatticePath:
    """A story's sources in a box of 52 x 28: `delays` are minutes after the lead, one a source.

    Time is logarithmic: the hours after a story breaks matter, the weeks after do not.
    """
    nodes: list[float] = []
    for delay in sorted(delays)[:6]:
        x = FIRST + 30 * min(1.0, math.log1p(max(delay, 0)) / math.log1p(7 * DAY))
        nodes.append(max(x, nodes[-1] + 6) if nodes else x)
    # too many late ones run out of the box: press them together instead
    squeeze = min(1.0, 34 / (nodes[-1] - FIRST)) if nodes and nodes[-1] > FIRST else 1.0
    nodes = [round(FIRST + (x - FIRST) * squeeze, 1) for x in nodes]
    arcs = tuple(_arc(x, up=number % 2 == 0) for number, x in enumerate(nodes))
    return LatticePath(end=nodes[-1] if nodes else 18, arcs=arcs, nodes=tuple(nodes))


def _arc(x: float, *, up: bool) -> str:
    reach = x - 4
    height = (7.1 + 0.21 * reach) * (-1 if up else 0.93)
    y = round(14 + height, 1)
    return f"M4 14C{4 + reach * 0.3:.1f} {y} {x - reach * 0.3:.1f} {y} {x} 14"


def bars(minutes: Iterable[float], *, up: bool) -> str:
    """Bars of five minutes on a strip of 960 x 80 whose line is at 40; heights are logarithmic."""
    counts = Counter(int(min(max(m, 0), DAY - 1) // BAR) for m in minutes)
    return "".join(_bar(slot, count, up=up) for slot, count in sorted(counts.items()))


def _bar(slot: int, count: int, *, up: bool) -> str:
    x = (slot + 0.5) * BAR * 960 / DAY
    height = 13 + 24 * math.log(min(count, CAP)) / math.log(CAP)
    return f"M{x:.1f} 39V{39 - height:.0f}" if up else f"M{x:.1f} 41V{41 + height * 0.85:.0f}"


def percent(minute: float) -> str:
    """A minute of the day as a share of the strip's width."""
    return f"{100 * minute / DAY:.2f}%"


@dataclass(frozen=True, slots=True)
class ChecksPath:
    """The bars of a source's last checks: `new` up, `error` down, `none` on the line."""

    none: str
    new: str
    error: str


def checks(outcomes: Sequence[tuple[str, int]], slots: int) -> ChecksPath:
    """Checks (outcome, new entries), oldest first, in a box of 5 x `slots` by 28; the newest at the right."""
    parts = {"none": "", "new": "", "error": ""}
    shift = slots - len(outcomes)
    for number, (outcome, new) in enumerate(outcomes[-slots:]):
        x = 5 * (number + max(shift, 0)) + 2
        if outcome == "failed":
            parts["error"] += f"M{x} 15V25"
        elif new:
            parts["new"] += f"M{x} 14V{14 - 4.6 * min(3.0, 1 + math.log10(new)):.1f}"
        else:
            parts["none"] += f"M{x} 12.5V14.5"
    return ChecksPath(**parts)


def spark(values: Sequence[float]) -> tuple[str, tuple[float, float]]:
    """A line through `values` in a box of 88 x 20, and its last point."""
    top = max([*values, 1])
    step = 84 / max(len(values) - 1, 1)
    points = [(2 + n * step, 18 - 16 * value / top) for n, value in enumerate(values)]
    last = points[-1] if points else (2.0, 18.0)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points or [last]), last


def columns(values: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """(x, y, width, height) of a bar a value, side by side in a box of 200 x 44 on a line at 43."""
    if not values:
        return []
    step = 200 / len(values)
    width = round(max(step - max(1.0, step * 0.08), 1.0), 1)
    top = max(*values, 1)
    # a year with one result of thousands is still there
    heights = [round(max(38 * value / top, 1.5), 1) if value else 0.0 for value in values]
    return [(round(n * step, 1), round(43 - h, 1), width, h) for n, h in enumerate(heights)]
