"""The list of sources: adding, importing, pausing."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from lxml import etree

from kb.core.arxiv import is_query, query_url
from kb.core.source_options import check_options
from kb.core.text import clean_title
from kb.core.urls import canonical_url, is_web_url
from kb.errors import InputError
from kb.models import Source, User
from kb.services.audit import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

MAX_URL = 2000
BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|[a-zA-Z][a-zA-Z0-9]{1,31};)")
MAX_IMPORT_BYTES = 15 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source as a file names it."""

    url: str
    title: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; `problems` name the place in the file and what is wrong there."""

    added: int
    known: int
    problems: tuple[str, ...]


def tidy_address(url: str) -> str:
    """An address as people type it, with a scheme: feed: links and bare hosts are meant for the web."""
    url = url.strip()
    if url.startswith("feed:"):
        url = url.removeprefix("feed:").removeprefix("//")
    return url if "://" in url or not url else f"https://{url}"


@transaction.atomic
def add_source(  # noqa: PLR0913 - what a source is made of
    *,
    url: str,
    acting_user: User | None = None,
    title: str = "",
    category: str = "",
    full_text: bool = True,
    kind: str = Source.Kind.FEED,
    options: dict[str, Any] | None = None,
) -> tuple[Source, bool]:
    """Add one source, due at once; returns it and whether it is new.

    `kind` says how it is read and `options` what the kind wants to know (docs/crawler.md). InputError for what is no
    web address, no kind, or no option of that kind.
    """
    url, options = _address(tidy_address(url), kind, options or {})
    if not is_web_url(url) or len(url) > MAX_URL:
        raise InputError(
            f"{url[:200]!r} is not a web address; give one like https://example.org/feed.xml"
        )
    known = _same_source(url)
    if known:
        return known.successor or known, False
    now = timezone.now()
    source = Source.objects.create(
        url=url,
        custom_title=clean_title(title)[:300],
        category=clean_title(category)[:100],
        full_text=full_text,
        kind=kind,
        options=options,
        next_check_at=now,
        created_at=now,
    )
    record(action="add source", subject=source, user=acting_user, url=url, kind=kind)
    return source, True


def _address(url: str, kind: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address to ask and the options that are left: an arXiv query is all in its address."""
    check_options(kind, options)
    if kind != Source.Kind.ARXIV:
        return url, options
    asked = query_url(options.get("categories", ()), options.get("terms", ()))
    if not asked and not is_query(url):
        raise InputError(
            "an arXiv query needs categories or terms, or an address with search_query"
        )
    left = {k: v for k, v in options.items() if k not in {"categories", "terms"}}
    return asked or url, left


def known_source(url: str) -> Source | None:
    """The source that has this address already, or None."""
    return _same_source(tidy_address(url))


def _same_source(url: str, *, besides: int | None = None) -> Source | None:
    """A source that asks for the very same thing: http or https, with or without www. and a last slash."""
    others = Source.objects.exclude(pk=besides) if besides else Source.objects.all()
    exact = others.filter(url=url).first()
    if exact:
        return exact
    key = canonical_url(url)
    same_end = others.filter(url__icontains=key.split("/", 1)[0].split("?")[0])
    return next((s for s in same_end if canonical_url(s.url) == key), None)


def import_sources(*, file: Path, acting_user: User | None = None) -> Imported:
    """Add every source that an OPML, CSV (columns host, feed_path) or plain list of addresses names.

    Wrong lines are reported, and the rest is imported. InputError when nothing in the file can be understood.
    """
    if not file.is_file():
        raise InputError(f"{file} is not a file")
    if file.stat().st_size > MAX_IMPORT_BYTES:
        raise InputError(f"{file} is larger than {MAX_IMPORT_BYTES >> 20} MiB")
    text = file.read_bytes().decode("utf-8-sig", "replace")
    found, problems = read_candidates(text)
    if not found and not problems:
        raise InputError(
            f"{file} names no sources; give OPML, CSV with host,feed_path, or addresses"
        )
    added = known = 0
    for candidate in found:
        try:
            _, new = add_source(
                url=candidate.url,
                acting_user=acting_user,
                title=candidate.title,
                category=candidate.category,
            )
        except InputError as error:
            problems.append(str(error))
            continue
        added, known = added + new, known + (not new)
    return Imported(added, known, tuple(problems))


def read_candidates(text: str) -> tuple[list[Candidate], list[str]]:
    """The sources that a file's text names, and its problems, in order."""
    head = text.lstrip()[:2000].lower()
    if head.startswith("<"):
        return _read_opml(text)
    first = head.split("\n", 1)[0]
    if "host" in first and "feed_path" in first:
        return _read_csv(text)
    return _read_lines(text)


def _read_opml(text: str) -> tuple[list[Candidate], list[str]]:
    # files in the wild leave & and < bare in attributes, so both are mended
    parser = etree.XMLParser(
        encoding="utf-8", recover=True, resolve_entities=False, no_network=True
    )
    root = etree.fromstring(BARE_AMPERSAND.sub("&amp;", text).encode(), parser)
    if root is None or etree.QName(root).localname.lower() != "opml":
        raise InputError("this XML is not OPML")
    dtd: Any = root.getroottree().docinfo.internalDTD
    if dtd is not None and dtd.entities():
        raise InputError("this OPML declares entities, which is not allowed")
    found = []
    stack = [(root, "")]
    while stack:
        node, category = stack.pop()
        url = node.get("xmlUrl") or node.get("xmlurl") or ""
        name = node.get("title") or node.get("text") or ""
        if url:
            found.append(Candidate(url, name, category))
        inner = category if url or node.tag != "outline" else name
        stack += [(child, inner) for child in reversed(node) if isinstance(child.tag, str)]
    return found, []


def _read_csv(text: str) -> tuple[list[Candidate], list[str]]:
    found, problems = [], []
    for number, row in enumerate(csv.DictReader(io.StringIO(text)), start=2):
        host, path = (row.get("host") or "").strip(), (row.get("feed_path") or "").strip()
        if row.get("format") == "none" or (host and not path):
            continue  # a site without a feed
        if not host or not path.startswith("/"):
            problems.append(f"line {number}: no host or feed_path")
            continue
        found.append(Candidate(f"https://{host}{path}"))
    return found, problems


def _read_lines(text: str) -> tuple[list[Candidate], list[str]]:
    found, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        address = line.split("#", 1)[0].strip() if line.lstrip().startswith("#") else line.strip()
        if not address:
            continue
        if is_web_url(tidy_address(address)) and " " not in address and "." in address:
            found.append(Candidate(address))
        else:
            problems.append(f"line {number}: {address[:80]!r} is not a web address")
    if problems and not found:
        return [], problems[:20]
    return found, problems


@transaction.atomic
def check_now(*, source_ids: Collection[int], acting_user: User | None) -> int:
    """Make these sources due; returns how many are."""
    resting = (Source.State.PAUSED, Source.State.MOVED)
    chosen = Source.objects.filter(pk__in=source_ids).exclude(state__in=resting)
    count = chosen.update(next_check_at=timezone.now(), state=Source.State.ACTIVE)
    record(action="check now", subject=f"{count} sources", user=acting_user, ids=sorted(source_ids))
    return count


@transaction.atomic
def _set_state(source_id: int, state: str, action: str, acting_user: User | None) -> Source:
    source = Source.objects.select_for_update().get(pk=source_id)
    source.state, source.successor = state, None
    source.next_check_at = timezone.now()
    source.save(update_fields=["state", "successor", "next_check_at"])
    record(action=action, subject=source, user=acting_user, id=source.pk)
    return source


def pause_source(*, source_id: int, acting_user: User | None) -> Source:
    """Stop asking this source; what it said stays."""
    return _set_state(source_id, Source.State.PAUSED, "pause source", acting_user)


@transaction.atomic
def move_source(*, source: Source, target: str) -> Source:
    """Believe a permanent redirect: the source lives at `target` from now on.

    Where a source lives there already, this one is retired in its favour and keeps what it brought. Returns the source
    that is asked from now on.
    """
    old = source.url
    source.moving_to, source.moving_count, source.moving_since = "", 0, None
    if not is_web_url(target) or len(target) > MAX_URL:
        source.save()
        return source
    other = _same_source(target, besides=source.pk)
    if other is None:
        source.url = target
        source.save()
        record(action="move source", subject=source, user=None, old=old, new=target)
        return source
    heir = other.successor or other
    if heir.pk != source.pk:
        source.state, source.successor = Source.State.MOVED, heir
        record(action="merge source", subject=source, user=None, old=old, into=heir.pk)
    source.save()
    return heir


def resume_source(*, source_id: int, acting_user: User | None) -> Source:
    """Ask a paused, gone or moved source again, at once."""
    return _set_state(source_id, Source.State.ACTIVE, "resume source", acting_user)


def due_or_all(*, every: bool, urls: Iterable[str] = ()) -> list[int]:
    """Ids of the active sources to check: those named, else all, else the due ones. InputError for unknown ones."""
    named = list(urls)
    active = Source.objects.filter(state=Source.State.ACTIVE)
    if named:
        found = {url: _same_source(tidy_address(url)) for url in named}
        missing = [url for url, source in found.items() if source is None]
        if missing:
            raise InputError(f"no source has the address {missing[0]}; add it with `sources add`")
        return [source.pk for source in found.values() if source]
    if not every:
        active = active.filter(next_check_at__lte=timezone.now())
    return list(active.values_list("pk", flat=True))
