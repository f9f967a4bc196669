"""From visits to rows: the entries of sources, their articles, and the sources' health. Idempotent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from kb.core.decide import parse_time
from kb.models import Check, Crawl, Source
from kb.services.entries import Draft, Telling, draft_entries, write_drafts
from kb.services.health import Heard, note_pushes, note_visits
from kb.services.rows import insert_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kb.core.records import FeedRecord, Visit


def store_visit(
    *, visit: Visit, crawl: Crawl, now: dt.datetime, pushed: bool = False
) -> Check | None:
    """`store_visits` for one; None when it was stored before, or its source is gone."""
    return store_visits(visits=[visit], crawl=crawl, now=now, pushed=pushed).get(visit.source)


@transaction.atomic
def store_visits(
    *, visits: Sequence[Visit], crawl: Crawl, now: dt.datetime, pushed: bool = False
) -> dict[int, Check]:
    """Store visits, all or none, and return their checks, without ids, by source.

    Left out are those of sources that are gone, and of those that this crawl has a check of. The number of queries does
    not grow with that of the visits. `pushed` is for what hubs sent: it brings entries, but says nothing of how well
    sources answer.
    """
    fresh = _unchecked(visits, crawl)
    tellings = [_telling(source, v.feed) for source, v in fresh if v.feed and v.feed.ok]
    told = [t.source.pk for t in tellings]
    drafts = dict(zip(told, draft_entries(tellings, now), strict=True))
    heard = [Heard(s, v, len(drafts[s.pk].added) if s.pk in drafts else 0) for s, v in fresh]
    note = note_pushes if pushed else note_visits
    note(heard=heard, now=now)
    write_drafts(drafts.values(), now)
    checks = [_check(h, drafts.get(h.source.pk, Draft()), crawl, now, pushed=pushed) for h in heard]
    insert_rows(checks)
    return {check.source_id: check for check in checks}


def _unchecked(visits: Sequence[Visit], crawl: Crawl) -> list[tuple[Source, Visit]]:
    """The first visit of each source that is there and has no check of this crawl yet; the sources are locked."""
    first: dict[int, Visit] = {}
    for visit in visits:
        first.setdefault(visit.source, visit)
    sources = Source.objects.select_for_update().filter(pk__in=first).order_by("pk")
    rows = {source.pk: source for source in sources}
    # asked after the lock: who stored the same visit meanwhile has let it go
    done = Check.objects.filter(crawl=crawl, source__in=rows).order_by()
    checked = set(done.values_list("source_id", flat=True))
    return [(rows[pk], first[pk]) for pk in first if pk in rows and pk not in checked]


def _telling(source: Source, feed: FeedRecord) -> Telling:
    """What the feed says, and on its source what it says of itself."""
    source.title = feed.title[:300] or source.title
    source.home_url = feed.home[:2000] or source.home_url
    source.description = feed.description or source.description
    source.language = feed.language[:35] or source.language
    source.format = feed.format[:20] or source.format
    return Telling(source, feed.entries)


def _check(heard: Heard, draft: Draft, crawl: Crawl, now: dt.datetime, *, pushed: bool) -> Check:
    visit = heard.visit
    return Check(
        source=heard.source,
        crawl=crawl,
        started_at=parse_time(visit.started_at) or now,
        stored_at=now,
        duration_ms=visit.duration_ms,
        outcome=_outcome(visit, draft),
        status=visit.status,
        bytes=visit.bytes,
        new=len(draft.added),
        updated=len(draft.changed),
        error=visit.error,
        warnings=list(visit.feed.warnings) if visit.feed else [],
        pushed=pushed,
    )


def _outcome(visit: Visit, draft: Draft) -> str:
    if visit.outcome in {"failed", "waiting"}:
        return visit.outcome
    if draft.added:
        return Check.Outcome.NEW
    return Check.Outcome.UPDATED if draft.changed else Check.Outcome.UNCHANGED
