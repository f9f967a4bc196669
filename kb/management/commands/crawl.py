"""Check sources now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich.table import Table

from kb.management.base import HubCommand
from kb.selectors.checks import CrawlSummary, summarise
from kb.selectors.progress import embedding_progress
from kb.services.crawls import check_sources
from kb.services.pipeline import current_space, finish
from kb.services.sources import due_or_all

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from rich.progress import Progress

    from kb.core.records import Visit


class Command(HubCommand):
    help = (
        "Check sources now, with workers running or without. Examples: manage.py crawl --all --wait; "
        "manage.py crawl --source https://example.org/feed.xml --json"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--source", action="append", default=[], metavar="URL", help="repeatable"
        )
        parser.add_argument(
            "--all", action="store_true", help="all active sources, not just the due"
        )
        parser.add_argument(
            "--wait",
            action="store_true",
            help="return when everything found is embedded and searchable",
        )
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        began, since = time.monotonic(), timezone.now()
        ids = due_or_all(every=options["all"], urls=options["source"])
        with self.progress(quiet=options["json"]) as progress:
            self._check(ids, progress)
            if options["wait"]:
                self._finish(progress)
        summary = summarise(source_ids=ids, since=since)
        if options["json"]:
            self.print_json(summary.as_json() | {"seconds": round(time.monotonic() - began, 2)})
        else:
            self._show(summary, time.monotonic() - began)

    def _check(self, ids: list[int], progress: Progress) -> None:
        bar = progress.add_task("Sources checked", total=len(ids))

        def advance(_: Visit) -> None:
            progress.advance(bar)

        check_sources(source_ids=ids, on_visit=advance)
        progress.update(bar, completed=len(ids))

    def _finish(self, progress: Progress) -> None:
        bar = progress.add_task("Passages understood", total=None)

        def advance(_: int) -> None:
            total, done = embedding_progress(current_space())
            progress.update(bar, total=total, completed=done)

        advance(0)
        finish(on_batch=advance)
        advance(0)

    def _show(self, summary: CrawlSummary, seconds: float) -> None:
        console = self.console()
        table = Table("checked", "unchanged", "failed", "new entries", "updated entries", "seconds")
        counts = (summary.checked, summary.unchanged, summary.failed, summary.new, summary.updated)
        table.add_row(*(f"{c:,}" for c in counts), f"{seconds:.1f}")
        console.print(table)
        for source, error in summary.errors:
            console.print(f"{source}: {error}", markup=False)
