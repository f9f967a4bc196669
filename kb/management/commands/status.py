"""The hub in numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.table import Table

from kb.management.base import HubCommand
from kb.selectors.overview import overview
from kb.selectors.queues import queue_lengths
from kb.services.pipeline import current_space

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Show what the hub holds and what waits. Example: manage.py status --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        value = asdict(overview(current_space())) | {"queues": queue_lengths()}
        if options["json"]:
            self.print_json(value)
            return
        table = Table(show_header=False, box=None)
        for name, count in value.items():
            if isinstance(count, dict):
                waiting = ", ".join(f"{n} {c}" for n, c in count.items() if c is not None)
                table.add_row(name, waiting or "no broker answers")
            elif name == "pace":
                table.add_row(name, f"{count:,.1f} passages/s" if count else "idle")
            elif name == "seconds_left":
                table.add_row(name, f"{count:,.0f}" if count is not None else "")
            else:
                table.add_row(name, f"{count:,}")
        self.console().print(table)
