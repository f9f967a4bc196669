"""Other people's parser tests: does anything break or dawdle, and do we read what their parsers read?

    python benchmarks/conformance.py [--disagreements] [--json]

Reads every feed of EARSHOT_DATA/conformance (default ../shared/data). Where a file has an expected output (gofeed's
and fastfeedparser's tests, in those parsers' own data models), title, link, id, dates and authors are compared with it,
field by field, after both sides went through the same normalising: titles on one line without markup, times in UTC,
people by name. "only ours" is what we read and the expectation does not name, "not comparable" what neither does. The
classes of disagreement are explained in docs/crawler.md.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import os
import re
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crawler.parse.dates import parse_date  # noqa: E402 - the repository need not be installed
from crawler.parse.entries import author_name  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from crawler.parse.feed import parse_feed  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.text import clean_title  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kb.core.records import EntryRecord, FeedRecord

FOLDER = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data")) / "conformance"
NO_FEEDS = re.compile(r"\.html|expected|\.gz$|html-result|sitemap")
FIELDS = ("title", "link", "id", "published", "updated", "authors")
SLOW = 1.0


def feeds() -> list[dict[str, str]]:
    """The rows of INDEX.csv that are feeds."""
    with (FOLDER / "INDEX.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if not NO_FEEDS.search(row["file"])]


def _text(value: Any) -> str:
    """A scalar, or what an object of the data model calls its value."""
    if isinstance(value, dict):
        value = value.get("value") or value.get("name") or value.get("href")
    return value.strip() if isinstance(value, str) else ""


def _link(node: dict[str, Any]) -> str:
    if link := _text(node.get("link")):
        return link
    links = [x for x in node.get("links") or [] if isinstance(x, dict)]
    return next((_text(x) for x in links if x.get("rel", "alternate") == "alternate"), "")


def _people(node: dict[str, Any]) -> list[str]:
    """Names as the expectation has them; an address alone is nobody's name."""
    people = node.get("authors") or [node.get("author")]
    names = [_text(person) for person in people]
    return sorted({name for said in names if said and (name := author_name(said))})


def _when(node: dict[str, Any], *names: str) -> str:
    return next((parse_date(_text(node[n])) or "" for n in names if node.get(n)), "")


def wanted(node: dict[str, Any]) -> dict[str, Any]:
    """Our fields of one entry of an expectation; "" and [] where it says nothing."""
    return {
        "title": clean_title(_text(node.get("title"))),
        "link": _link(node),
        "id": _text(node.get("guid")) or _text(node.get("id")),
        "published": _when(node, "publishedParsed", "published", "pubDateParsed", "pubDate"),
        "updated": _when(node, "updatedParsed", "updated"),
        "authors": _people(node),
    }


def got(entry: EntryRecord) -> dict[str, Any]:
    """The same fields as we read them."""
    found = {name: getattr(entry, name) or "" for name in FIELDS}
    return found | {"authors": sorted(entry.authors)}


def compare(
    expected: dict[str, Any], feed: FeedRecord
) -> Iterator[tuple[str, str, object, object]]:
    """(field, verdict, expected, ours) for a feed and its entries."""
    items = expected.get("items") or expected.get("entries") or []
    told = expected.get("feed") if isinstance(expected.get("feed"), dict) else expected
    assert isinstance(told, dict)
    yield _judged("feed title", clean_title(_text(told.get("title"))), feed.title)
    yield _judged("feed link", _link(told), feed.home)
    yield _judged("entries", str(len(items)), str(len(feed.entries)))
    for node, entry in zip(items, feed.entries, strict=False):
        ours = got(entry)
        for name, value in wanted(node).items():
            yield _judged(name, value, ours[name])


def _judged(field: str, expected: Any, ours: Any) -> tuple[str, str, object, object]:
    if not expected:
        return field, "only ours" if ours else "not comparable", expected, ours
    return field, "agree" if expected == ours else "disagree", expected, ours


def read(row: dict[str, str]) -> tuple[FeedRecord | None, float, str]:
    """(feed, seconds, uncaught error or "")."""
    body = (FOLDER / row["file"]).read_bytes()
    began = time.process_time()
    try:
        feed = parse_feed(body, "", {})
    except Exception as error:  # noqa: BLE001 - what this program looks for
        return None, time.process_time() - began, f"{type(error).__name__}: {error}"
    return feed, time.process_time() - began, ""


def measure() -> dict[str, Any]:
    """Totals, the verdicts by field, and the disagreements."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    found: dict[str, Any] = {
        "files": 0,
        "errors": [],
        "slow": [],
        "refused": [],
        "disagreements": [],
    }
    seconds = 0.0
    for row in feeds():
        feed, spent, error = read(row)
        seconds += spent
        found["files"] += 1
        found["errors"] += [(row["file"], error)] if error else []
        found["slow"] += [row["file"]] if spent > SLOW else []
        found["refused"] += [(row["file"], feed.error)] if feed and not feed.ok else []
        if feed is None or not row["expected_output_file"]:
            continue
        expected = json.loads((FOLDER / row["expected_output_file"]).read_text(encoding="utf-8"))
        for field, verdict, theirs, ours in compare(expected, feed):
            table[field][verdict] += 1
            # an id is only ours wherever the feed gives none: we make one
            if verdict == "disagree" or (verdict == "only ours" and field != "id"):
                found["disagreements"].append((row["file"], field, theirs, ours))
    return found | {"files_per_cpu_s": found["files"] / seconds, "fields": table}


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--disagreements", action="store_true", help="list them")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    found = measure()
    if options.json:
        print(json.dumps(found))
        return
    counts = ", ".join(f"{len(found[name])} {name}" for name in ("errors", "slow", "refused"))
    print(f"{found['files']} files: {counts}; {found['files_per_cpu_s']:.0f} files a CPU second")
    verdicts = ("agree", "disagree", "only ours", "not comparable")
    print(f"{'field':12}" + "".join(f"{name:>16}" for name in verdicts))
    for field, row in found["fields"].items():
        print(f"{field:12}" + "".join(f"{row[name]:16}" for name in verdicts))
    if options.disagreements:
        for file, group in itertools.groupby(found["disagreements"], key=lambda d: d[0]):
            print(file)
            for _, field, theirs, ours in group:
                print(f"  {field}: theirs {theirs!r}, ours {ours!r}")


if __name__ == "__main__":
    main()
