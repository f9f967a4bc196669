from __future__ import annotations

from django.apps import AppConfig


class KnowledgeBase(AppConfig):
    name = "kb"
    verbose_name = "Hub"
    default_auto_field = "django.db.models.BigAutoField"
