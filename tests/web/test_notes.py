"""Notes and highlights: kept for their reader alone, found again, edited, deleted with undo."""

from __future__ import annotations

import pytest

from kb.models import Article, Highlight, User
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
WORDS = "may wait as long as it likes"


@pytest.fixture
def reader(client, at):
    user = User.objects.create_user("mei", password="secret")
    client.force_login(user)
    return user


@pytest.fixture
def article(at):
    return factories.article("On delay", at=NOW)


def keep(client, article, **said):
    given = {"quote": WORDS, "note": "Why?", "next": article.get_absolute_url()}
    return client.post(f"/articles/{article.pk}/notes/add/", given | said, follow=True)


def test_who_is_not_signed_in_has_no_notes_and_the_same_page(client, article):
    page = client.get(article.get_absolute_url())
    assert "Your notes" not in page.content.decode()
    assert "notes.js" not in page.content.decode()
    assert client.post(f"/articles/{article.pk}/notes/add/", {"note": "x"}).status_code == 302
    assert not Highlight.objects.exists()


def test_a_note_stands_below_its_article_and_among_all(client, reader, article):
    page = keep(client, article, before="transducer ", after=".").content.decode()
    assert WORDS in page
    assert "Why?" in page
    assert "do not stand in the text" not in page
    everything = client.get("/me/notes/").content.decode()
    assert "On delay" in everything
    assert "Why?" in everything
    assert Highlight.objects.get().before == "transducer "


def test_a_note_on_the_whole_article_needs_words(client, reader, article):
    assert "Not kept: write a note" in keep(client, article, quote="", note=" ").content.decode()
    keep(client, article, quote="", note="Read it again.")
    assert Highlight.objects.get().quote == ""


def test_a_quote_that_is_gone_is_shown_as_such(client, reader, article):
    keep(client, article)
    Article.objects.update(html="<p>Rewritten.</p>", text="Rewritten.")
    for path in (article.get_absolute_url(), "/me/notes/"):
        page = client.get(path).content.decode()
        assert WORDS in page
        assert "do not stand in the text any more" in page


def test_quotes_are_found_across_paragraphs_and_line_breaks(client, reader, at):
    made = factories.article("Two", html="<p>One ends.</p><p>Another\nbegins.</p>", text="x")
    page = keep(client, made, quote="ends.\n\nAnother begins").content.decode()
    assert "do not stand" not in page


def test_editing_deleting_and_taking_back(client, reader, article):
    keep(client, article)
    pk, path = Highlight.objects.get().pk, article.get_absolute_url()
    client.post(f"/me/notes/{pk}/", {"note": "Because.", "next": path})
    assert "Because." in client.get(path).content.decode()
    gone = client.post(f"/me/notes/{pk}/delete/", {"next": path}, follow=True).content.decode()
    assert "The note is deleted." in gone
    assert "Because." not in gone
    back = client.post(f"/me/notes/{pk}/restore/", {"next": path}, follow=True).content.decode()
    assert "Because." in back
    assert "The note is deleted." not in back


def test_notes_on_a_copy_stand_on_what_it_was_merged_into(client, reader, article):
    copy = factories.article("On delay (preprint)", at=NOW)
    keep(client, copy)
    factories.merged(article, copy)
    assert "Why?" in client.get(article.get_absolute_url()).content.decode()
    assert article.get_absolute_url() in client.get("/me/notes/").content.decode()


def test_nobody_touches_what_another_keeps(client, reader, article):
    keep(client, article)
    pk = Highlight.objects.get().pk
    client.force_login(User.objects.create_user("jo"))
    assert "Why?" not in client.get(article.get_absolute_url()).content.decode()
    assert "Why?" not in client.get("/me/notes/").content.decode()
    for path in (f"/me/notes/{pk}/", f"/me/notes/{pk}/delete/", f"/me/notes/{pk}/restore/"):
        assert client.post(path, {"note": "mine"}).status_code == 404
        assert client.get(path).status_code == 405
    assert Highlight.objects.get().note == "Why?"


def test_hostile_words_stay_words(client, reader, article):
    keep(client, article, note="<script>alert(1)</script>\x00", quote="\x01<b>")
    page = client.get("/me/notes/").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_both_pages_ask_as_often_for_twice_the_notes(client, reader, article):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for path in (article.get_absolute_url(), "/me/notes/"):
        counts = []
        for n in range(3):
            keep(client, article, note=f"{n} {path}")
            keep(client, factories.article(f"Other {n}"), note="x")
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            counts.append(len(queries))
        assert counts[1] == counts[2]
