"""What readers with an account keep: what they follow, know and have read of a path."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Follow(models.Model):
    """What a reader wants news of: an item of the hub (kb.core.items), a source, or an author by name."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="follows"
    )
    item = models.BigIntegerField(null=True, blank=True)
    source = models.ForeignKey(
        "Source", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    person = models.CharField(max_length=200, blank=True)
    folder = models.ForeignKey(
        "Folder", null=True, blank=True, on_delete=models.SET_NULL, related_name="follows"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["user", "item"], name="one_follow_an_item"),
            models.UniqueConstraint(fields=["user", "source"], name="one_follow_a_source"),
            models.UniqueConstraint(
                fields=["user", "person"],
                condition=~models.Q(person=""),
                name="one_follow_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.item or self.source or self.person}"


class Known(models.Model):
    """A concept that a reader says they know."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="known"
    )
    concept = models.ForeignKey("Concept", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "known concepts"
        constraints = [
            models.UniqueConstraint(fields=["user", "concept"], name="one_known_a_concept")
        ]

    def __str__(self) -> str:
        return f"{self.user} knows {self.concept}"


class Progress(models.Model):
    """A reading of a list that a reader has done."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="progress"
    )
    reading = models.ForeignKey("ReadingListItem", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "progress"
        constraints = [
            models.UniqueConstraint(fields=["user", "reading"], name="one_progress_a_reading")
        ]

    def __str__(self) -> str:
        return f"{self.user} read {self.reading}"


class Folder(models.Model):
    """Where a reader puts what they follow."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="folders"
    )
    name = models.CharField(max_length=100)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("position", "name")
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_folder_a_name")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word that a reader files articles under, for themselves."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tags"
    )
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("name",)
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_tag_a_name")]

    def __str__(self) -> str:
        return self.name


class Mark(models.Model):
    """What a reader did with an article. Empty: not read, not starred, not in the queue, nothing said against it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="marks"
    )
    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="marks")
    read_at = models.DateTimeField(null=True, blank=True)
    starred_at = models.DateTimeField(null=True, blank=True)
    queued_at = models.DateTimeField(null=True, blank=True)
    # "less like this": what is close to it is not for this reader
    less_at = models.DateTimeField(null=True, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="marks")
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("-changed_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["user", "article"], name="one_mark_an_article")
        ]
        indexes = [
            models.Index(
                fields=["user", "-starred_at"],
                condition=~models.Q(starred_at=None),
                name="starred_articles",
            ),
            models.Index(
                fields=["user", "-queued_at"],
                condition=~models.Q(queued_at=None),
                name="queued_articles",
            ),
            models.Index(fields=["user", "-changed_at"], name="marks_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.article}"


class Highlight(models.Model):
    """A place in an article that a reader marked, or a note on the whole of it where `quote` is empty.

    The place is a text quote with what stands before and after it (W3C Web Annotation, TextQuoteSelector), so that it
    is found again after the article's text was edited.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="highlights"
    )
    article = models.ForeignKey("Article", on_delete=models.CASCADE, related_name="highlights")
    quote = models.TextField(blank=True)
    before = models.CharField(max_length=64, blank=True)
    after = models.CharField(max_length=64, blank=True)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    # deleted, but can be taken back for a while
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("created_at", "id")
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(quote="", note=""), name="highlight_says_something"
            )
        ]

    def __str__(self) -> str:
        return self.note or self.quote


class Mute(models.Model):
    """Words that a reader does not want to meet in titles or gists."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes"
    )
    words = models.CharField(max_length=200)
    at = models.DateTimeField()

    class Meta:
        ordering = ("words",)
        constraints = [models.UniqueConstraint(fields=["user", "words"], name="one_mute_a_word")]

    def __str__(self) -> str:
        return self.words


class Preferences(models.Model):
    """How a reader wants the hub. `taste` is what was learned from their marks; empty while `for_you` is off."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences"
    )
    newest_first = models.BooleanField(default=False)
    language = models.CharField(max_length=10, blank=True)
    for_you = models.BooleanField(default=False)
    taste = models.JSONField(default=dict, blank=True)
    taste_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "preferences"

    def __str__(self) -> str:
        return f"{self.user}"
