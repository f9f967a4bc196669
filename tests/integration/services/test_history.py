"""Feeds as they really changed over months, replayed version by version: nothing lost, nothing twice, nothing shuffled.

What is expected is worked out here from the bare XML by the rules of identity alone, without the code under test.
"""

from __future__ import annotations

import csv
import datetime as dt
import gzip
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from crawler.parse.feed import parse_feed
from kb.core.urls import canonical_url
from kb.models import Check, Entry

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@dataclass
class Version:
    at: dt.datetime
    url: str
    body: bytes


def history(data: Path) -> dict[str, list[Version]]:
    """Each feed's versions in the order in which they were fetched."""
    found = defaultdict(list)
    with (data / "feed-history" / "MANIFEST.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            body = (data / row["file"]).read_bytes()
            if row["file"].endswith(".gz"):
                body = gzip.decompress(body)
            at = dt.datetime.fromisoformat(row["fetched_at"]).astimezone(dt.UTC)
            found[row["file"].split("/")[1]].append(Version(at, row["feed_url"], body))
    return {name: sorted(rows, key=lambda v: v.at) for name, rows in found.items()}


def local(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def said(item: etree._Element) -> tuple[str, str, str]:
    """(guid, link, title) as they stand in the file."""
    text: dict[str, str] = {}
    for child in item:
        name = local(child)
        if name == "link" and child.get("href") and child.get("rel", "alternate") == "alternate":
            text.setdefault("link", child.get("href"))
        elif name in {"guid", "id", "link", "title"} and "".join(child.itertext()).strip():
            text.setdefault("guid" if name == "id" else name, "".join(child.itertext()).strip())
    return text.get("guid", ""), text.get("link", ""), text.get("title", "")


def items(body: bytes) -> list[tuple[str, str, str]]:
    root = etree.fromstring(body, etree.XMLParser(recover=True, resolve_entities=False))
    return [said(node) for node in root.iter() if local(node) in {"item", "entry"}]


@dataclass
class Expected:
    """The entries there ought to be: id -> (canonical link, title)."""

    entries: dict[str, tuple[str, str]] = field(default_factory=dict)
    most: int = 0

    def read(self, body: bytes) -> None:
        now: dict[str, tuple[str, str]] = {}
        links = defaultdict(set)
        for guid, link, _ in items(body):
            links[guid or link].add(link)
        for guid, link, title in items(body):
            name = guid or link
            # one id under several links is several entries
            key = name if len(links[name]) == 1 else f"{name} {link}"
            now.setdefault(key, (canonical_url(link) if link else "", title))
        vanished = {k: v[0] for k, v in self.entries.items() if k not in now and v[0]}
        once = Counter(vanished.values())
        fresh = Counter(link for key, (link, _) in now.items() if key not in self.entries)
        for key, (link, title) in now.items():
            if key not in self.entries and once[link] == 1 and fresh[link] == 1:
                del self.entries[next(k for k, v in vanished.items() if v == link)]
            self.entries[key] = (link, title)


def test_histories_end_with_the_right_entries(earshot_data, new_source, visit):
    replayed = 0
    for name, versions in history(earshot_data).items():
        source, expected = (
            new_source(f"https://{name.replace('_', '-').lower()}.example/f"),
            Expected(),
        )
        dates: dict[int, tuple[object, object]] = {}
        for version in versions:
            feed = parse_feed(version.body, version.url, {})
            assert feed.ok, (name, version.at, feed.error)
            expected.read(version.body)
            visit(source, *feed.entries, now=version.at)
            rows = list(source.entries.values_list("pk", "first_seen", "published_at"))
            assert len(rows) == len(expected.entries), (name, version.at)
            for pk, first_seen, published in rows:
                before = dates.setdefault(pk, (first_seen, published))
                assert before[0] == first_seen
                assert before[1] in (published, None), (name, version.at, "was re-dated")
                dates[pk] = (first_seen, published)
            replayed += 1
        stored = Counter(
            canonical_url(url) if url else ""
            for url in source.entries.values_list("url", flat=True)
        )
        assert stored == Counter(link for link, _ in expected.entries.values()), name
    assert replayed >= 90


def test_the_last_version_again_changes_nothing(earshot_data, new_source, visit):
    for name, versions in list(history(earshot_data).items())[:4]:
        source = new_source(f"https://{name.replace('_', '-').lower()}.example/f")
        for version in (versions[0], versions[-1], versions[-1]):
            visit(source, *parse_feed(version.body, version.url, {}).entries, now=version.at)
        last = Check.objects.filter(source=source).order_by("-pk").first()
        assert (last.outcome, last.new, last.updated) == ("unchanged", 0, 0)


def test_edits_arrive(earshot_data, new_source, visit):
    """Every item of the last version stands there as the last version says it."""
    for name, versions in history(earshot_data).items():
        source = new_source(f"https://{name.replace('_', '-').lower()}.example/f")
        for version in versions[-2:]:
            feed = parse_feed(version.body, version.url, {})
            visit(source, *feed.entries, now=version.at)
        stored = dict(Entry.objects.filter(source=source).values_list("guid", "title"))
        assert {e.id: e.title for e in feed.entries}.items() <= stored.items(), name


def test_an_answer_that_broke_off_removes_nothing(earshot_data, new_source, visit):
    for name, versions in list(history(earshot_data).items())[:4]:
        source = new_source(f"https://{name.replace('_', '-').lower()}.example/f")
        body, url = versions[-1].body, versions[-1].url
        visit(source, *parse_feed(body, url, {}).entries, now=versions[-1].at)
        before = set(source.entries.values_list("pk", "guid"))
        cut = parse_feed(body[: len(body) // 2], url, {})
        visit(source, *cut.entries, now=versions[-1].at)
        after = set(source.entries.values_list("pk", "guid"))
        assert before <= after, name
        assert len(after) <= len(before) + 1, name  # the item that the cut went through
