from __future__ import annotations

from kb.services.indexing import apply_changes, fold_index, should_fold
from tasks.app import app


@app.task
def index() -> None:
    """Bring the index up to date with the outbox. Takes no ids: the outbox is the list."""
    apply_changes()
    if should_fold():
        fold.delay()


@app.task
def fold() -> None:
    """Fold what came and went into the base of the index, beside the changes that go on."""
    fold_index()
