"""What readers brought along from elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kb.models.reader import Tag


class SavedLink(models.Model):
    """A page that a reader saved elsewhere and that is no article of the hub; theirs alone, shown to nobody else.

    Once an article with the same canonical address is published here, the link becomes a mark on it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_links"
    )
    url = models.TextField()
    key_hash = models.CharField(max_length=64, db_index=True)
    title = models.CharField(max_length=300)
    starred_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="links")
    added_at = models.DateTimeField()
    # deleted, but can be taken back for a while
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-added_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["user", "key_hash"], name="one_saved_link_an_address")
        ]

    def __str__(self) -> str:
        return self.title


class Import(models.Model):
    """A file that a reader brought: what of it still waits, and what became of the rest."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="imports"
    )
    name = models.CharField(max_length=200)
    format = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING, db_index=True)
    total = models.PositiveIntegerField()
    # rows as kb.services.bookmarks reads them; those before `done` are taken up
    rows = models.JSONField(default=list)
    done = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    remarks = models.JSONField(default=list)
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return self.name
