"""The texts that translators work on."""

from __future__ import annotations

from typing import Any

from kb.management.base import HubCommand
from web import catalogues


class Command(HubCommand):
    help = "Bring locale/*/LC_MESSAGES/django.po up to date with the sources, and list what is still to be translated."

    def handle(self, *_args: Any, **_options: Any) -> None:
        for language in catalogues.languages():
            missing = catalogues.update(language)
            for text in missing:
                self.stdout.write(f"{language}: {text!r}")
            self.stdout.write(f"{language}: {len(missing)} to translate in {catalogues.po_file(language)}")  # fmt: skip
