"""What readers with an account keep: what they follow, know and have read of a path."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Follow(models.Model):
    """What a reader wants news of: an item of the hub (kb.core.items), a source, or an author by name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    item = models.BigIntegerField(null=True, blank=True)
    source = models.ForeignKey(
        "Source", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["user", "item"], name="one_follow_an_item"),
            models.UniqueConstraint(fields=["user", "source"], name="one_follow_a_source"),
            models.UniqueConstraint(
                fields=["user", "person"],
                condition=~models.Q(person=""),
                name="one_follow_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.item or self.source or self.person}"


class Known(models.Model):
    """A concept that a reader says they know."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known"
    )
    concept = models.ForeignKey("Concept", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "concept"], name="one_known_a_concept")
        ]

    def __str__(self) -> str:
        return f"{self.user} knows {self.concept}"


class Progress(models.Model):
    """A reading of a list that a reader has done."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="progress"
    )
    reading = models.ForeignKey("ReadingListItem", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "reading"], name="one_progress_a_reading")
        ]

    def __str__(self) -> str:
        return f"{self.user} read {self.reading}"
