"""Maps are drawn where that is due, of what has vectors."""

from __future__ import annotations

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kb.core.periods import period_of, read_period
from kb.models import Article, ArticleMap
from kb.selectors import maps
from kb.services import maps as service
from kb.services.pipeline import finish
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)
MONTH = period_of("month", NOW.date())


def article(title, at):
    """One that no judgment of relevance hides."""
    return factories.article(title, at=at, state_is_said=True)


@pytest.fixture
def articles(tmp_path, settings):
    """Articles of this month and of the one before, read and encoded."""
    settings.INDEX_DIR = tmp_path / "index"
    topic = factories.topic("Recognition", slug="recognition")
    below = factories.topic("Streaming", parent=topic)
    for number in range(8):
        made = article(f"Streaming transducers {number}", at=NOW - number * DAY)
        factories.label(made.pk, below)
    article("Before", at=NOW - 40 * DAY)
    finish()


def test_a_map_has_the_articles_of_its_period_with_their_root_topic(articles):
    service.draw_map(period=MONTH, now=NOW)
    found = maps.article_map(MONTH)
    assert found.total == len(found.points) == 8
    assert {point.topic for point in found.points} == {"recognition"}
    assert all(0 <= p.x <= 1 and 0 <= p.y <= 1 for p in found.points)
    before = [(p.id, p.x, p.y) for p in found.points]
    service.draw_map(period=MONTH, now=NOW)
    assert [(p.id, p.x, p.y) for p in maps.article_map(MONTH).points] == before


def test_what_is_due_is_drawn_once_and_again_when_more_came(articles):
    drawn = []
    assert service.draw_due(now=NOW, most=100, on_map=drawn.append) == len(drawn)
    assert {"2026", "2026-q3", "2026-08", "2026-07", "2026-w34"} <= set(drawn)
    assert service.draw_due(now=NOW) == 0
    for number in range(4):
        article(f"More {number}", at=NOW - 2 * DAY)
    finish()
    assert service.draw_due(now=NOW, most=100) >= 1
    assert ArticleMap.objects.get(period="2026-08").drawn == 12


def test_a_period_that_ended_is_drawn_whole_once_more(articles):
    service.draw_due(now=NOW, most=100)
    drawn = []
    service.draw_due(now=NOW + 20 * DAY, most=100, on_map=drawn.append)
    assert "2026-08" in drawn
    assert "2026-07" not in drawn


def test_articles_that_wait_for_their_vectors_come_later(articles):
    article("Not read yet", at=NOW - DAY)
    service.draw_map(period=MONTH, now=NOW)
    row = ArticleMap.objects.get(period=MONTH.name)
    assert (row.total, row.drawn) == (9, 8)


def test_only_the_newest_of_too_many_are_on_it(articles, monkeypatch):
    monkeypatch.setattr(service, "MOST", 3)
    service.draw_map(period=MONTH, now=NOW)
    newest = Article.objects.order_by("-published_at").values_list("pk", flat=True)[:3]
    assert {p.id for p in maps.article_map(MONTH).points} == set(newest)


def test_who_was_hidden_since_is_not_shown(articles):
    service.draw_map(period=MONTH, now=NOW)
    Article.objects.filter(title="Streaming transducers 0").update(state="hidden")
    assert len(maps.article_map(MONTH).points) == 7


def test_the_command_draws_what_is_due_or_one(articles):
    out = StringIO()
    call_command("map", "2026-08", json=True, stdout=out)
    assert json.loads(out.getvalue()) == {"drawn": 1}
    assert maps.article_map(read_period("2026-08"))
    with pytest.raises(CommandError, match="is no period"):
        call_command("map", "2026-99")
