from __future__ import annotations

from kb.services.crawls import ingest_spool
from tasks.app import app
from tasks.embed import embed
from tasks.index import index
from tasks.stories import compare


@app.task
def ingest(crawl_id: int) -> None:
    """Store what a crawl's spool holds; then its words go to the index, and its passages to the encoder."""
    if ingest_spool(crawl_id=crawl_id):
        compare.delay()
        index.delay()
        embed.delay()
