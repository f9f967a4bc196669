"""One work, many copies: find them, say why, take a merge back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from rich.table import Table

from kb.management.base import HubCommand
from kb.selectors.works import standing_merges
from kb.services.duplicates import compare_pending, explain
from kb.services.merges import undo_merge

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = "Find copies of one work, explain and undo merges. Example: manage.py duplicates explain 17 42"

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        self.add_json(what.add_parser("find", help="compare what is new or changed, and merge"))
        told = what.add_parser("explain", help="why two articles are one work, or are not")
        told.add_argument("first", type=int)
        told.add_argument("second", type=int)
        self.add_json(told)
        listed = what.add_parser("list", help="the merges that stand, newest first")
        listed.add_argument("--limit", type=int, default=100)
        self.add_json(listed)
        undo = what.add_parser("undo", help="take a merge back, for good")
        undo.add_argument("merge", type=int)
        self.add_json(undo)

    def handle(self, *_: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _find(self, options: dict[str, Any]) -> None:
        with self.progress(quiet=options["json"]) as progress:
            bar = progress.add_task("Articles compared", total=None)
            made = compare_pending(on_batch=lambda count: progress.advance(bar, count))
        if options["json"]:
            self.print_json({"merged": made})
        else:
            self.stdout.write(f"{made} merged")

    def _explain(self, options: dict[str, Any]) -> None:
        found, parted = explain(first_id=options["first"], second_id=options["second"])
        if options["json"]:
            value = {"reason": found.reason, "score": found.score} if found else None
            self.print_json({"one_work": value, "parted_by_curator": parted})
            return
        self.stdout.write(f"one work: {found.reason} ({found.score:.2f})" if found else "two works")
        if parted:
            self.stdout.write("a curator parted them; the hub will not merge them")

    def _list(self, options: dict[str, Any]) -> None:
        rows = standing_merges()[: max(1, options["limit"])]
        if options["json"]:
            self.print_json([_as_json(row) for row in rows])
            return
        table = Table("merge", "article", "copy", "why", "by")
        for row in rows:
            by = str(row.user) if row.user else "the hub"
            table.add_row(str(row.pk), str(row.winner), row.loser.url, row.reason, by)
        self.console().print(table)

    def _undo(self, options: dict[str, Any]) -> None:
        row = undo_merge(merge_id=options["merge"], acting_user=None, now=timezone.now())
        if options["json"]:
            self.print_json(_as_json(row) | {"undone": row.undone_at})
        else:
            self.stdout.write(f"undone: {row.loser_id} is an article of its own again")


def _as_json(row: Any) -> dict[str, object]:
    return {
        "id": row.pk,
        "article": row.winner_id,
        "copy": row.loser_id,
        "title": row.winner.title,
        "url": row.loser.url,
        "reason": row.reason,
        "score": row.score,
        "automatic": row.user_id is None,
        "at": row.at,
    }
