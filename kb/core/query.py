"""What a person typed into the search box, as a small tree. Reading it never fails; what was odd becomes a note.

`beam search` any of the words, the more the better · `"beam search"` this phrase, required · `-music` or `-"voice
cloning"` left out · `source:kaldi`, `author:"Dan Povey"`, `-kind:paper` a filter: several of one field mean any of them,
different fields all of them. A minus or a plus inside a word (RNN-T, C++) is part of the word, and so is the colon of a
time or an address (12:30, https://…). What a value means is not known here: see `kb.selectors.search.fields`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

from kb.core.aliases import QUESTION
from kb.core.saying import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_CHARS = 20_000
MAX_TERMS = 256
MAX_FILTERS = 32

FIELDS = ("source", "topic", "concept", "kind", "author", "lang", "before", "after", "is")
# what people type with a colon and mean as it stands
_NAMES = {
    "arxiv", "doi", "http", "https", "ftp", "mailto", "file", "urn", "isbn", "issn", "pmid", "hdl", "acl", "git", "ssh",
}  # fmt: skip

_QUOTES = str.maketrans(
    dict.fromkeys("“”„‟«»\uff02", '"') | dict.fromkeys("\u2212\u2013\u2014", "-")
)
# typed with a keyboard for Chinese, Japanese or Korean; a colon elsewhere is not ours
_FIELD = r"(?P<field>[A-Za-z]{2,20})[:\uff1a](?![/\\:\s])"
_PIECE = re.compile(
    rf'(?P<minus>-*)(?:(?:{_FIELD}(?:"(?P<quoted>[^"]*)"|(?P<value>[^\s"]+)))'
    r'|"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))'
)
_HAS_LETTER = re.compile(r"\w")


@dataclass(frozen=True, slots=True)
class Filter:
    """What must hold of an item, whatever its words: `source:kaldi`, or with `negated` what must not."""

    field: str
    value: str
    negated: bool = False

    def __str__(self) -> str:
        value = f'"{self.value}"' if re.search(r"\s", self.value) else self.value
        return f"{'-' * self.negated}{self.field}:{value}"


@dataclass(frozen=True, slots=True)
class Query:
    """`words` are wanted, `phrases` are required, `excluded` words and phrases must not occur, `filters` must hold.

    `plain` is the text to embed: words and phrases in the order typed. `notes` are sentences for the reader.
    """

    words: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    plain: str = ""
    filters: tuple[Filter, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Nothing to look for: no word and no phrase."""
        return not (self.words or self.phrases)

    @property
    def long(self) -> bool:
        """A pasted text rather than a question."""
        return len(self.words) > QUESTION

    def also(self, word: str) -> Query:
        """This query with one more wanted word."""
        return replace(self, words=(*self.words, word), plain=f"{self.plain} {word}".strip())


@dataclass(frozen=True, slots=True)
class _Term:
    text: str
    phrase: bool = False
    excluded: bool = False


def _clean(text: str) -> str:
    """Composed, printable, one line, with typographic quotes and dashes made plain."""
    composed = unicodedata.normalize("NFC", text[: MAX_CHARS + 1]).translate(_QUOTES)
    printable = (c if unicodedata.category(c)[0] != "C" else " " for c in composed)
    return " ".join("".join(printable).split())


def _close_quotes(text: str, notes: list[str]) -> str:
    """Without its last quotation mark when that one has no partner, so that what follows reads as words."""
    if text.count('"') % 2 == 0:
        return text
    notes.append(
        say("A quotation mark was never closed, so what follows it was read as single words.")
    )
    before, _, after = text.rpartition('"')
    # a name that is being typed: author:"Dan is already a filter
    return f"{before}{after}" if before.endswith((":", "\uff1a")) else f"{before} {after}"


def _pieces(text: str, notes: list[str]) -> Iterator[_Term | Filter]:
    for piece in _PIECE.finditer(text):
        minus = bool(piece["minus"])
        field = (piece["field"] or "").lower()
        value = (piece["value"] if piece["quoted"] is None else piece["quoted"]) or ""
        phrase = piece["phrase"]
        if field in FIELDS and value.strip():
            yield Filter(field, " ".join(value.split()), minus)
        elif field:
            notes += _no_field(field, value)
            yield _Term(f"{piece['field']}:{value}", excluded=minus)
        else:
            yield _Term((piece["word"] or phrase or "").strip(), phrase is not None, minus)


def _no_field(field: str, value: str) -> list[str]:
    """What to say of `foo:bar`; nothing where a colon is nothing special."""
    if field in _NAMES or not value.strip() or field in FIELDS:
        return []
    near = get_close_matches(field, FIELDS, 1, 0.7)
    if near:
        meant = f"{near[0]}:{value}"
        return [
            say(
                "There is no filter %(field)s:, so it was searched as words; did you mean %(near)s?",
                field=field,
                near=meant,
            )
        ]
    return [
        say(
            "There is no filter %(field)s:, so it was searched as words; filters are %(all)s.",
            field=field,
            all=_listed(FIELDS),
        )
    ]


def _listed(fields: Sequence[str]) -> str:
    return ", ".join(f"{field}:" for field in fields[:-1]) + f" and {fields[-1]}:"


def parse_query(text: str) -> Query:
    """The query in `text`; never raises. Beyond 20,000 characters or 32 filters the rest is left out, with a note. A pasted
    text (more than 40 words) has no exclusions and no phrases: its dashes and quotes mean something
    else; all of it is in `plain`.
    """
    notes: list[str] = []
    odd: list[str] = []
    if len(text) > MAX_CHARS:
        notes.append(say("Only the first %(n)s characters were read.", n=f"{MAX_CHARS:,}"))
    line = _clean(text)[:MAX_CHARS]
    long = len(line.split()) > QUESTION
    line = line.replace('"', " ") if long else _close_quotes(line, notes)
    pieces = list(_pieces(line, odd))
    terms = [t for t in pieces if isinstance(t, _Term) and _HAS_LETTER.search(t.text)]
    filters = tuple(dict.fromkeys(f for f in pieces if isinstance(f, Filter)))
    if long:
        terms = [replace(t, excluded=False) for t in terms]
    else:
        notes += dict.fromkeys(odd)
    return _query(terms, filters, notes)


def _query(terms: list[_Term], filters: tuple[Filter, ...], notes: list[str]) -> Query:
    # the words of a long text are a sample of it: all of it is in what is embedded
    plain = " ".join(t.text for t in terms if not t.excluded)
    if len(filters) > MAX_FILTERS:
        notes.append(say("Only the first %(n)s filters were read.", n=MAX_FILTERS))
    terms = terms[:MAX_TERMS]
    wanted = [t for t in terms if not t.excluded]
    if terms and not wanted and not filters:
        notes.append(say("There are only words to leave out; add one to look for."))
    return Query(
        words=tuple(t.text for t in wanted if not t.phrase),
        phrases=tuple(t.text for t in wanted if t.phrase),
        excluded=tuple(t.text for t in terms if t.excluded),
        plain=plain,
        filters=filters[:MAX_FILTERS],
        notes=tuple(notes),
    )
