"""Lists that a curator made, with commentary."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


def list_path(kind: str, slug: str) -> str:
    """The page of a list; those of a week are issues."""
    return reverse("issue" if kind == ReadingList.Kind.WEEK else "list", args=[slug])


class ReadingList(models.Model):
    """An ordered choice of readings with a curator's words. Text is Markdown."""

    class Kind(models.TextChoices):
        WEEK = "week", _("readings of a week")
        TOP = "top", _("ranked")
        PATH = "path", _("learning path")
        COLLECTION = "collection", _("collection")

    slug = models.SlugField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.COLLECTION, db_index=True)
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True, help_text=_("Markdown."))
    curator = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    published_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("Empty while it is a draft.")
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    starter_hash = models.CharField(max_length=64, blank=True, editable=False)

    class Meta:
        ordering = ("-published_at", "-id")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this list."""
        return list_path(self.kind, self.slug)


class ListEdition(models.Model):
    """The order of a ranked list as it was published once: what the next one is compared with."""

    reading_list = models.ForeignKey(ReadingList, on_delete=models.CASCADE, related_name="editions")
    at = models.DateTimeField()
    order = models.JSONField(default=list, help_text=_("What each place pointed at, best first."))

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.reading_list} {self.at:%Y-%m-%d}"


class ReadingListItem(models.Model):
    """One reading: anything in the hub, or any address, and why it is here."""

    reading_list = models.ForeignKey(ReadingList, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField(default=0)
    article = models.ForeignKey(
        "Article", null=True, blank=True, on_delete=models.CASCADE, related_name="list_items"
    )
    item = models.BigIntegerField(
        null=True, blank=True, help_text=_("Anything of the hub but an article (kb.core.items).")
    )
    url = models.CharField(max_length=2000, blank=True)
    title = models.CharField(max_length=500, blank=True)
    section = models.CharField(max_length=200, blank=True)
    minutes = models.PositiveIntegerField(null=True, blank=True)
    commentary = models.TextField(blank=True, help_text=_("Markdown, with footnotes."))

    class Meta:
        ordering = ("reading_list", "position", "id")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(article__isnull=False)
                | models.Q(item__isnull=False)
                | ~models.Q(url=""),
                name="item_points_somewhere",
            ),
            models.UniqueConstraint(
                fields=["reading_list", "article"], name="one_item_a_list_and_article"
            ),
            models.UniqueConstraint(
                fields=["reading_list", "item"], name="one_item_a_list_and_thing"
            ),
        ]

    def __str__(self) -> str:
        return self.title or (self.article.title if self.article else self.url)
