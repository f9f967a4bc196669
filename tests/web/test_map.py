"""The map as a page that is whole without script."""

from __future__ import annotations

import re

import pytest

from tests.web import factories

pytestmark = pytest.mark.django_db


def read(client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def test_without_a_map_it_says_when_one_comes(client, at):
    assert "No map has been drawn yet" in read(client, "/map/")
    assert client.get("/map/2026-08/").status_code == 404


def test_the_newest_month_is_shown_with_links_names_and_a_key(client, at):
    topic = factories.topic("Recognition", slug="recognition")
    made = factories.article("On <delay>")
    factories.map_of("2026-07", factories.article("Older"))
    factories.map_of("2026-08", made, points=[[made.pk, 0.5, 0.5, topic.slug]], total=5000)
    factories.map_of("2026", made)
    page = read(client, "/map/")
    assert "<h1>August 2026</h1>" in page
    assert "1 of 5000 articles, the newest" in page
    point = (
        f'<a class="t0" href="/articles/{made.pk}/" tabindex="-1"><title>On &lt;delay&gt;</title>'
    )
    assert point in page
    assert ">Streaming</text>" in page
    assert '<a href="/topics/recognition/" lang="en">Recognition</a>' in page
    assert 'href="/map/2026-07/">July 2026 →' in page
    assert re.search(r'href="/map/2026/"[^>]*>Year', page)
    # what the plane shows, told in words
    assert re.search(rf'<h3 id="r1" lang="en">Streaming</h3> <ul class="rows"><li data-row><a href="/articles/{made.pk}/"', page)  # fmt: skip


def test_addresses_that_one_would_guess(client, at):
    factories.map_of("2026-08", factories.article())
    assert client.get("/map/2026/08/").headers["Location"] == "/map/2026-08/"
    for path in ("/map/2026-13/", "/map/nowhere/", "/map/2020/"):
        assert client.get(path).status_code == 404


def test_a_hidden_article_is_on_no_map(client, at):
    hidden = factories.article("Hidden", state="hidden")
    factories.map_of("2026-08", hidden, factories.article("Shown"))
    page = read(client, "/map/")
    assert "Hidden" not in page
    assert "Shown" in page
