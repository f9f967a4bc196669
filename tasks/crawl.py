from __future__ import annotations

from django.utils import timezone

from kb.services.crawls import open_crawl, run_crawl
from tasks.app import app
from tasks.ingest import ingest


@app.task
def crawl(crawl_id: int) -> None:
    """Run the crawler for one crawl; what it brings is ingested while it still runs."""
    run_crawl(crawl_id=crawl_id, on_lines=lambda: ingest.delay(crawl_id))
    take_due()


def take_due() -> None:
    """Open crawls over what is due, as many as wait for a worker at a time; each that ends opens the next."""
    while opened := open_crawl(now=timezone.now()):
        crawl.delay(opened.pk)
