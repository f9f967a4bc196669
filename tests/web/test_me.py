"""A reader's own pages and buttons; what others see of them: nothing."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.core.items import ItemKind, item_id
from kb.models import Folder, Follow, Mark, Mute, Progress, User
from kb.selectors.marks import marks
from kb.services import folders, readers
from kb.services import marks as marking
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
PAGES = (
    "/me/", "/me/unread/", "/me/queue/", "/me/starred/", "/me/read/", "/me/tags/", "/me/follows/",
    "/me/mutes/", "/me/searches/", "/me/settings/",
)  # fmt: skip


@pytest.fixture
def mei(client, at):
    user = User.objects.create_user("mei", "mei@reader.example", "secret")
    client.force_login(user)
    return user


@pytest.fixture
def article(at):
    return factories.article("On delay")


def text(client, path, **more):
    return client.get(path, **more).content.decode()


@pytest.mark.parametrize("path", [*PAGES, "/me/articles/1/", "/me/tags/a/"])
def test_strangers_are_asked_to_sign_in_and_come_back(client, path):
    answer = client.get(path)
    assert answer.headers["Location"] == f"/me/sign-in/?next={path}"


def test_strangers_see_no_buttons_and_get_the_same_page(client, article):
    for path in ("/", "/latest/", article.get_absolute_url()):
        page = text(client, path)
        assert "csrfmiddlewaretoken" not in page
        assert 'class="marks"' not in page
        assert "htmx" not in page
        assert ">Sign in</a>" in page


@pytest.mark.parametrize("path", PAGES)
def test_an_empty_page_says_what_would_be_here(client, mei, path):
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'class="empty"' in page or path == "/me/settings/"
    assert page.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_story_is_starred_from_its_row_and_the_row_says_so(client, mei, article):
    path = f"/me/articles/{article.pk}/"
    answer = client.post(path, {"starred": "1", "next": "/latest/"})
    assert answer.headers["Location"] == f"/latest/#m{article.pk}"
    page = text(client, "/latest/")
    assert re.search(r'name="starred" value="0" aria-pressed="true" aria-keyshortcuts="s"', page)
    client.post(path, {"starred": "0", "next": "/\\evil.com"})
    assert 'aria-pressed="true"' not in text(client, "/latest/")
    assert marks(mei.pk, [article.pk])[article.pk].starred is False


def test_a_button_that_script_pressed_gets_its_form_alone(client, mei, article):
    answer = client.post(
        f"/me/articles/{article.pk}/", {"queued": "1", "next": "/"}, headers={"HX-Request": "true"}
    )
    form = answer.content.decode().strip()
    assert form.startswith('<form class="marks"')
    assert form.count('aria-pressed="true"') == 1
    assert "csrfmiddlewaretoken" in form


def test_a_session_that_ended_leads_to_signing_in_and_not_into_the_row(client, article):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/latest/?page=2"}
    answer = client.post(f"/me/articles/{article.pk}/", {"starred": "1"}, headers=headers)
    assert answer.headers["HX-Redirect"] == "/me/sign-in/?next=%2Flatest%2F%3Fpage%3D2"
    assert not Mark.objects.exists()


def test_opening_an_article_changes_nothing_until_its_page_says_so(client, mei, article):
    page = text(client, article.get_absolute_url())
    assert not Mark.objects.exists()
    assert 'hx-trigger="load"' in page
    client.post(f"/me/articles/{article.pk}/", {"read": "1"}, headers={"HX-Request": "true"})
    assert "hx-trigger" not in text(client, article.get_absolute_url())
    answer = client.post(
        f"/me/articles/{article.pk}/",
        {"read": "0", "open": "1"},
        headers={"HX-Request": "true"},
    )
    assert "hx-trigger" not in answer.content.decode()
    client.post(f"/me/articles/{article.pk}/", {"read": "1"})
    assert "On delay" in text(client, "/me/read/")


def test_shelves_and_tags_have_what_was_put_there(client, mei, article):
    path = f"/me/articles/{article.pk}/"
    client.post(path, {"starred": "1", "queued": "1"})
    answer = client.post(path, {"tags": "to read, ASR", "next": "/me/starred/"})
    assert answer.headers["Location"] == "/me/starred/"
    for page in ("/me/starred/", "/me/queue/", "/me/tags/ASR/", "/me/tags/to%20read/", "/me/"):
        assert "On delay" in text(client, page), page
    assert client.get("/me/tags/nothing/").status_code == 404
    assert 'value="ASR" checked' in text(client, path)
    client.post(path, {"tag": ["ASR"], "tags": ""})
    assert "On delay" not in text(client, "/me/tags/to%20read/")


def test_a_removed_tag_can_be_taken_back(client, mei, article):
    marking.set_tags(acting_user=mei, article_id=article.pk, names=["ASR"], now=NOW)
    page = client.post("/me/tags/", {"name": "ASR", "remove": "1"}, follow=True).content.decode()
    assert "The tag “ASR” is removed." in page
    client.post("/me/undo/", {"next": "/me/tags/"})
    assert "On delay" in text(client, "/me/tags/ASR/")
    client.post("/me/tags/", {"name": "ASR", "to": "speech"})
    assert "On delay" in text(client, "/me/tags/speech/")
    assert client.post("/me/tags/", {"name": "ASR", "to": "x"}).status_code == 400


def test_strangers_marks_are_nobodys_business(client, mei, article):
    other = User.objects.create_user("other")
    marking.set_marks(acting_user=other, article_ids=[article.pk], starred=True, now=NOW)
    marking.set_tags(acting_user=other, article_id=article.pk, names=["theirs"], now=NOW)
    assert "On delay" not in text(client, "/me/starred/")
    assert client.get("/me/tags/theirs/").status_code == 404
    assert client.get(f"/me/articles/{article.pk + 1}/").status_code == 404
    hidden = factories.article(state="hidden")
    assert client.get(f"/me/articles/{hidden.pk}/").status_code == 404


def test_what_is_followed_brings_unread_by_folder(client, mei):
    source, other = factories.source("A source"), factories.source("Another")
    factories.article("From one", of=source)
    factories.article("From two", of=other)
    for one in (source, other):
        answer = client.post(
            "/me/follow/", {"source": one.pk, "on": "1", "next": f"/sources/{one.pk}/"}
        )
        assert answer.headers["Location"] == f"/sources/{one.pk}/"
    client.post("/me/follows/", {"do": "add", "name": "Blogs"})
    folder = Folder.objects.get()
    follow = Follow.objects.get(source=source)
    client.post("/me/follows/", {"do": "place", "follow": follow.pk, "folder": folder.pk})
    page = text(client, "/me/")
    assert "2 unread" in page
    assert "Blogs" in page
    assert "From one" in text(client, f"/me/unread/?folder={folder.pk}")
    assert "From two" not in text(client, f"/me/unread/?folder={folder.pk}")
    assert "From two" in text(client, "/me/unread/?folder=0")
    assert "From one" in text(client, f"/me/unread/?follow={follow.pk}")
    assert client.get("/me/unread/?page=2").status_code == 404


def test_all_that_was_there_is_marked_as_read_and_taken_back(client, mei, monkeypatch):
    source = factories.source("A source")
    readers.follow(acting_user=mei, source_id=source.pk)
    factories.article("Seen", of=source)
    until = re.search(r'name="until" value="([^"]+)"', text(client, "/me/unread/"))
    assert until
    later = NOW + dt.timedelta(minutes=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    factories.article("Came meanwhile", of=source, at=later)
    page = client.post("/me/unread/read/", {"until": until[1]}, follow=True).content.decode()
    assert "1 article is marked as read." in page
    assert "Came meanwhile" in page
    assert "Seen" not in page
    client.post("/me/undo/", {"next": "/me/unread/"})
    assert "Seen" in text(client, "/me/unread/")
    assert client.post("/me/unread/read/", {"until": "soon"}).status_code == 404


def test_what_stands_above_is_marked_as_read(client, mei):
    source = factories.source("A source")
    readers.follow(acting_user=mei, source_id=source.pk)
    made = [factories.article(f"No {n}", of=source) for n in range(3)]
    client.post(
        "/me/unread/read/", {"article": [made[0].pk, made[1].pk, "x"], "until": NOW.isoformat()}
    )
    page = text(client, "/me/unread/")
    assert "No 2" in page
    assert "No 1" not in page


def test_an_end_of_following_is_taken_back_into_its_folder(client, mei):
    concept = factories.concept("CTC")
    item = item_id(ItemKind.CONCEPT, concept.pk)
    folder = folders.add_folder(acting_user=mei, name="Theory")
    follow = readers.follow(acting_user=mei, item=item)
    folders.place_follows(acting_user=mei, follow_ids=[follow.pk], folder_id=folder.pk)
    page = client.post("/me/follow/", {"item": item, "next": "/me/follows/?undo=1"}, follow=True)
    assert "You no longer follow “CTC”." in page.content.decode()
    assert not Follow.objects.exists()
    client.post("/me/undo/", {"next": "/me/follows/"})
    assert Follow.objects.get().folder == folder
    client.post("/me/undo/")
    assert Follow.objects.count() == 1


def test_folders_are_arranged_by_forms(client, mei):
    for name in ("One", "Two"):
        client.post("/me/follows/", {"do": "add", "name": name})
    one, two = Folder.objects.all()
    client.post("/me/follows/", {"do": "up", "folder": two.pk})
    assert [f.name for f in Folder.objects.all()] == ["Two", "One"]
    client.post("/me/follows/", {"do": "rename", "folder": one.pk, "name": "First"})
    page = client.post(
        "/me/follows/", {"do": "delete", "folder": one.pk}, follow=True
    ).content.decode()
    assert "The folder “First” is deleted" in page
    client.post("/me/undo/")
    assert Folder.objects.count() == 2
    for wrong in ({"do": "add", "name": " "}, {"do": "nonsense"}, {"do": "delete", "folder": "99"}):
        answer = client.post("/me/follows/", wrong)
        assert answer.status_code == 400
        assert "Not done" in answer.content.decode()


def test_people_are_followed_by_name(client, mei):
    factories.article("By Ada", authors=["Ada Lovelace"])
    client.post("/me/follow/", {"person": "Ada  Lovelace", "on": "1"})
    assert "By Ada" in text(client, "/me/unread/")
    assert "Ada Lovelace" in text(client, "/me/follows/")
    assert client.post("/me/follow/", {"on": "1"}).status_code == 404
    assert client.post("/me/follow/", {"source": "999", "on": "1"}).status_code == 404


def test_muted_words_hide_rows_but_not_what_is_kept_or_searched(client, mei, all_found):
    article = factories.article("A Kaggle contest")
    factories.article("Kagglers meet")
    client.post("/me/mutes/", {"words": "kaggle"})
    page = text(client, "/latest/")
    assert "Kagglers meet" in page
    assert "A Kaggle contest" not in page
    assert "1 story of the last seven days" in text(client, "/me/mutes/")
    marking.set_marks(acting_user=mei, article_ids=[article.pk], starred=True, now=NOW)
    assert "A Kaggle contest" in text(client, "/me/starred/")
    assert "A Kaggle contest" in text(client, "/search/?q=contest")
    answer = client.post("/me/mutes/", {"words": "–"})
    assert answer.status_code == 400
    assert 'value="–"' in answer.content.decode()
    page = client.post(
        "/me/mutes/", {"words": "kaggle", "remove": "1"}, follow=True
    ).content.decode()
    assert "Stories with “kaggle” show again." in page
    client.post("/me/undo/")
    assert Mute.objects.get().words == "kaggle"
    client.logout()
    assert "A Kaggle contest" in text(client, "/latest/")


@pytest.fixture
def all_found(monkeypatch):
    from kb.models import Article
    from kb.selectors.search import Found, SearchResult, cards

    def search(_criteria):
        cards_of = cards(Article.objects.values_list("pk", flat=True))
        found = tuple(
            Found(card, 1.0, 1.0, 0.5, ((card.title, True),), (("x", False),))
            for card in cards_of.values()
        )
        return SearchResult(found, len(found), len(found), "hybrid", (), 0.01)

    monkeypatch.setattr("kb.selectors.search.search", search)


def test_results_have_the_buttons_where_they_are_articles(client, mei, article, all_found):
    page = text(client, "/search/?q=delay")
    assert page.count('class="marks"') == 1
    assert page.count("htmx.min.js") == 1


def test_settings_are_kept_and_a_language_that_is_none_is_refused(client, mei):
    client.post("/me/settings/", {"newest_first": "on"})
    page = text(client, "/me/settings/")
    assert 'name="newest_first" checked' in page
    assert '<option value="de" lang="de">Deutsch</option>' in page
    assert client.post("/me/settings/", {"language": "tlh"}).status_code == 400
    client.post("/me/settings/", {"language": "de"})
    assert '<html lang="de" data-reader=' in text(client, "/latest/")
    page = text(client, "/me/settings/")
    assert '<option value="de" lang="de" selected>Deutsch</option>' in page
    assert 'name="newest_first" checked' not in page
    client.logout()
    assert '<html lang="en">' in text(client, "/latest/")


def test_a_path_that_was_begun_stands_on_the_first_page(client, mei, article):
    listed = factories.reading_list("From scratch", article, factories.article(), kind="path")
    Progress.objects.create(user=mei, reading=listed.items.first(), at=NOW)
    assert "1 of 2" in text(client, "/me/")


@pytest.mark.parametrize("path", [*PAGES, "/latest/", "/", "/me/tags/ASR/"])
def test_pages_ask_as_often_for_twice_as_much(client, mei, path):
    counts = []
    for turn in range(2):
        for number in range(3):
            source = factories.source(f"S {turn} {number}")
            article = factories.article(of=source)
            tags = [f"T {turn} {number}", "ASR"]
            ids = [factories.article(of=source).pk]
            marking.set_marks(acting_user=mei, article_ids=ids, starred=True, queued=True, read=True, now=NOW)  # fmt: skip
            marking.set_tags(acting_user=mei, article_id=article.pk, names=tags, now=NOW)
            folder = folders.add_folder(acting_user=mei, name=f"F {turn} {number}")
            follow = readers.follow(acting_user=mei, source_id=source.pk)
            folders.place_follows(acting_user=mei, follow_ids=[follow.pk], folder_id=folder.pk)
            Mute.objects.create(user=mei, words=f"w{turn}{number}", at=NOW)
            listed = factories.reading_list("P", article)
            Progress.objects.create(user=mei, reading=listed.items.get(), at=NOW)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert counts[0] < 40
