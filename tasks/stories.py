from __future__ import annotations

from kb.services.pipeline import assign_all, compare_all
from tasks.app import app
from tasks.index import index


@app.task
def compare() -> None:
    """Find copies of one work among what is new. Takes no ids: what was not compared stands in the database."""
    if compare_all():
        index.delay()


@app.task
def assign() -> None:
    """Put what has a vector into stories. Takes no ids, for the same reason."""
    assign_all()
