"""How good search is, measured on a folder of documents, queries and judgments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.table import Table

from kb.management.base import HubCommand
from kb.services.evaluation import MODES, Evaluation, evaluate

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from rich.progress import Progress, TaskID


class Command(HubCommand):
    help = "Measure search on a test set. Example: manage.py evaluate search/hub-dev --mode hybrid"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, help="with corpus.jsonl.gz, queries.jsonl and qrels.tsv"
        )
        parser.add_argument(
            "--mode", action="append", choices=MODES, help="may come again; all when left out"
        )
        parser.add_argument("--per-query", action="store_true", help="the measures of each query")
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        modes = [mode for mode in MODES if mode in (options["mode"] or MODES)]
        with self.progress(quiet=options["json"]) as progress:
            found = evaluate(
                folder=options["folder"], modes=modes, progress=_Bars(progress).advance
            )
        for note in found.notes:
            self.stderr.write(note)
        if options["json"]:
            self.print_json(_as_json(found, per_query=options["per_query"]))
            return
        if options["per_query"]:
            self.console().print(_per_query(found))
        self.console().print(_means(found))


class _Bars:
    """A bar for each kind of work, shown when the work begins."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def advance(self, what: str, count: int, total: int) -> None:
        if what not in self._bars:
            self._bars[what] = self._progress.add_task(what, total=total)
        self._progress.advance(self._bars[what], count)


def _as_json(found: Evaluation, *, per_query: bool) -> dict[str, object]:
    value: dict[str, object] = {
        "docs": found.docs,
        "queries": len(found.queries),
        "modes": {mode: measures.as_dict() for mode, measures in found.modes.items()},
        "seconds": found.seconds,
    }
    if per_query:
        value["per_query"] = [
            {"id": query.id, "text": query.text}
            | {mode: rows[number].as_dict() for mode, rows in found.per_query.items()}
            for number, query in enumerate(found.queries)
        ]
    return value


def _means(found: Evaluation) -> Table:
    title = f"{found.docs:,} documents, {len(found.queries):,} queries, {found.seconds:,.0f} s"
    table = Table("mode", "nDCG@10", "recall@100", "MRR", title=title)
    for mode, measures in found.modes.items():
        table.add_row(mode, *(f"{value:.3f}" for value in measures.as_dict().values()))
    return table


def _per_query(found: Evaluation, most: int = 60) -> Table:
    table = Table("query", "text", *found.per_query, title="nDCG@10")
    for number, query in enumerate(found.queries):
        values = [f"{rows[number].ndcg:.3f}" for rows in found.per_query.values()]
        table.add_row(query.id, query.text[:most], *values)
    return table
