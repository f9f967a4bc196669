"""Searches that people keep: saving, looking, deleting with undo, and the feeds with secret addresses."""

from __future__ import annotations

import datetime as dt
import re

import feedparser
import pytest

from kb.models import SavedSearch, User
from kb.services import saved_searches
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client, at):
    user = User.objects.create_user("mei", password="secret")
    client.force_login(user)
    return user


@pytest.fixture
def papers(at):
    return [
        factories.article(f"Paper {n}", kind="paper", at=NOW - dt.timedelta(days=n)) for n in (1, 9)
    ]


def keep(client, query: str, name="Papers"):
    return client.post("/me/searches/", {"query": query, "name": name})


def test_nobody_who_is_not_signed_in_has_any(client, at):
    assert client.get("/me/searches/").status_code == 302
    assert keep(client, "q=a").status_code == 302
    assert "Keep this search" not in client.get("/search/?q=kind%3Apaper").content.decode()


def test_a_search_is_saved_from_its_page(client, reader, papers):
    page = client.get("/search/?q=kind%3Apaper&sort=date")
    assert page.headers["Referrer-Policy"] == "same-origin"
    query = re.search(r'name="query" value="([^"]+)"', page.content.decode())
    assert query
    assert keep(client, query[1]).status_code == 302
    saved = SavedSearch.objects.get()
    assert (saved.user, saved.name, saved.query) == (reader, "Papers", "q=kind%3Apaper")
    assert saved.alert is False
    keep(client, query[1], "Papers anew")
    assert SavedSearch.objects.get().name == "Papers anew"


def test_form_filters_are_saved_in_one_way_however_they_are_sent(client, reader, papers):
    source = papers[0].source_id
    keep(client, f"source={source}&mode=hybrid&q=&page=3&junk=1&until=never")
    assert SavedSearch.objects.get().query == f"source={source}"
    page = client.get("/me/searches/").content.decode()
    assert f"source: {papers[0].source.name}" in page


def test_nothing_asked_is_nothing_to_save(client, reader):
    answer = keep(client, "q=++&sort=date")
    assert answer.status_code == 400
    assert "nothing to save" in answer.content.decode()
    assert not SavedSearch.objects.exists()


def test_there_is_an_end_to_how_many(client, reader, monkeypatch):
    monkeypatch.setattr(saved_searches, "MOST", 1)
    keep(client, "q=a")
    assert "delete one first" in keep(client, "q=b").content.decode()


def test_the_page_counts_what_came_since_the_last_look(client, reader, papers):
    keep(client, "q=kind%3Apaper")
    saved = SavedSearch.objects.get()
    assert "nothing new" in client.get("/me/searches/").content.decode()
    SavedSearch.objects.update(looked_at=NOW - dt.timedelta(days=5))
    assert "1 new" in client.get("/me/searches/").content.decode()
    answer = client.get(f"/me/searches/{saved.pk}/")
    assert answer.headers["Location"] == "/search/?q=kind%3Apaper&sort=date"
    assert "nothing new" in client.get("/me/searches/").content.decode()


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_the_feed_needs_its_secret_alone(client, reader, papers, kind):
    keep(client, "q=kind%3Apaper", "My papers & more")
    token = SavedSearch.objects.get().token
    client.logout()
    answer = client.get(f"/searches/{token}/feed.{kind}")
    assert answer.status_code == 200
    assert "private" in answer.headers["Cache-Control"]
    assert "Paper 1" in answer.content.decode()
    if kind != "json":
        feed = feedparser.parse(answer.content)
        assert not feed.bozo
        assert feed.feed.title.startswith("My papers & more")
        assert [entry.title for entry in feed.entries] == ["Paper 1", "Paper 9"]
    assert client.get(f"/searches/{token[:-1]}x/feed.{kind}").status_code == 404


def test_deleted_is_gone_at_once_and_can_be_taken_back(client, reader, papers):
    keep(client, "q=kind%3Apaper")
    saved = SavedSearch.objects.get()
    feed = f"/searches/{saved.token}/feed.atom"
    answer = client.post(f"/me/searches/{saved.pk}/delete/", follow=True)
    assert "is deleted" in answer.content.decode()
    assert client.get(feed).status_code == 404
    assert "is deleted" not in client.get("/me/searches/").content.decode()
    client.post(f"/me/searches/{saved.pk}/restore/")
    assert client.get(feed).status_code == 200


def test_deleted_for_a_day_is_deleted_for_good(reader, papers):
    saved = saved_searches.save_search(user_id=reader.pk, query="q=a", name="A", now=NOW)
    other = saved_searches.save_search(user_id=reader.pk, query="q=b", name="B", now=NOW)
    saved_searches.remove_search(search_id=saved.pk, user_id=reader.pk, now=NOW)
    later = NOW + dt.timedelta(days=2)
    saved_searches.remove_search(search_id=other.pk, user_id=reader.pk, now=later)
    assert list(SavedSearch.objects.values_list("name", flat=True)) == ["B"]
    again = saved_searches.save_search(user_id=reader.pk, query="q=b", name="B", now=later)
    assert saved_searches.restore_search(search_id=other.pk, user_id=reader.pk) is None
    assert again.pk != other.pk


def test_nobody_touches_what_another_keeps(client, reader, papers):
    other = User.objects.create_user("jo")
    saved = saved_searches.save_search(user_id=other.pk, query="q=a", name="Secret", now=NOW)
    assert "Secret" not in client.get("/me/searches/").content.decode()
    assert client.get(f"/me/searches/{saved.pk}/").status_code == 404
    assert client.post(f"/me/searches/{saved.pk}/delete/").status_code == 404
    assert client.post(f"/me/searches/{saved.pk}/restore/").status_code == 404
    assert client.get(f"/me/searches/{saved.pk}/delete/").status_code == 405
