"""arXiv's answers: Atom, with a paper's version in its id and its errors dressed as papers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from crawler.parse.feed import parse_feed
from kb.core.arxiv import query_name, without_version
from kb.core.records import FeedRecord
from kb.core.text import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kb.core.records import EntryRecord


def _paper(entry: EntryRecord) -> EntryRecord:
    """A paper under its id without version; the abstract is all the text there is, so it is the content."""
    link = without_version(entry.link or entry.id)
    return replace(
        entry,
        id=link,
        link=link,
        kind="paper",
        title=" ".join(entry.title.split()),
        summary="",
        content=entry.content or entry.summary,
    )


def parse_answer(body: bytes, url: str, headers: Mapping[str, str]) -> FeedRecord:
    """One page of a query's answer. What arXiv complains of becomes `error`."""
    feed = parse_feed(body, url, headers)
    if not feed.ok:
        return feed
    if bad := next((e for e in feed.entries if "/api/errors" in e.id + e.link), None):
        said = plain_text(bad.summary or bad.content or bad.title)
        return FeedRecord(ok=False, error=f"arXiv cannot answer this query ({said})"[:300])
    papers = {paper.id: paper for paper in (_paper(e) for e in feed.entries)}
    return replace(feed, format="arxiv", title=query_name(url), entries=tuple(papers.values()))
