"""Feeds of what the hub itself writes, and of what speaks of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from kb.selectors import articles, concepts, impressions, mentioned, questions, topics
from kb.selectors.wiki import resolver
from web import html, markdown
from web.feeds.build import SIZE, story_items
from web.feeds.document import Document, Item, absolute, clean, tag

if TYPE_CHECKING:
    import datetime as dt

    from kb.selectors.concepts import ConceptText
    from kb.selectors.impressions import ImpressionDetail
    from kb.selectors.questions import QuestionCard
    from kb.selectors.wiki import Resolver


def all_topics() -> Document:
    """The newest articles that belong to any topic."""
    slugs = [ref.slug for ref in topics.all_topics()]
    return Document(
        id=tag("feed", "topics"),
        title=_("Topics · %(site)s") % {"site": settings.SITE_NAME},
        subtitle=_("The newest articles that belong to a topic"),
        link=absolute(reverse("topics")),
        items=story_items(topics.newest_in(slugs, limit=SIZE)),
    )


def topic(slug: str) -> Document | None:
    """The newest articles of a topic and what is below it."""
    found = topics.topic(slug)
    if found is None:
        return None
    ref = found.node.ref
    return Document(
        id=tag("feed", f"topic/{ref.id}"),
        title=f"{clean(ref.name)} · {settings.SITE_NAME}",
        subtitle=_("The newest articles about %(name)s") % {"name": clean(ref.name)},
        link=absolute(ref.path),
        items=story_items(topics.newest_in(found.node.slugs, limit=SIZE)),
    )


def concept(slug: str) -> Document | None:
    """The newest articles that speak of a concept."""
    card = concepts.concept_card(slug)
    if card is None:
        return None
    rows = mentioned.articles_about(card.id)[:SIZE]
    return Document(
        id=tag("feed", f"concept/{card.id}"),
        title=f"{clean(card.name)} · {settings.SITE_NAME}",
        subtitle=_("The newest articles that mention %(name)s") % {"name": clean(card.name)},
        link=absolute(card.path),
        items=story_items(articles.stories(rows)),
    )


def all_concepts() -> Document:
    """Concepts, those that changed last first: an entry a concept, with its text."""
    rows = concepts.latest_concepts(limit=SIZE)
    links = resolver(*(row.body for row in rows))
    return Document(
        id=tag("feed", "concepts"),
        title=_("Concepts · %(site)s") % {"site": settings.SITE_NAME},
        subtitle=_("New and revised concepts"),
        link=absolute(reverse("concepts")),
        items=tuple(_concept(row, links) for row in rows),
    )


def all_impressions() -> Document:
    """Impressions: an entry each, whole."""
    found = impressions.impressions(limit=SIZE)
    links = resolver(*(text for one in found for text in _parts(one)))
    return Document(
        id=tag("feed", "impressions"),
        title=_("Impressions · %(site)s") % {"site": settings.SITE_NAME},
        subtitle=_("Quick impressions of courses, books, papers and products"),
        link=absolute(reverse("impressions")),
        items=tuple(_impression(one, links) for one in found),
    )


def all_questions() -> Document:
    """Answered questions: an entry each, whole."""
    found = questions.questions(limit=SIZE)
    links = resolver(*(card.answer for card in found))
    return Document(
        id=tag("feed", "questions"),
        title=_("Questions · %(site)s") % {"site": settings.SITE_NAME},
        subtitle=_("Readers’ questions and considered answers"),
        link=absolute(reverse("questions")),
        items=tuple(_question(card, links) for card in found),
    )


def _concept(row: ConceptText, links: Resolver) -> Item:
    card = row.card
    return _item(
        ("concept", card.id, card.path),
        card.name,
        card.summary,
        _html(row.body, f"c{card.id}", links),
        (row.published_at, row.updated_at),
    )


def _parts(one: ImpressionDetail) -> tuple[str, ...]:
    return one.for_whom, one.prerequisites, one.liked, one.disliked, one.notes


def _impression(one: ImpressionDetail, links: Resolver) -> Item:
    names = (_("For whom"), _("What to know first"), _("What I liked"), _("What I did not"), _("By part"))  # fmt: skip
    body = "".join(
        format_html("<h2>{}</h2>{}", name, _html(text, f"i{one.id}{number}", links))
        for number, (name, text) in enumerate(zip(names, _parts(one), strict=True))
        if text.strip()
    )
    return _item(
        ("impression", one.id, one.path),
        one.facts.title,
        one.verdict,
        format_html("<p><b>{}</b></p>", one.verdict) + body,
        (one.published_at, one.updated_at),
        one.author,
    )


def _question(card: QuestionCard, links: Resolver) -> Item:
    return _item(
        ("question", card.id, card.path),
        card.title,
        "",
        _html(card.answer, f"q{card.id}", links),
        (card.published_at, card.updated_at),
        card.author,
    )


def _html(text: str, name: str, links: Resolver) -> str:
    whole = markdown.render_whole(text, name=name, links=links)
    return html.for_feed(whole, settings.SITE_URL)


def _item(
    key: tuple[str, int, str],
    title: str,
    summary: str,
    body: str,
    dates: tuple[dt.datetime, dt.datetime],
    author: str = "",
) -> Item:
    """An entry for something with a page of ours; `key` is its kind, row id and path."""
    kind, pk, path = key
    published, updated = dates
    return Item(
        id=tag(kind, pk),
        title=clean(title),
        link=absolute(path),
        original="",
        summary=clean(summary),
        html=clean(body),
        published=published,
        updated=max(updated, published),
        authors=(clean(author),) if author else (),
        language="",
        source="",
        source_link="",
        source_feed="",
    )
