"""Fill a database of reader, with its own interpreter: `python benchmarks/reader_store.py DATABASE < papers.jsonl`."""

from __future__ import annotations

import datetime as dt
import json
import sys

from reader import make_reader

FEED = "https://papers.example/feed"


def main() -> None:
    """Each line of the input is one entry of one feed; a database that has as many already is left as it is."""
    papers = [json.loads(line) for line in sys.stdin]
    reader = make_reader(sys.argv[1])
    if (reader.get_entry_counts().total or 0) >= len(papers):
        return
    reader.add_feed(FEED, exist_ok=True, allow_invalid_url=True)
    for paper in papers:
        reader.add_entry(
            {
                "feed_url": FEED,
                "id": paper["id"],
                "title": paper["title"],
                "link": paper["url"],
                "published": dt.datetime(paper["year"], paper["month"] or 1, 1, tzinfo=dt.UTC),
                "summary": paper["abstract"],
            },
            overwrite=True,
        )


if __name__ == "__main__":
    main()
