"""Which concepts articles speak of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kb.management.base import HubCommand
from kb.services.linking import forget_links
from kb.services.pipeline import link_all

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Find the concepts that articles speak of. Example: manage.py link --all"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--all", action="store_true", help="search articles again that were searched before"
        )
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        if options["all"]:
            forget_links()
        with self.progress(quiet=options["json"]) as progress:
            bar = progress.add_task("Articles searched", total=None)
            searched = link_all(on_batch=lambda count: progress.advance(bar, count))
        if options["json"]:
            self.print_json({"searched": searched})
        else:
            self.stdout.write(f"{searched:,} articles searched")
