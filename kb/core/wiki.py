"""Links by name in what people write: `[[name]]` and `[[name|words]]`."""

from __future__ import annotations

import re
from dataclasses import dataclass

# neither brackets nor a line's end inside, so that x[[0, 1]] in prose stays what it is only where nobody means a name
LINK = re.compile(r"\[\[\s*([^\s\[\]|][^\[\]|\n]{0,199}?)\s*(?:\|\s*([^\[\]\n]{1,300}?)\s*)?\]\]")
_PREFIX = re.compile(r"([a-z]+):\s*(\S.*)")
_WORD = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Link:
    """What is linked, and the words that are shown for it; "" where the writer left them to us."""

    name: str
    words: str

    @property
    def plain(self) -> str:
        """What a reader sees where the name leads nowhere."""
        return self.words or parted(self.name)[1]


def link_at(text: str, start: int = 0) -> tuple[Link, int] | None:
    """The link that begins at this character, and where it ends; None where none does."""
    found = LINK.match(text, start)
    return (Link(found[1], found[2] or ""), found.end()) if found else None


def parted(name: str) -> tuple[str, str]:
    """`question:which-toolkit` as ("question", "which-toolkit"); without a kind, the first is empty."""
    found = _PREFIX.fullmatch(name)
    return (found[1], found[2]) if found else ("", name)


def begins_sentence(before: str) -> bool:
    """Whether what follows this text starts a sentence, a cell or a line."""
    before = before.rstrip(" \t*_(\"'“‘")
    return not before or before[-1] in ".!?:\n|"


def in_sentence(name: str, said: str) -> str:
    """`name` as it is written within a sentence: “Beam search” as “beam search”, but “Viterbi algorithm” as it stands.

    The first word loses its capital only where `said`, a text about the thing, writes that word small.
    """
    first = _WORD.match(name)
    if not first or first[0][1:] != first[0][1:].lower() or first[0] == first[0].lower():
        return name
    small = first[0].lower()
    return small + name[len(small) :] if re.search(rf"\b{re.escape(small)}\b", said) else name
