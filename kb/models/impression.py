"""Quick impressions of courses, lectures, books, papers and products."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kb.models.concept import Level
from kb.models.written import Written


class Impression(Written):
    """What somebody thought of a resource. Text is Markdown; all but the verdict may be empty."""

    resource = models.ForeignKey("Resource", on_delete=models.PROTECT, related_name="impressions")
    verdict = models.CharField(max_length=300)
    for_whom = models.TextField(blank=True)
    prerequisites = models.TextField(blank=True)
    liked = models.TextField(blank=True)
    disliked = models.TextField(blank=True)
    notes = models.TextField(blank=True, help_text=_("By part."))
    hours = models.FloatField(null=True, blank=True, help_text=_("What it took."))
    level = models.CharField(max_length=12, choices=Level, blank=True)

    class Meta:
        ordering = ("-published_at", "-id")

    def __str__(self) -> str:
        return str(self.resource)

    def get_absolute_url(self) -> str:
        """The page of this impression."""
        return reverse("impression", args=[self.slug])
