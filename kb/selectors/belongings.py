"""Everything that is a reader's own, to be taken along: as JSON, as OPML, as Markdown."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from django.conf import settings

from kb.core.items import ItemKind, item_id
from kb.core.text import storable
from kb.models import (
    Folder,
    Follow,
    Highlight,
    Import,
    Known,
    Mark,
    Mute,
    Preferences,
    Progress,
    SavedLink,
    SavedSearch,
    Source,
)
from kb.selectors.references import references
from kb.selectors.source_list import FEEDS, add_outline

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

VERSION = 1
KEPT = ("starred", "queued", "read")
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


@dataclass(frozen=True, slots=True)
class Link:
    """A page that a reader saved elsewhere."""

    id: int
    url: str
    title: str
    kept: tuple[str, ...]
    tags: tuple[str, ...]
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class ImportState:
    """How far an import is, and what became of its rows: (what, how many), and remarks (why, of what)."""

    id: int
    name: str
    format: str
    done: int
    total: int
    finished: bool
    counts: dict[str, int]
    remarks: tuple[tuple[str, str], ...]
    at: dt.datetime


def saved_links(
    user_id: int, *, tag: str = "", kept: str = "", limit: int, offset: int = 0
) -> tuple[Link, ...]:
    """A reader's saved links, newest first; those of a tag, or those that are "starred", "queued" or "read"."""
    rows = _links(user_id, tag, kept).prefetch_related("tags")[offset : offset + limit]
    return tuple(
        Link(
            id=row.pk,
            url=row.url,
            title=row.title,
            kept=tuple(n for n in KEPT if getattr(row, f"{n}_at")),
            tags=tuple(tag.name for tag in row.tags.all()),
            at=row.added_at,
        )
        for row in rows
    )


def saved_link_count(user_id: int, *, tag: str = "", kept: str = "") -> int:
    """How many there are."""
    return _links(user_id, tag, kept).count()


def removed_link(user_id: int, link_id: int) -> str:
    """The title of a link that was just deleted and could be taken back, or ""."""
    rows = SavedLink.objects.filter(user=user_id, pk=link_id, removed_at__isnull=False)
    return rows.values_list("title", flat=True).first() or ""


def imports(user_id: int) -> tuple[ImportState, ...]:
    """What a reader brought, the last first."""
    return tuple(map(_import, Import.objects.filter(user=user_id).defer("rows")))


def import_state(user_id: int, import_id: int) -> ImportState | None:
    """One of them, or None."""
    row = Import.objects.filter(user=user_id, pk=import_id).defer("rows").first()
    return _import(row) if row else None


def belongings(user_id: int, now: dt.datetime) -> dict[str, Any]:
    """All of it as JSON values, in the rows that `kb.services.bookmarks` reads again."""
    return {
        "format": "earshot",
        "version": VERSION,
        "hub": settings.SITE_URL,
        "exported_at": now.isoformat(),
        "folder": [{"name": f.name} for f in Folder.objects.filter(user=user_id)],
        "preferences": list(_preferences(user_id)),
        "follow": list(_follows(user_id)),
        "link": [*_marks(user_id), *_saved(user_id)],
        "highlight": list(_highlights(user_id)),
        "mute": list(Mute.objects.filter(user=user_id).values("words")),
        "known": [{"item": name} for name in _known(user_id)],
        "progress": list(_progress(user_id)),
        "search": list(
            SavedSearch.objects.filter(user=user_id, removed_at__isnull=True).values(
                "name", "query"
            )
        ),
    }


def followed_opml(user_id: int) -> str:
    """The feeds that a reader follows, by folder, as OPML 2.0."""
    root = Element("opml", version="2.0")
    title = f"What I follow at {settings.SITE_NAME}"
    SubElement(SubElement(root, "head"), "title").text = storable(title)
    body = SubElement(root, "body")
    groups: dict[str, list[Source]] = defaultdict(list)
    rows = Follow.objects.filter(user=user_id, source__kind__in=FEEDS).order_by("folder", "pk")
    for row in rows.select_related("source", "folder"):
        if row.source:
            groups[row.folder.name if row.folder else ""].append(row.source)
    for name, sources in sorted(groups.items()):
        parent = SubElement(body, "outline", text=storable(name)) if name else body
        for source in sources:
            add_outline(parent, source)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def markdown(user_id: int, now: dt.datetime) -> str:
    """Stars, queue and notes as a Markdown document."""
    rows = [*_marks(user_id), *_saved(user_id)]
    lines = [f"# What I keep at {_escaped(settings.SITE_NAME)}", "", f"{now:%Y-%m-%d}"]
    for title, name in (("Starred", "starred"), ("Queue", "queued")):
        kept = sorted((r for r in rows if r[name]), key=lambda r: str(r[name]), reverse=True)
        lines += ["", f"## {title}", "", *(_line(row, str(row[name])) for row in kept)]
    lines += ["", "## Notes"]
    last = ""
    for row in _highlights(user_id):
        if row["url"] != last:
            last = row["url"]
            lines += ["", f"### [{_escaped(row['title'])}](<{_address(last)}>)"]
        quote = [f"> {_escaped(line)}" for line in row["quote"].splitlines()]
        lines += ["", *quote] if quote else []
        lines += ["", row["note"]] if row["note"] else []
    return "\n".join(lines) + "\n"


def _line(row: dict[str, Any], at: str) -> str:
    tags = "".join(" #" + _escaped("-".join(tag.split())) for tag in row["tags"])
    return f"- [{_escaped(row['title'])}](<{_address(row['url'])}>), {at[:10]}{tags}"


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _address(url: str) -> str:
    return re.sub(r"[<>\s\\]", lambda found: f"%{ord(found[0]):02X}", url)


def _links(user_id: int, tag: str = "", kept: str = "") -> QuerySet[SavedLink]:
    rows = SavedLink.objects.filter(user=user_id, removed_at__isnull=True)
    if kept in KEPT:
        rows = rows.filter(**{f"{kept}_at__isnull": False})
    return rows.filter(tags__name=tag) if tag else rows


def _import(row: Import) -> ImportState:
    return ImportState(
        id=row.pk,
        name=row.name,
        format=row.format,
        done=row.done,
        total=row.total,
        finished=row.state == Import.State.DONE,
        counts=row.counts,
        remarks=tuple((str(why), str(what)) for why, what in row.remarks),
        at=row.at,
    )


def _preferences(user_id: int) -> Iterator[dict[str, Any]]:
    for row in Preferences.objects.filter(user=user_id):
        yield {
            "newest_first": row.newest_first,
            "language": row.language,
            "for_you": row.for_you,
        }


def _follows(user_id: int) -> Iterator[dict[str, Any]]:
    rows = list(
        Follow.objects.filter(user=user_id).select_related("source", "folder").order_by("pk")
    )
    names = references(row.item for row in rows if row.item is not None)
    for row in rows:
        folder = row.folder.name if row.folder else ""
        if row.source:
            yield {"source": row.source.url, "title": row.source.name, "folder": folder}
        elif row.person:
            yield {"person": row.person, "folder": folder}
        elif row.item in names:
            yield {"item": names[row.item], "folder": folder}


def _times(row: Mark | SavedLink, names: Iterable[str]) -> dict[str, str | None]:
    at = {name: getattr(row, f"{name}_at") for name in names}
    return {name: value.isoformat() if value else None for name, value in at.items()}


def _marks(user_id: int) -> Iterator[dict[str, Any]]:
    rows = Mark.objects.filter(user=user_id).select_related("article").prefetch_related("tags")
    for row in rows.defer("article__html", "article__text").order_by("pk"):
        said = {"url": _url_of(row.article), "title": row.article.title}
        yield said | _times(row, ("starred", "queued", "read", "less")) | _tags(row)


def _saved(user_id: int) -> Iterator[dict[str, Any]]:
    for row in _links(user_id).prefetch_related("tags").order_by("pk"):
        said = {"url": row.url, "title": row.title}
        yield said | _times(row, ("starred", "queued", "read")) | _tags(row)


def _tags(row: Mark | SavedLink) -> dict[str, list[str]]:
    return {"tags": sorted(tag.name for tag in row.tags.all())}


def _url_of(article: Any) -> str:
    """The address that its canonical one was made from; papers may be known by their id alone."""
    return str(article.url or article.key)


def _highlights(user_id: int) -> Iterator[dict[str, Any]]:
    rows = Highlight.objects.filter(user=user_id, removed_at__isnull=True).select_related("article")
    for row in rows.defer("article__html", "article__text").order_by("article", "pk"):
        yield {
            "url": _url_of(row.article),
            "title": row.article.title,
            "quote": row.quote,
            "before": row.before,
            "after": row.after,
            "note": row.note,
            "created": row.created_at.isoformat(),
        }


def _known(user_id: int) -> list[str]:
    pks = Known.objects.filter(user=user_id).order_by("pk").values_list("concept", flat=True)
    return list(references(item_id(ItemKind.CONCEPT, pk) for pk in pks).values())


def _progress(user_id: int) -> Iterator[dict[str, Any]]:
    rows = Progress.objects.filter(user=user_id).order_by("pk").select_related("reading__article")
    readings = [
        row.reading for row in rows.defer("reading__article__html", "reading__article__text")
    ]
    names = references(
        [r.item for r in readings if r.item is not None]
        + [item_id(ItemKind.LIST, r.reading_list_id) for r in readings]
    )
    for reading in readings:
        listed = names.get(item_id(ItemKind.LIST, reading.reading_list_id))
        url = _url_of(reading.article) if reading.article else reading.url
        name = names.get(reading.item, "") if reading.item is not None else url
        if listed and name:
            yield {"item": listed, "reading": name, "url": url}
