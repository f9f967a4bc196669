"""The public log: what curators did and why, and nothing else."""

from __future__ import annotations

import feedparser
import pytest

from kb.models import User
from kb.services.accounts import delete_account
from kb.services.articles import hide_article, show_article
from kb.services.audit import record
from kb.services.lists import publish_list
from kb.services.merges import merge_articles
from kb.services.readers import follow
from kb.services.sources import pause_source
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def curator(at):
    return User.objects.create_user("grace-hopper", first_name="Grace", is_staff=True)


def test_what_curators_did_stands_there_with_the_reason(client, curator):
    spam, back = factories.article("Buy <now>"), factories.article("Comes back")
    hide_article(article_id=spam.pk, reason="advertising", acting_user=curator)
    hide_article(article_id=back.pk, reason="by mistake", acting_user=curator)
    show_article(article_id=back.pk, acting_user=curator)
    pause_source(source_id=factories.source("Noisy").pk, acting_user=curator)
    listed = factories.reading_list("Weekly 7", factories.article(), published_at=None)
    publish_list(list_id=listed.pk, published=True, acting_user=curator)
    page = client.get("/moderation/").content.decode()
    for said in ("Buy &lt;now&gt;", "advertising", "Shown again", "Source paused", "Noisy", "List published", "Weekly 7"):  # fmt: skip
        assert said in page
    assert f'href="{back.get_absolute_url()}"' in page
    assert spam.get_absolute_url() not in page
    assert "grace" not in page.lower()


def test_what_is_nobodys_business_is_not_there(client, curator):
    reader = User.objects.create_user("mei")
    follow(acting_user=reader, source_id=factories.source("Followed").pk)
    record(action="create user", subject="mei", user=curator, email="mei@x.example")
    record(action="update concept", subject="concept 1", user=curator, fields=["body"])
    record(action="delete account", subject="an account", user=None)
    page = client.get("/moderation/").content.decode()
    assert "mei" not in page
    assert "Nothing was done yet" in page


def test_a_list_that_was_withdrawn_keeps_its_title_to_itself(client, curator):
    listed = factories.reading_list("Secret draft", factories.article())
    publish_list(list_id=listed.pk, published=False, acting_user=curator)
    page = client.get("/moderation/").content.decode()
    assert "List withdrawn" in page
    assert "Secret draft" not in page


def test_what_the_hub_joins_by_itself_is_left_out(client, curator):
    one, two, three = (factories.article(f"Copy {n}") for n in range(3))
    merge_articles(winner_id=one.pk, loser_id=two.pk, reason="same arXiv id", now=NOW)
    assert "Copies joined" not in client.get("/moderation/").content.decode()
    merge_articles(winner_id=one.pk, loser_id=three.pk, reason="I read both", now=NOW, acting_user=curator)  # fmt: skip
    page = client.get("/moderation/").content.decode()
    assert "I read both" in page
    assert "same arXiv id" not in page


def test_the_log_stays_when_a_curator_leaves(client, curator):
    hide_article(article_id=factories.article("Gone").pk, reason="spam", acting_user=curator)
    delete_account(acting_user=curator)
    page = client.get("/moderation/").content.decode()
    assert "Gone" in page


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_the_log_has_feeds(client, curator, kind):
    hide_article(article_id=factories.article("Gone & away").pk, reason="spam", acting_user=curator)
    answer = client.get(f"/moderation/feed.{kind}")
    if kind == "json":
        assert answer.json()["items"][0]["title"] == "Hidden: Gone & away"
    else:
        feed = feedparser.parse(answer.content)
        assert not feed.bozo
        assert feed.entries[0].title == "Hidden: Gone & away"
    assert not answer.cookies


def test_the_log_asks_as_often_for_twice_the_rows(client, curator):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for _ in range(2):
        for n in range(5):
            hide_article(article_id=factories.article(f"A{n}").pk, reason="x", acting_user=curator)
            listed = factories.reading_list(f"L{n}", published_at=None)
            publish_list(list_id=listed.pk, published=True, acting_user=curator)
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/moderation/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
