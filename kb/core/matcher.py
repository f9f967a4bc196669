"""Known names in running text: one trie of word tokens, walked once whatever the number of names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

T = TypeVar("T")
_TOKEN = re.compile(r"[^\W_]+")
# what may stand between the words of a name: at most one break of a line, and a full stop only inside ("2.0")
_GAP = re.compile(r"[ \t\xa0]*\n?[ \t\xa0]*|[ \t]?[-‐‑–—/'’+&][ \t]?\n?|, ?")  # noqa: RUF001 - hyphens of every kind
_HYPHENS = "-‐‑–—"  # noqa: RUF001 - the same
_BRITISH = re.compile(r"is(?=(?:ation|e|ed|er|ing|able)$)")
_DOUBLED = re.compile(r"ll(?=(?:ed|er|ing)$)")
_SHORT = 3  # letters; shorter words keep their s
_COINED = 5  # letters; longer words with capitals inside are no other words in small letters


@lru_cache(maxsize=1 << 17)
def fold(word: str) -> str:
    """A word without capitals, English plural and British spelling: Regularisations and regularization are one."""
    word = word.casefold()
    if len(word) > _SHORT and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = f"{word[:-3]}y" if word.endswith("ies") else word[:-1]
    return _DOUBLED.sub("l", _BRITISH.sub("iz", word))


def is_acronym(word: str) -> bool:
    """Whether a token is written in capitals and digits alone, more than one."""
    return len(word) > 1 and word.isupper()


def _key(token: str) -> str:
    """What a name's token stands under: itself in capitals where it is an acronym, also ReLU and ZeRO; else the word."""
    coined = len(token) <= _COINED and token[1:] != token[1:].lower()
    return token.upper() if coined or is_acronym(token) else fold(token)


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A name at characters `start` up to `end`, and everything that bears it."""

    start: int
    end: int
    bearers: tuple[T, ...]


@dataclass(slots=True)
class _Node(Generic[T]):
    after: dict[str, _Node[T]] = field(default_factory=dict)
    bearers: list[T] = field(default_factory=list)
    comma: bool = False  # a name that ends here has one


class Matcher(Generic[T]):
    """Finds names, the longest first and none overlapping. Holds nothing that changes; 40,000 abstracts take seconds.

    Words match however they are capitalised, in singular and plural, British and American spelling, with hyphens or
    spaces between them; acronyms and short coined words match with their capitals only (CTC, CTCs, never ctc; ZeRO, never zero).
    """

    def __init__(self, names: Iterable[tuple[str, T]]) -> None:
        self._root: _Node[T] = _Node()
        for name, bearer in names:
            for keys in _forms(name):
                self._add(keys, bearer, comma="," in name)

    def _add(self, keys: tuple[str, ...], bearer: T, *, comma: bool) -> None:
        node = self._root
        for key in keys:
            node = node.after.setdefault(key, _Node())
        if bearer not in node.bearers:
            node.bearers.append(bearer)
        node.comma = node.comma or comma

    def find(self, text: str) -> Iterator[Match[T]]:
        """Every name in `text`, in order."""
        tokens = [(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]
        first, root = 0, self._root.after
        while first < len(tokens):
            word = tokens[first][0]
            # nearly every word begins no name
            last = (
                self._longest(text, tokens, first) if any(k in root for k in _keys(word)) else None
            )
            if last:
                end, node = last
                yield Match(tokens[first][1], tokens[end][2], tuple(node.bearers))
                first = end
            first += 1

    def _longest(
        self, text: str, tokens: list[tuple[str, int, int]], first: int
    ) -> tuple[int, _Node[T]] | None:
        nodes, found, comma = [self._root], None, False
        for at in range(first, len(tokens)):
            word, start, _ = tokens[at]
            if at > first:
                gap = text[tokens[at - 1][2] : start]
                comma = comma or "," in gap
                if not (word[0].isdigit() if gap == "." else _GAP.fullmatch(gap)):
                    break
            nodes = [n.after[k] for n in nodes for k in _keys(word) if k in n.after]
            if not nodes:
                break
            ends = (n for n in nodes if n.bearers and (n.comma or not comma))
            if node := next(ends, None):
                found = at, node
        return found


def _keys(word: str) -> tuple[str, ...]:
    """What a word of a text may be in the trie: itself as an acronym or its plural, and itself as a word."""
    if word.islower():
        return (fold(word),)
    if word[1:].islower():  # a capital alone makes no acronym
        return (fold(word),) if len(word) > 2 else (word[:1], fold(word))  # noqa: PLR2004 - "Ts" may be T's plural
    plural = (word[:-1].upper(),) if word.endswith("s") else ()
    return (word.upper(), fold(word), *plural)


def _forms(name: str) -> set[tuple[str, ...]]:
    """The keys of a name, and of the ways to run its words together: RNN-T and RNNT, wav2vec 2.0 and wav2vec2.0."""
    found = list(_TOKEN.finditer(name))
    words = [m[0] for m in found]
    forms = {tuple(map(_key, words))} if words else set()
    for at, (one, other) in enumerate(pairwise(found)):
        gap = name[one.end() : other.start()]
        if (gap and gap in _HYPHENS) or (gap == " " and other[0].isdigit()):
            forms.add(tuple(map(_key, [*words[:at], words[at] + words[at + 1], *words[at + 2 :]])))
    return forms
