"""Which concepts a text speaks of: names found by a trie, and for names that mean other things too, a judgment.

Every place is judged by a logistic function of a few features with names: whether the name stands for one thing or is
ambiguous (CTC, attention, Whisper); what else the text speaks of (concepts near in the graph), how near the text's
vector is to the concept's, whether the words around it are the concept's own, how it is written, and what the text itself
says the letters stand for. The weights are fitted on sentences labelled by hand (benchmarks/linking.py).
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.core.abbreviations import long_form
from kb.core.matcher import Match, Matcher, fold, is_acronym
from kb.core.senses import Name
from kb.core.sentences import sentence_at
from kb.core.usual import GENERAL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

SURE = 0.99  # where the text says so itself
MEANT = 0.78  # from this score on, a place is taken for the concept; the recall to develop on is 0.86 there
SAME = 0.7  # of the words of a long form, for it to be a name of the concept
CLOSE = 60  # characters on either side whose words count as near
_WORD = re.compile(r"[^\W\d_]{2,}")
_JOINED = re.compile(r"[\w}]-$")
_CAPITAL = re.compile(r" [A-Z][a-z]")
# fitted by `benchmarks/linking.py --fit` on the half of tests/data/linking.jsonl that is there for it
WEIGHTS: dict[str, float] = {
    "bias": 0.93,
    "usual": 1.0,
    "plain": 1.33,
    "plain word": 2.62,
    "itself": -0.07,
    "field": -0.08,
    "no field": -1.86,
    "near": 0.61,
    "wider": 0.87,
    "special": -0.99,
    "special, alone": -0.87,
    "meaning": 2.18,
    "far": -0.9,
    "special, far": 0.42,
    "no vector": 0.0,
    "words": 10.59,
    "words around": 4.08,
    "capital": 1.26,
    "before a capital": -1.04,
    "acronym": 0.24,
    "one word": 0.32,
    "part of a longer word": -0.23,
    "often": 0.26,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A concept as the text of articles is searched for it. `needs` are the ids of what must be known first, `near` of all that an edge joins it to; `vector` has unit length."""

    id: int
    names: tuple[Name, ...]
    needs: frozenset[int] = frozenset()
    near: frozenset[int] = frozenset()
    words: str = ""
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Characters `start` to `end` of a text, where a name of a concept stands, and how sure it is that it is meant."""

    concept: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """A concept that a text speaks of: the name and the sentence that show it best, how often, and how sure."""

    concept: int
    name: str
    sentence: str
    count: int
    score: float


@dataclass(frozen=True, slots=True)
class _Bearer:
    """Whom a name in the trie belongs to; concept None: a phrase in which the words have their everyday sense."""

    concept: int | None
    name: Name | None = None


class Linker:
    """Everything known about the concepts, ready to be asked. Holds nothing that changes.

    `everyday` are phrases whose words are no names ("pay attention", "semi-supervised learning").
    """

    def __init__(self, subjects: Iterable[Subject], everyday: Iterable[str] = ()) -> None:
        self.subjects = {s.id: s for s in subjects}
        names = [(n.text, _Bearer(s.id, n)) for s in self.subjects.values() for n in s.names]
        self._matcher = Matcher([*names, *((phrase, _Bearer(None)) for phrase in everyday)])
        self._words = {s.id: _vocabulary(s) for s in self.subjects.values()}
        said = Counter(word for words in self._words.values() for word in words)
        self._rarity = {w: math.log((1 + len(self.subjects)) / n) for w, n in said.items()}
        self.proper = frozenset(s.id for s in self.subjects.values() if _proper(s))
        self.wider = {s.id: self._two_steps(s) for s in self.subjects.values()}
        self._with_vector = [s.id for s in self.subjects.values() if s.vector is not None]
        rows = [s.vector for s in self.subjects.values() if s.vector is not None]
        self._middle: Vector = (
            np.mean(rows, axis=0, dtype=np.float32) if rows else np.zeros(0, np.float32)
        )
        self._rows: Vector = (
            _unit(np.stack(rows) - self._middle) if rows else np.zeros((0, 0), np.float32)
        )
        self.special = {pk: math.log1p(len(self._first(pk))) / 2 for pk in self.subjects}

    def _two_steps(self, subject: Subject) -> frozenset[int]:
        beyond = (self.subjects[n].near for n in subject.near if n in self.subjects)
        return frozenset().union(*beyond) - subject.near - {subject.id}

    def _first(self, concept: int) -> set[int]:
        """All that must be known before a concept; the more that is, the more special it is."""
        found: set[int] = set()
        open_ends = [concept]
        while open_ends:
            needs = self.subjects[open_ends.pop()].needs & self.subjects.keys() - found
            found |= needs
            open_ends += needs
        return found

    def touches(self, text: str) -> bool:
        """Whether any name stands in `text`."""
        return any(b.concept is not None for m in self._matcher.find(text) for b in m.bearers)

    def places(self, text: str, vector: Vector | None = None) -> list[Place]:
        """Every place where a name stands, with its score, in order; of several concepts with one name the likeliest.

        `vector` is the mean of the text's passages, unit length or not; None where there is none yet.
        """
        matches = [
            m for m in self._matcher.find(text) if any(b.concept is not None for b in m.bearers)
        ]
        judge = _Judge(self, text, matches, vector)
        return [max(judge.places(match), key=lambda p: p.score) for match in matches]

    def link(self, text: str, vector: Vector | None = None) -> list[Found]:
        """The concepts that `text` speaks of, by id."""
        held: dict[int, list[Place]] = defaultdict(list)
        for place in self.places(text, vector):
            if place.score >= MEANT:
                held[place.concept].append(place)
        return [_told(text, held[concept]) for concept in sorted(held)]

    def features(
        self, text: str, vector: Vector | None = None
    ) -> list[tuple[Place, dict[str, float]]]:
        """Every place with the features that its score is made of, for fitting and for explaining."""
        matches = list(self._matcher.find(text))
        judge = _Judge(self, text, matches, vector)
        return [
            (Place(b.concept, m.start, m.end, score(told)), told)
            for m in matches
            for b in m.bearers
            if b.concept is not None
            for told in [judge.features(m, b)]
        ]

    def nearness(self, vector: Vector) -> dict[int, tuple[float, float]]:
        """Of each concept that has a vector: its cosine with a text's, both measured from the mean of all concepts, and
        the share of the concepts that are nearer."""
        if not self._with_vector:
            return {}
        one = vector / max(float(np.linalg.norm(vector)), 1e-6) - self._middle
        cosines = self._rows @ (one / max(float(np.linalg.norm(one)), 1e-6))
        order = np.argsort(np.argsort(-cosines))
        shares = order / max(len(order) - 1, 1)
        return {
            pk: (float(c), float(s))
            for pk, c, s in zip(self._with_vector, cosines, shares, strict=True)
        }

    def likeness(self, concept: int, text: str) -> float:
        """How much of what `text` says is in the concept's own words, each by its rarity, 0 to 1."""
        words = _content(text)
        own = self._words[concept]
        all_of = sum(self._rarity.get(w, 1.0) for w in words)
        return sum(self._rarity[w] for w in words if w in own) / max(all_of, 5.0)


class _Judge:
    """One text, looked at as a whole before its ambiguous places are judged."""

    def __init__(
        self, linker: Linker, text: str, matches: Sequence[Match[_Bearer]], vector: Vector | None
    ) -> None:
        self.linker, self.text, self.vector = linker, text, vector
        bearers = [b for m in matches for b in m.bearers if b.concept is not None]
        self.plain = {b.concept for b in bearers if b.name and not b.name.ambiguous}
        self.count = Counter(b.concept for b in bearers)
        self.spelt: dict[str, str] = {}
        for match in matches:
            name = text[match.start : match.end].removesuffix("s")
            if is_acronym(name) and (words := long_form(text, match.start, match.end)):
                self.spelt.setdefault(name, words)
        self._whole: dict[int, float] = {}
        self._near = linker.nearness(vector) if vector is not None and matches else {}

    def places(self, match: Match[_Bearer]) -> list[Place]:
        """What each bearer of the name scores here."""
        return [
            Place(b.concept, match.start, match.end, score(self.features(match, b)))
            for b in match.bearers
            if b.concept is not None
        ]

    def features(self, match: Match[_Bearer], bearer: _Bearer) -> dict[str, float]:
        """What speaks for the bearer's concept being meant here, and against it, by name."""
        linker, text, concept = self.linker, self.text, bearer.concept or 0
        name = text[match.start : match.end]
        spelt = self._stands_for(name, concept)
        meaning, far = self._near.get(concept, (0.0, 0.0))
        around = f"{text[max(0, match.start - CLOSE) : match.start]} {text[match.end : match.end + CLOSE]}"
        told = bearer.name or Name("")
        plain = not told.ambiguous and len({b.concept for b in match.bearers}) == 1
        near = math.log1p(len(self.plain & linker.subjects[concept].near))
        itself = concept in self.plain and not plain
        special = linker.special[concept]
        proper = concept in linker.proper and " " not in name
        one_word = " " not in name and "-" not in name
        return {
            "bias": 1.0,
            "plain": float(plain),
            "plain word": float(plain and one_word),
            "usual": 0.0 if plain else told.odds,
            "itself": float(itself),
            "spelt": max(spelt, 0.0),
            "spelt otherwise": max(-spelt, 0.0),
            "field": math.log1p(len(self.plain)),
            "no field": float(not self.plain),
            "near": near,
            "wider": math.log1p(len(self.plain & linker.wider[concept])),
            "special": special,
            "special, alone": special * (not near and not itself),
            "meaning": meaning,
            "far": far,
            "special, far": special * far,
            "no vector": float(concept not in self._near),
            "words": self._likeness(concept),
            "words around": linker.likeness(concept, around),
            "capital": float(proper and not name.islower()),
            "before a capital": float(proper and bool(_CAPITAL.match(text, match.end))),
            "acronym": float(is_acronym(name.removesuffix("s"))),
            "one word": float(one_word),
            "part of a longer word": float(
                bool(_JOINED.search(text, max(0, match.start - 2), match.start))
            ),
            "often": math.log(self.count[concept]),
        }

    def _likeness(self, concept: int) -> float:
        if concept not in self._whole:
            self._whole[concept] = self.linker.likeness(concept, self.text[:6000])
        return self._whole[concept]

    def _stands_for(self, name: str, concept: int) -> float:
        """1 where the text spells the letters out as a name of the concept, -1 as something else, 0 where it does not."""
        words = self.spelt.get(name.removesuffix("s"))
        if words is None:
            return 0.0
        said = set(_folded(words))
        names = (set(_folded(n.text)) for n in self.linker.subjects[concept].names)
        alike = max(len(said & own) / max(len(said), len(own), 1) for own in names)
        return 1.0 if alike > SAME else -1.0


def score(features: Mapping[str, float]) -> float:
    """The probability that the concept is meant; the text's own word counts where it says what the letters stand for."""
    if features["spelt"] or features["spelt otherwise"]:
        return SURE if features["spelt"] else 0.0
    total = sum(WEIGHTS.get(name, 0.0) * value for name, value in features.items())
    return 1 / (1 + math.exp(-min(max(total, -30.0), 30.0)))


def _told(text: str, places: Sequence[Place]) -> Found:
    # the surest place, and of those the first that stands in a sentence rather than in a title
    end_of_title = text.find("\n")
    best = max(places, key=lambda p: (round(p.score, 2), p.start > end_of_title, -p.start))
    sentence = sentence_at(text, best.start, best.end)
    return Found(best.concept, text[best.start : best.end], sentence, len(places), best.score)


def _folded(text: str) -> list[str]:
    return [fold(w) for w in _WORD.findall(text)]


def _unit(rows: Vector) -> Vector:
    lengths = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    unit: Vector = (rows / lengths).astype(np.float32)
    return unit


def _content(text: str) -> set[str]:
    return {fold(w) for w in _WORD.findall(text) if w.casefold() not in GENERAL}


def _vocabulary(subject: Subject) -> frozenset[str]:
    """Its own words; an ambiguous name cannot speak for itself."""
    plain = " ".join(n.text for n in subject.names if not n.ambiguous)
    unsure = " ".join(n.text for n in subject.names if n.ambiguous)
    return frozenset(_content(f"{plain} {subject.words}") - _content(unsure))


def _proper(subject: Subject) -> bool:
    """Whether its name is written with a capital inside a phrase, as Whisper is and attention is not."""
    first, *others = [n.text.split() for n in subject.names] or [[]]
    word = first[0] if first else ""
    inside = {w for words in others if len(words) > 1 for w in words} | {*first[1:]}
    return word[:1].isupper() and not is_acronym(word) and word in inside
