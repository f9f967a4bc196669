"""What the clock starts."""

from __future__ import annotations

from django.utils import timezone

from kb.services.crawls import ingest_spool, recover
from kb.services.leases import lease
from kb.services.links import check_links
from kb.services.pipeline import (
    has_pending_changes,
    has_pending_comparisons,
    has_pending_labels,
    has_pending_links,
    has_pending_passages,
    has_pending_stories,
)
from kb.services.pushes import pending_pushes
from kb.services.pushes import take_push as read_push
from kb.services.reader_imports import take_imports
from kb.services.saved_links import settle_links
from kb.services.tastes import learn_tastes
from kb.services.websub import ask_hubs
from tasks.app import app
from tasks.crawl import take_due
from tasks.embed import embed
from tasks.index import index
from tasks.stories import assign, compare
from tasks.understanding import label, link


@app.task
def check_due() -> None:
    """Take the sources that are due and visit them."""
    take_due()


@app.task
def resume() -> None:
    """Start again whatever a crash or a lost queue left undone; the database knows what that is."""
    interrupted = recover(now=timezone.now())
    for crawl_id in interrupted:
        ingest_spool(crawl_id=crawl_id)
    if interrupted:
        check_due()
    if has_pending_comparisons():
        compare.delay()
    if has_pending_stories():
        assign.delay()
    if has_pending_links():
        link.delay()
    if has_pending_labels():
        label.delay()
    for push_id in pending_pushes():
        take_push.delay(push_id)
    if has_pending_passages():
        embed.delay()
    if has_pending_changes():
        index.delay()


@app.task
def take_push(push_id: int) -> None:
    """Store what a hub sent; then its words go to the index, and its passages to the encoder."""
    with lease(f"push:{push_id}") as held:
        if held and read_push(push_id=push_id, now=timezone.now()):
            index.delay()
            embed.delay()


@app.task
def run_errands() -> None:
    """Ask hubs to tell us of news, and the links of curators' lists whether they still answer."""
    with lease("errands") as held:
        if held:
            ask_hubs(now=timezone.now())
            check_links(now=timezone.now())


@app.task
def keep_up() -> None:
    """Take up what readers brought, tie their links to articles that came since, and learn from new marks. Takes no ids:
    what waits stands in the database."""
    with lease("readers") as held:
        if held:
            take_imports(on_batch=held.renew)
            settle_links()
            learn_tastes()
