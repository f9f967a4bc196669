from __future__ import annotations

from django.apps import AppConfig


class Web(AppConfig):
    name = "web"

    def ready(self) -> None:
        """Make the translations readable before anybody asks for a page."""
        from web.catalogues import compile_all  # noqa: PLC0415 - reads settings, which are there by now

        compile_all()
