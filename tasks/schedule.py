"""What the clock starts."""

from __future__ import annotations

from django.utils import timezone

from kb.services.crawls import ingest_spool, recover
from kb.services.pipeline import has_pending_changes, has_pending_passages
from tasks.app import app
from tasks.crawl import take_due
from tasks.embed import embed
from tasks.index import index


@app.task
def check_due() -> None:
    """Take the sources that are due and visit them."""
    take_due()


@app.task
def resume() -> None:
    """Start again whatever a crash or a lost queue left undone; the database knows what that is."""
    interrupted = recover(now=timezone.now())
    for crawl_id in interrupted:
        ingest_spool(crawl_id=crawl_id)
    if interrupted:
        check_due()
    if has_pending_passages():
        embed.delay()
    if has_pending_changes():
        index.delay()
