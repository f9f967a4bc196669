"""Where things come from: sources, visits to them, and what each of them said."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from kb.core.urls import host_of


class Source(models.Model):
    """One address that the hub listens to."""

    class State(models.TextChoices):
        ACTIVE = "active", _("active")
        PAUSED = "paused", _("paused")
        GONE = "gone", _("gone")
        MOVED = "moved", _("moved")

    class Kind(models.TextChoices):
        FEED = "feed", _("feed")
        RELEASES = "releases", _("releases of software")
        ARXIV = "arxiv", _("arXiv query")
        LISTING = "listing", _("page that lists articles")
        SITEMAP = "sitemap", _("sitemap")
        DOCUMENTS = "documents", _("imported documents")

    url = models.CharField(max_length=2000, unique=True)
    host = models.CharField(max_length=255, blank=True, editable=False)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.FEED)
    options = models.JSONField(
        default=dict, blank=True, help_text=_("What its kind wants to know, as JSON.")
    )
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    title = models.CharField(max_length=300, blank=True)
    custom_title = models.CharField(
        max_length=300, blank=True, help_text=_("Shown instead of the title that the feed gives.")
    )
    home_url = models.CharField(max_length=2000, blank=True)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=35, blank=True)
    format = models.CharField(max_length=20, blank=True)
    category = models.CharField(max_length=100, blank=True)
    full_text = models.BooleanField(
        default=True, help_text=_("Read the page of entries that carry only a summary.")
    )

    # what the server gave us to ask with next time; opaque
    etag = models.TextField(blank=True)
    last_modified = models.TextField(blank=True)
    body_hash = models.CharField(max_length=64, blank=True)
    whole_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When the whole feed last came.")
    )
    asked_whole_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When it was last asked for without conditions.")
    )
    ttl = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Seconds that the feed asks to be left alone.")
    )

    # permanent redirects in a row, until they are believed
    moving_to = models.CharField(max_length=2000, blank=True)
    moving_count = models.PositiveIntegerField(default=0)
    moving_since = models.DateTimeField(null=True, blank=True)
    successor = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="predecessors"
    )

    # what the next check is chosen by, so that a visit without news need not look at the entries
    usual_gap = models.FloatField(
        null=True, blank=True, help_text=_("Seconds between its newest entries, the median.")
    )
    newest_at = models.DateTimeField(
        null=True, blank=True, help_text=_("When its newest entry was published.")
    )
    interval = models.PositiveIntegerField(default=3600, help_text=_("Seconds between checks."))
    next_check_at = models.DateTimeField(db_index=True)
    last_checked_at = models.DateTimeField(null=True, blank=True)
    last_success_at = models.DateTimeField(null=True, blank=True)
    last_new_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text=_("Failed checks in a row."))
    failing_since = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)
    last_duration_ms = models.PositiveIntegerField(default=0)
    robots_since = models.DateTimeField(
        null=True, blank=True, help_text=_("Since when robots.txt keeps us out.")
    )
    interruptions = models.PositiveSmallIntegerField(
        default=0, help_text=_("Crawlers in a row that ended before reading this source.")
    )
    # the run that holds this source; nobody else visits it meanwhile
    crawl = models.ForeignKey(
        "Crawl", null=True, blank=True, on_delete=models.SET_NULL, related_name="sources"
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("title", "url")
        indexes = [
            # what the clock asks for every minute, whatever the number of sources
            models.Index(
                fields=["next_check_at"],
                condition=models.Q(state="active", crawl=None),
                name="due_sources",
            ),
            models.Index(fields=["host"], condition=~models.Q(crawl=None), name="held_hosts"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Keep the host beside the address, for the queries that choose by it."""
        self.host = host_of(self.url)[:255]
        if kwargs.get("update_fields") is not None and "url" in kwargs["update_fields"]:
            kwargs["update_fields"] = {*kwargs["update_fields"], "host"}
        super().save(*args, **kwargs)

    @property
    def name(self) -> str:
        """The best name that we have."""
        return self.custom_title or self.title or self.url


class Crawl(models.Model):
    """One run of the crawler over a batch of sources, and how far its spool is read."""

    started_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True, help_text=_("A crawler took it up."))
    finished_at = models.DateTimeField(null=True, blank=True, db_index=True)
    spool = models.CharField(max_length=200, help_text=_("File name below the spool folder."))
    offset = models.BigIntegerField(default=0, help_text=_("Bytes of the spool already stored."))
    collected = models.BooleanField(default=False, help_text=_("The crawler has ended."))
    error = models.TextField(blank=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"crawl {self.pk}"


class Check(models.Model):
    """One visit to one source."""

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        UPDATED = "updated", _("updated")
        UNCHANGED = "unchanged", _("unchanged")
        FAILED = "failed", _("failed")
        WAITING = "waiting", _("put off")

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="checks")
    crawl = models.ForeignKey(Crawl, null=True, on_delete=models.SET_NULL, related_name="checks")
    started_at = models.DateTimeField(db_index=True)
    stored_at = models.DateTimeField(db_index=True)
    duration_ms = models.PositiveIntegerField(default=0)
    outcome = models.CharField(max_length=10, choices=Outcome)
    status = models.PositiveSmallIntegerField(default=0, help_text=_("HTTP status, 0 for none."))
    bytes = models.PositiveBigIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    warnings = models.JSONField(default=list, blank=True)
    pushed = models.BooleanField(default=False, help_text=_("A hub brought it; nobody asked."))

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = [
            models.UniqueConstraint(fields=["crawl", "source"], name="one_check_a_crawl_and_source")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.outcome} {self.started_at:%Y-%m-%d %H:%M}"


class Entry(models.Model):
    """What one source said about one thing."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="entries")
    article = models.ForeignKey(
        "Article", null=True, on_delete=models.SET_NULL, related_name="entries"
    )
    key = models.CharField(max_length=64, help_text=_("SHA-256 of the id that the feed gives."))
    guid = models.TextField()
    url = models.TextField(blank=True)
    title = models.TextField(blank=True)
    authors = models.JSONField(default=list, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_raw = models.TextField(blank=True)
    updated_at = models.DateTimeField(null=True, blank=True)
    summary = models.TextField(blank=True)
    content = models.TextField(blank=True)
    enclosures = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=35, blank=True)
    image = models.TextField(blank=True)
    venue = models.CharField(max_length=300, blank=True)
    page = models.JSONField(null=True, blank=True, help_text=_("What reading the page gave."))
    kind = models.CharField(max_length=10, default="article")
    duration = models.PositiveIntegerField(null=True, blank=True, help_text=_("Seconds."))
    transcript = models.JSONField(
        null=True, blank=True, help_text=_("What was said, with the seconds at which it was.")
    )
    hash = models.CharField(max_length=80)
    first_seen = models.DateTimeField(db_index=True)
    last_changed = models.DateTimeField()

    class Meta:
        ordering = ("-first_seen", "-id")
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["source", "key"], name="one_entry_a_source_and_key")
        ]

    def __str__(self) -> str:
        return self.title or self.url or self.guid
