"""Topics, facets and relevance of a text, before anybody has corrected anything: a cold start from words and vectors.

A topic is known by a paragraph that says what belongs to it. A text is judged by a logistic function of a few features
with names: how near its vector is to the paragraph's, measured from the mean of all topics; how many of the paragraph's
own words it uses, each by its rarity; how many of the concepts it speaks of are filed under the topic; and whether its
source is. Facets are known by cues: phrases that speak for one. The weights are fitted on labels made by hand
(benchmarks/topics.py).
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.core.logistic import sigmoid
from kb.core.matcher import Matcher, fold
from kb.core.usual import GENERAL
from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

RELEVANCE = "relevance"
FACETS: dict[str, tuple[str, ...]] = {
    "openness": ("commercial", "open"),
    "role": ("application", "engine"),
    "side": ("theory", "implementation"),
    "level": ("beginner", "practitioner", "research"),
    "kind": (
        "course", "lecture", "book", "paper", "tutorial", "toolkit", "dataset", "model", "article", "podcast",
        "product", "community",
    ),
}  # fmt: skip
READ = 8000  # characters of a text whose words count
SHOWN = 6  # words that an explanation names
_WORD = re.compile(r"[^\W_][^\W_]+(?:-[^\W_]+)*")
# fitted by `benchmarks/topics.py --fit` on the half of tests/data/topics.jsonl that is there for it
TOPIC_WEIGHTS: dict[str, float] = {
    "bias": -6.24,
    "meaning": 4.43,
    "apart": 2.19,
    "rank": 1.95,
    "words": 9.54,
    "concepts": 0.8,
    "share": 1.73,
    "source": 1.0,
}
RELEVANCE_WEIGHTS: dict[str, float] = {
    "bias": -5.31,
    "meaning": 5.27,
    "around": 5.16,
    "words": 7.41,
    "concepts": 1.96,
    "source": 2.0,
}


@dataclass(frozen=True, slots=True)
class Theme:
    """A topic as texts are compared with it; `vector`, unit length, is that of its paragraph."""

    name: str
    words: str
    vector: Vector | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """A text to be labelled. `vector` is the mean of its passages; `concepts` counts how many concepts it speaks of;
    `filed` says how many of them are filed under each label; `source` are the labels of its source."""

    text: str
    vector: Vector | None = None
    concepts: int = 0
    filed: Mapping[str, int] | None = None
    source: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Guess:
    """A label, the log-odds that it belongs, and the features with names that they are made of."""

    name: str
    margin: float
    features: Mapping[str, float]


class Themes:
    """All topics, ready to be compared with. Holds nothing that changes."""

    def __init__(self, themes: Sequence[Theme]) -> None:
        self.names = tuple(t.name for t in themes)
        self._words = [frozenset(_content(t.words)) for t in themes]
        said = Counter(word for words in self._words for word in words)
        self._rarity = {w: math.log((1 + len(themes)) / n) for w, n in said.items()}
        with_vectors = all(t.vector is not None for t in themes) and bool(themes)
        self._vectors = (
            np.stack([t.vector for t in themes if t.vector is not None]) if with_vectors else None
        )

    def guess(self, content: Content) -> list[Guess]:
        """Every topic's log-odds, in the order of the topics."""
        words = _content(content.text[:READ])
        plain, centred = self._nearness(content.vector)
        order = np.argsort(-plain)
        rank = {int(at): place for place, at in enumerate(order)}
        filed, concepts = content.filed or {}, max(content.concepts, 1)
        found = []
        for at, name in enumerate(self.names):
            features = {
                "bias": 1.0,
                "meaning": float(plain[at]),
                "apart": float(centred[at]),
                "rank": 1 / (1 + rank[at])
                if content.vector is not None and self._vectors is not None
                else 0.0,
                "words": self._likeness(words, at),
                "concepts": math.log1p(filed.get(name, 0)),
                "share": filed.get(name, 0) / concepts,
                "source": float(name in content.source),
            }
            found.append(Guess(name, weigh(features, TOPIC_WEIGHTS), features))
        return found

    def relevance(self, content: Content, guesses: Sequence[Guess]) -> Guess:
        """How near the field the text is; `guesses` are those of its topics."""
        best = sorted((g.features["meaning"] for g in guesses), reverse=True) or [0.0]
        features = {
            "bias": 1.0,
            "meaning": best[0],
            "around": float(np.mean(best[:5])),
            "words": max((g.features["words"] for g in guesses), default=0.0),
            "concepts": math.log1p(content.concepts),
            "source": float(bool(content.source)),
        }
        return Guess(RELEVANCE, weigh(features, RELEVANCE_WEIGHTS), features)

    def told(self, content: Content, name: str) -> list[str]:
        """The rarest words that text and topic share, for an explanation."""
        at = self.names.index(name)
        shared = _content(content.text[:READ]) & self._words[at]
        return sorted(shared, key=lambda w: (-self._rarity[w], w))[:SHOWN]

    def _nearness(self, vector: Vector | None) -> tuple[Vector, Vector]:
        """Cosines with each topic, plain and measured from the mean of all topics."""
        nothing: Vector = np.zeros(len(self.names), np.float32)
        if vector is None or self._vectors is None:
            return nothing, nothing
        middle = self._vectors.mean(axis=0)
        rows, one = self._vectors - middle, vector - middle
        lengths = np.linalg.norm(rows, axis=1) * max(float(np.linalg.norm(one)), 1e-6)
        return self._vectors @ vector, (rows @ one) / np.maximum(lengths, 1e-6)

    def _likeness(self, words: frozenset[str], at: int) -> float:
        """How much of what the text says is in the topic's own words, each by its rarity, on the scale of its length."""
        shared = sum(self._rarity[w] for w in words & self._words[at])
        return shared / (8.0 + sum(self._rarity.get(w, 0.0) for w in words))


PROPOSED = 0.4  # topics from this chance on are proposed
NOT_FIELD = "not about the field"  # why an article is hidden: a curator's word for it teaches, too
_STRENGTHS = {"strong": 2.0, "weak": 1.0, "against": -1.5}


@dataclass(frozen=True, slots=True)
class Cue:
    """A phrase that speaks for a label, and how strongly, in log-odds."""

    label: str
    weight: float


class Cues:
    """Finds the phrases that speak for facets."""

    def __init__(self, cues: Iterable[tuple[str, Cue]], start: Mapping[str, float]) -> None:
        """`start` is each label's log-odds where nothing speaks for it."""
        self._matcher = Matcher(cues)
        self._start = dict(start)

    def guess(self, text: str) -> list[Guess]:
        """Every facet's log-odds; a phrase counts once, and what stands in the title (the first line) twice."""
        title = text.find("\n")
        said: dict[str, dict[str, float]] = {label: {} for label in self._start}
        for match in self._matcher.find(text[:READ]):
            phrase = fold(text[match.start : match.end])
            for cue in match.bearers:
                weight = cue.weight * (2.0 if 0 <= match.end <= title else 1.0)
                held = said.setdefault(cue.label, {})
                held[phrase] = max(held.get(phrase, 0.0), weight, key=abs)
        return [
            Guess(label, self._start.get(label, -3.0) + sum(held.values()), held)
            for label, held in said.items()
        ]


def read_cues(text: str) -> Cues:
    """From TOML: tables `facet` with `label`, `start` and lists `strong`, `weak`, `against`. Raises InputError."""
    try:
        facets = tomllib.loads(text)["facet"]
        start = {facet["label"]: float(facet["start"]) for facet in facets}
        cues = [
            (phrase, Cue(facet["label"], weight))
            for facet in facets
            for strength, weight in _STRENGTHS.items()
            for phrase in facet.get(strength, ())
        ]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"The cues of facets cannot be read: {error}") from error
    known = {f"{facet}:{value}" for facet, values in FACETS.items() for value in values}
    if strange := start.keys() - known:
        raise InputError(f"The cues of facets: there is no label {min(strange)}")
    return Cues(cues, start)


def likeliest(chances: Mapping[str, float]) -> dict[str, float]:
    """Of each facet the likeliest value, where it is likelier than not; (label -> chance) to the same."""
    best: dict[str, str] = {}
    for label, chance_of in chances.items():
        facet = label.partition(":")[0]
        if chance_of >= 0.5 and chance_of > chances.get(best.get(facet, ""), 0.0):  # noqa: PLR2004 - likelier than not
            best[facet] = label
    return {label: chances[label] for label in best.values()}


def decide_state(chance_of: float, publish: float, queue: float) -> str:
    """ "published", "queued" or "hidden" for a chance that an article is about the field."""
    if chance_of >= publish:
        return "published"
    return "queued" if chance_of >= queue else "hidden"


def weigh(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Log-odds: the weighted sum."""
    return sum(weights.get(name, 0.0) * value for name, value in features.items())


def chance(margin: float) -> float:
    """The probability that log-odds stand for."""
    return float(sigmoid(np.float32(margin).reshape(1))[0])


def _content(text: str) -> frozenset[str]:
    return frozenset(fold(w) for w in _WORD.findall(text) if w.casefold() not in GENERAL)
