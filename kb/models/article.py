"""One work, and the pieces of it that are embedded."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _


class Article(models.Model):
    """One work; many entries can point to it."""

    class State(models.TextChoices):
        PUBLISHED = "published", _("published")
        QUEUED = "queued", _("waits for a curator")
        HIDDEN = "hidden", _("hidden")
        MERGED = "merged", _("part of another")

    class Kind(models.TextChoices):
        ARTICLE = "article", _("article")
        PAPER = "paper", _("paper")
        RELEASE = "release", _("release")
        EPISODE = "episode", _("episode")
        VIDEO = "video", _("video")

    key = models.TextField(help_text=_("Canonical address: what makes two entries one article."))
    key_hash = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED, db_index=True)
    hidden_reason = models.CharField(max_length=300, blank=True)
    # the source that said it first; none for imported documents
    source = models.ForeignKey(
        "Source", null=True, blank=True, on_delete=models.SET_NULL, related_name="articles"
    )
    url = models.TextField(blank=True)
    title = models.TextField()
    authors = models.JSONField(default=list, blank=True)
    venue = models.CharField(max_length=300, blank=True)
    language = models.CharField(max_length=35, blank=True)
    published_at = models.DateTimeField(
        db_index=True, help_text=_("UTC; impossible dates are clamped to the first sight.")
    )
    published_said = models.TextField(blank=True, help_text=_("The date as the source wrote it."))
    date_is_ours = models.BooleanField(
        default=False, help_text=_("The source gave no possible date.")
    )
    first_seen = models.DateTimeField(db_index=True)
    updated_at = models.DateTimeField()
    gist = models.TextField(blank=True)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    image = models.TextField(blank=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.ARTICLE)
    duration = models.PositiveIntegerField(null=True, blank=True, help_text=_("Seconds."))
    content_hash = models.CharField(max_length=80)
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies"
    )
    story = models.ForeignKey(
        "Story", null=True, blank=True, on_delete=models.SET_NULL, related_name="articles"
    )
    relevance = models.FloatField(
        null=True, blank=True, help_text=_("How near the field it is, 0 to 1; empty: not judged.")
    )
    # a curator has said whether it is shown: no judgment of ours changes that
    state_is_said = models.BooleanField(default=False)
    # empty: waits to be cut into passages, compared with others, put into a story, searched for concepts, or labelled
    cut_at = models.DateTimeField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True, db_index=True)
    clustered_at = models.DateTimeField(null=True, blank=True, db_index=True)
    linked_at = models.DateTimeField(null=True, blank=True, db_index=True)
    labelled_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        ordering = ("-published_at", "-id")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(cut_at=None), name="uncut_articles"),
            # what Today and the archive ask for, in the order in which they ask; not for a part of the rows, since SQLite
            # takes such an index only where the state is written into the query itself
            models.Index(
                fields=["state", "-published_at", "-id", "date_is_ours"], name="articles_by_day"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The page of this article."""
        return reverse("article", args=[self.pk, self.slug])

    @property
    def slug(self) -> str:
        """The readable end of the address."""
        return slugify(self.title)[:80].strip("-") or "article"


class Passage(models.Model):
    """A piece of an item that gets embedded: the title and a chunk of the text.

    `item` may be of any kind (kb.core.items), so no foreign key holds it: who deletes an item deletes these
    (kb.services.passages).
    """

    item = models.BigIntegerField()
    ordinal = models.PositiveIntegerField()
    text = models.TextField()
    hash = models.CharField(max_length=64, db_index=True)
    encoded_in = models.CharField(
        max_length=200,
        blank=True,
        default="",
        help_text=_("The space it was last given a vector of; empty: of none."),
    )

    class Meta:
        ordering = ("item", "ordinal")
        constraints = [
            models.UniqueConstraint(fields=["item", "ordinal"], name="one_passage_a_place")
        ]
        # what is in one space lies together, so that what is in any other is found without looking at it
        indexes = [
            models.Index(fields=["encoded_in", "ordinal", "-item"], name="passages_to_encode")
        ]

    def __str__(self) -> str:
        return f"{self.item}:{self.ordinal}"
