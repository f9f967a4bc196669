"""Bulk loading of papers and posts from JSON lines."""

from __future__ import annotations

import datetime as dt
import gzip
import json
from dataclasses import dataclass
from html import escape
from itertools import islice
from typing import TYPE_CHECKING, Any

from dateutil import parser as dates
from django.db import transaction
from django.utils import timezone

from kb.core.records import EntryRecord
from kb.core.text import clean_title, first_sentence, plain_text, storable
from kb.core.urls import is_web_url
from kb.errors import InputError
from kb.models import Source
from kb.services.entries import Telling, draft_entries, write_drafts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BATCH = 500
MAX_TEXT = 500_000
MARKUP = ("<p", "<div", "<br", "<h1", "<h2", "<ul", "<a ")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What an import did; `problems` name the line."""

    added: int
    updated: int
    unchanged: int
    problems: tuple[str, ...]


def read_document(line: str) -> EntryRecord:
    """One document from its JSON. InputError says what is wrong with it."""
    try:
        value = json.loads(line)
    except ValueError as error:
        raise InputError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise InputError("not a JSON object")
    title = clean_title(str(value.get("title") or ""))
    body = next((value[k] for k in ("text", "body", "abstract") if value.get(k)), "")
    if not isinstance(body, str):
        raise InputError("its text is not a string")
    text = _html(body)
    if not title and not text:
        raise InputError("neither a title nor a text")
    url = str(value.get("url") or "")
    name = str(value.get("id") or url)
    if not name:
        raise InputError("neither an id nor a url")
    published, said = _date(value)
    authors = value.get("authors") or []
    names = [authors] if isinstance(authors, str) else list(authors)
    return EntryRecord(
        id=storable(name),
        title=title or first_sentence(plain_text(text), words=12),
        link=url if is_web_url(url) else "",
        published=published,
        published_raw=said[:200],
        authors=tuple(n for n in (clean_title(str(a)) for a in names) if n),
        content=text,
        venue=clean_title(str(value.get("venue") or value.get("site") or ""))[:300],
    )


def _html(body: str) -> str:
    """The text as safe HTML: what looks like HTML loses its tags, paragraphs stay."""
    body = body[:MAX_TEXT]
    text = plain_text(body) if any(m in body[:5000].lower() for m in MARKUP) else storable(body)
    parts = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part)}</p>" for part in parts if part)


def _date(value: dict[str, Any]) -> tuple[str | None, str]:
    """The date in ISO 8601 UTC, or None, and as it was written."""
    said = str(value.get("published") or value.get("date") or "").strip()
    try:
        if said:
            default = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
            return dates.parse(said, default=default).astimezone(dt.UTC).isoformat(), said
        if value.get("year"):
            month = int(value.get("month") or 1)
            return dt.datetime(int(value["year"]), month, 1, tzinfo=dt.UTC).isoformat(), str(
                value["year"]
            )
    except (ValueError, OverflowError):
        return None, said or str(value.get("year"))
    return None, said


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    opener = gzip.open if file.suffix == ".gz" else open
    try:
        with opener(file, "rt", encoding="utf-8", errors="replace") as lines:
            yield from ((n, line) for n, line in enumerate(lines, start=1) if line.strip())
    except (OSError, EOFError) as error:
        raise InputError(f"cannot read {file}: {error}") from error


def import_documents(*, file: Path, on_progress: Callable[[int], None] | None = None) -> Loaded:
    """Load a file of documents; the same document again changes nothing. Bad lines are skipped and reported.

    The file becomes a source that is never visited, and each document an entry of it, so that a document and a feed
    that speak of one work meet in one article.
    """
    if not file.is_file():
        raise InputError(f"{file} is not a file")
    source = _source_for(file)
    problems: list[str] = []
    total = added = updated = 0
    for batch in _batches(_documents(file, problems)):
        with transaction.atomic():
            now = timezone.now()
            (draft,) = draft_entries([Telling(source, batch, whole=False)], now)
            write_drafts([draft], now)
        total += len(batch)
        added, updated = added + len(draft.added), updated + len(draft.changed)
        if on_progress:
            on_progress(len(batch))
    return Loaded(added, updated, total - added - updated, tuple(problems))


def _source_for(file: Path) -> Source:
    name = file.name.removesuffix(".gz").removesuffix(".jsonl")
    now = timezone.now()
    source, _ = Source.objects.get_or_create(
        url=f"documents:{name}",
        defaults={
            "kind": "documents",
            "title": name,
            "state": Source.State.PAUSED,
            "next_check_at": now,
            "created_at": now,
        },
    )
    return source


def _documents(file: Path, problems: list[str]) -> Iterator[EntryRecord]:
    for number, line in _lines(file):
        try:
            yield read_document(line)
        except InputError as error:
            problems.append(f"line {number}: {error}")


def _batches(documents: Iterator[EntryRecord]) -> Iterator[list[EntryRecord]]:
    while batch := list(islice(documents, BATCH)):
        yield batch
