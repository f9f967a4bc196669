"""The content that a new hub begins with."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from kb.management.base import HubCommand
from kb.selectors.source_list import all_sources
from kb.services.imports import import_sources


class Command(HubCommand):
    help = "Load the bundled sources into a hub that has none. Example: manage.py starter"

    def handle(self, *_: Any, **__: Any) -> None:
        if all_sources():
            self.stdout.write("This hub has sources; the starter content was left alone.")
            return
        done = import_sources(place=settings.BASE_DIR / "starter" / "sources.opml")
        self.stdout.write(f"{done.added} starter sources added")
