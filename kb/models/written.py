"""What everything has that people write: an address, an author, dates, and a public log of its changes."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Written(models.Model):
    """A text with an address of its own. Drafts have no `published_at`."""

    slug = models.SlugField(max_length=100, unique=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    published_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("Empty while it is a draft.")
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    starter_hash = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("What the bundled file said when it was loaded; empty: a person's own."),
    )

    class Meta:
        abstract = True


class Revision(models.Model):
    """A change of something written, after it was published. `item` may be of any kind (kb.core.items)."""

    item = models.BigIntegerField(db_index=True)
    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    note = models.CharField(
        max_length=300, blank=True, help_text=_("For readers: what was put right, or added.")
    )
    before = models.JSONField(default=dict, help_text=_("What the changed fields said before."))

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.note}"


class OldSlug(models.Model):
    """An address that something had; it leads to where it is now."""

    kind = models.PositiveSmallIntegerField()
    slug = models.CharField(max_length=100)
    pk_now = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "slug"], name="one_old_slug_a_kind")]

    def __str__(self) -> str:
        return self.slug
