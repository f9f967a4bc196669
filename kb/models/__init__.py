"""Every table of the hub, one file a concept."""

from __future__ import annotations

from kb.models.article import Article, Passage
from kb.models.audit import AuditEntry
from kb.models.collection import Check, Crawl, Entry, Source
from kb.models.host import Host
from kb.models.index import Change, Embedding, Generation
from kb.models.lease import Lease
from kb.models.link import LinkCheck
from kb.models.merge import Clue, Merge
from kb.models.reading_list import ReadingList, ReadingListItem
from kb.models.saved_search import SavedSearch
from kb.models.story import Story, StoryRule
from kb.models.user import User
from kb.models.websub import Push, Subscription

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
    "Host",
    "Lease",
    "LinkCheck",
    "Merge",
    "Passage",
    "Push",
    "ReadingList",
    "ReadingListItem",
    "SavedSearch",
    "Source",
    "Story",
    "StoryRule",
    "Subscription",
    "User",
]
