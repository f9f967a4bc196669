"""Every feed of other people's test suites goes into the database, whichever it is."""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING

import pytest

from crawler.parse.feed import parse_feed
from kb.core.records import Visit
from kb.models import Article, Check, Crawl, Entry, Source
from kb.services.ingest import store_visit
from tests.integration.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

NO_FEEDS = (".html", "expected", ".gz", "html-result", "sitemap")


def feeds(data: Path) -> list[Path]:
    with (data / "conformance" / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        names = [row["file"] for row in csv.DictReader(file)]
    return [data / "conformance" / n for n in names if not any(part in n for part in NO_FEEDS)]


@pytest.mark.slow
@pytest.mark.django_db
def test_every_feed_is_stored_within_a_second(earshot_data):
    crawl = Crawl.objects.create(started_at=NOW, spool="conformance.jsonl")
    slow, sources = [], 0
    for number, path in enumerate(feeds(earshot_data)):
        began = time.process_time()
        feed = parse_feed(path.read_bytes(), f"https://feeds.example.org/{number}", {})
        if time.process_time() - began > 1:
            slow.append(path.name)
        source = Source.objects.create(
            url=f"https://feeds.example.org/{number}", next_check_at=NOW, created_at=NOW
        )
        outcome = "new" if feed.ok else "failed"
        visit = Visit(source.pk, source.url, outcome, NOW.isoformat(), error=feed.error, feed=feed)
        check = store_visit(visit=visit, crawl=crawl, now=NOW)
        assert check is not None
        assert check.new == len(feed.entries), path.name
        sources += 1
    assert slow == []
    assert sources > 1300
    assert Check.objects.count() == sources
    assert not Entry.objects.filter(article=None).exists()
    assert Article.objects.exclude(content_hash="").count() == Article.objects.count()
