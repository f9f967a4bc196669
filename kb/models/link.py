from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class LinkCheck(models.Model):
    """Whether an address that a curator chose still answers. Nothing is ever deleted for it."""

    url = models.CharField(max_length=2000, unique=True)
    checked_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(default=0, help_text=_("HTTP status, 0 for none."))
    error = models.TextField(blank=True, help_text=_("Empty while the link works."))
    moved_to = models.CharField(max_length=2000, blank=True)
    broken_since = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ("-broken_since", "url")

    def __str__(self) -> str:
        return self.url
