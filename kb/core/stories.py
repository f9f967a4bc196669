"""Which articles tell of one event: agglomerative clustering inside a window of time, by vectors and words together.

Two articles are as alike as the geometric mean of their vectors' cosine, measured from the middle of the background,
and the cosine of their words, weighted by how rare they are in it: both must agree, since a shared field makes vectors
near and a shared name makes words equal. Groups join by their average likeness (UPGMA: Sokal and Michener, "A
statistical method for evaluating systematic relationships", 1958), the clearest pair first, as long as it stays above a
cut that falls with the number of pairs that were averaged: one pair must be much alike, the mean of many need not be.

A story that exists enters as one piece and only grows, so that no reader sees an article leave; what was not grouped
yet gives the same groups in whatever order it came.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.core.usual import Background, significant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

WINDOW = dt.timedelta(hours=120)  # NewsBlur's lookback; a story never spans more
PAIR = 0.30  # least likeness of two articles
MANY = 0.10  # what the cut falls to for large groups
MIN_WORDS = 4  # fewer significant words say nothing about an event
OWN = 0.75  # a source's posts are alike in tone and topic: two of them must be more alike to tell of one event
_NEVER = -1e6
_DEAD = -1e9


@dataclass(frozen=True, slots=True)
class Item:
    """An article: its vector (unit length), the words of its title and opening, when it was said, its title (where it
    has none, the text stands for it) and source, the story that it is in already, whether it is a paper."""

    id: int
    vector: Floats
    text: str
    at: dt.datetime
    title: str = ""
    source: int | None = None
    story: int | None = None
    paper: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Articles of one event, ids sorted. `story` is the oldest story among them, None for a new one; `absorbed` are the
    others."""

    members: tuple[int, ...]
    story: int | None
    absorbed: tuple[int, ...] = ()


def likeness(items: Sequence[Item], usual: Background) -> Floats:
    """How alike each two articles are, 0 to 1, shape (n, n)."""
    vectors = np.stack([item.vector for item in items]).astype(np.float32) - usual.middle
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    near = np.maximum(vectors @ vectors.T, 0) * _words_alike(items, usual)
    found: Floats = np.sqrt(near) * _titles_meet(items, usual)
    sources = np.array([-1 if i.source is None else i.source for i in items])
    found[(sources[:, None] == sources[None, :]) & (sources >= 0)] *= OWN
    return found


def _titles_meet(items: Sequence[Item], usual: Background) -> NDArray[np.bool_]:
    """Whether two titles share a word that says something: openings repeat what a site prints under every post."""
    holders: dict[str, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        for word in _own_words(item, item.title or item.text, usual):
            if usual.rarity(word):
                holders[word].append(number)
    meet = np.zeros((len(items), len(items)), np.bool_)
    for who in holders.values():
        meet[np.ix_(who, who)] = True
    return meet


def _own_words(item: Item, text: str, usual: Background) -> Counter[str]:
    house = usual.house.get(item.source, frozenset()) if item.source is not None else frozenset()
    return Counter(word for word in significant(text) if word not in house)


def _words_alike(items: Sequence[Item], usual: Background) -> Floats:
    """Cosine of TF-IDF, through the lists of who has which word: most pairs share none."""
    holders: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for number, item in enumerate(items):
        for word, weight in _weights(item, usual).items():
            holders[word].append((number, weight))
    alike = np.zeros((len(items), len(items)), np.float32)
    for word in sorted(holders):
        who = np.array([n for n, _ in holders[word]])
        weights = np.array([w for _, w in holders[word]], np.float32)
        alike[np.ix_(who, who)] += np.outer(weights, weights)
    return alike


def _weights(item: Item, usual: Background) -> dict[str, float]:
    counts = _own_words(item, item.text, usual)
    if len(counts) < MIN_WORDS:
        return {}
    raw = {w: (1 + math.log(n)) * usual.rarity(w) for w, n in counts.items()}
    length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
    return {w: v / length for w, v in raw.items() if v}


def cluster(
    items: Iterable[Item],
    usual: Background,
    *,
    together: Iterable[tuple[int, int]] = (),
    apart: Iterable[tuple[int, int]] = (),
    window: dt.timedelta = WINDOW,
) -> list[Group]:
    """Every group of two or more, whatever the order of `items`; what is alone is left out.

    `together` and `apart` are pairs of article ids that a curator decided. Two papers never start a story: each is a
    work of its own, however near their fields are; they may stand in one beside the post that tells of both.
    """
    ordered = sorted(items, key=lambda item: item.id)
    if not ordered:
        return []
    alike = likeness(ordered, usual)
    _forbid(alike, ordered, apart, window)
    pieces = _pieces(ordered, together)
    joined = _agglomerate(alike, pieces)
    found = [_group([ordered[n] for n in members]) for members in joined if len(members) > 1]
    return sorted(found, key=lambda group: group.members)


def _forbid(
    alike: Floats, items: Sequence[Item], apart: Iterable[tuple[int, int]], window: dt.timedelta
) -> None:
    times = np.array([item.at.timestamp() for item in items])
    alike[np.abs(times[:, None] - times[None, :]) > window.total_seconds()] = _NEVER
    papers = np.flatnonzero([item.paper for item in items])
    alike[np.ix_(papers, papers)] = 0
    place = {item.id: n for n, item in enumerate(items)}
    for one, other in apart:
        if one in place and other in place:
            alike[place[one], place[other]] = alike[place[other], place[one]] = _NEVER
    np.fill_diagonal(alike, 0)


def _pieces(items: Sequence[Item], together: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Places of what enters as one piece: existing stories, and what a curator joined."""
    place = {item.id: n for n, item in enumerate(items)}
    head = list(range(len(items)))

    def join(one: int, other: int) -> None:
        keep, gone = sorted((head[one], head[other]))
        head[:] = [keep if h == gone else h for h in head]

    first: dict[int, int] = {}
    for number, item in enumerate(items):
        if item.story is not None:
            join(first.setdefault(item.story, number), number)
    for a, b in together:
        if a in place and b in place:
            join(place[a], place[b])
    pieces: dict[int, list[int]] = defaultdict(list)
    for number, h in enumerate(head):
        pieces[h].append(number)
    return [pieces[h] for h in sorted(pieces)]


def cut(pairs: Floats) -> Floats:
    """The least mean likeness at which two groups join, by the number of pairs that were averaged."""
    # the error of a mean falls with the square root of what was averaged
    found: Floats = np.asarray(MANY + (PAIR - MANY) / np.sqrt(pairs), np.float32)
    return found


def _agglomerate(alike: Floats, pieces: list[list[int]]) -> list[list[int]]:
    """Join the two groups that stand highest above the cut until none does; ties go to the earlier places."""
    total = _between(alike, pieces)
    size = np.array([len(p) for p in pieces], np.float32)
    margin = _margins(total, size[:, None] * size[None, :])
    np.fill_diagonal(margin, _DEAD)
    members = [list(p) for p in pieces]
    nearest = margin.argmax(axis=1)
    best = margin[np.arange(len(pieces)), nearest]
    while best[first := int(best.argmax())] >= 0:
        one, gone = sorted((first, int(nearest[first])))
        members[one] += members[gone]
        members[gone] = []
        total[one] += total[gone]
        total[:, one] = total[one]
        size[one] += size[gone]
        size[gone] = 0
        margin[gone] = margin[:, gone] = _DEAD
        row = np.where(size > 0, _margins(total[one], size[one] * np.maximum(size, 1)), _DEAD)
        row[one] = _DEAD
        margin[one] = margin[:, one] = row
        _renew(margin, nearest, best, (one, gone))
    return [sorted(m) for m in members if m]


def _renew(margin: Floats, nearest: NDArray[np.intp], best: Floats, moved: tuple[int, int]) -> None:
    """Bring each row's best up to date after two rows became one."""
    one, gone = moved
    best[gone] = _DEAD
    stale = np.flatnonzero((nearest == one) | (nearest == gone))
    stale = np.union1d(stale[stale != gone], [one])
    nearest[stale] = margin[stale].argmax(axis=1)
    best[stale] = margin[stale, nearest[stale]]
    column = margin[:, one]
    better = (column > best) | ((column == best) & (one < nearest) & (column > _DEAD))
    nearest[better] = one
    best[better] = column[better]


def _between(alike: Floats, pieces: list[list[int]]) -> Floats:
    if len(pieces) == len(alike):
        return alike.copy()
    belongs = np.zeros((len(pieces), len(alike)), np.float32)
    for number, piece in enumerate(pieces):
        belongs[number, piece] = 1
    found: Floats = np.asarray(belongs @ alike @ belongs.T, np.float32)
    return found


def _margins(total: Floats, pairs: Floats) -> Floats:
    found: Floats = total / pairs - cut(pairs)
    return found


def _group(items: Sequence[Item]) -> Group:
    known = sorted({item.story for item in items if item.story is not None})
    return Group(
        members=tuple(item.id for item in items),
        story=known[0] if known else None,
        absorbed=tuple(known[1:]),
    )


def choose_lead(items: Iterable[tuple[int, dt.datetime, int]]) -> tuple[int, str]:
    """(article id, reason) of the article that stands for a story, from (id, said at, sources that carried it).

    What most sources carried leads; otherwise who spoke first.
    """
    ranked = sorted(items, key=lambda item: (-item[2], item[1], item[0]))
    if len(ranked) == 1 or ranked[0][2] > ranked[1][2]:
        return ranked[0][0], "carried by the most sources"
    return ranked[0][0], "spoke first"
