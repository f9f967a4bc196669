"""Copies of one work, found to be one, and how that is taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Merge(models.Model):
    """One article made part of another. Undone, it stays as a row: the pair is never merged by itself again."""

    winner = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="merges")
    loser = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="merged_by")
    reason = models.CharField(max_length=300)
    score = models.FloatField(default=1.0)
    evidence = models.JSONField(default=dict, blank=True)
    moved = models.JSONField(
        default=dict, blank=True, help_text=_("Ids of what went over: entries and list items.")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Nobody: the hub found it."),
    )
    at = models.DateTimeField(db_index=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["loser"],
                condition=models.Q(undone_at__isnull=True),
                name="one_standing_merge_a_loser",
            )
        ]

    def __str__(self) -> str:
        return f"{self.loser_id} into {self.winner_id}: {self.reason}"


class Clue(models.Model):
    """What candidates for one work are looked up by: a name, a title, or a band of the text's fingerprint."""

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="clues")
    key = models.CharField(max_length=300, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "key"], name="one_clue_a_key")]

    def __str__(self) -> str:
        return f"{self.article_id} {self.key}"
