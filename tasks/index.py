from __future__ import annotations

from kb.services.indexing import apply_changes
from tasks.app import app


@app.task
def index() -> None:
    """Bring the index up to date with the outbox. Takes no ids: the outbox is the list."""
    apply_changes()
