"""Pages that are kept for a moment: whose they are, and when they are made anew."""

from __future__ import annotations

import pytest
from django.core.cache import caches
from django.test.utils import CaptureQueriesContext

from kb.models import Change
from tests.web import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kept(settings, at):
    caches["pages"].clear()
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


def test_errors_are_not_kept(client):
    path = "/lists/soon/"
    assert client.get(path).status_code == 404
    factories.reading_list("Soon", slug="soon")
    assert client.get(path).status_code == 200
