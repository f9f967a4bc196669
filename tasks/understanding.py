from __future__ import annotations

from django.utils import timezone

from kb.services.maps import draw_due
from kb.services.pipeline import label_all, link_all, teach_all
from tasks.app import app
from tasks.index import index


@app.task
def link() -> None:
    """Find the concepts that new articles speak of, and that changed concepts touch. Takes no ids: what waits stands in the
    database."""
    if link_all():
        index.delay()
        label.delay()


@app.task
def label() -> None:
    """Propose labels, and publish, queue or hide what is new. Takes no ids, for the same reason."""
    if label_all():
        index.delay()


@app.task
def teach() -> None:
    """Learn from what curators said since; where a model is better, all articles are labelled anew."""
    if any(outcome.used for outcome in teach_all()):
        label.delay()


@app.task
def draw_maps() -> None:
    """Draw the maps of articles that are due. Takes no ids: which are due follows from what stands in the database."""
    draw_due(now=timezone.now())
