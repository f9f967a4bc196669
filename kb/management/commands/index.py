"""The index, from the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from kb.management.base import HubCommand
from kb.services.indexing import build_index, open_store, verify_index
from kb.services.pipeline import has_pending_changes

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Build, verify or describe the index. Example: manage.py index verify"

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        self.add_json(what.add_parser("build", help="a new generation from stored vectors"))
        self.add_json(what.add_parser("verify", help="compare database, vectors and words"))
        self.add_json(what.add_parser("status", help="the generation in place"))

    def handle(self, *_: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(json=options["json"])

    def _build(self, *, json: bool) -> None:
        with self.progress(quiet=json) as progress:
            bar = progress.add_task("Items indexed", total=None)
            manifest = build_index(on_document=lambda count: progress.advance(bar, count))
        if json:
            self.print_json(asdict(manifest))
        else:
            self.stdout.write(
                f"generation {manifest.number}: {manifest.items:,} items, {manifest.passages:,} vectors"
            )

    def _verify(self, *, json: bool) -> None:
        problems = verify_index()
        if json:
            self.print_json({"ok": not problems, "problems": problems})
        elif not problems:
            self.stdout.write("database, vectors and words agree")
        for problem in [] if json else problems:
            self.stdout.write(problem)
        if problems:
            raise CommandError(f"{len(problems)} differences", returncode=1)

    def _status(self, *, json: bool) -> None:
        manifest = open_store().current()
        value = {
            "behind": has_pending_changes(),
            "generation": asdict(manifest) if manifest else None,
        }
        if json:
            self.print_json(value)
        elif manifest is None:
            self.stdout.write("no index yet")
        else:
            behind = ", behind the database" if value["behind"] else ""
            self.stdout.write(
                f"generation {manifest.number}: {manifest.items:,} items, "
                f"{manifest.passages:,} vectors of {manifest.space}{behind}"
            )
            engine = manifest.engine
            if engine.cells:
                self.stdout.write(
                    f"{engine.nprobe} of {engine.cells:,} cells for a query, recall {engine.recall:.3f}"
                )
            elif engine.reason:
                self.stdout.write(f"every vector is compared: {engine.reason}")
