"""Rows as readers see them: cards, marked titles, telling snippets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.index.highlight import highlight
from kb.models import Passage
from kb.selectors.findable import read_texts
from kb.selectors.search.candidates import Candidates, strengths
from kb.selectors.search.criteria import Found, Marked
from kb.selectors.search.kinds import cards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.core.query import Query
    from kb.selectors.findable import Text
    from kb.selectors.search.ranked import Row

SNIPPET_CHARS = 280
TITLE_CHARS = 500


def found(rows: Sequence[Row], hits: Candidates) -> tuple[Found, ...]:
    """A page of rows."""
    query = hits.query
    shown = cards(item for row in rows for item in (row.item, *row.others))
    items = [row.item for row in rows if row.item in shown]
    texts = {text.item: text for text in read_texts(items, shown=True)}
    words, meaning = strengths(hits.words), strengths(hits.meaning)
    passages = _passages(hits, items)
    return tuple(
        Found(
            card=shown[row.item],
            score=row.score,
            words=words.get(row.item, 0.0),
            meaning=meaning.get(row.item, 0.0),
            title=tuple(highlight(query, shown[row.item].title, max_chars=TITLE_CHARS)),
            snippet=_snippet(query, texts.get(row.item), passages.get(row.item, "")),
            others=tuple(shown[item] for item in row.others if item in shown),
        )
        for row in rows
        if row.item in shown
    )


def _passages(hits: Candidates, items: Sequence[int]) -> dict[int, str]:
    """The text of each item's best passage by meaning."""
    among = set(items)
    best = {h.item: h.passage for h in hits.meaning if h.passage is not None and h.item in among}
    texts = dict(Passage.objects.filter(pk__in=best.values()).values_list("pk", "text"))
    return {item: texts[pk] for item, pk in best.items() if pk in texts}


def _snippet(query: Query, text: Text | None, passage: str) -> Marked:
    """The best passage by meaning where it holds as many of the words as any other place does; else that place. Nothing
    where nothing was looked for."""
    if text is None or (query.empty and not passage):
        return ()
    by_meaning = passage.removeprefix(text.title).strip()
    places = [p for p in (by_meaning, text.body) if p]
    pieces = [tuple(highlight(query, place, max_chars=SNIPPET_CHARS)) for place in places]
    return max(pieces, key=_different, default=())


def _different(pieces: Marked) -> int:
    return len({piece.casefold() for piece, marked in pieces if marked})
