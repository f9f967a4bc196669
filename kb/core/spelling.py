"""Words that are nearly right: how far two are apart, and a query with some of its words replaced."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kb.core.query import Query

_ONE, _TWO = 5, 8  # letters from which one, and two, slips are believed
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def slips(word: str) -> int:
    """How many slips a word of this length may hold; none in short words and in names with digits (wav2vec, k2)."""
    if not word.isalpha() or len(word) < _ONE:
        return 0
    return 1 if len(word) < _TWO else 2


def distance(first: str, second: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours between two words; `most` + 1 when more than `most`.

    Optimal string alignment: Damerau, "A technique for computer detection and correction of spelling errors",
    Communications of the ACM 7(3), 1964, with no letter edited twice.
    """
    if abs(len(first) - len(second)) > most or len(set(first) ^ set(second)) > 2 * most:
        return most + 1
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, start=1):
        oldest, before, row = before, row, [i]
        for j, b in enumerate(second, start=1):
            best = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and b == first[i - 2]:
                best = min(best, oldest[j - 2] + 1)
            row.append(best)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)


def nearest(word: str, known: Iterable[tuple[str, int]]) -> str | None:
    """Of the known words (with how many documents have each) the nearest within `slips`, the more usual one of two."""
    most = slips(word)
    found = ((distance(word, other, most), -count, other) for other, count in known)
    best = min((f for f in found if f[0] <= most), default=None)
    return best[2] if best else None


def other_beginnings(word: str) -> Iterator[str]:
    """The words one slip away at the first letter, which a walk through words with the same first letter misses."""
    yield word[1:]
    yield word[1] + word[0] + word[2:]
    for letter in _ALPHABET:
        yield letter + word
        yield letter + word[1:]


def correct(query: Query, corrections: Mapping[str, str]) -> Query:
    """`query` with the typed words replaced, in `plain` too; phrases and what is left out stay as typed."""
    if not corrections:
        return query
    return replace(
        query,
        words=tuple(corrections.get(word, word) for word in query.words),
        plain=" ".join(corrections.get(word, word) for word in query.plain.split(" ")),
    )
