"""The list of sources, from the command line."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError
from rich.table import Table

from kb.management.base import HubCommand
from kb.selectors.source_list import all_sources, sources_opml
from kb.selectors.sources import health, troubled
from kb.services.sources import add_source, import_sources

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(HubCommand):
    help = (
        "Import, export, list and add sources. Examples: manage.py sources import feeds.opml; "
        "manage.py sources add https://example.org/feed.xml; manage.py sources export > hub.opml"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        bring = what.add_parser(
            "import", help="OPML, CSV with host,feed_path, or a list of addresses"
        )
        bring.add_argument("file", type=Path)
        self.add_json(bring)
        what.add_parser("export", help="print OPML")
        every = what.add_parser("list", help="print every source")
        every.add_argument(
            "--failing", action="store_true", help="only those that a person should look at"
        )
        self.add_json(every)
        add = what.add_parser("add", help="add one address")
        add.add_argument("url")
        add.add_argument("--title", default="")
        add.add_argument("--category", default="")
        self.add_json(add)

    def handle(self, *_: Any, **options: Any) -> None:
        getattr(self, f"_{options['what']}")(options)

    def _import(self, options: dict[str, Any]) -> None:
        done = import_sources(file=options["file"])
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
        source, new = add_source(
            url=options["url"], title=options["title"], category=options["category"]
        )
        if options["json"]:
            self.print_json({"id": source.pk, "url": source.url, "added": new})
        else:
            self.stdout.write(f"{'Added' if new else 'Known already'}: {source.pk} {source.url}")
