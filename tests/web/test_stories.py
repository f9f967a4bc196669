"""One event is one row, one work one address."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from kb.models import Article
from kb.services.merges import undo_merge
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def told():
    """Three articles of three sources about one event; the first spoke first."""
    found = [
        factories.article(
            f"Voice two, {name}", of=factories.source(name), at=NOW - dt.timedelta(hours=3 - n)
        )
        for n, name in enumerate(("Lab", "Press", "Planet"))
    ]
    factories.event(*found)
    return found


def page(client, path: str) -> str:
    return client.get(path).content.decode()


def test_today_shows_an_event_once_with_the_others_folded_under_it(client, at, told):
    shown = page(client, "/")
    assert shown.count("data-row") == 1
    assert "Three sources" in shown
    assert "One event, three announcements." in shown
    for article in told:
        assert article.get_absolute_url() in shown


def test_the_day_and_the_home_feed_have_it_once_and_nothing_is_lost(client, at, told):
    assert "1 story" in page(client, "/archive/2026/08/21/")
    assert page(client, "/feed.atom").count("<entry>") == 1
    assert page(client, "/latest/").count("data-row") == 3
    source = told[1].source_id
    assert "Voice two, Press" in page(client, f"/sources/{source}/feed.atom")
    assert "Voice two, Press" in page(client, factories.source_path(source))


def test_the_strip_counts_the_folded_as_repeats(client, at, told):
    assert "left out 2 repeats" in page(client, "/")


def test_an_article_names_the_others_of_its_event(client, at, told):
    shown = page(client, told[2].get_absolute_url())
    assert "The same event" in shown
    assert told[0].get_absolute_url() in shown


def test_a_hidden_teller_is_not_shown(client, at, told):
    Article.objects.filter(pk=told[1].pk).update(state="hidden")
    assert "Voice two, Press" not in page(client, "/")


def test_the_address_of_a_merged_article_leads_to_the_winner(client, at):
    kept, copy = factories.article("Kept"), factories.article("Copy")
    merge = factories.merged(kept, copy)
    answer = client.get(copy.get_absolute_url())
    assert (answer.status_code, answer["Location"]) == (301, kept.get_absolute_url())
    assert "max-age=3600" in answer["Cache-Control"]
    undo_merge(merge_id=merge.pk, acting_user=None, now=NOW)
    copy.refresh_from_db()
    assert client.get(copy.get_absolute_url()).status_code == 200


def test_a_copy_whose_winner_is_hidden_is_gone(client, at):
    kept, copy = factories.article("Kept"), factories.article("Copy")
    factories.merged(kept, copy)
    Article.objects.filter(pk=kept.pk).update(state="hidden")
    assert client.get(copy.get_absolute_url()).status_code == 404


def test_provenance_says_why_and_only_curators_get_the_undo(client, at):
    kept, copy = factories.article("Kept"), factories.article("Copy")
    merge = factories.merged(kept, copy)
    undo = reverse("admin:kb_merge_change", args=[merge.pk])
    shown = page(client, kept.get_absolute_url())
    assert "The same work: same arXiv id." in shown
    assert "One work, two copies." in shown
    assert undo not in shown
    client.force_login(factories.superuser())
    assert undo in page(client, kept.get_absolute_url())
    assert client.get(undo).status_code == 200


def test_an_event_of_one_source_counts_its_announcements(client, at):
    source = factories.source("Lab")
    factories.event(*(factories.article(f"Voice {n}", of=source, at=NOW) for n in "abcd"))
    assert "<summary>Four announcements</summary>" in page(client, "/")
