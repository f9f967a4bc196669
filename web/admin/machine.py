"""What the machine keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from kb.models import AuditEntry, Change, Embedding, Generation, Lease
from web.admin.base import ReadOnly

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest


@admin.register(Embedding)
class EmbeddingAdmin(ReadOnly):
    """Vectors, by what was encoded."""

    list_display = ("hash", "space")
    list_filter = ("space",)
    search_fields = ("hash",)
    fields = ("hash", "space")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Embedding]:
        """Rows without their vectors."""
        found: QuerySet[Embedding] = super().get_queryset(request)
        return found.defer("vector")


@admin.register(Generation)
class GenerationAdmin(ReadOnly):
    """Generations of the index."""

    list_display = ("number", "space", "items", "vectors", "seconds", "rebuilt", "created_at")
    list_filter = ("rebuilt", "space")


@admin.register(Change)
class ChangeAdmin(ReadOnly):
    """What waits for the index."""

    list_display = ("id", "item")
    search_fields = ("=item",)


@admin.register(Lease)
class LeaseAdmin(ReadOnly):
    """Who does what alone."""

    list_display = ("name", "holder", "until")
    search_fields = ("name", "holder")


@admin.register(AuditEntry)
class AuditAdmin(ReadOnly):
    """Who did what, when."""

    list_display = ("at", "user", "action", "subject")
    list_filter = ("action", "user")
    list_select_related = ("user",)
    search_fields = ("subject", "action")
    date_hierarchy = "at"
