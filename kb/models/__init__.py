"""Every table of the hub, one file a concept."""

from __future__ import annotations

from kb.models.article import Article, Passage
from kb.models.audit import AuditEntry
from kb.models.author import ArticleAuthor
from kb.models.collection import Check, Crawl, Entry, Source
from kb.models.concept import Concept, ConceptResource, Level, Mention, Prerequisite, Resource
from kb.models.host import Host
from kb.models.impression import Impression
from kb.models.index import Change, Embedding, Generation
from kb.models.lease import Lease
from kb.models.link import LinkCheck
from kb.models.map import ArticleMap
from kb.models.merge import Clue, Merge
from kb.models.own import Import, SavedLink
from kb.models.question import Question
from kb.models.reader import (
    Folder,
    Follow,
    Highlight,
    Known,
    Mark,
    Mute,
    Preferences,
    Progress,
    Tag,
)
from kb.models.reading_list import ListEdition, ReadingList, ReadingListItem
from kb.models.saved_search import SavedSearch
from kb.models.story import Story, StoryRule
from kb.models.topic import Label, Topic, TopicModel
from kb.models.user import Invitation, User
from kb.models.websub import Push, Subscription
from kb.models.written import OldSlug, Revision

__all__ = [
    "Article",
    "ArticleAuthor",
    "ArticleMap",
    "AuditEntry",
    "Change",
    "Check",
    "Clue",
    "Concept",
    "ConceptResource",
    "Crawl",
    "Embedding",
    "Entry",
    "Folder",
    "Follow",
    "Generation",
    "Highlight",
    "Host",
    "Import",
    "Impression",
    "Invitation",
    "Known",
    "Label",
    "Lease",
    "Level",
    "LinkCheck",
    "ListEdition",
    "Mark",
    "Mention",
    "Merge",
    "Mute",
    "OldSlug",
    "Passage",
    "Preferences",
    "Prerequisite",
    "Progress",
    "Push",
    "Question",
    "ReadingList",
    "ReadingListItem",
    "Resource",
    "Revision",
    "SavedLink",
    "SavedSearch",
    "Source",
    "Story",
    "StoryRule",
    "Subscription",
    "Tag",
    "Topic",
    "TopicModel",
    "User",
]
