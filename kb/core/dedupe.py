"""When two articles are one work: what is compared, which pairs are worth comparing, and the decision in words.

The method is record linkage as in Fellegi and Sunter ("A theory for record linkage", 1969) with rules instead of learnt
weights, so that each decision can be told in a sentence: blocking keys find candidates, names given by libraries decide
at once, otherwise title, authors and text must agree together. Texts are compared by the resemblance and containment of
their word 3-shingles (Broder, "On the resemblance and containment of documents", 1997); candidates without a common
title come from MinHash bands. A wrong merge hides an article from readers and a missed one only shows it twice, so
every rule errs towards "two".
"""

from __future__ import annotations

import hashlib
import itertools
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kb.core.identifiers import kind
from kb.core.minhash import bands, hash_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


SHINGLE = 3  # words
ENOUGH_WORDS = 48  # below this two texts are alike by chance (the `reader` library's limit, too)
MANY_WORDS = 100
ALIKE = 0.8
SAME = 0.9
HALF = 0.5
QUARTER = 0.25  # of all runs of three words; texts that have nothing to do with each other share one in fifty
TITLE_WORDS = 4
TITLE_LETTERS = 18
LONG_TITLE_WORDS = 6
STRANGERS = 0.05  # texts with less in common are not two tellings of one thing
YEARS_APART = 2  # preprint, conference and journal of one paper
BLOCK = 40  # articles behind one key; more share a boilerplate, not a work
_TEXT = 20_000  # characters compared
_SPLIT = re.compile(r"\s[-–—|·•:]\s|:\s|\s\|\s")
_MARKUP = re.compile(r"\\[a-zA-Z]+\s*|[${}\\^]")
_NUMBERS = re.compile(r"\d+")
_TITLE_WORD = re.compile(r"[^\W\d_]{3,}")
_BOT = re.compile(r"\bbot\b", re.IGNORECASE)
# how houses and programs sign: "The PyTorch Team" and "The TensorFlow Team" are no relatives
_NOBODY = frozenset(
    {"admin", "administrator", "ai", "anonymous", "author", "authors", "blog", "community", "contributor",
     "contributors", "developers", "editor", "editorial", "editors", "foundation", "group", "guest", "inc", "lab",
     "labs", "news", "newsroom", "press", "project", "research", "staff", "team", "unknown", "user", "webmaster"}
)  # fmt: skip
_WORDS = re.compile(r"\w+")


@dataclass(frozen=True)
class Record:
    """What is known of one article. `names` are identifiers of its own addresses, `mentions` those its text points to;
    `homes` are the hosts of its addresses and the feeds that carry it."""

    id: int
    title: str
    authors: tuple[str, ...] = ()
    year: int | None = None
    names: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    homes: frozenset[str] = frozenset()
    text: str = ""

    @cached_property
    def plain_title(self) -> str:
        """Letters and digits only: "Active^2 Learning" and "Active2 learning" are one title."""
        return fold(self.title)

    @cached_property
    def families(self) -> frozenset[str]:
        """Last names of people, folded."""
        people = (a for a in self.authors if not _BOT.search(a))
        return frozenset(f for f in map(family, people) if f and f not in _NOBODY)

    @cached_property
    def title_words(self) -> frozenset[str]:
        """The words of the title that are no numbers and not all too short, folded."""
        return frozenset(_TITLE_WORD.findall(_flat(self.title)))

    @cached_property
    def words(self) -> list[str]:
        """The words that are compared."""
        return _WORDS.findall(_flat(self.text[:_TEXT]))

    @cached_property
    def shingles(self) -> frozenset[int]:
        """Hashes of every three words in a row, alike in every process."""
        runs = zip(*(self.words[n:] for n in range(SHINGLE)), strict=False)
        return frozenset(hash_words(" ".join(run)) for run in runs)

    @property
    def distinctive(self) -> bool:
        """Whether a title names one work: "Weekly links" does not."""
        return (
            len(_WORDS.findall(self.title)) >= TITLE_WORDS
            and len(self.plain_title) >= TITLE_LETTERS
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """Two articles are one work, why in words, and how sure that is, 0 to 1. `first` is the smaller id."""

    first: int
    second: int
    reason: str
    score: float


def _flat(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def fold(title: str) -> str:
    """A title without markup, accents, case, spaces and marks."""
    return re.sub(r"[\W_]+", "", _flat(_MARKUP.sub("", title)))


def family(author: str) -> str:
    """The last name of "Ada B. Lovelace" or "Lovelace, Ada", folded."""
    name = author.split(",", maxsplit=1)[0] if "," in author else author.rsplit(" ", maxsplit=1)[-1]
    return fold(name)


def keys(record: Record) -> tuple[str, ...]:
    """What candidates are looked up by: records without a common key are never compared."""
    found = [f"n:{name}" for name in sorted(record.names | record.mentions)]
    titles = [record.plain_title] if record.distinctive else []
    titles += [fold(part) for part in _long_parts(record.title)]
    found += [f"t:{hashlib.sha256(t.encode()).hexdigest()[:32]}" for t in dict.fromkeys(titles)]
    if len(record.words) >= ENOUGH_WORDS:
        found += bands(record.shingles)
    return tuple(found)


def _long_parts(title: str) -> list[str]:
    """The parts around " | " or ": " that are a title by themselves ("wav2vec: Unsupervised pre-training for …")."""
    parts = _SPLIT.split(title)
    long = [p for p in parts if len(_WORDS.findall(p)) >= TITLE_WORDS]
    return long if len(parts) > 1 else []


def resemblance(one: Record, other: Record) -> float:
    """Shared shingles of all that either has, 0 to 1."""
    both = len(one.shingles & other.shingles)
    return both / max(1, len(one.shingles | other.shingles))


def containment(one: Record, other: Record) -> float:
    """Shared shingles of those of the shorter text, 0 to 1: a teaser is contained in its article."""
    both = len(one.shingles & other.shingles)
    return both / max(1, min(len(one.shingles), len(other.shingles)))


def decide(one: Record, other: Record) -> Decision | None:
    """Whether two records are one work; None is "two works", also where it cannot be known."""
    first, second = sorted((one, other), key=lambda r: r.id)
    if shared := sorted(first.names & second.names):
        return _decision(first, second, f"same {_spelt(shared[0])}", 1.0)
    if _contradict(first, second):
        return None
    found = _by_mention(first, second) or _by_title(first, second) or _by_text(first, second)
    return _decision(first, second, *found) if found else None


def _decision(first: Record, second: Record, reason: str, score: float) -> Decision:
    return Decision(first.id, second.id, reason, round(score, 4))


def _spelt(name: str) -> str:
    words = {
        "arxiv": "arXiv id",
        "doi": "DOI",
        "acl": "ACL Anthology id",
        "openreview": "OpenReview id",
    }
    return words.get(kind(name), "ISCA Archive id")


def _contradict(one: Record, other: Record) -> bool:
    """Two names from one library are two works: a library names a work once."""
    return bool({kind(n) for n in one.names} & {kind(n) for n in other.names})


def _by_mention(one: Record, other: Record) -> tuple[str, float] | None:
    """A code release or a project page that names the paper and bears its title."""
    linked = sorted((one.names & other.mentions) | (other.names & one.mentions))
    if not linked or not _one_title_within(one, other):
        return None
    return f"one links to the other’s {_spelt(linked[0])} under the same title", 0.97


def _one_title_within(one: Record, other: Record) -> bool:
    def titles(record: Record) -> set[str]:
        own = {record.plain_title} if record.distinctive else set()
        return own | {fold(part) for part in _long_parts(record.title)}

    return one.plain_title in titles(other) or other.plain_title in titles(one)


def _by_title(one: Record, other: Record) -> tuple[str, float] | None:
    if not one.plain_title or one.plain_title != other.plain_title or _far_in_time(one, other):
        return None
    measured = min(len(one.words), len(other.words)) >= ENOUGH_WORDS
    alike = containment(one, other) if measured else 0.0
    named = _agree(one, other)
    if one.homes & other.homes:
        # one site repeats titles ("Weekly links"), and a feed knows its own entries apart
        several = named and len(one.families & other.families) > 1
        return _title_and_text(alike) if alike >= (QUARTER if several else SAME) else None
    # of one last name there are many people, and one person may give a column one title on two sites
    strangers = measured and alike < STRANGERS and len(one.families & other.families) == 1
    if named and not strangers and (one.distinctive or alike >= HALF):
        text = f", texts {alike:.0%} alike" if measured else ""
        return f"same title and authors{text}", 0.9 + alike / 10
    known = one.families and other.families
    if alike >= SAME or (not known and alike >= HALF and _long(one)):
        return _title_and_text(alike)
    return None


def _title_and_text(alike: float) -> tuple[str, float]:
    return f"same title, texts {alike:.0%} alike", 0.85 + alike / 10


def _long(record: Record) -> bool:
    return len(_WORDS.findall(record.title)) >= LONG_TITLE_WORDS


def _far_in_time(one: Record, other: Record) -> bool:
    return bool(one.year and other.year and abs(one.year - other.year) > YEARS_APART)


def _agree(one: Record, other: Record) -> bool:
    """At least half of the shorter list of authors is in the longer one."""
    shared = len(one.families & other.families)
    return bool(shared) and shared >= HALF * min(len(one.families), len(other.families))


def _by_text(one: Record, other: Record) -> tuple[str, float] | None:
    """Another title over the same text: a retitled copy. Series that differ in a number are not copies."""
    if one.homes & other.homes or _far_in_time(one, other):
        return None
    if _NUMBERS.findall(one.title) != _NUMBERS.findall(other.title):
        return None
    shortest = min(len(one.words), len(other.words))
    needed, least = (ALIKE, ENOUGH_WORDS) if _agree(one, other) else (SAME, MANY_WORDS)
    if shortest < least or (alike := resemblance(one, other)) < needed:
        return None
    if _agree(one, other):
        return f"same authors, texts {alike:.0%} alike", 0.8 + alike / 10
    # pages of one platform share a consent notice, word for word, and nothing in their titles
    if (one.families and other.families) or not one.title_words & other.title_words:
        return None
    return f"texts {alike:.0%} alike", 0.75 + alike / 10


def candidates(keyed: Mapping[int, Iterable[str]]) -> Iterator[tuple[int, int]]:
    """Pairs of ids that share a key, each once, smaller id first; keys of more than BLOCK records are left out."""
    blocks: dict[str, set[int]] = defaultdict(set)
    for number, found in keyed.items():
        for key in found:
            blocks[key].add(number)
    seen: set[tuple[int, int]] = set()
    for block in blocks.values():
        if len(block) <= BLOCK:
            seen.update(itertools.combinations(sorted(block), 2))
    yield from sorted(seen)


def groups(
    decisions: Iterable[Decision], barred: Iterable[tuple[int, int]] = ()
) -> dict[int, tuple[int, ...]]:
    """Works with more than one article: the smallest id -> all ids, sorted. The surest decisions join first.

    `barred` pairs, which a curator parted, never meet in one group, not even through a third article.
    """
    kept_apart = {frozenset(pair) for pair in barred}
    where: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for d in sorted(decisions, key=lambda d: (-d.score, d.first, d.second)):
        for number in (d.first, d.second):
            where.setdefault(number, number)
            members.setdefault(number, {number})
        one, other = sorted((where[d.first], where[d.second]))
        pairs = itertools.product(members[one], members[other])
        if one == other or any(frozenset(pair) in kept_apart for pair in pairs):
            continue
        members[one] |= members.pop(other)
        where.update(dict.fromkeys(members[one], one))
    return {k: tuple(sorted(m)) for k, m in sorted(members.items()) if len(m) > 1}
