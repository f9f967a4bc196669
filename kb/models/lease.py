from __future__ import annotations

from django.db import models


class Lease(models.Model):
    """The right to do one thing alone, until a time; whoever crashes loses it."""

    name = models.CharField(max_length=100, primary_key=True)
    holder = models.CharField(max_length=200)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"
