"""Search from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from kb.core.items import split
from kb.management.base import HubCommand
from kb.selectors.search import Found, Marked, SearchCriteria, search

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = 'Search the hub. Example: manage.py search "streaming transducer latency" --mode hybrid'

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--mode", choices=("hybrid", "lexical", "semantic"), default="hybrid")
        parser.add_argument("--limit", type=int, default=10)
        self.add_json(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        limit = max(1, min(options["limit"], 1000))
        result = search(
            SearchCriteria(options["query"], mode=options["mode"], limit=limit, wait=True)
        )
        if options["json"]:
            self.print_json(
                {
                    "query": options["query"],
                    "mode": result.mode,
                    "total": result.total,
                    "notes": result.notes,
                    "seconds": round(result.seconds, 4),
                    "results": [_as_json(rank, f) for rank, f in enumerate(result.found, start=1)],
                }
            )
            return
        console = self.console()
        for note in result.notes:
            console.print(note, style="yellow", markup=False)
        for rank, found in enumerate(result.found, start=1):
            console.print(Text.assemble(f"{rank:>3} ", _text(found.title)))
            console.print(f"    {_where(found)}", style="dim", markup=False)
            console.print(Text.assemble("    ", _text(found.snippet)))
        if not result.found:
            console.print("Nothing found.")


def _where(found: Found) -> str:
    card = found.card
    said = (card.label, card.venue or card.who, f"{card.published_at:%Y-%m-%d}", card.url)
    return " · ".join(str(part) for part in said if part)


def _text(pieces: Marked) -> Text:
    return Text.assemble(*((piece, "bold" if marked else "") for piece, marked in pieces))


def _as_json(rank: int, found: Found) -> dict[str, object]:
    card = found.card
    return {
        "rank": rank,
        "id": split(card.item)[1],
        "kind": card.kind,
        "title": card.title,
        "url": card.url,
        "source": card.who,
        "published": card.published_at.isoformat(),
        "score": round(found.score, 6),
        "words": round(found.words, 4),
        "meaning": round(found.meaning, 4),
        "snippet": "".join(piece for piece, _ in found.snippet),
        "also": [other.title for other in found.others],
    }
