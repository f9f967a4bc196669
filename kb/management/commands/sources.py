"""The list of sources, from the command line."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.markup import escape
from rich.table import Table

from kb.core.source_options import OPTIONS, read_options
from kb.errors import InputError
from kb.management.base import HubCommand
from kb.selectors.source_list import all_sources, sources_opml
from kb.selectors.sources import health, troubled
from kb.services.discovery import Candidate, Choice, Discovery, choose, discover
from kb.services.imports import import_sources
from kb.services.sources import add_source, known_source

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence


class Command(HubCommand):
    help = (
        "Import, export, list and add sources. Examples: manage.py sources import feeds.opml; "
        "manage.py sources add https://example.org/; manage.py sources export > hub.opml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        bring = what.add_parser(
            "import", help="OPML, a list as Markdown, CSV with host,feed_path, or addresses"
        )
        bring.add_argument("place", help="a file, or an address, which is fetched")
        self.add_json(bring)
        what.add_parser("export", help="print OPML")
        every = what.add_parser("list", help="print every source")
        every.add_argument(
            "--failing", action="store_true", help="only those that a person should look at"
        )
        self.add_json(every)
        self._add_arguments(what.add_parser("add", help="find what an address offers, and add it"))

    def _add_arguments(self, add: ArgumentParser) -> None:
        add.add_argument("url", help="a feed, or any page: what can be followed there is found")
        add.add_argument("--title", default="")
        add.add_argument("--category", default="")
        add.add_argument("--yes", action="store_true", help="take the best without asking")
        add.add_argument("--choose", type=int, metavar="N", help="take candidate N, from 1")
        add.add_argument("--no-discovery", action="store_true", help="add the address as it is")
        add.add_argument("--kind", choices=sorted(OPTIONS), help="how to read it; no discovery")
        add.add_argument("--option", action="append", default=[], metavar="NAME=VALUE")
        self.add_json(add)

    def handle(self, *_: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _import(self, options: dict[str, Any]) -> None:
        done = import_sources(place=options["place"])
        if options["json"]:
            self.print_json(asdict(done))
        else:
            for problem in done.problems:
                self.stderr.write(problem)
            self.stdout.write(f"{done.added} added, {done.known} known already")
        if done.problems and not (done.added or done.known):
            raise CommandError(f"nothing was imported: {len(done.problems)} problems")

    def _export(self, _: dict[str, Any]) -> None:
        self.stdout.write(sources_opml())

    def _list(self, options: dict[str, Any]) -> None:
        rows = list(troubled()) if options["failing"] else all_sources()
        if options["json"]:
            self.print_json(
                [
                    {
                        "id": s.pk,
                        "url": s.url,
                        "title": s.name,
                        "state": s.state,
                        "health": health(s),
                        "error": s.last_error,
                        "failing_since": s.failing_since,
                        "next_check_at": s.next_check_at,
                    }
                    for s in rows
                ]
            )
            return
        table = Table("id", "source", "health", "since", "last error", "next try (UTC)")
        for s in rows:
            since = f"{s.failing_since:%Y-%m-%d}" if s.failing_since else ""
            again = f"{s.next_check_at:%Y-%m-%d %H:%M}" if s.state == "active" else ""
            name = s.name if s.name == s.url else f"{s.name}\n{s.url}"
            table.add_row(str(s.pk), name, health(s), since, s.last_error, again)
        self.console().print(table)

    def _add(self, options: dict[str, Any]) -> None:
        found, choice = self._find(options)
        chosen = choice.candidate
        source, new = add_source(
            url=chosen.url,
            title=options["title"],
            category=options["category"],
            kind=chosen.kind,
            options=chosen.options | read_options(chosen.kind, options["option"]),
        )
        said = {"id": source.pk, "url": source.url, "added": new, "kind": source.kind}
        if options["json"]:
            said |= {"note": choice.note, "candidates": [asdict(c) for c in found.candidates]}
            self.print_json(said)
            return
        if choice.note:
            self.stderr.write(choice.note)
        self.stdout.write(f"{'Added' if new else 'Known already'}: {source.pk} {source.url}")

    def _find(self, options: dict[str, Any]) -> tuple[Discovery, Choice]:
        """What the address offers, and what of it to add; nothing is asked of the web where that is clear."""
        url = options["url"]
        if options["no_discovery"] or options["kind"] or known_source(url):
            return Discovery(url), Choice(Candidate(url, options["kind"] or "feed"))
        found = discover(url=url)
        if found.candidates and not options["json"]:
            self._show(found.candidates)
        number = self._ask(found) if self._may_ask(options) else options["choose"] or 1
        try:
            return found, choose(found, number)
        except InputError as error:
            hint = "" if found.candidates else " (--no-discovery adds it all the same)"
            raise CommandError(f"{error}{hint}") from error

    def _show(self, candidates: Sequence[Candidate]) -> None:
        table = Table("", "kind", "what it is", "format", "entries", "newest")
        for number, c in enumerate(candidates, start=1):
            words = "\n".join([c.title, c.url, c.why, *(f"· {title}" for title in c.sample[:3])])
            newest = (c.newest or "")[:10]
            table.add_row(str(number), c.kind, escape(words), c.format, str(c.entries), newest)
        self.console().print(table)

    def _may_ask(self, options: dict[str, Any]) -> bool:
        quiet = options["yes"] or options["json"] or options["choose"]
        return not quiet and sys.stdin.isatty() and self.stdout.isatty()

    def _ask(self, found: Discovery) -> int:
        """Which one; an address that is itself the only thing to follow needs no asking."""
        if not found.candidates or [c.url for c in found.candidates] == [found.url]:
            return 1
        said = input(f"Which one? [1-{len(found.candidates)}, Enter for 1] ").strip()
        if said and not said.isdigit():
            raise CommandError("nothing was added")
        return int(said or 1)
