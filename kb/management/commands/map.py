"""Maps of articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kb.core.periods import read_period
from kb.errors import InputError
from kb.management.base import HubCommand
from kb.services.maps import draw_due, draw_map

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Draw the maps of articles that are due, or one. Example: manage.py map 2026-11"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "period",
            nargs="?",
            default="",
            help="2026, 2026-q4, 2026-11 or 2026-w47; none: all that are due",
        )
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        drawn = (
            self._one(options["period"])
            if options["period"]
            else self._draw_all(quiet=options["json"])
        )
        if options["json"]:
            self.print_json({"drawn": drawn})
        else:
            self.stdout.write(f"{drawn:,} maps drawn")

    def _one(self, name: str) -> int:
        period = read_period(name)
        if period is None:
            raise InputError(f"“{name}” is no period; write 2026, 2026-q4, 2026-11 or 2026-w47")
        draw_map(period=period, now=timezone.now())
        return 1

    def _draw_all(self, *, quiet: bool) -> int:
        with self.progress(quiet=quiet) as progress:
            bar = progress.add_task("Maps drawn", total=None)
            now = timezone.now()
            return draw_due(now=now, most=10_000, on_map=lambda _: progress.advance(bar))
