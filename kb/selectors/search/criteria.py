"""What a search is asked for, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt

    from kb.core.query import Filter
    from kb.selectors.articles import ListRef

Mode = Literal["hybrid", "lexical", "semantic"]
Marked = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class SearchCriteria:
    """What is asked. `text` is read as the query language; `filters` are further ones, as a form gives them; `like` is
    an item that others shall be close to, where the text asks for nothing. `offset` and `limit` count rows: items of
    one story share one."""

    text: str = ""
    mode: Mode = "hybrid"
    filters: tuple[Filter, ...] = ()
    like: int | None = None
    sort: Literal["relevance", "date"] = "relevance"
    limit: int = 20
    offset: int = 0
    # commands wait for the model; pages answer from words until it is there
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """An item of any kind as a result shows it. `kind` is what `kind:` calls it; `copies` counts the sources that
    carried it; `who` is its source, or whoever made it; the dates of a `timeless` one tell readers nothing."""

    item: int
    kind: str
    label: str
    path: str
    url: str
    title: str
    language: str
    gist: str
    published_at: dt.datetime
    first_seen: dt.datetime
    updated_at: dt.datetime
    who: str = ""
    source_id: int | None = None
    people: tuple[str, ...] = ()
    venue: str = ""
    copies: int = 0
    lists: tuple[ListRef, ...] = ()
    timeless: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One row of results. `words` and `meaning` are 0..1, each relative to the best of this search; pieces are (text, is
    it a found word). `others` were found too and are of the same story."""

    card: Card
    score: float
    words: float
    meaning: float
    title: Marked
    snippet: Marked
    others: tuple[Card, ...] = ()


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that a filter can have, how many of the results have it, and whether it is chosen by the text ("text"), by
    the form ("form"), or not ("")."""

    value: str
    label: str
    count: int
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class Facets:
    """How results part by source, kind and year; years run from the first to the last."""

    sources: tuple[Facet, ...] = ()
    kinds: tuple[Facet, ...] = ()
    years: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of results.

    `mode` is how it was really answered, "" where only filters were given and everything that passes them is listed,
    newest first. `total` counts items, `rows` what they fold into; with `more` there are others beyond. `notes` say what
    a reader should know. With `waiting`, the same search soon finds by meaning too.
    """

    found: tuple[Found, ...]
    total: int
    rows: int
    mode: Mode | Literal[""]
    notes: tuple[str, ...]
    seconds: float
    facets: Facets = Facets()
    filters: tuple[str, ...] = ()
    like: Card | None = None
    more: bool = False
    waiting: bool = False
