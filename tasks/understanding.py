from __future__ import annotations

from kb.services.pipeline import link_all
from tasks.app import app
from tasks.index import index


@app.task
def link() -> None:
    """Find the concepts that new articles speak of, and that changed concepts touch. Takes no ids: what waits stands in the
    database."""
    if link_all():
        index.delay()
