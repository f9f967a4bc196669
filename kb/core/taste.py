"""What a reader likes, learned from their own marks: one logistic model over vectors and words that can tell its reasons.

An article is its unit vector beside ones for its terms (concepts that it speaks of, words of its title). What was
marked is learned against what was not, so that the weight of a term says how much it sets the marked apart. Small
enough to be sent away as JSON, and the same for the same marks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.core.logistic import fit

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

# how much a mark says; what was only opened says nothing
WEIGHTS = {"read": 1.0, "queued": 2.0, "starred": 3.0, "followed": 2.0, "less": -3.0, "muted": -1.0}
LEAST = 3  # marked things, below which there is nothing to learn
NEAR = 0.35  # cosine from which on one text is worth naming as a reason for another
# vectors have unit length: at this scale a direction may count as much as a handful of words
SCALE = 4.0
MOST_TERMS = 80
APART = 2.0  # how many times the background's share of a term that of the marked must be
SUPPORT = 2.0  # the weight of marks that a term needs
WORDS_TOLD = 3
# words of titles that say nothing of what a text is about
_EMPTY = frozenset(
    """about above after against also among another around back been before being below better between beyond both cannot
    could does doing done down during each even every from further have having here into just less like made make makes
    making many more most much need needs never only other over really same should since some such than that their them
    then there these they this those three through today toward towards under until upon used uses using very want were
    what when where whether which while whose will with within without would your""".split()  # noqa: SIM905 - so many words are easier to read like this
)
_WORD = re.compile(r"[^\W\d_][\w-]{3,}")


@dataclass(frozen=True, slots=True)
class Example:
    """A thing that says something about a reader: `how` is a key of WEIGHTS, `vector` float32 of shape (dimension,)."""

    id: int
    how: str
    vector: Floats
    terms: frozenset[str]
    share: float = 1.0

    @property
    def weight(self) -> float:
        """How much it says: above 0 for liked, below for the opposite."""
        return WEIGHTS[self.how] * self.share


@dataclass(frozen=True, slots=True)
class Taste:
    """What was learned: a weight a term, a direction of shape (dimension,), and where the scale begins."""

    terms: dict[str, float]
    direction: Floats
    bias: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that may be shown."""

    id: int
    vector: Floats
    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How well a candidate fits, as log-odds, and why: the liked examples nearest to it, the terms that counted most."""

    id: int
    margin: float
    nearest: tuple[int, ...]
    terms: tuple[str, ...]


def terms_of(title: str, concepts: Iterable[str]) -> frozenset[str]:
    """The terms of an article: names of its concepts, and the words of its title in lower case."""
    return frozenset(concepts) | {
        word.lower() for word in _WORD.findall(title) if word.lower() not in _EMPTY
    }


def learn(examples: Sequence[Example], background: Sequence[Candidate]) -> Taste | None:
    """The taste that these marks show against a background of what was not marked, which together says as much as they.

    None where fewer than LEAST are liked, or nothing is there to compare with.
    """
    liked = [e for e in examples if e.weight > 0]
    if len({e.id for e in liked}) < LEAST or not background:
        return None
    names = _telling(examples, background)
    rows = np.vstack(
        [_row(e.vector, e.terms, names) for e in examples]
        + [_row(c.vector, c.terms, names) for c in background]
    )
    truth = np.array([e.weight > 0 for e in examples] + [False] * len(background), np.float32)
    weights = np.array([abs(e.weight) for e in examples], np.float32)
    rest = sum(e.weight for e in liked) / len(background)
    counts = np.concatenate([weights, np.full(len(background), rest, np.float32)])
    found = fit(rows, truth, counts, l2=1.0).weights
    size = len(background[0].vector)
    terms = {name: float(w) for name, w in zip(names, found[size:-1], strict=True)}
    return Taste(terms, (found[:size] * SCALE).astype(np.float32), float(found[-1]))


def judge(
    taste: Taste, candidates: Sequence[Candidate], liked: Sequence[Example]
) -> tuple[Verdict, ...]:
    """Each candidate's verdict, in the order given."""
    if not candidates:
        return ()
    vectors = np.vstack([c.vector for c in candidates])
    margins = vectors @ taste.direction + taste.bias
    anchors = np.vstack([e.vector for e in liked]) if liked else np.zeros((0, vectors.shape[1]))
    near = vectors @ anchors.T
    return tuple(
        Verdict(
            candidate.id,
            float(margin) + sum(taste.terms.get(term, 0.0) for term in candidate.terms),
            _nearest(row, liked, candidate.id),
            _reasons(taste, candidate.terms),
        )
        for candidate, margin, row in zip(candidates, margins, near, strict=True)
    )


def to_json(taste: Taste) -> dict[str, Any]:
    """As plain values, heaviest terms first; `from_json` reads it."""
    terms = sorted(taste.terms.items(), key=lambda one: (-one[1], one[0]))
    return {
        "terms": {name: round(weight, 4) for name, weight in terms},
        "direction": [round(float(x), 5) for x in taste.direction],
        "bias": round(taste.bias, 4),
    }


def from_json(said: dict[str, Any]) -> Taste:
    """What `to_json` wrote."""
    return Taste(said["terms"], np.array(said["direction"], np.float32), said["bias"])


def _telling(examples: Sequence[Example], background: Sequence[Candidate]) -> list[str]:
    """The terms that set the marked apart, by how much they do; none that only one weak mark speaks for."""
    total = sum(abs(e.weight) for e in examples)
    support: dict[str, float] = defaultdict(float)
    for example in examples:
        for term in example.terms:
            support[term] += example.weight
    usual: dict[str, float] = defaultdict(float)
    for candidate in background:
        for term in candidate.terms:
            usual[term] += 1 / len(background)
    apart = {
        term: abs(weight) / total - usual[term]
        for term, weight in support.items()
        if abs(weight) >= max(SUPPORT, APART * usual[term] * total)
    }
    return sorted(apart, key=lambda term: (-apart[term], term))[:MOST_TERMS]


def _row(vector: Floats, terms: Collection[str], names: Sequence[str]) -> Floats:
    ones = np.array([name in terms for name in names], np.float32)
    return np.concatenate([vector * SCALE, ones]).astype(np.float32)


def _nearest(row: Floats, liked: Sequence[Example], own: int) -> tuple[int, ...]:
    """The one or two liked things that are nearest, if any is near enough."""
    order = np.argsort(-row, kind="stable")[:3]
    found = [liked[at].id for at in order if row[at] >= NEAR and liked[at].id != own]
    return tuple(dict.fromkeys(found))[:2]


def _reasons(taste: Taste, terms: Collection[str]) -> tuple[str, ...]:
    """The heaviest terms for it, each said once: a word that stands within one that is told already adds nothing."""
    told: list[str] = []
    for term in sorted(terms, key=lambda name: (-taste.terms.get(name, 0.0), name)):
        if taste.terms.get(term, 0.0) <= 0 or len(told) == WORDS_TOLD:
            break
        if not any(term.lower() in one.lower() or one.lower() in term.lower() for one in told):
            told.append(term)
    return tuple(told)
