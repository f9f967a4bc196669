from __future__ import annotations

import datetime as dt

import pytest

from kb.core.records import EntryRecord, FeedRecord, Visit
from kb.models import Check, Crawl, Source
from kb.services.ingest import store_visit

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def data_folders(tmp_path, settings):
    """Each test has an index and a spool of its own."""
    settings.INDEX_DIR = tmp_path / "index"
    settings.SPOOL_DIR = tmp_path / "spool"
    settings.BROKER_FILE = tmp_path / "broker-url"
    settings.CRAWLER_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    settings.CRAWLER_DELAY = 0.0


@pytest.fixture
def new_source(db):
    def make(url: str = "https://blog.example.org/feed.xml", **fields: object) -> Source:
        return Source.objects.create(url=url, next_check_at=NOW, created_at=NOW, **fields)

    return make


@pytest.fixture
def visit():
    """Store one visit that brought these entries."""

    def store(
        source: Source, *entries: EntryRecord, now: dt.datetime = NOW, **said: object
    ) -> Check | None:
        feed = FeedRecord(ok=True, title="A blog", format="rss2.0", entries=entries)
        fields = {"outcome": "new", "status": 200, "feed": feed} | said
        brought = Visit(source=source.pk, url=source.url, started_at=now.isoformat(), **fields)
        name = f"{Crawl.objects.count()}.jsonl"
        crawl = Crawl.objects.create(started_at=now, begun_at=now, spool=name)
        return store_visit(visit=brought, crawl=crawl, now=now)

    return store
