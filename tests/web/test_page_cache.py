"""Pages that are kept for a moment: whose they are, and when they are made anew."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.test.utils import CaptureQueriesContext

from kb.models import Change, User
from kb.services.marks import set_marks
from tests.web import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings, at, monkeypatch):
    caches["pages"].clear()
    monkeypatch.setattr("web.kept._newest", 0)
    settings.PAGE_SECONDS = 10
    yield
    caches["pages"].clear()


@pytest.fixture
def queries():
    from django.db import connection

    def count(ask) -> tuple[object, int]:
        with CaptureQueriesContext(connection) as seen:
            answer = ask()
        return answer, len(seen)

    return count


def test_a_page_asked_for_again_costs_one_query_and_is_the_same(client, queries):
    path = factories.article("On delay").get_absolute_url()
    (first, many), (again, one) = (
        queries(lambda: client.get(path)),
        queries(lambda: client.get(path)),
    )
    assert many > one == 1
    assert first.content == again.content
    assert dict(first.items()) == dict(again.items())


def test_what_the_browser_has_is_not_sent_again_and_costs_as_little(client, queries):
    factories.article()
    tag = client.get("/").headers["ETag"]
    caches["pages"].clear()
    for most in (100, 1):
        answer, cost = queries(lambda: client.get("/", headers={"If-None-Match": tag}))
        assert (answer.status_code, answer.content) == (304, b"")
        assert cost <= most


def test_something_new_makes_pages_anew(client):
    factories.article("Before")
    assert "After" not in client.get("/latest/").content.decode()
    made = factories.article("After")
    Change.objects.create(item=made.pk)
    assert "After" in client.get("/latest/").content.decode()


def test_languages_and_encodings_are_kept_apart(client):
    factories.article()
    assert 'lang="en"' in client.get("/about/").content.decode()
    assert (
        '<html lang="de">'
        in client.get("/about/", headers={"Accept-Language": "de"}).content.decode()
    )
    squeezed = client.get("/about/", headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get("/about/").headers


def test_nothing_that_is_somebody_s_own_is_kept(client, queries):
    concept = factories.concept()
    path = concept.get_absolute_url()
    client.get(path)
    client.force_login(factories.superuser())
    (first, cost), (_, again) = queries(lambda: client.get(path)), queries(lambda: client.get(path))
    assert "csrfmiddlewaretoken" in first.content.decode()
    assert cost > 1
    assert again > 1
    client.logout()
    assert "csrfmiddlewaretoken" not in client.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/latest/", "/archive/2026/08/21/"])
def test_readers_share_what_a_page_finds_and_nothing_that_is_their_own(client, queries, path):
    factories.article("Before")
    starred = factories.article("Starred").pk
    ann, ben = (User.objects.create_user(name) for name in ("ann", "ben"))
    _star(ann, starred)
    client.force_login(ann)
    first, many = queries(lambda: client.get(path))
    client.force_login(ben)
    second, few = queries(lambda: client.get(path))
    assert many > few
    assert "Starred" in second.content.decode()
    assert [_stars(page) for page in (first, second)] == [1, 0]
    _star(ben, starred)
    assert _stars(client.get(path)) == 1
    made = factories.article("After")
    assert "After" not in client.get(path).content.decode()
    Change.objects.create(item=made.pk)
    assert "After" in client.get(path).content.decode()


def _star(user: User, article: int) -> None:
    set_marks(acting_user=user, article_ids=[article], now=factories.NOW, starred=True)


def _stars(answer) -> int:
    """How many rows are shown as starred."""
    return answer.content.decode().count('name="starred" value="0" aria-pressed="true"')


def test_each_language_and_order_is_kept_for_itself(client):
    factories.article()
    client.force_login(User.objects.create_user("ann"))
    german = client.get("/", headers={"Accept-Language": "de"}).content.decode()
    english = client.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert "Nach Gewicht" in german
    assert "By weight" in english
    newest = client.get("/?order=newest").content.decode()
    assert newest != english


def test_a_curator_sees_what_they_have_just_changed(client):
    client.force_login(User.objects.create_user("cleo", is_staff=True))
    client.get("/latest/")
    factories.article("Just now")
    assert "Just now" in client.get("/latest/").content.decode()


def test_errors_are_not_kept(client):
    path = "/lists/soon/"
    assert client.get(path).status_code == 404
    factories.reading_list("Soon", slug="soon")
    assert client.get(path).status_code == 200
