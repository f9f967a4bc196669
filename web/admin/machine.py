"""What the machine keeps for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from kb.models import ArticleAuthor, ArticleMap, AuditEntry, Change, Embedding, Generation, Lease
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


@admin.register(ArticleAuthor)
class ArticleAuthorAdmin(ReadOnly):
    """Who wrote what, by name."""

    list_display = ("name", "slug", "article")
    list_select_related = ("article",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "article")


@admin.register(ArticleMap)
class ArticleMapAdmin(ReadOnly):
    """Maps of articles, by period."""

    list_display = ("period", "total", "drawn", "made_at")
    fields = ("period", "total", "drawn", "made_at", "basis")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ArticleMap]:
        """Rows without what is on them."""
        found: QuerySet[ArticleMap] = super().get_queryset(request)
        return found.defer("points", "regions")


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
