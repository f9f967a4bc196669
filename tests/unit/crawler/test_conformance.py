"""The parser against other people's test files and real feeds."""

from __future__ import annotations

import csv
import itertools
import json
import re
import time
from typing import TYPE_CHECKING, Any

from crawler.parse.dates import parse_date
from crawler.parse.feed import parse_feed
from kb.core.records import FeedRecord, to_json
from kb.core.text import clean_title, storable
from kb.core.urls import canonical_url

if TYPE_CHECKING:
    from pathlib import Path

NO_FEEDS = re.compile(r"\.html|expected|\.gz$|html-result|sitemap")
SIMPLE = re.compile(
    r"^(?:not bozo and )?(feed|entries\[0\])\['(title|link|published|updated|guid|id)'\]\s*==\s*(u?'[^']*'|u?\"[^\"]*\")$"
)


def index(data: Path) -> list[dict[str, str]]:
    with (data / "conformance" / "INDEX.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if not NO_FEEDS.search(row["file"])]


def parsed(data: Path, row: dict[str, str], url: str = "") -> FeedRecord:
    return parse_feed((data / "conformance" / row["file"]).read_bytes(), url, {})


def test_nothing_raises_and_everything_can_be_stored(data: Path) -> None:
    rows = index(data)
    assert len(rows) > 1300
    refused, slow = [], []
    for row in rows:
        began = time.process_time()
        feed = parsed(data, row, "https://example.org/feed")
        slow += [row["file"]] if time.process_time() - began > 1 else []
        refused += [] if feed.ok else [row["file"]]
        text = json.dumps(to_json(feed), ensure_ascii=False)
        assert text == storable(text)
        text.encode()
    assert slow == []
    assert len(refused) <= 8  # empty, broken JSON, or no feeds at all


def expectation(row: dict[str, str]) -> tuple[str, str, str] | None:
    found = SIMPLE.match(row["expect"].strip())
    return (found[1], found[2], found[3].lstrip("u")[1:-1]) if found else None


def said(feed: FeedRecord, where: str, what: str) -> str | None:
    if where == "feed":
        return {"title": feed.title, "link": feed.home}.get(what)
    entry = feed.entries[0]
    names = {"title": entry.title, "link": entry.link, "guid": entry.id, "id": entry.id}
    names |= {"published": entry.published or "", "updated": entry.updated or ""}
    return names.get(what)


def test_feedparsers_simple_expectations_hold(data: Path) -> None:
    checked, wrong = 0, []
    for row in index(data):
        expected = expectation(row) if row["suite"] == "feedparser" else None
        if expected is None or "\\" in expected[2]:
            continue
        where, what, value = expected
        got = said(parsed(data, row), where, what)
        if got is None:
            continue
        wanted = (
            clean_title(value)
            if what == "title"
            else (parse_date(value) or "")
            if what in {"published", "updated"}
            else value
        )
        checked += 1
        if got != wanted:
            wrong.append((row["file"], wanted, got))
    assert checked > 60
    assert len(wrong) <= checked * 0.1, wrong


def test_gofeeds_titles_and_links_hold(data: Path) -> None:
    checked, wrong = 0, []
    for row in index(data):
        if (
            row["suite"] != "gofeed"
            or not row["expected_output_file"]
            or "translator" in row["file"]
        ):
            continue
        expected: dict[str, Any] = json.loads(
            (data / "conformance" / row["expected_output_file"]).read_text()
        )
        feed = parsed(data, row)
        items = expected.get("items") or expected.get("entries") or []
        checked += 1
        if feed.ok and (
            clean_title(expected.get("title") or "") != feed.title
            or len(items) != len(feed.entries)
        ):
            wrong.append(
                (row["file"], expected.get("title"), feed.title, len(items), len(feed.entries))
            )
    assert checked > 80
    assert len(wrong) <= checked * 0.1, wrong


def test_real_feeds_have_all_their_entries(data: Path) -> None:
    wild = [row for row in index(data) if row["file"].startswith("wild/")]
    assert len(wild) > 80
    missing = []
    for row in wild:
        seen = re.search(r"entries_seen_by_feedparser=(\d+)", row["expect"])
        feed = parsed(data, row, row["http_headers_or_link"])
        if seen and int(seen[1]) != len(feed.entries):
            missing.append((row["file"], seen[1], len(feed.entries), feed.warnings))
    assert missing == []


def test_identities_are_stable_over_a_feeds_history(data: Path) -> None:
    """Versions of one feed share articles, even where the generator changed its guids in between."""
    for feed in sorted((data / "feed-history").iterdir()):
        versions = sorted(feed.glob("*.xml"))
        feeds = [parse_feed(v.read_bytes(), "https://example.org/f.xml", {}) for v in versions]
        ids = [{canonical_url(e.link or e.id) for e in f.entries} for f in feeds]
        for before, after in itertools.pairwise(ids):
            assert not before or len(before & after) >= 0.2 * min(len(before), len(after)), (
                feed.name
            )
