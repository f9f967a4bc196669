"""Running the crawler over due sources, and reading what it brings back while it runs."""

from __future__ import annotations

import datetime as dt
import json
import logging
import time
import uuid
from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from kb.core.records import Plan, PlanItem, Visit, read_visit, to_json
from kb.core.schedule import HOST_SHARE, SHORTEST, choose, wants_whole
from kb.models import Crawl, Entry, Source
from kb.services import hosts
from kb.services.ingest import store_visit, store_visits
from kb.services.leases import Held, is_free, lease, one_at_a_time
from kb.services.program import spool_folder, start_crawler, usual_limits
from kb.services.waiting import due_sources, named_sources, put_off, unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    Clock = Callable[[], dt.datetime]

    from django.db.models import QuerySet

    from kb.core.records import SourceKind
    from kb.services.program import Crawler

log = logging.getLogger(__name__)
BATCH = 300
# of a spool at a time: so much takes well under a second to store, while others wait to write
MOST_LINES = 300
MOST_BYTES = 1 << 20
# what a database says of a value that it does not take
UNSTORABLE = (DataError, IntegrityError, ValueError, OverflowError)
# opened crawls that no worker has begun: more would only hold hosts while they wait in the queue
MOST_QUEUED = 4
POLL_SECONDS = 0.25
# how soon the first lines are seen; those that follow are told of every POLL_SECONDS
_LOOK_SECONDS = 0.05
RENEW_SECONDS = 30.0  # well within a lease
# a crawl that nobody began in this time was lost with its queue
QUEUED_FOR = dt.timedelta(minutes=3)
# a page that could not be read when its entry was new may be tried again for so long
RETRY_PAGES = dt.timedelta(days=3)
# a source that a crawler died on this often is recorded as failed
MAX_INTERRUPTIONS = 5


@transaction.atomic
def open_crawl(*, now: dt.datetime, source_ids: Collection[int] | None = None) -> Crawl | None:
    """Take a batch of sources for one run: the due ones, or as many of `source_ids` as are free.

    None when there is nothing to do now, or when enough crawls wait for a worker already. Named sources are taken
    whether they are due or not, and however many of them one host has: who asks for them waits for all of them.
    """
    one_at_a_time("open crawl")
    if source_ids is None:
        if Crawl.objects.filter(begun_at=None, collected=False).count() >= MOST_QUEUED:
            return None
        due, share = due_sources(now, 2 * BATCH), HOST_SHARE
    else:
        due, share = named_sources(source_ids), BATCH
    chosen = choose(due, hosts.host_states(now), now.timestamp(), BATCH, share)
    # whoever was quicker with a source keeps it: the rows are locked before they are taken
    locked = Source.objects.select_for_update().filter(pk__in=chosen, crawl=None)
    taken = [pk for (pk,) in locked.values_list("pk")]
    if not taken:
        return None
    crawl = Crawl.objects.create(started_at=now, spool=f"{uuid.uuid4().hex}.jsonl")
    Source.objects.filter(pk__in=taken).update(crawl=crawl)
    return crawl


def _guids(entries: QuerySet[Entry]) -> defaultdict[int, tuple[str, ...]]:
    """The ids of these entries by source."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for source_id, guid in entries.values_list("source_id", "guid"):
        found[source_id].append(guid)
    return defaultdict(tuple, {source: tuple(guids) for source, guids in found.items()})


def _plan(crawl: Crawl, now: dt.datetime) -> Plan:
    sources = list(crawl.sources.all())
    stored = Entry.objects.filter(source__in=[s.pk for s in sources])
    # an arXiv query needs to know where the new ends, and reads no pages
    read = stored.filter(_settled(now) & Q(source__full_text=True) | Q(source__kind="arxiv"))
    known, heard = _guids(read), _guids(stored.exclude(transcript=None))
    usual = replace(usual_limits(), quiet=tuple(sorted(hosts.closed_until(now))))
    items = tuple(_item(s, known[s.pk], heard[s.pk], whole=_wants_whole(s, now)) for s in sources)
    return Plan(items, replace(usual, hosts=hosts.host_limits(usual)))


def _settled(now: dt.datetime) -> Q:
    """Entries whose page need not be read again: it was, or it is not there, or it failed for days."""
    return Q(page__isnull=False) & (
        Q(page__ok=True)
        | Q(page__error__startswith="The server answered 4")
        | Q(first_seen__lt=now - RETRY_PAGES)
    )


def _item(
    source: Source, known: tuple[str, ...], heard: tuple[str, ...], *, whole: bool
) -> PlanItem:
    etag, modified = ("", "") if whole else (source.etag, source.last_modified)
    return PlanItem(
        source=source.pk,
        url=source.url,
        etag=etag,
        last_modified=modified,
        full_text=source.full_text,
        known=known,
        kind=cast("SourceKind", source.kind),
        options=source.options,
        transcribed=heard,
    )


def _wants_whole(source: Source, now: dt.datetime) -> bool:
    """Whether to ask without validators this time, which is noted before it is done so that it stays rare."""
    times = [at.timestamp() if at else None for at in (source.whole_at, source.asked_whole_at)]
    if not (source.etag or source.last_modified) or not wants_whole(now.timestamp(), *times):
        return False
    Source.objects.filter(pk=source.pk).update(asked_whole_at=now)
    return True


def run_crawl(
    *, crawl_id: int, on_lines: Callable[[], object], clock: Clock = timezone.now
) -> None:
    """Run the crawler for this crawl; `on_lines` is called whenever there is more to read, and at the end.

    Leaves quietly when the crawl is done or in other hands.
    """
    with lease(f"crawl:{crawl_id}") as held:
        crawl = Crawl.objects.filter(pk=crawl_id, collected=False, finished_at=None).first()
        if held is None or crawl is None:
            return
        spool = spool_folder() / crawl.spool
        plan = spool.with_suffix(".plan.json")
        Crawl.objects.filter(pk=crawl_id).update(begun_at=clock())
        plan.write_text(json.dumps(to_json(_plan(crawl, clock()))))
        try:
            with start_crawler("--plan", str(plan), "--out", str(spool)) as crawler:
                _watch(crawler, spool, held, on_lines)
        finally:
            plan.unlink(missing_ok=True)
        Crawl.objects.filter(pk=crawl_id).update(collected=True, error=_ending(crawler.status))
    on_lines()


def _watch(crawler: Crawler, spool: Path, held: Held, on_lines: Callable[[], object]) -> None:
    seen, told, renewed = 0, 0.0, time.monotonic()
    while not crawler.ended(_LOOK_SECONDS):
        size = spool.stat().st_size if spool.exists() else 0
        if size > seen and time.monotonic() - told >= POLL_SECONDS:
            seen, told = size, time.monotonic()
            on_lines()
        if time.monotonic() - renewed > RENEW_SECONDS:
            held.renew()
            renewed = time.monotonic()


def _ending(code: int | None) -> str:
    return "" if code == 0 else f"The crawler ended early (exit status {code})."


def ingest_spool(
    *,
    crawl_id: int,
    on_visit: Callable[[Visit], None] | None = None,
    clock: Clock = timezone.now,
) -> int:
    """Store the visits that the spool holds and that are not stored yet; returns how many.

    What is there is stored in batches, each in one transaction with the new place in the spool, so that a crash repeats
    nothing. When the crawler has ended and all is read, the crawl is closed and what it did not reach is let go.
    """
    stored, renewed = 0, time.monotonic()
    with lease(f"ingest:{crawl_id}") as held:
        crawl = Crawl.objects.filter(pk=crawl_id, finished_at=None).first()
        if held is None or crawl is None:
            return 0
        spool = spool_folder() / crawl.spool
        for lines in _batches(spool, crawl.offset):
            done = _store(crawl, lines, clock())
            stored += len(lines)
            if time.monotonic() - renewed > RENEW_SECONDS:
                held.renew()
                renewed = time.monotonic()
            if on_visit:
                for visit in done:
                    on_visit(visit)
        if crawl.collected:
            _close(crawl, spool, clock())
    return stored


def _batches(spool: Path, offset: int) -> Iterator[list[bytes]]:
    """The whole lines from there on, as many at a time as make a short transaction."""
    if not spool.exists():
        return
    with spool.open("rb") as file:
        file.seek(offset)
        lines: list[bytes] = []
        while (line := file.readline()).endswith(b"\n"):
            lines.append(line)
            if len(lines) == MOST_LINES or sum(map(len, lines)) >= MOST_BYTES:
                yield lines
                lines = []
        if lines:
            yield lines


def _store(crawl: Crawl, lines: list[bytes], now: dt.datetime) -> list[Visit]:
    """Store these lines and return the visits that were new. One that the database refuses costs the others nothing, and
    becomes a failed check."""
    visits = [read_visit(json.loads(line)) for line in lines]
    try:
        return _store_together(crawl, visits, sum(map(len, lines)), now)
    except UNSTORABLE as error:
        if len(visits) > 1:
            return [visit for line in lines for visit in _store(crawl, [line], now)]
        log.exception("the visit to %s cannot be stored", visits[0].url)
        failed = _failed(visits[0], f"It cannot be stored: {error}")
        return _store_together(crawl, [failed], len(lines[0]), now)


def _failed(visit: Visit, error: str) -> Visit:
    """The visit without what it brought."""
    return Visit(visit.source, visit.url, "failed", visit.started_at, error=error)


def _store_together(crawl: Crawl, visits: list[Visit], size: int, now: dt.datetime) -> list[Visit]:
    with transaction.atomic():
        checks = store_visits(visits=visits, crawl=crawl, now=now)
        Crawl.objects.filter(pk=crawl.pk).update(offset=crawl.offset + size)
    crawl.offset += size
    return [visit for visit in visits if checks.pop(visit.source, None)]


@transaction.atomic
def _close(crawl: Crawl, spool: Path, now: dt.datetime) -> None:
    asked = _asked(spool)
    left = list(Source.objects.select_for_update().filter(crawl=crawl))
    for source in left:
        source.crawl = None
        # a crawl that was lost in the queue never got as far as its sources
        source.interruptions += crawl.begun_at is not None
        if source.pk in asked and source.last_checked_at:
            # the server has answered, or will have: a crash of ours is no reason to ask again at once;
            # only a source that was never heard is not kept waiting for its first check
            rested = asked[source.pk] + dt.timedelta(seconds=SHORTEST)
            source.next_check_at = max(source.next_check_at, rested)
        if source.interruptions >= MAX_INTERRUPTIONS:
            _give_up(source, crawl, now)
        source.save()
    crawl.finished_at = now
    crawl.save(update_fields=["finished_at"])
    visited = crawl.checks.values_list("source__host", flat=True)
    seconds = settings.CRAWLER_DELAY
    hosts.rest(names=[*visited, *(s.host for s in left)], now=now, seconds=seconds)
    transaction.on_commit(lambda: _forget(spool))


def _asked(spool: Path) -> dict[int, dt.datetime]:
    """When the crawler's requests for sources went out; the file is cut off anywhere by a crash."""
    file = spool.with_suffix(".asked")
    found = {}
    for line in file.read_text().splitlines(keepends=True) if file.exists() else ():
        if line.endswith("\n"):
            source, at = line.split()
            found[int(source)] = dt.datetime.fromtimestamp(float(at), dt.UTC)
    return found


def _forget(spool: Path) -> None:
    for file in (spool, spool.with_suffix(".plan.json"), spool.with_suffix(".asked")):
        file.unlink(missing_ok=True)


def _give_up(source: Source, crawl: Crawl, now: dt.datetime) -> None:
    visit = Visit(
        source=source.pk,
        url=source.url,
        outcome="failed",
        started_at=now.isoformat(),
        error=f"The crawler ended {MAX_INTERRUPTIONS} times before this source was read",
    )
    store_visit(visit=visit, crawl=crawl, now=now)
    source.refresh_from_db()


def recover(*, now: dt.datetime) -> list[int]:
    """Find crawls that a crash cut short and mark them as collected; returns the ids to ingest."""
    for crawl in Crawl.objects.filter(finished_at=None, collected=False):
        lost = crawl.begun_at is not None or crawl.started_at < now - QUEUED_FOR
        if lost and is_free(f"crawl:{crawl.pk}"):
            crawl.collected, crawl.error = True, "The crawl was interrupted."
            crawl.save(update_fields=["collected", "error"])
    unfinished = Crawl.objects.filter(finished_at=None, collected=True)
    return list(unfinished.values_list("pk", flat=True))


def check_sources(*, source_ids: Collection[int], on_visit: Callable[[Visit], None]) -> None:
    """Check these sources now, in this process, and return when each has been visited.

    Works beside running workers: what they hold is waited for, what a crash left behind is taken over.
    """
    since = timezone.now()
    while waiting := unchecked(source_ids=source_ids, since=since):
        put_off(source_ids=waiting, now=timezone.now())
        crawl = open_crawl(now=timezone.now(), source_ids=waiting)
        if crawl is None:
            for crawl_id in recover(now=timezone.now()):
                ingest_spool(crawl_id=crawl_id, on_visit=on_visit)
            time.sleep(POLL_SECONDS)
            continue
        read = partial(ingest_spool, crawl_id=crawl.pk, on_visit=on_visit)
        run_crawl(crawl_id=crawl.pk, on_lines=read)
