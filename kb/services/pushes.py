"""Reading what hubs sent: the same parser as for what we fetch, in a process of its own."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import transaction

from kb.models import Crawl, Push
from kb.services.ingest import store_visit
from kb.services.program import CrawlerError, read_visits, run_crawler, spool_folder

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

PARSE_SECONDS = 90
MOST_ATTEMPTS = 3


def pending_pushes() -> list[int]:
    """Deliveries that nobody read yet: what a lost queue or a crash left."""
    return list(Push.objects.filter(done_at=None).order_by("pk").values_list("pk", flat=True))


def take_push(*, push_id: int, now: dt.datetime) -> int:
    """Read one delivery and store what is new in it; returns how many entries are. Safe to do twice.

    One that cannot be read three times over is given up: the next check brings the same news.
    """
    push = Push.objects.filter(pk=push_id, done_at=None).select_related("source").first()
    if push is None:
        return 0
    Push.objects.filter(pk=push_id).update(attempts=push.attempts + 1)
    body = spool_folder() / push.file
    out = spool_folder() / f"{uuid.uuid4().hex}.jsonl"
    try:
        run_crawler(*_arguments(push, body, out), seconds=PARSE_SECONDS)
        new = _store(push, out, now)
    except (CrawlerError, OSError) as error:
        if push.attempts + 1 >= MOST_ATTEMPTS:
            _finish(push, now, error=str(error))
        return 0
    finally:
        out.unlink(missing_ok=True)
    body.unlink(missing_ok=True)
    return new


def _arguments(push: Push, body: Path, out: Path) -> tuple[str, ...]:
    told = ("--url", push.source.url, "--content-type", push.content_type)
    return ("pushed", str(body), "--source", str(push.source_id), *told, "--out", str(out))


@transaction.atomic
def _store(push: Push, out: Path, now: dt.datetime) -> int:
    (visit,) = read_visits(out)
    mine = Push.objects.select_for_update().get(pk=push.pk)
    if mine.done_at is not None:
        return 0
    crawl = Crawl.objects.create(
        started_at=now, begun_at=now, finished_at=now, collected=True, spool=push.file
    )
    check = store_visit(visit=visit, crawl=crawl, now=now, pushed=True)
    _finish(mine, now, error=visit.error)
    return check.new if check else 0


def _finish(push: Push, now: dt.datetime, *, error: str) -> None:
    push.done_at, push.error = now, error
    push.save(update_fields=["done_at", "error"])
