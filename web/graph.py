"""A concept among what it needs and what it opens: which of them are drawn, and where. Pure geometry.

Two drawings of the same choice: wide, columns from left to right after Sugiyama, Tagawa and Toda (1981): layers by longest
path, long edges through the columns between, an order that crosses little; and tall, a row each, with arcs at the side.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    Needs = Mapping[int, Sequence[int]]

Texts = tuple[tuple[float, float, str], ...]
Box = tuple[float, float, float, float]
BEFORE, AFTER = 12, 4
WIDTH = 860  # units of the wide drawing, as many as pixels at full size
LETTER = 7.4  # of 14 px sans, on average and a little more
GAP, ROW, LANE = 28, 62, 26
LINE = 16
LONGEST_LINE = 21
TALL_WIDTH, TALL_ROW, TALL_X = 340, 46, 64


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn: `here` among `before` and `after`. An edge leads from what is needed to what needs it; what follows
    from other edges is left out. `more` is how many that it opens are not drawn."""

    here: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]
    more: int

    @property
    def ids(self) -> tuple[int, ...]:
        """Everything that is drawn."""
        return (*self.before, self.here, *self.after)


@dataclass(frozen=True, slots=True)
class Drawing:
    """Places and lines in a box of `width` by `height`; `lines` are the SVG paths of the edges."""

    width: int
    height: int
    places: Mapping[int, tuple[float, float]]
    lines: Mapping[tuple[int, int], str]


def choose(needs: Needs, here: int) -> Choice:
    """The nearest that `here` rests on, whole generations while there is room, and the most important that it opens."""
    below = _reach(needs)
    opens = defaultdict(list)
    for one, needed in needs.items():
        for other in needed:
            opens[other].append(one)
    before: list[int] = []
    generation = _reduced(needs, below, here)
    while generation:
        room = BEFORE - len(before)
        before += generation[: max(room, 0)]
        if room <= len(generation):
            break
        further = (one for child in generation for one in _reduced(needs, below, child))
        generation = [one for one in dict.fromkeys(further) if one not in before]
    nearest = [one for one in opens[here] if here in _reduced(needs, below, one)]
    nearest.sort(key=lambda one: (-sum(one in reached for reached in below.values()), one))
    after = nearest[:AFTER]
    drawn = set(before)
    edges = [
        (needed, one)
        for one in [*before, here]
        for needed in _reduced(needs, below, one)
        if needed in drawn
    ] + [(here, one) for one in after]
    return Choice(here, tuple(before), tuple(after), tuple(edges), len(nearest) - len(after))


def best_path(choice: Choice, known: Collection[int]) -> tuple[int, ...]:
    """The shortest way from what is known to `here`; where nothing drawn is known, the longest way there is."""
    ways = _ways(choice)
    among = [way for way in ways if way[0] in known and not set(way[1:]) & set(known)]
    if among:
        return min(among, key=len)
    return max(ways, key=len) if ways else ()


def wide(choice: Choice, names: Mapping[int, str]) -> Drawing:
    """From left to right; the farthest generations are left out where the columns would not fit. Ids of `places` are
    those that are drawn."""
    while True:
        columns = _columns(choice)
        starts = _starts(columns, names)
        if starts[-1] <= WIDTH or len(choice.before) <= 1:
            return _wide(choice, columns, starts)
        far = set(columns[0])
        choice = Choice(
            choice.here,
            tuple(one for one in choice.before if one not in far),
            choice.after,
            tuple(edge for edge in choice.edges if edge[0] not in far),
            choice.more,
        )


def tall(choice: Choice) -> Drawing:
    """From top to bottom, in an order in which nothing comes before what it needs."""
    order = [one for column in _columns(choice) for one in column if one >= 0]
    places = {one: (TALL_X, 24.0 + TALL_ROW * row) for row, one in enumerate(order)}
    lines = {}
    for edge in choice.edges:
        (x, top), (_x, bottom) = (places[one] for one in edge)
        bend = x - min(56, 10 + 7.5 * (bottom - top) / TALL_ROW)
        lines[edge] = f"M{x} {top:g}C{bend:g} {top:g} {bend:g} {bottom:g} {x} {bottom:g}"
    return Drawing(TALL_WIDTH, TALL_ROW * len(order) + 2, places, lines)


def label_lines(name: str) -> tuple[str, ...]:
    """A name in at most two lines of about the same length."""
    words = name.split()
    if len(name) <= LONGEST_LINE or len(words) == 1:
        return (name,)
    cuts = [(" ".join(words[:n]), " ".join(words[n:])) for n in range(1, len(words))]
    return min(cuts, key=lambda cut: max(map(len, cut)))


def above(name: str, x: float, y: float) -> tuple[Texts, Box]:
    """The words of a label above a node in the wide drawing, and what can be pressed of both."""
    lines = label_lines(name)
    texts = tuple((x - 5, y - 13 - LINE * back, line) for back, line in enumerate(reversed(lines)))
    width = max(map(len, lines)) * LETTER
    return texts[::-1], (x - 8, y - 14 - LINE * len(lines), max(width, 44), LINE * len(lines) + 26)


def beside(name: str, x: float, y: float) -> tuple[Texts, Box]:
    """The same beside a node in the tall drawing, where a finger presses a whole row."""
    return ((x + 18, y + 5, name),), (
        x - 22,
        y - TALL_ROW / 2 + 1,
        TALL_WIDTH - x + 20,
        TALL_ROW - 2,
    )


def _reach(needs: Needs) -> dict[int, frozenset[int]]:
    """Everything that each rests on, however far."""
    found: dict[int, frozenset[int]] = {}
    for start in needs:
        stack = [start]
        while stack:
            fresh = [one for one in needs.get(stack[-1], ()) if one not in found]
            if stack[-1] in found or not fresh or len(stack) > len(needs):
                at = stack.pop()
                direct = needs.get(at, ())
                found[at] = frozenset(direct).union(*(found.get(one, ()) for one in direct))
            else:
                stack.append(fresh[0])
    return found


def _reduced(needs: Needs, below: Mapping[int, frozenset[int]], one: int) -> list[int]:
    """What it needs and nothing else that it needs rests on."""
    direct = needs.get(one, ())
    implied = frozenset().union(*(below[other] for other in direct))
    return [other for other in direct if other not in implied]


def _ways(choice: Choice) -> list[tuple[int, ...]]:
    """Every way that ends here."""
    into = _into(choice.edges)
    done: list[tuple[int, ...]] = []
    open_ways: list[tuple[int, ...]] = [(choice.here,)]
    while open_ways:
        way = open_ways.pop()
        further = [(one, *way) for one in into[way[0]]]
        open_ways += further
        if len(way) > 1:
            done.append(way)
    return done


def _into(edges: Iterable[tuple[int, int]]) -> defaultdict[int, list[int]]:
    found = defaultdict(list)
    for start, end in edges:
        found[end].append(start)
    return found


def _columns(choice: Choice) -> list[list[int]]:
    """Ids by column, farthest first. A negative number is a lane: an edge of the node -(number) - 1 passes there."""
    depth = _depths(choice)
    last = max(depth.values())
    columns: list[list[int]] = [[] for _ in range(last + 2)]
    for one in choice.before:
        columns[last - depth[one]].append(one)
    columns[last].append(choice.here)
    columns[last + 1] += choice.after
    for start, end in choice.edges:
        if start in depth:
            stop = last - depth.get(end, -1)
            for between in range(last - depth[start] + 1, stop):
                if -start - 1 not in columns[between]:
                    columns[between].append(-start - 1)
    columns = [column for column in columns if column]
    _uncross(columns, choice.edges)
    return columns


def _depths(choice: Choice) -> dict[int, int]:
    """How many steps at most lie between what is needed and `here`."""
    depth = {choice.here: 0}
    into = _into(choice.edges)
    waiting = [choice.here]
    while waiting:
        at = waiting.pop()
        for one in into[at]:
            if depth.get(one, -1) < depth[at] + 1:
                depth[one] = depth[at] + 1
                waiting.append(one)
    return depth


def _uncross(columns: list[list[int]], edges: Sequence[tuple[int, int]]) -> None:
    """Each column by where its neighbours stand, there and back a few times (barycentres)."""
    near: dict[int, set[int]] = defaultdict(set)
    for start, end in edges:
        lanes = (start, -start - 1)
        for one in lanes:
            near[one] |= {end, *lanes} - {one}
            near[end].add(one)
    for sweep in range(6):
        order = range(1, len(columns)) if sweep % 2 == 0 else range(len(columns) - 2, -1, -1)
        for at in order:
            beside = columns[at - 1 if sweep % 2 == 0 else at + 1]
            spots = {one: (row + 0.5) / len(beside) for row, one in enumerate(beside)}
            own = {one: (row + 0.5) / len(columns[at]) for row, one in enumerate(columns[at])}
            columns[at].sort(key=lambda one: _centre(near[one], spots, own[one]))


def _centre(near: Iterable[int], spots: Mapping[int, float], own: float) -> float:
    found = [spots[one] for one in near if one in spots]
    return sum(found) / len(found) if found else own


def _starts(columns: Sequence[Sequence[int]], names: Mapping[int, str]) -> list[float]:
    """Where each column begins, and where the last one ends."""
    starts = [8.0]
    for column in columns:
        longest = max(
            (len(line) for one in column if one >= 0 for line in label_lines(names[one])), default=8
        )
        starts.append(starts[-1] + longest * LETTER + GAP)
    return starts


def _wide(choice: Choice, columns: Sequence[Sequence[int]], starts: Sequence[float]) -> Drawing:
    heights = [sum(ROW if one >= 0 else LANE for one in column) for column in columns]
    tallest = max(heights)
    spots: dict[tuple[int, int], tuple[float, float]] = {}
    for number, column in enumerate(columns):
        y = 10.0 + (tallest - heights[number]) / 2
        for one in column:
            height = ROW if one >= 0 else LANE
            # below the label that stands above a node
            spots[number, one] = (
                starts[number],
                round(y + (height * 0.68 if one >= 0 else height / 2), 1),
            )
            y += height
    lines = {(start, end): _line(spots, start, end) for start, end in choice.edges}
    places = {one: place for (_column, one), place in spots.items() if one >= 0}
    return Drawing(WIDTH, round(tallest + 14), places, lines)


def _line(spots: Mapping[tuple[int, int], tuple[float, float]], start: int, end: int) -> str:
    first = next(column for column, one in spots if one == start)
    last = next(column for column, one in spots if one == end)
    lanes = [
        spots[column, -start - 1]
        for column in range(first + 1, last)
        if (column, -start - 1) in spots
    ]
    points = [spots[first, start], *lanes, spots[last, end]]
    path = f"M{points[0][0]:g} {points[0][1]:g}"
    for (x, y), (to_x, to_y) in pairwise(points):
        middle = (x + to_x) / 2
        path += f"C{middle:g} {y:g} {middle:g} {to_y:g} {to_x:g} {to_y:g}"
    return path
