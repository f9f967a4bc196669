from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Host(models.Model):
    """How one host is treated: for all its sources, by all crawlers, on all machines."""

    name = models.CharField(max_length=255, primary_key=True)
    next_at = models.DateTimeField(
        null=True, blank=True, help_text=_("No crawl takes up its sources before.")
    )
    blocked_until = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("It asked us to stay away until then.")
    )
    reason = models.CharField(max_length=300, blank=True)
    refusals = models.PositiveIntegerField(default=0, help_text=_("Times in a row that it did."))
    concurrency = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Requests at a time; empty for the usual.")
    )
    delay = models.FloatField(
        null=True, blank=True, help_text=_("Seconds between requests; empty for the usual.")
    )

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
