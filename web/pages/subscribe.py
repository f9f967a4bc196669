"""Everything that can be followed."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urljoin

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kb.selectors import lists, sources, topics
from web.pages import parts


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed in the table: its Atom address, and the other formats beside it."""

    name: str
    says: str
    path: str
    copy: str
    others: tuple[parts.FeedLink, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A table of feeds."""

    id: str
    title: str
    note: str
    rows: tuple[FeedRow, ...]


@dataclass(frozen=True, slots=True)
class SubscribePage:
    """All feeds."""

    groups: tuple[Group, ...]
    opml: str


@dataclass(frozen=True, slots=True)
class AboutPage:
    """What the hub listens to."""

    sources: int
    agent: str


def subscribe_page() -> SubscribePage:
    """Every feed that the hub gives."""
    hub = (
        _row(parts.feeds(_("Newest stories"), "feed"), _("one entry a story")),
        _row(parts.feeds(_("Everything in a topic"), "topics_feed"), _("one entry an article")),
        _row(parts.feeds(_("Reading lists"), "lists_feed"), _("one entry a list, with commentary")),
        _row(parts.feeds(_("Issues"), "issues_feed"), _("the readings of a week, whole")),
        _row(parts.feeds(_("Concepts"), "concepts_feed"), _("new and revised ones")),
        _row(parts.feeds(_("Impressions"), "impressions_feed"), _("one entry an impression")),
        _row(parts.feeds(_("Questions"), "questions_feed"), _("one entry an answer")),
    )
    by_topic = tuple(
        _row(parts.feeds(ref.name, "topic_feed", ref.slug), _("one entry an article"))
        for ref in topics.all_topics()
    )
    by_list = tuple(
        _row(
            parts.feeds(card.title, "issue_feed" if card.is_issue else "list_feed", card.slug),
            _("one entry a reading"),
        )
        for card in lists.published_lists()
    )
    by_source = tuple(
        _row(parts.feeds(name.name, "source_feed", name.id), name.category)
        for name in sources.source_names()
        if name.health != "gone"
    )
    groups = (
        Group("hub", _("The hub"), _("Atom; RSS and JSON beside it"), hub),
        Group("lists", _("By list"), _("commentary included"), by_list),
        Group("topics", _("By topic"), _("articles that belong to it"), by_topic),
        Group(
            "sources", _("By source"), _("cleaned, with the full text where we have it"), by_source
        ),
    )
    return SubscribePage(
        groups=tuple(group for group in groups if group.rows),
        opml=urljoin(settings.SITE_URL, reverse("opml")),
    )


def about_page() -> AboutPage:
    """Numbers for the page about the hub."""
    names = sources.source_names()
    return AboutPage(
        sources=sum(name.health != "gone" for name in names), agent=settings.CRAWLER_USER_AGENT
    )


def _row(feeds: parts.Feeds, says: str) -> FeedRow:
    atom, *others = feeds.links
    return FeedRow(
        name=feeds.title,
        says=says,
        path=atom.path,
        copy=urljoin(settings.SITE_URL, atom.path),
        others=tuple(others),
    )
