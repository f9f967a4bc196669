"""Every table of the hub, one file a concept."""

from __future__ import annotations

from kb.models.article import Article, Passage
from kb.models.audit import AuditEntry
from kb.models.collection import Check, Crawl, Entry, Source
from kb.models.index import Change, Embedding, Generation
from kb.models.lease import Lease
from kb.models.merge import Clue, Merge
from kb.models.reading_list import ReadingList, ReadingListItem
from kb.models.story import Story, StoryRule
from kb.models.user import User

__all__ = [
    "Article",
    "AuditEntry",
    "Change",
    "Check",
    "Clue",
    "Crawl",
    "Embedding",
    "Entry",
    "Generation",
    "Lease",
    "Merge",
    "Passage",
    "ReadingList",
    "ReadingListItem",
    "Source",
    "Story",
    "StoryRule",
    "User",
]
