from __future__ import annotations

from django.apps import AppConfig


class KnowledgeBase(AppConfig):
    name = "kb"
    verbose_name = "Hub"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """What the tables alone cannot hold together."""
        from kb.services import passages, written  # noqa: PLC0415 - need the models, which are loaded by now

        passages.watch_deletions()
        written.watch_deletions()
