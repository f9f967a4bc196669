"""What the index is made from, and a record of its generations. The files themselves are on disk."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Embedding(models.Model):
    """A vector, kept for ever by what was encoded and with what, so that nothing is encoded twice."""

    hash = models.CharField(max_length=64, help_text=_("SHA-256 of the passage's text."))
    space = models.CharField(max_length=200, help_text=_("Model and revision."))
    vector = models.BinaryField(help_text=_("Little-endian float16, unit length."))
    encoded_at = models.DateTimeField(
        null=True, db_index=True, help_text=_("What the pace of encoding is told by.")
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hash", "space"], name="one_vector_a_text_and_space")
        ]

    def __str__(self) -> str:
        return f"{self.hash[:12]} {self.space}"


class Change(models.Model):
    """The outbox: an item whose place in the index may be out of date.

    Written in the transaction that changes the item, removed after the index has flipped. No foreign key, since the
    item may be gone, and is of any kind (kb.core.items).
    """

    item = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"change {self.pk} of item {self.item}"


class Generation(models.Model):
    """A generation of the index that was put in place."""

    number = models.PositiveIntegerField(unique=True)
    space = models.CharField(max_length=200)
    items = models.PositiveIntegerField()
    vectors = models.PositiveIntegerField()
    last_change = models.BigIntegerField()
    seconds = models.FloatField()
    rebuilt = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"generation {self.number}"
