"""For you: off by default, learned outside of requests, explained, forgotten when switched off."""

from __future__ import annotations

import datetime as dt

import pytest

from kb.models import Follow, Mark, Mute, Preferences, User
from kb.selectors import tastes
from kb.services.pipeline import finish
from kb.services.tastes import learn_tastes
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
SPEECH = (
    "transducer emission delay",
    "streaming transducer decoding",
    "transducer lattice pruning",
)
OTHER = (
    "protein folding networks",
    "galaxy survey images",
    "crop yield forecasts",
    "tax fraud graphs",
)


@pytest.fixture
def reader(client, at, settings, tmp_path):
    settings.INDEX_DIR = tmp_path / "index"
    user = User.objects.create_user("mei", password="secret")
    client.force_login(user)
    return user


def write(title: str, days=1):
    return factories.article(title, text=f"{title}. " * 5, at=NOW - dt.timedelta(days=days))


@pytest.fixture
def stories(reader):
    """Three about speech that are marked, as many new ones, and many about other things."""
    marked = [write(f"On {about}", 9) for about in SPEECH]
    fresh = [write(f"More {about}") for about in SPEECH]
    rest = [write(f"{word} {about}", 2) for about in OTHER for word in ("New", "Larger", "Better")]
    finish()
    return marked, fresh, rest


def mark(reader, article, **when):
    return Mark.objects.create(user=reader, article=article, changed_at=NOW, **when)


def switch_on(client):
    client.post("/me/for-you/", {"on": "1"})
    learn_tastes()


def test_nobody_else_sees_it_and_it_is_off_at_first(client, at):
    assert client.get("/me/for-you/").status_code == 302
    client.force_login(User.objects.create_user("mei"))
    page = client.get("/me/for-you/").content.decode()
    assert "It is off" in page
    assert learn_tastes() == 0


def test_what_is_like_the_marked_leads_and_says_why(client, reader, stories):
    marked, fresh, _ = stories
    for article in marked:
        mark(reader, article, starred_at=NOW)
    switch_on(client)
    answer = client.get("/me/for-you/")
    rows = answer.context["page"].rows
    assert {row.id for row in rows[:3]} == {article.pk for article in fresh}
    assert not {row.id for row in rows} & {article.pk for article in marked}
    page = answer.content.decode()
    assert "which you starred" in page
    assert "It speaks of" in page
    assert "transducer" in " ".join(r.before for r in rows[0].story.reasons)


def test_nothing_is_learned_in_a_request(client, reader, stories):
    for article in stories[0]:
        mark(reader, article, queued_at=NOW)
    client.post("/me/for-you/", {"on": "1"})
    assert Preferences.objects.get().taste == {}
    assert "being read" in client.get("/me/for-you/").content.decode()
    assert learn_tastes() == 1
    assert learn_tastes() == 0
    mark(reader, stories[2][0], read_at=NOW)
    assert learn_tastes() == 1


def test_the_same_marks_teach_the_same(client, reader, stories):
    for article in stories[0]:
        mark(reader, article, starred_at=NOW)
    switch_on(client)
    first = client.get("/me/for-you/taste.json").json()
    Preferences.objects.update(taste={})
    learn_tastes()
    assert client.get("/me/for-you/taste.json").json() == first
    assert first["terms"]["transducer"] == max(first["terms"].values())
    assert first["counts"]["starred"] == 3


def test_too_few_marks_teach_nothing(client, reader, stories):
    mark(reader, stories[0][0], starred_at=NOW)
    switch_on(client)
    assert "too little to learn from" in client.get("/me/for-you/").content.decode()


def margin(reader, article) -> float:
    return next(
        p.margin for p in tastes.picks(reader.pk, NOW, limit=99) if p.story.id == article.pk
    )


def test_less_like_this_is_heard_and_can_be_taken_back(client, reader, stories):
    marked, fresh, _ = stories
    for article in marked:
        mark(reader, article, starred_at=NOW)
    switch_on(client)
    before = margin(reader, fresh[1])
    answer = client.post(f"/me/for-you/less/{fresh[0].pk}/", {"on": "1"}, follow=True)
    assert "from the next lesson on" in answer.content.decode()
    learn_tastes()
    assert fresh[0].pk not in {row.id for row in client.get("/me/for-you/").context["page"].rows}
    assert margin(reader, fresh[1]) < before
    client.post(f"/me/for-you/less/{fresh[0].pk}/", {})
    assert Mark.objects.get(article=fresh[0]).less_at is None


def test_muted_words_are_not_met_and_what_is_followed_counts(client, reader, stories):
    marked, fresh, _ = stories
    for article in marked:
        mark(reader, article, starred_at=NOW)
    Mute.objects.create(user=reader, words="galaxy", at=NOW)
    Follow.objects.create(user=reader, source=fresh[0].source, at=NOW)
    switch_on(client)
    page = client.get("/me/for-you/")
    titles = [row.story.title for row in page.context["page"].rows]
    assert titles
    assert not any("galaxy" in title for title in titles)
    assert "You follow its source." in page.content.decode()


def test_switched_off_is_forgotten(client, reader, stories):
    for article in stories[0]:
        mark(reader, article, starred_at=NOW)
    switch_on(client)
    assert Preferences.objects.get().taste["terms"]
    client.post("/me/for-you/", {})
    kept = Preferences.objects.get()
    assert (kept.for_you, kept.taste, kept.taste_at) == (False, {}, None)
    assert client.get("/me/for-you/taste.json").json() == {}


def test_the_page_asks_as_often_for_twice_the_rows(client, reader, stories):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for article in stories[0]:
        mark(reader, article, starred_at=NOW)
    switch_on(client)
    counts = []
    for word in ("Again", "Anew"):
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/me/for-you/").status_code == 200
        counts.append(len(queries))
        for about in OTHER:
            write(f"{word} {about}")
        finish()
    assert counts[0] == counts[1]
