"""What a person typed into the search box, as a small tree. Reading it never fails; what was odd becomes a note.

`beam search` any of the words, the more the better · `"beam search"` this phrase, required · `-music` or `-"voice
cloning"` left out. A minus or a plus inside a word (RNN-T, C++) is part of the word.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARS = 4000
MAX_TERMS = 256

_QUOTES = str.maketrans(
    dict.fromkeys("“”„‟«»\uff02", '"') | dict.fromkeys("\u2212\u2013\u2014", "-")
)
_PIECE = re.compile(r'(?P<minus>-*)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
_HAS_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Query:
    """`words` are wanted, `phrases` are required, `excluded` words and phrases must not occur.

    `plain` is the text to embed: words and phrases in the order typed. `notes` are sentences for the reader.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    plain: str = ""
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to look for: no word and no phrase."""
        return not (self.words or self.phrases)


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    phrase: bool
    excluded: bool


def _clean(text: str) -> str:
    """Composed, printable, one line, with typographic quotes and dashes made plain."""
    composed = unicodedata.normalize("NFC", text[: MAX_CHARS + 1]).translate(_QUOTES)
    printable = (c if unicodedata.category(c)[0] != "C" else " " for c in composed)
    return " ".join("".join(printable).split())


def _terms(text: str) -> Iterator[_Term]:
    for piece in _PIECE.finditer(text):
        phrase = piece["phrase"]
        found = (piece["word"] if phrase is None else phrase).strip()
        if _HAS_LETTER.search(found):
            yield _Term(found, phrase is not None, bool(piece["minus"]))


def _close_quotes(text: str, notes: list[str]) -> str:
    """Without its last quotation mark when that one has no partner, so that what follows reads as words."""
    if text.count('"') % 2 == 0:
        return text
    notes.append("A quotation mark was never closed, so what follows it was read as single words.")
    before, _, after = text.rpartition('"')
    return f"{before} {after}"


def parse_query(text: str) -> Query:
    """The query in `text`; never raises. Beyond 4,000 characters or 256 words the rest is left out, with a note."""
    notes: list[str] = []
    if len(text) > MAX_CHARS:
        notes.append(f"Only the first {MAX_CHARS:,} characters were read.")
    terms = list(_terms(_close_quotes(_clean(text)[:MAX_CHARS], notes)))
    if len(terms) > MAX_TERMS:
        notes.append(f"Only the first {MAX_TERMS} words were read.")
        del terms[MAX_TERMS:]
    wanted = [t for t in terms if not t.excluded]
    if terms and not wanted:
        notes.append("There are only words to leave out; add one to look for.")
    return Query(
        words=tuple(t.text for t in wanted if not t.phrase),
        phrases=tuple(t.text for t in wanted if t.phrase),
        excluded=tuple(t.text for t in terms if t.excluded),
        plain=" ".join(t.text for t in wanted),
        notes=tuple(notes),
    )
