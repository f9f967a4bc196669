"""Who wrote what, by name."""

from __future__ import annotations

from django.db import models
from django.urls import reverse


class ArticleAuthor(models.Model):
    """One of an article's authors, kept beside its list of names so that all of one name are found at once.

    `slug` is what all spellings share (kb.core.authors); `name` is as this article writes it.
    """

    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="written_by")
    slug = models.CharField(max_length=100)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ("article", "id")
        constraints = [
            models.UniqueConstraint(
                fields=["slug", "article"], name="one_author_a_name_and_article"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of everybody of this name."""
        return reverse("author", args=[self.slug])
