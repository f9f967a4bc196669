"""Bulk loading."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.management.base import HubCommand
from kb.selectors.progress import embedding_progress
from kb.services.documents import import_documents
from kb.services.pipeline import current_space, finish

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = (
        "Load papers or posts, one JSON object a line: id, title, abstract or text or body, authors, "
        "published or year, url, venue or site. Example: manage.py documents import papers.jsonl.gz --wait"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        bring = what.add_parser("import")
        bring.add_argument("file", type=Path)
        bring.add_argument(
            "--wait", action="store_true", help="return when all of it is searchable"
        )
        self.add_json(bring)

    def handle(self, *_: Any, **options: Any) -> None:
        began = time.monotonic()
        with self.progress(quiet=options["json"]) as progress:
            bar = progress.add_task("Documents stored", total=None)
            done = import_documents(
                file=options["file"], on_progress=lambda count: progress.advance(bar, count)
            )
            if options["wait"]:
                total, ready = embedding_progress(current_space())
                bar = progress.add_task("Passages understood", total=total, completed=ready)
                finish(on_batch=lambda count: progress.advance(bar, count))
        if options["json"]:
            self.print_json(asdict(done) | {"seconds": round(time.monotonic() - began, 2)})
            return
        for problem in done.problems:
            self.stderr.write(problem)
        self.stdout.write(
            f"{done.added} added, {done.updated} updated, {done.unchanged} unchanged, "
            f"{len(done.problems)} lines skipped"
        )
