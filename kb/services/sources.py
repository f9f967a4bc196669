"""The list of sources: adding, pausing, moving."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from kb.core.arxiv import is_query, query_url
from kb.core.source_options import check_options
from kb.core.text import clean_title
from kb.core.urls import canonical_url, host_of, is_web_url
from kb.errors import InputError
from kb.models import Source, User
from kb.services.audit import record

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

MAX_URL = 2000
# "mailto:x" and "javascript:x" are not hosts with a port, and no host has marks like these in its name
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:(?!\d)", re.IGNORECASE)
_NO_HOST = re.compile(r"[\s,;\"'<>^`{|}()]")
_TOKENS = re.compile(r"[a-zA-Z0-9]+")


def tidy_address(url: str) -> str:
    """An address as people type it, with a scheme: feed: links and bare hosts are meant for the web."""
    url = url.strip()
    if url[:5].lower() == "feed:":
        url = url[5:].removeprefix("//")
    return url if _SCHEME.match(url) or not url else f"https://{url}"


def checked_address(url: str) -> str:
    """A web address as people type it, with its scheme. InputError for what is none, and for one with a password."""
    url = tidy_address(url)
    if not is_web_url(url) or len(url) > MAX_URL or _NO_HOST.search(host_of(url)):
        raise InputError(
            f"{url[:200]!r} is not a web address; give one like https://example.org/feed.xml"
        )
    if "@" in urlsplit(url).netloc:
        raise InputError(
            "an address with a name or a password in it is not followed, since every reader would see it; "
            "leave out what stands before the @"
        )
    return url


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
    home_url: str = "",
    language: str = "",
) -> tuple[Source, bool]:
    """Add one source, due at once; returns it and whether it is new.

    `home_url` and `language` stand until the source says its own.

    `kind` says how it is read and `options` what the kind wants to know (docs/crawler.md). InputError for what is no
    web address, no kind, or no option of that kind.
    """
    url, options = asked_address(tidy_address(url), kind, options or {})
    url = checked_address(url)
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
        home_url=home_url,
        language=language,
        next_check_at=now,
        created_at=now,
    )
    record(action="add source", subject=source, user=acting_user, url=url, kind=kind)
    return source, True


def asked_address(url: str, kind: str, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The address to ask and the options that are left: an arXiv query is all in its address. InputError for options
    that the kind does not have."""
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
    parts = urlsplit(key)
    # only what the database can tell quickly is compared in full: one host may have ten thousand feeds
    near = others.filter(url__icontains=parts.hostname or host_of(url))
    if tokens := _TOKENS.findall(f"{parts.path}?{parts.query}"):
        near = near.filter(url__icontains=max(tokens, key=len))
    return next((s for s in near if canonical_url(s.url) == key), None)


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
