"""What the clock starts."""

from __future__ import annotations

from django.utils import timezone

from kb.services.crawls import open_crawl, recover
from kb.services.pipeline import has_pending_changes, has_pending_passages
from tasks.app import app
from tasks.crawl import crawl
from tasks.embed import embed
from tasks.index import index
from tasks.ingest import ingest


@app.task
def check_due() -> None:
    """Take the sources that are due and visit them."""
    while opened := open_crawl(now=timezone.now()):
        crawl.delay(opened.pk)


@app.task
def resume() -> None:
    """Start again whatever a crash or a lost queue left undone; the database knows what that is."""
    for crawl_id in recover(now=timezone.now()):
        ingest.delay(crawl_id)
    if has_pending_passages():
        embed.delay()
    if has_pending_changes():
        index.delay()
