"""Readers' questions and considered answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kb.models.written import Written

if TYPE_CHECKING:
    from django.db.models import Model

    from kb.models.concept import Concept


class Question(Written):
    """Asked by a reader, answered by `author`. Text is Markdown."""

    class State(models.TextChoices):
        ASKED = "asked", _("waits for an answer")
        ANSWERED = "answered", _("answered")
        DECLINED = "declined", _("declined")

    title = models.CharField(max_length=300)
    details = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    state = models.CharField(max_length=10, choices=State, default=State.ASKED, db_index=True)
    declined_reason = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True)
    misconceptions = models.JSONField(
        default=list, blank=True, help_text=_("Objects with a claim and why_wrong.")
    )
    related = models.ManyToManyField("self", blank=True)
    concepts: models.ManyToManyField[Concept, Model] = models.ManyToManyField(
        "Concept", blank=True, related_name="questions"
    )

    class Meta:
        ordering = ("-published_at", "-id")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this question."""
        return reverse("question", args=[self.slug])
