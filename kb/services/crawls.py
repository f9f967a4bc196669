"""Running the crawler over due sources, and reading what it brings back while it runs."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
import uuid
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from kb.core.records import CrawlLimits, Plan, PlanItem, Visit, read_visit, to_json
from kb.core.urls import host_of
from kb.models import Check, Crawl, Entry, Source
from kb.services.ingest import store_visit
from kb.services.leases import Held, is_free, lease

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from django.db.models import QuerySet

    from kb.core.records import SourceKind

BATCH = 300
POLL_SECONDS = 0.25
RENEW_SECONDS = 30.0  # well within a lease
STDERR = 2  # standard output belongs to the command that a person runs
STOP_SECONDS = 5.0
# a crawl that nobody began in this time was lost with its queue
QUEUED_FOR = dt.timedelta(minutes=1)
# a source that a crawler died on this often is recorded as failed
MAX_INTERRUPTIONS = 5


def _spool_dir() -> Path:
    path = Path(settings.SPOOL_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


@transaction.atomic
def open_crawl(*, now: dt.datetime, source_ids: Collection[int] | None = None) -> Crawl | None:
    """Take a batch of sources for one run: the due ones, or as many of `source_ids` as are free.

    None when there is nothing to do now. Sources whose host a running crawl is visiting wait for it, so that the delay
    between requests to one host holds across processes.
    """
    wanted = Source.objects.select_for_update().filter(state=Source.State.ACTIVE, crawl=None)
    due = wanted.filter(next_check_at__lte=now) if source_ids is None else wanted
    busy = {host_of(u) for u in Source.objects.exclude(crawl=None).values_list("url", flat=True)}
    chosen = [
        source.pk
        for source in due.order_by("next_check_at", "pk").only("pk", "url")
        if (source_ids is None or source.pk in source_ids) and host_of(source.url) not in busy
    ][:BATCH]
    if not chosen:
        return None
    crawl = Crawl.objects.create(started_at=now, spool=f"{uuid.uuid4().hex}.jsonl")
    Source.objects.filter(pk__in=chosen).update(crawl=crawl)
    return crawl


def _guids(entries: QuerySet[Entry]) -> defaultdict[int, tuple[str, ...]]:
    """The ids of these entries by source."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for source_id, guid in entries.values_list("source_id", "guid"):
        found[source_id].append(guid)
    return defaultdict(tuple, {source: tuple(guids) for source, guids in found.items()})


def _plan(crawl: Crawl) -> Plan:
    sources = list(crawl.sources.all())
    stored = Entry.objects.filter(source__in=[s.pk for s in sources])
    # an arXiv query needs to know where the new ends, and reads no pages
    read = stored.filter(Q(page__isnull=False, source__full_text=True) | Q(source__kind="arxiv"))
    known = _guids(read)
    heard = _guids(stored.exclude(transcript=None))
    limits = CrawlLimits(
        user_agent=settings.CRAWLER_USER_AGENT,
        timeout=settings.CRAWLER_TIMEOUT,
        delay=settings.CRAWLER_DELAY,
        allowed_networks=tuple(settings.CRAWLER_ALLOWED_NETWORKS),
    )
    items = tuple(
        PlanItem(
            source=s.pk,
            url=s.url,
            etag=s.etag,
            last_modified=s.last_modified,
            full_text=s.full_text,
            known=known[s.pk],
            kind=cast("SourceKind", s.kind),
            options=s.options,
            transcribed=heard[s.pk],
        )
        for s in sources
    )
    return Plan(items, limits)


def _start(plan: Path, spool: Path) -> subprocess.Popen[bytes]:
    env = os.environ | {k: v for k, v in settings.CRAWLER_PROXIES.items() if v}
    command = [
        sys.executable,
        "-m",
        "crawler",
        "--plan",
        str(plan),
        "--out",
        str(spool),
        "--lifeline",
    ]
    # the crawler ends itself when this pipe closes, so a killed worker leaves none behind
    return subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=settings.BASE_DIR, env=env, stdin=subprocess.PIPE, stdout=STDERR
    )


def run_crawl(*, crawl_id: int, on_lines: Callable[[], object]) -> None:
    """Run the crawler for this crawl; `on_lines` is called whenever there is more to read, and at the end.

    Leaves quietly when the crawl is done or in other hands.
    """
    with lease(f"crawl:{crawl_id}") as held:
        crawl = Crawl.objects.filter(pk=crawl_id, collected=False, finished_at=None).first()
        if held is None or crawl is None:
            return
        spool = _spool_dir() / crawl.spool
        plan = spool.with_suffix(".plan.json")
        plan.write_text(json.dumps(to_json(_plan(crawl))))
        process = _start(plan, spool)
        try:
            _watch(process, spool, held, on_lines)
        finally:
            _stop(process)
            plan.unlink(missing_ok=True)
        Crawl.objects.filter(pk=crawl_id).update(collected=True, error=_ending(process.returncode))
    on_lines()


def _watch(
    process: subprocess.Popen[bytes], spool: Path, held: Held, on_lines: Callable[[], object]
) -> None:
    seen, renewed = 0, time.monotonic()
    while _runs(process):
        size = spool.stat().st_size if spool.exists() else 0
        if size > seen:
            seen = size
            on_lines()
        if time.monotonic() - renewed > RENEW_SECONDS:
            held.renew()
            renewed = time.monotonic()


def _runs(process: subprocess.Popen[bytes]) -> bool:
    """Whether the crawler still runs after a moment; its end is noticed at once."""
    try:
        process.wait(POLL_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin:
        process.stdin.close()


def _ending(code: int | None) -> str:
    return "" if code == 0 else f"The crawler ended early (exit status {code})."


def ingest_spool(*, crawl_id: int, on_visit: Callable[[Visit], None] | None = None) -> int:
    """Store the visits that the spool holds and that are not stored yet; returns how many.

    Each visit and the new place in the spool are one transaction, so a crash repeats nothing. When the crawler has
    ended and all is read, the crawl is closed and what it did not reach is let go.
    """
    stored, renewed = 0, time.monotonic()
    with lease(f"ingest:{crawl_id}") as held:
        crawl = Crawl.objects.filter(pk=crawl_id, finished_at=None).first()
        if held is None or crawl is None:
            return 0
        spool = _spool_dir() / crawl.spool
        if spool.exists():
            with spool.open("rb") as file:
                file.seek(crawl.offset)
                while (line := file.readline()).endswith(b"\n"):
                    visit = read_visit(json.loads(line))
                    with transaction.atomic():
                        done = store_visit(visit=visit, crawl=crawl, now=timezone.now())
                        crawl.offset = file.tell()
                        crawl.save(update_fields=["offset"])
                    stored += 1
                    if time.monotonic() - renewed > RENEW_SECONDS:
                        held.renew()
                        renewed = time.monotonic()
                    if on_visit and done:
                        on_visit(visit)
        if crawl.collected:
            _close(crawl, spool)
    return stored


@transaction.atomic
def _close(crawl: Crawl, spool: Path) -> None:
    now = timezone.now()
    for source in Source.objects.select_for_update().filter(crawl=crawl):
        source.crawl, source.interruptions = None, source.interruptions + 1
        if source.interruptions >= MAX_INTERRUPTIONS:
            _give_up(source, crawl, now)
        source.save()
    crawl.finished_at = now
    crawl.save(update_fields=["finished_at"])
    transaction.on_commit(lambda: _forget(spool))


def _forget(spool: Path) -> None:
    for file in (spool, spool.with_suffix(".plan.json")):
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
        begun = (_spool_dir() / crawl.spool).with_suffix(".plan.json").exists()
        if is_free(f"crawl:{crawl.pk}") and (begun or crawl.started_at < now - QUEUED_FOR):
            crawl.collected, crawl.error = True, "The crawl was interrupted."
            crawl.save(update_fields=["collected", "error"])
    unfinished = Crawl.objects.filter(finished_at=None, collected=True)
    return list(unfinished.values_list("pk", flat=True))


def unchecked(*, source_ids: Collection[int], since: dt.datetime) -> set[int]:
    """Which of these sources are still to be checked: active, and without a check stored since then."""
    seen = Check.objects.filter(source=OuterRef("pk"), stored_at__gte=since)
    active = Source.objects.filter(Q(state=Source.State.ACTIVE) & ~Exists(seen))
    return set(active.values_list("pk", flat=True)) & set(source_ids)


def check_sources(*, source_ids: Collection[int], on_visit: Callable[[Visit], None]) -> None:
    """Check these sources now, in this process, and return when each has been visited.

    Works beside running workers: what they hold is waited for, what a crash left behind is taken over.
    """
    since = timezone.now()
    while waiting := unchecked(source_ids=source_ids, since=since):
        crawl = open_crawl(now=timezone.now(), source_ids=waiting)
        if crawl is None:
            for crawl_id in recover(now=timezone.now()):
                ingest_spool(crawl_id=crawl_id, on_visit=on_visit)
            time.sleep(POLL_SECONDS)
            continue
        read = partial(ingest_spool, crawl_id=crawl.pk, on_visit=on_visit)
        run_crawl(crawl_id=crawl.pk, on_lines=read)
