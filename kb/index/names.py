"""Other names of what a query asks for, found by its tokens: pure, the engine's tokeniser is passed in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kb.core.aliases import Aliases

Tokens = tuple[str, ...]
_ACRONYM = re.compile(r"[b-df-hj-np-tv-xz]{2,8}")


@dataclass(frozen=True, slots=True)
class Match:
    """Words `first` up to but not including `end` of a query are a known name; `others` are its other names."""

    first: int
    end: int
    others: tuple[Tokens, ...]


class Names:
    """Aliases, ready to be looked up. Holds nothing that changes."""

    def __init__(self, aliases: Aliases, analyse: Callable[[str], list[str]]) -> None:
        self._analyse = analyse
        self._by_tokens: dict[Tokens, dict[str, tuple[Tokens, ...]]] = {}
        for name, others in aliases.items():
            forms = dict.fromkeys(tuple(analyse(other)) for other in others)
            tokens = tuple(analyse(name))
            self._by_tokens.setdefault(tokens, {})[name] = tuple(f for f in forms if f != tokens)
        self._longest = max(map(len, self._by_tokens), default=0)

    def find(self, words: Sequence[str], tokens: Sequence[Tokens]) -> Iterator[Match]:
        """The known names among `words`, whose tokens are `tokens`, in order, the longest first, none overlapping."""
        first = 0
        while first < len(words):
            match = self._at(first, words, tokens)
            if match:
                yield match
            first = match.end if match else first + 1

    def _at(self, first: int, words: Sequence[str], tokens: Sequence[Tokens]) -> Match | None:
        found: Match | None = None
        held: Tokens = ()
        for end in range(first + 1, len(words) + 1):
            held += tokens[end - 1]
            if len(held) > self._longest:
                break
            named = self._by_tokens.get(held) or self._by_tokens.get(other_number(held))
            others = _meant(named, " ".join(words[first:end])) if named else ()
            if others:
                found = Match(first, end, others)
        return found


def _meant(named: Mapping[str, tuple[Tokens, ...]], typed: str) -> tuple[Tokens, ...]:
    """The other names; a name with capitals must be typed with them (an s behind it is its plural)."""
    held = [
        o for name, o in named.items() if name.islower() or name in {typed, typed.removesuffix("s")}
    ]
    return tuple(dict.fromkeys(other for others in held for other in others))


def other_number(tokens: Tokens) -> Tokens:
    """GNNs for GNN and the other way round: the English stemmer leaves the s of what has no vowel. () for others."""
    if not (tokens and _ACRONYM.fullmatch(tokens[-1])):
        return ()
    last = tokens[-1]
    return (*tokens[:-1], last.removesuffix("s") if last.endswith("s") else f"{last}s")
