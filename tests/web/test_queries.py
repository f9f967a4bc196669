"""Twice the rows, as many queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.core.items import ItemKind, item_id
from kb.models import Known, Prerequisite, Progress, Revision
from kb.selectors.search import Found, SearchResult, cards
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


def fill(count: int, listed) -> None:
    """Stories of different sources, each carried twice, checked, and in a list."""
    for number in range(count):
        lead, other = factories.source(), factories.source(failures=number % 2 * 4)
        factories.check(lead)
        at = NOW - dt.timedelta(minutes=7 * number)
        made = factories.article(of=lead, carried_by=[other], at=at, authors=["Ada"])
        text = "Why.[^1]\n\n[^1]: So."
        factories.item(listed, made, position=listed.items.count(), commentary=text)
        factories.reading_list("A week", made, kind="week")
        factories.event(made, factories.article(of=other, at=at))
        copy = factories.article(of=other, at=at)
        factories.merged(made, copy)


class Knowledge:
    """One thing of each kind, to which everything that is added later belongs."""

    def __init__(self) -> None:
        self.topic = factories.topic("The topic")
        self.concept = factories.concept("The concept")
        self.resource = factories.resource("The resource", self.concept)
        self.impression = factories.impression(self.resource)
        self.question = factories.question("The question", self.concept)

    @property
    def slugs(self) -> dict[str, str]:
        return {name: row.slug for name, row in vars(self).items()}

    def grow(self, count: int, listed) -> None:
        for number in range(count):
            article = factories.article(f"About {number}")
            factories.mention(article, self.concept)
            factories.label(article.pk, self.topic)
            topic = factories.topic(f"Part {number}", parent=self.topic)
            needed = factories.concept(f"Needed {self.concept.needs.count()}")
            made = factories.concept(f"Opened {needed.pk}", self.concept)
            Prerequisite.objects.create(concept=self.concept, needed=needed)
            self.concept.related.add(made)
            resource = factories.resource(f"Resource {number}", self.concept, made)
            factories.resource(f"Other {number}", needed)
            impression = factories.impression(self.resource)
            question = factories.question(
                f"Question {number}", self.concept, made, answer=f"See [[{made.slug}]]."
            )
            self.question.related.add(question)
            self.question.concepts.add(made)
            for kind, row in (
                (ItemKind.CONCEPT, made), (ItemKind.RESOURCE, resource), (ItemKind.QUESTION, question),
                (ItemKind.IMPRESSION, impression), (ItemKind.TOPIC, topic),
            ):  # fmt: skip
                item = item_id(kind, row.pk)
                factories.label(item, self.topic)
                factories.item(listed, item=item, commentary=f"See [[{made.slug}]].")
                factories.item(
                    factories.reading_list("Of one"),
                    item=item_id(ItemKind.CONCEPT, self.concept.pk),
                )
                Revision.objects.create(
                    item=item_id(ItemKind.CONCEPT, self.concept.pk), at=NOW, note="Fixed."
                )


@pytest.fixture
def all_found(monkeypatch):
    """A search that finds every article."""
    from kb.models import Article

    def search(_criteria):
        cards_of = cards(Article.objects.values_list("pk", flat=True))
        found = tuple(
            Found(card, 1.0, 1.0, 0.5, ((card.title, True),), (("x", False),))
            for card in cards_of.values()
        )
        return SearchResult(found, len(found), len(found), "hybrid", (), 0.01)

    monkeypatch.setattr("kb.selectors.search.search", search)


@pytest.mark.parametrize(
    "path",
    [
        "/", "/latest/", "/archive/2026/08/", "/archive/2026/08/21/", "/sources/", "/sources/{source}/carrier/", "/authors/", "/authors/ada/", "/authors/ada/feed.atom", "/archive/", "/archive/2026/",
        "/issues/", "/issues/{issue}/", "/issues/feed.rss", "/?order=newest", "/map/", "/map/2026-08/",
        "/lists/", "/lists/{slug}/", "/search/?q=x&source={source}", "/subscribe/", "/feed.atom", "/feed.json",
        "/sources/{source}/feed.rss", "/lists/{slug}/feed.atom", "/search/feed.atom?q=x", "/opml.xml", "/sitemap.xml",
        "/articles/{article}/{article_slug}/", "/topics/", "/topics/{topic}/", "/topics/{topic}/feed.atom", "/topics/feed.rss",
        "/concepts/", "/concepts/{concept}/", "/concepts/{concept}/path/", "/concepts/feed.json", "/concepts/{concept}/feed.atom",
        "/resources/{resource}/", "/impressions/", "/impressions/{impression}/", "/impressions/feed.rss",
        "/lists/feed.atom", "/questions/", "/questions/{question}/", "/questions/feed.atom",
    ],
)  # fmt: skip
def test_pages_ask_as_often_for_twice_the_rows(path, client, at, all_found):
    # the newest of all, so that it stays on pages that have room for the newest only
    listed = factories.reading_list("A list", published_at=NOW + dt.timedelta(hours=1))
    source = factories.source("Carrier")
    first = factories.article("First", of=source, at=NOW)
    factories.item(listed, first)
    knowledge = Knowledge()
    factories.map_of("2026-08", first)
    issue = factories.reading_list("An issue", first, kind="week")
    path = path.format(
        source=source.pk, slug=listed.slug, issue=issue.slug, article=first.pk, article_slug=first.slug, **knowledge.slugs
    )  # fmt: skip
    fill(5, listed)
    knowledge.grow(6, listed)
    counts = []
    for _ in range(2):
        client.get(path)  # what is asked once after a change is remembered
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
        fill(6, listed)
        knowledge.grow(3, listed)
    assert counts[0] == counts[1]
    assert counts[0] < 40


@pytest.mark.parametrize("path", ["/concepts/{concept}/", "/concepts/{concept}/path/", "/lists/{slug}/", "/questions/"])  # fmt: skip
def test_pages_for_who_is_signed_in_do_so_too(path, client, at):
    reader = factories.superuser()
    client.force_login(reader)
    listed = factories.reading_list("A path", kind="path")
    knowledge = Knowledge()
    path = path.format(slug=listed.slug, **knowledge.slugs)
    counts = []
    for _ in range(2):
        knowledge.grow(6, listed)
        for reading in listed.items.all():
            Progress.objects.get_or_create(user=reader, reading=reading, at=NOW)
        for needed in knowledge.concept.needs.all()[::2]:
            Known.objects.get_or_create(user=reader, concept=needed, at=NOW)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
