"""What readers bring, keep from elsewhere, and take along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import belongings
from web.pages import parts
from web.pages.story import When

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.belongings import ImportState, Link

PER_PAGE = 50
BESIDE = 20


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A file that was brought; `outcome` says what became of it."""

    path: str
    name: str
    format: str
    when: When
    done: int
    total: int
    finished: bool
    outcome: tuple[str, ...]
    remarks: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ImportPage:
    """Where a file is brought, and those that were brought before."""

    rows: tuple[ImportRow, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link from elsewhere; `tags` with the address of what else has the tag."""

    id: int
    title: str
    url: str
    host: str
    when: When
    kept: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class LinksPage:
    """Saved links, perhaps of one tag or one shelf, whose name `narrowed` is; `removed` is (id, title) of one that can be taken back."""

    narrowed: str
    total: int
    rows: tuple[LinkRow, ...]
    pages: parts.Paging
    removed: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class LinksBeside:
    """The first few of a shelf's links, how many there are, and where all are."""

    rows: tuple[LinkRow, ...]
    total: int
    path: str


def import_page(user_id: int, now: dt.datetime, problem: str = "") -> ImportPage:
    """What one reader brought."""
    return ImportPage(tuple(_import(row, now) for row in belongings.imports(user_id)), problem)


def outcome_page(user_id: int, import_id: int, now: dt.datetime) -> ImportRow | None:
    """What became of one file."""
    found = belongings.import_state(user_id, import_id)
    return _import(found, now) if found else None


def links_page(
    user_id: int, now: dt.datetime, number: int, *, asked: dict[str, str]
) -> LinksPage | None:
    """One page of saved links; None for a page that there is not."""
    tag, kept = asked.get("tag", "")[:100], asked.get("kept", "")
    removed = asked.get("removed", "")
    total = belongings.saved_link_count(user_id, tag=tag, kept=kept)
    pages = max(1, -(-total // PER_PAGE))
    if number > pages:
        return None
    offset = (number - 1) * PER_PAGE
    found = belongings.saved_links(user_id, tag=tag, kept=kept, limit=PER_PAGE, offset=offset)
    gone = belongings.removed_link(user_id, int(removed)) if parts.is_id(removed) else ""
    return LinksPage(
        narrowed=tag or _shelves().get(kept, ""),
        total=total,
        rows=tuple(_link(link, now) for link in found),
        pages=parts.paging(
            number, pages, lambda n: _path(("tag", tag), ("kept", kept), ("page", str(n)))
        ),
        removed=(int(removed), gone) if gone else None,
    )


def links_beside(
    user_id: int, now: dt.datetime, *, tag: str = "", kept: str = ""
) -> LinksBeside | None:
    """The newest links of a tag or a shelf, to stand below its articles; None where there are none."""
    total = belongings.saved_link_count(user_id, tag=tag, kept=kept)
    if not total:
        return None
    found = belongings.saved_links(user_id, tag=tag, kept=kept, limit=BESIDE)
    path = _path(("tag", tag), ("kept", kept))
    return LinksBeside(tuple(_link(link, now) for link in found), total, path)


def _shelves() -> dict[str, str]:
    return {"starred": _("Starred"), "queued": _("Queue"), "read": _("Read")}


def _path(*query: tuple[str, str]) -> str:
    return parts.with_query(reverse("saved_links"), query)


def _link(link: Link, now: dt.datetime) -> LinkRow:
    words = {"starred": _("starred"), "queued": _("in the queue"), "read": _("read")}
    url = parts.outside(link.url)
    return LinkRow(
        id=link.id,
        title=link.title,
        url=url,
        host=parts.host(url),
        when=When(link.at.isoformat(), parts.short_date(link.at, now.date())),
        kept=tuple(words[name] for name in link.kept),
        tags=tuple((tag, _path(("tag", tag))) for tag in link.tags),
    )


def _import(row: ImportState, now: dt.datetime) -> ImportRow:
    return ImportRow(
        path=reverse("import", args=[row.id]),
        name=row.name,
        format=row.format,
        when=When(row.at.isoformat(), parts.long_date(row.at, now.date())),
        done=row.done,
        total=row.total,
        finished=row.finished,
        outcome=_outcome(row.counts),
        remarks=row.remarks,
    )


def _outcome(counts: dict[str, int]) -> tuple[str, ...]:
    words = {
        "marked": _("%(n)d articles of the hub marked"),
        "saved": _("%(n)d kept as links"),
        "followed": _("%(n)d sources or things followed"),
        "restored": _("%(n)d restored"),
        "known": _("%(n)d here already"),
        "left": _("%(n)d left out"),
    }
    return tuple(said % {"n": counts[what]} for what, said in words.items() if counts.get(what))
