from __future__ import annotations

from kb.services.pipeline import embed_all
from tasks.app import app
from tasks.index import index
from tasks.stories import assign
from tasks.understanding import link


@app.task
def embed() -> None:
    """Encode what is pending. Takes no ids: what is pending stands in the database, and is done once."""
    if embed_all(on_batch=lambda _: index.delay()):
        assign.delay()
        link.delay()
