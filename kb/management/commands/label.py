"""What articles are about, and what curators' corrections teach."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kb.management.base import HubCommand
from kb.services.labelling import forget_labels
from kb.services.pipeline import label_all, teach_all

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Propose topics, facets and relevance of articles. Example: manage.py label --teach"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--teach", action="store_true", help="learn from what curators said, before labelling"
        )
        parser.add_argument(
            "--all", action="store_true", help="label articles again that were labelled before"
        )
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        quiet = options["json"]
        with self.progress(quiet=quiet) as progress:
            outcomes = []
            if options["teach"]:
                bar = progress.add_task("Labels taught", total=None)
                outcomes = teach_all(on_label=lambda _: progress.advance(bar))
            if options["all"]:
                forget_labels()
            bar = progress.add_task("Articles labelled", total=None)
            labelled = label_all(on_batch=lambda count: progress.advance(bar, count))
        if quiet:
            self.print_json({"labelled": labelled, "taught": [asdict(o) for o in outcomes]})
            return
        for outcome in outcomes:
            used = "in use" if outcome.used else "not used"
            self.stdout.write(f"{outcome.name} version {outcome.version}, {used}: {outcome.why}")
        self.stdout.write(f"{labelled:,} articles labelled")
