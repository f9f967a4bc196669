"""The content that a new hub begins with."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from kb.management.base import HubCommand
from kb.services.starter import load_starter

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from kb.services.starter import Loaded


class Command(HubCommand):
    help = (
        "Load the bundled topics, sources, concepts, lists, impressions and answers; what was edited here is left "
        "alone. Example: manage.py starter"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder",
            nargs="?",
            type=Path,
            help="another folder of the same form (docs/knowledge.md)",
        )
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        folder = options["folder"] or settings.BASE_DIR / "starter"
        with self.progress(quiet=options["json"]) as progress:
            bars: dict[str, Any] = {}

            def step(kind: str, done: int, total: int) -> None:
                if kind not in bars:
                    bars[kind] = progress.add_task(f"Starter {kind}s", total=total)
                progress.update(bars[kind], completed=done)

            loaded = load_starter(folder=folder, on_step=step)
        if options["json"]:
            self.print_json([asdict(one) for one in loaded])
            return
        for one in loaded:
            self.stdout.write(_line(one))


def _line(loaded: Loaded) -> str:
    said = {
        "added": loaded.added,
        "updated": loaded.updated,
        "unchanged": loaded.unchanged,
        "left alone, edited here": loaded.edited,
        "left out, deleted here": loaded.deleted,
    }
    counts = [f"{count:,} {what}" for what, count in said.items() if count]
    return f"{loaded.kind}s: {', '.join(counts) or 'none'}"
