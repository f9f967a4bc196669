"""What a visit means for its source: how it fares, what to ask it with, when to ask again, where it lives now."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import F

from kb.core.records import ROBOTS, ROBOTS_UNREADABLE
from kb.core.redirects import Redirects
from kb.core.schedule import RHYTHM_SAMPLE, Said, next_interval, rhythm
from kb.models import Source, Subscription
from kb.services import hosts, websub
from kb.services.audit import record
from kb.services.sources import move_source

if TYPE_CHECKING:
    from kb.core.records import Visit

OK = 200
GONE = 410
CLOSED = frozenset({ROBOTS, ROBOTS_UNREADABLE})


def note_visit(*, source: Source, visit: Visit, new: int, now: dt.datetime) -> None:
    """Write what one visit says about a source, and about the hosts it met. Call inside a transaction."""
    hosts.refuse_all(visit.refused, now)
    source.crawl, source.interruptions = None, 0
    if visit.outcome == "waiting":
        _put_off(source, now)
        return
    _note_answer(source, visit, now)
    if new:
        source.last_new_at = now
    if visit.feed and visit.feed.ok:
        websub.note_offer(source=source, feed=visit.feed, now=now)
    source.interval = _interval(source, visit)
    source.next_check_at = now + dt.timedelta(seconds=source.interval)
    source.save()
    if visit.status == GONE:
        _retire(source)
    elif visit.outcome != "failed":
        _follow(source, visit.redirect, now)


def note_push(*, source: Source, visit: Visit, new: int, now: dt.datetime) -> None:
    """Write that a hub brought news; when the source is asked next does not change."""
    del visit
    if new:
        source.last_new_at = now
        source.save(update_fields=["last_new_at"])


def _put_off(source: Source, now: dt.datetime) -> None:
    """Its host wants quiet, which is no fault of this source; the host's own time says when it may be asked."""
    source.next_check_at = max(source.next_check_at, now)
    source.save(update_fields=["crawl", "interruptions", "next_check_at"])


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
    hosts.forgive(name=source.host, now=now)
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


def _interval(source: Source, visit: Visit) -> int:
    newest = source.entries.order_by(F("published_at").desc(nulls_last=True))
    dates = newest.values_list("published_at", flat=True)[:RHYTHM_SAMPLE]
    said = Said(
        ttl=source.ttl,
        max_age=visit.max_age,
        retry_after=visit.retry_after,
        failures=source.failures,
        validators=bool(source.etag or source.last_modified),
    )
    now = source.last_checked_at or source.created_at
    if Subscription.objects.filter(source=source, lease_until__gt=now).exists():
        said = replace(said, pushed=True)
    pace = rhythm([date for date in dates if date], now)
    return next_interval(said, pace, random.random())  # noqa: S311 - spreads checks, guards nothing


def _retire(source: Source) -> None:
    if source.state == Source.State.GONE:
        return
    source.state = Source.State.GONE
    source.save(update_fields=["state"])
    record(action="retire source", subject=source, user=None, id=source.pk, status=GONE)


def _follow(source: Source, target: str, now: dt.datetime) -> None:
    """Count permanent redirects in a row, and believe them when they are enough."""
    seen = Redirects(source.moving_to, source.moving_count, source.moving_since).then(target, now)
    if seen.is_proven(now):
        move_source(source=source, target=target)
        return
    if (seen.target, seen.count) != (source.moving_to, source.moving_count):
        source.moving_to, source.moving_count, source.moving_since = (
            seen.target,
            seen.count,
            seen.since,
        )
        source.save(update_fields=["moving_to", "moving_count", "moving_since"])
