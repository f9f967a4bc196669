"""Articles about one event."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Story(models.Model):
    """One event that several articles tell of. Its id stays when articles join."""

    lead = models.ForeignKey(
        "Article", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    lead_reason = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ("-updated_at", "-id")
        verbose_name_plural = "stories"

    def __str__(self) -> str:
        return str(self.lead) if self.lead else f"story {self.pk}"


class StoryRule(models.Model):
    """What a curator said of two articles, which no later run may undo. `first` has the smaller id."""

    class Kind(models.TextChoices):
        TOGETHER = "together", _("one event")
        APART = "apart", _("two events")

    kind = models.CharField(max_length=10, choices=Kind)
    first = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_story_rule_a_pair")
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}: {self.kind}"
