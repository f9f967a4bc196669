"""News that comes by itself: subscriptions at WebSub hubs, and what hubs sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """A hub that offers to tell of news about one source, and how far we are with it."""

    class State(models.TextChoices):
        OFFERED = "offered", _("offered")
        ASKED = "asked", _("asked")
        ACTIVE = "active", _("active")
        DENIED = "denied", _("denied")

    source = models.OneToOneField("Source", on_delete=models.CASCADE, related_name="subscription")
    hub = models.CharField(max_length=2000)
    topic = models.CharField(max_length=2000)
    token = models.CharField(max_length=64, unique=True)
    secret = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    asked_at = models.DateTimeField(null=True, blank=True)
    next_at = models.DateTimeField(db_index=True, help_text=_("When to ask the hub again."))
    lease_until = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    last_push_at = models.DateTimeField(null=True, blank=True)
    pushes = models.PositiveIntegerField(default=0)
    forged = models.PositiveIntegerField(
        default=0, help_text=_("Deliveries with a wrong signature, ignored.")
    )

    def __str__(self) -> str:
        return f"{self.source} at {self.hub}"


class Push(models.Model):
    """One delivery, until it is read. The body lies in a file of the spool folder."""

    source = models.ForeignKey("Source", on_delete=models.CASCADE, related_name="pushes")
    received_at = models.DateTimeField()
    file = models.CharField(max_length=100)
    content_type = models.CharField(max_length=200, blank=True)
    done_at = models.DateTimeField(null=True, blank=True, db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "pushes"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.source} {self.received_at:%Y-%m-%d %H:%M}"
