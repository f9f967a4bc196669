"""What every command of the hub shares: foreseen errors in one line, and `--json`."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any, cast

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from kb.errors import EarshotError

if TYPE_CHECKING:
    from argparse import ArgumentParser


class PaceColumn(ProgressColumn):
    """How many a second, of late."""

    def render(self, task: Task) -> Text:
        """Blank until two steps were seen."""
        pace = task.finished_speed or task.speed
        return Text(f"{pace:,.1f}/s" if pace else "", style="progress.data.speed")


def progress_bar(console: Console, *, quiet: bool = False, transient: bool = False) -> Progress:
    """How far, how fast, since when and for how long yet. The pace is that of the last two minutes, since batches come in
    jumps of seconds."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        PaceColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=quiet,
        transient=transient,
        speed_estimate_period=120,
    )


class HubCommand(BaseCommand):
    """Parses, calls one service, prints. Progress goes to standard error, results to standard output."""

    def add_json(self, parser: ArgumentParser) -> None:
        """Add `--json`: one JSON document on standard output and nothing else."""
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run; a foreseen error becomes one line and exit status 1."""
        try:
            return super().execute(*args, **options)
        except EarshotError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            if "kb_" in str(error) and (
                "no such table" in str(error) or "does not exist" in str(error)
            ):
                raise CommandError(
                    "the database has no tables yet; run `manage.py migrate`"
                ) from error
            raise

    def print_json(self, value: object) -> None:
        """The one JSON document."""
        self.stdout.write(json.dumps(value, ensure_ascii=False, default=str))

    def console(self) -> Console:
        """For tables and styled text on standard output."""
        return Console(file=cast("IO[str]", self.stdout), soft_wrap=True)

    def progress(self, *, quiet: bool = False) -> Progress:
        """A progress bar on standard error, silent where nobody looks."""
        return progress_bar(Console(stderr=True), quiet=quiet)
