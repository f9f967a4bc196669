"""What a visit means for its source: how it fares, what to ask it with, when to ask again, where it lives now."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.core.records import ROBOTS, ROBOTS_UNREADABLE
from kb.core.redirects import Redirects
from kb.core.schedule import Said, next_interval, rhythm
from kb.models import Source
from kb.services import hosts, websub
from kb.services.audit import record
from kb.services.rows import update_rows
from kb.services.sources import move_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kb.core.records import Visit

OK = 200
GONE = 410
CLOSED = frozenset({ROBOTS, ROBOTS_UNREADABLE})
# what a visit may change of a source
NOTED = (
    "title", "home_url", "description", "language", "format", "etag", "last_modified", "body_hash", "whole_at", "ttl",
    "moving_to", "moving_count", "moving_since", "usual_gap", "newest_at", "interval", "next_check_at", "last_checked_at",
    "last_success_at", "last_new_at", "failures", "failing_since", "last_error", "last_duration_ms", "robots_since",
    "interruptions", "crawl",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heard:
    """A source that was visited, what came of it, and how many entries were new."""

    source: Source
    visit: Visit
    new: int = 0


def note_visits(*, heard: Sequence[Heard], now: dt.datetime) -> None:
    """Write what visits say about their sources, and about the hosts they met. Call with the sources locked."""
    hosts.note_answers([(h.source.host, h.visit) for h in heard], now)
    answered = [h for h in heard if h.visit.outcome != "waiting"]
    read = [(h.source, h.visit.feed) for h in answered if h.visit.feed and h.visit.feed.ok]
    websub.note_offers(feeds=read, now=now)
    told = websub.told_sources(source_ids=[h.source.pk for h in answered], now=now)
    for one in heard:
        _note_visit(one, now, is_told=one.source.pk in told)
    update_rows([h.source for h in heard], NOTED)
    for one in answered:
        if one.visit.status == GONE:
            _retire(one.source)
        elif one.visit.outcome != "failed" and _redirects(one.source).is_proven(now):
            move_source(source=one.source, target=one.source.moving_to)


def note_pushes(*, heard: Sequence[Heard], now: dt.datetime) -> None:
    """Write that hubs brought news; when the sources are asked next does not change."""
    for one in heard:
        one.source.last_new_at = now if one.new else one.source.last_new_at
    update_rows([h.source for h in heard], NOTED)


def _note_visit(heard: Heard, now: dt.datetime, *, is_told: bool) -> None:
    source, visit = heard.source, heard.visit
    source.crawl, source.interruptions = None, 0
    if visit.outcome == "waiting":
        # its host wants quiet, which is no fault of this source; the host's own time says when it may be asked
        source.next_check_at = max(source.next_check_at, now)
        return
    _note_answer(source, visit, now)
    if heard.new:
        source.last_new_at = now
    source.interval = _interval(source, visit, now, is_told=is_told)
    source.next_check_at = now + dt.timedelta(seconds=source.interval)
    if visit.outcome != "failed":
        seen = _redirects(source).then(visit.redirect, now)
        source.moving_to, source.moving_count, source.moving_since = (
            seen.target,
            seen.count,
            seen.since,
        )


def _note_answer(source: Source, visit: Visit, now: dt.datetime) -> None:
    failed = visit.outcome == "failed"
    source.last_checked_at, source.last_duration_ms = now, visit.duration_ms
    source.failures = source.failures + 1 if failed else 0
    source.last_error = visit.error if failed else ""
    source.failing_since = (source.failing_since or now) if failed else None
    source.robots_since = (source.robots_since or now) if _is_closed(source, visit) else None
    if failed:
        return
    source.last_success_at = now
    source.body_hash = visit.body_hash or source.body_hash
    if visit.feed:
        source.ttl = visit.feed.ttl
    if visit.status == OK:
        # validators belong to what they came with: those of an older answer would be out of sequence
        source.etag, source.last_modified, source.whole_at = visit.etag, visit.last_modified, now
    else:
        source.etag = visit.etag or source.etag
        source.last_modified = visit.last_modified or source.last_modified


def _is_closed(source: Source, visit: Visit) -> bool:
    """Whether robots.txt keeps us from the source, or from all pages that this visit wanted."""
    if visit.outcome == "failed":
        return visit.error in CLOSED
    if not source.full_text:
        return False
    pages = [e.page for e in visit.feed.entries if e.page] if visit.feed else []
    if not pages:
        return source.robots_since is not None  # nothing was tried, so that nothing is known anew
    return all(page.error in CLOSED for page in pages)


def _interval(source: Source, visit: Visit, now: dt.datetime, *, is_told: bool) -> int:
    said = Said(
        ttl=source.ttl,
        max_age=visit.max_age,
        retry_after=visit.retry_after,
        failures=source.failures,
        validators=bool(source.etag or source.last_modified),
        pushed=is_told,
    )
    pace = rhythm(source.usual_gap, source.newest_at, now)
    return next_interval(said, pace, random.random())  # noqa: S311 - spreads checks, guards nothing


def _retire(source: Source) -> None:
    if source.state == Source.State.GONE:
        return
    source.state = Source.State.GONE
    source.save(update_fields=["state"])
    record(action="retire source", subject=source, user=None, id=source.pk, status=GONE)


def _redirects(source: Source) -> Redirects:
    """Permanent redirects in a row; they are believed when they are enough."""
    return Redirects(source.moving_to, source.moving_count, source.moving_since)
