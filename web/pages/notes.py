"""A reader's notes: on one article, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse

from kb.core.quotes import find_quote
from kb.selectors import highlights
from web.pages import parts
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.highlights import Note

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One note; `lost` where its quote does not stand in the text any more."""

    id: int
    quote: str
    before: str
    after: str
    note: str
    lost: bool
    when: When


@dataclass(frozen=True, slots=True)
class OwnNotes:
    """The notes of a reader on the article at `path`; `removed` is the id of one that can be taken back."""

    article: int
    path: str
    rows: tuple[NoteRow, ...]
    removed: str
    problem: str


@dataclass(frozen=True, slots=True)
class NotedArticle:
    """An article with its notes; `path` is empty where readers cannot see it any more."""

    title: str
    path: str
    rows: tuple[NoteRow, ...]


@dataclass(frozen=True, slots=True)
class NotesPage:
    """All notes of a reader."""

    path: str
    total: int
    articles: tuple[NotedArticle, ...]
    pages: parts.Paging
    removed: str
    problem: str


def own_notes(
    user_id: int, article_id: int, path: str, now: dt.datetime, *, asked: dict[str, str]
) -> OwnNotes:
    """What this reader noted on the article whose page is `path`; `asked` is the query of its address."""
    found = highlights.notes_on(user_id, article_id)
    text = highlights.texts([article_id] if found else []).get(article_id, "")
    return OwnNotes(
        article=article_id,
        path=path,
        rows=tuple(_row(note, text, now) for note in found),
        removed=_removed(user_id, asked.get("removed", "")),
        problem=asked.get("problem", "")[:200],
    )


def notes_page(
    user_id: int, now: dt.datetime, number: int, *, asked: dict[str, str]
) -> NotesPage | None:
    """One page of all notes; None for a page that there is not."""
    total = highlights.count(user_id)
    pages = max(1, -(-total // PER_PAGE))
    if number > pages:
        return None
    found = highlights.notes(user_id, limit=PER_PAGE, offset=(number - 1) * PER_PAGE)
    texts = highlights.texts({note.article for note in found})
    groups: dict[int, list[Note]] = {}
    for note in found:
        groups.setdefault(note.article, []).append(note)
    path = reverse("notes")
    return NotesPage(
        path=path,
        total=total,
        articles=tuple(
            NotedArticle(
                title=group[0].title,
                path=group[0].path,
                rows=tuple(_row(note, texts.get(article, ""), now) for note in group),
            )
            for article, group in groups.items()
        ),
        pages=parts.paging(number, pages, lambda n: parts.with_query(path, [("page", str(n))])),
        removed=_removed(user_id, asked.get("removed", "")),
        problem=asked.get("problem", "")[:200],
    )


def _row(note: Note, text: str, now: dt.datetime) -> NoteRow:
    lost = bool(note.quote) and find_quote(text, note.quote, note.before, note.after) is None
    return NoteRow(
        id=note.id,
        quote=note.quote,
        before=note.before,
        after=note.after,
        note=note.note,
        lost=lost,
        when=When(note.at.isoformat(), parts.long_date(note.at, now.date())),
    )


def _removed(user_id: int, said: str) -> str:
    return said if parts.is_id(said) and highlights.removed_note(user_id, int(said)) else ""
