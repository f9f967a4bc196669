from __future__ import annotations

from kb.services.crawls import run_crawl
from tasks.app import app
from tasks.ingest import ingest


@app.task
def crawl(crawl_id: int) -> None:
    """Run the crawler for one crawl; what it brings is ingested while it still runs."""
    run_crawl(crawl_id=crawl_id, on_lines=lambda: ingest.delay(crawl_id))
