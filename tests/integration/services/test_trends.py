"""Concepts and topics that rise this week."""

from __future__ import annotations

import datetime as dt

import pytest

from kb.models import Article, Concept, Label, Mention
from kb.selectors.trends import WEEKS, rising_concepts, rising_topics
from kb.services import topics
from kb.services.articles import key_hash
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db


def concept(slug: str, **fields: object) -> Concept:
    made = {"name": slug, "created_at": NOW, "updated_at": NOW, "published_at": NOW}
    return Concept.objects.create(slug=slug, **(made | fields))


def article(number: int, days: int, **fields: object) -> Article:
    at = NOW - dt.timedelta(days=days)
    key = f"https://example.org/{number}"
    return Article.objects.create(
        key=key, key_hash=key_hash(key), title=str(number), published_at=at, first_seen=at, updated_at=at, content_hash="x",
        **fields,
    )  # fmt: skip


@pytest.fixture
def hub():
    """Ten weeks of four articles, of which one speaks of a steady concept; this week six of ten speak of another."""
    topic = topics.add_topic(acting_user=None, name="Streaming")
    steady, up, draft = concept("steady"), concept("up"), concept("draft", published_at=None)
    number = 0
    for week in range(1, 11):
        for _ in range(4):
            number += 1
            made = article(number, 7 * week + 1)
            if number % 4 == 0:
                Mention.objects.create(article=made, concept=steady, name="steady", sentence="x")
    for place in range(10):
        made = article(1000 + place, 1)
        for one in (up, draft) if place < 6 else (steady,) if place == 6 else ():
            Mention.objects.create(article=made, concept=one, name="up", sentence="x")
        if place < 6:
            Label.objects.create(
                item=made.pk, name=f"topic:{topic.slug}", origin="proposed", at=NOW
            )
    return up


def test_a_concept_rises_with_its_weeks(hub):
    (found,) = rising_concepts(NOW)
    assert found.thing.title == "up"
    assert found.trend.count == 6
    assert found.trend.series == (*[0] * (WEEKS - 1), 6)


def test_a_topic_rises_unless_refused(hub):
    assert [r.thing.title for r in rising_topics(NOW)] == ["Streaming"]
    Label.objects.update(refused=True)
    assert rising_topics(NOW) == ()


def test_hidden_articles_and_those_without_a_date_count_for_nothing(hub):
    Article.objects.filter(title__gte="1000").update(state="hidden")
    assert rising_concepts(NOW) == ()
    Article.objects.update(state="published", date_is_ours=True)
    assert rising_concepts(NOW) == ()


def test_an_empty_hub_has_no_trends(db):
    assert rising_concepts(NOW) == rising_topics(NOW) == ()
