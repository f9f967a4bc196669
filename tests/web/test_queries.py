"""Twice the rows, as many queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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
        factories.event(made, factories.article(of=other, at=at))
        copy = factories.article(of=other, at=at)
        factories.merged(made, copy)


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
        "/", "/latest/", "/archive/2026/08/", "/archive/2026/08/21/", "/sources/", "/sources/{source}/",
        "/lists/", "/lists/{slug}/", "/search/?q=x&source={source}", "/subscribe/", "/feed.atom", "/feed.json",
        "/sources/{source}/feed.rss", "/lists/{slug}/feed.atom", "/search/feed.atom?q=x", "/opml.xml", "/sitemap.xml",
        "/articles/{article}/{article_slug}/",
    ],
)  # fmt: skip
def test_pages_ask_as_often_for_twice_the_rows(path, client, at, all_found):
    listed = factories.reading_list("A list")
    source = factories.source("Carrier")
    first = factories.article("First", of=source, at=NOW)
    factories.item(listed, first)
    path = path.format(
        source=source.pk, slug=listed.slug, article=first.pk, article_slug=first.slug
    )
    fill(5, listed)
    client.get(path)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
        fill(6, listed)
    assert counts[0] == counts[1]
    assert counts[0] < 25
