from __future__ import annotations

from celery.signals import worker_ready
from django.utils import timezone

from kb.services.crawls import open_crawl, run_crawl
from kb.services.program import prepare_crawler
from tasks.app import app
from tasks.ingest import ingest


@worker_ready.connect
def prepare(**_: object) -> None:
    """Have the crawler loading before the first source is due, in a worker that crawls."""
    if "crawl" in app.amqp.queues.consume_from:
        prepare_crawler()


@app.task
def crawl(crawl_id: int) -> None:
    """Run the crawler for one crawl; what it brings is ingested while it still runs."""
    run_crawl(crawl_id=crawl_id, on_lines=lambda: ingest.delay(crawl_id))
    take_due()


def take_due() -> None:
    """Open crawls over what is due, as many as wait for a worker at a time; each that ends opens the next."""
    while opened := open_crawl(now=timezone.now()):
        crawl.delay(opened.pk)
