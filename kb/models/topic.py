"""The field's parts, and what is said of items: topics and facets."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Topic(models.Model):
    """A part of the field; a small tree."""

    slug = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    position = models.PositiveIntegerField(default=0)
    summary = models.TextField(blank=True, help_text=_("One or two sentences, Markdown."))
    about = models.TextField(blank=True, help_text=_("What belongs here; proposals start from it."))
    starter_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("position", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this topic."""
        return reverse("topic", args=[self.slug])


class Label(models.Model):
    """A topic or a facet of an item of any kind, proposed or said by a curator.

    `name` is `topic:<slug>`, `openness:commercial|open`, `role:application|engine`, `side:theory|implementation`,
    `level:beginner|practitioner|research` or `kind:<kind of resource>`. A curator's refusal is a row, too.
    """

    class Origin(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        CURATOR = "curator", _("a curator's")

    item = models.BigIntegerField()
    name = models.CharField(max_length=120)
    confidence = models.FloatField(default=1.0, help_text=_("0 to 1, calibrated."))
    origin = models.CharField(max_length=10, choices=Origin)
    refused = models.BooleanField(default=False)
    model = models.ForeignKey(
        "TopicModel", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    why = models.JSONField(default=dict, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("item", "name")
        constraints = [models.UniqueConstraint(fields=["item", "name"], name="one_label_a_name")]
        indexes = [models.Index(fields=["name", "item"], name="items_of_a_label")]

    def __str__(self) -> str:
        return f"{self.item} {self.name}"


class TopicModel(models.Model):
    """A small model that proposes one label, or says how near the field something is. Never changed, only followed."""

    name = models.CharField(max_length=120, help_text=_("The label it proposes, or “relevance”."))
    version = models.PositiveIntegerField()
    space = models.CharField(max_length=200, help_text=_("The vectors it reads."))
    made_at = models.DateTimeField()
    active = models.BooleanField(default=False)
    examples = models.PositiveIntegerField(default=0)
    metrics = models.JSONField(default=dict, blank=True)
    weights = models.BinaryField(
        help_text=_("Little-endian float32: a weight a number, the bias last.")
    )

    class Meta:
        ordering = ("name", "-version")
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="one_topic_model_a_version"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(active=True), name="one_active_topic_model"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"
