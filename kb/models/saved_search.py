"""Searches that people keep."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedSearch(models.Model):
    """A search that its owner comes back to, with a feed of its own."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_searches"
    )
    name = models.CharField(max_length=200)
    query = models.TextField(help_text=_("As in the address of the search page: q=…&source=…"))
    token = models.CharField(
        max_length=64, unique=True, help_text=_("Whoever knows it may read the feed.")
    )
    alert = models.BooleanField(default=False, help_text=_("Tell of new results by mail."))
    created_at = models.DateTimeField()
    looked_at = models.DateTimeField(help_text=_("What came to the hub later is new."))
    removed_at = models.DateTimeField(
        null=True, blank=True, help_text=_("For a day it can be taken back.")
    )

    class Meta:
        ordering = ("name", "id")
        verbose_name_plural = "saved searches"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "query"],
                condition=models.Q(removed_at__isnull=True),
                name="one_saved_search_a_query",
            )
        ]

    def __str__(self) -> str:
        return self.name
