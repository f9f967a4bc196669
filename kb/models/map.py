"""Articles of a period laid out on a plane."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ArticleMap(models.Model):
    """Where the articles of one period stand, near each other where they mean alike (kb.services.maps).

    `period` is "2026", "2026-q4", "2026-11" or "2026-w47". `points` holds [article, x, y, topic], x and y within 0..1,
    topic the slug of its surest root topic or ""; `regions` holds [x, y, name]. `basis` says by which version and in which
    space.
    """

    period = models.CharField(max_length=10, unique=True)
    starts_at = models.DateTimeField(db_index=True)
    made_at = models.DateTimeField()
    basis = models.CharField(max_length=200)
    total = models.PositiveIntegerField(help_text=_("Articles of the period."))
    drawn = models.PositiveIntegerField(default=0, help_text=_("Those of them that are on it."))
    points = models.JSONField(default=list)
    regions = models.JSONField(default=list)

    class Meta:
        ordering = ("-starts_at", "period")

    def __str__(self) -> str:
        return self.period
