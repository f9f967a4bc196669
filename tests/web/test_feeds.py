"""Feeds as a reader's program sees them."""

from __future__ import annotations

import datetime as dt
import json
from html import unescape
from xml.etree import ElementTree as ET

import feedparser
import pytest
from dateutil.parser import parse as parse_date

from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"


@pytest.fixture
def story(at):
    other = factories.source("Planet Speech")
    return factories.article(
        "On emission delay & <b>more</b>",
        of=factories.source("Desh Raj"),
        carried_by=[other],
        authors=["Ada", "Ben"],
        language="en",
        html='<p>Wait. <img src="https://x.example/a.png"><script>x()</script><a href="/rel">r</a></p>',
        at=NOW - dt.timedelta(hours=1),
    )


@pytest.mark.parametrize("kind", ["rss", "atom"])
def test_xml_feeds_are_read_by_a_parser(client, story, kind):
    answer = client.get(f"/feed.{kind}")
    assert answer.headers["Content-Type"].startswith(f"application/{kind}+xml")
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert feed.version == {"rss": "rss20", "atom": "atom10"}[kind]
    assert {link.rel: link.href for link in feed.feed.links}["self"] == f"{SITE}/feed.{kind}"
    assert feed.feed.link == f"{SITE}/"
    entry = feed.entries[0]
    assert entry.link == SITE + story.get_absolute_url()
    assert entry.id == f"tag:localhost,2026:article/{story.pk}"
    assert entry.title.startswith("On emission delay &")
    assert unescape(entry.summary) == story.gist
    assert entry.content[0].value.startswith("<p>Wait.")
    assert "script" not in entry.content[0].value
    assert f'href="{SITE}/rel"' in entry.content[0].value
    # not feedparser's own reading of dates: the crawler, in this process too, turns that off
    assert parse_date(entry.published) == dt.datetime(2026, 8, 21, 13, 50, tzinfo=dt.UTC)
    assert [author.name for author in entry.authors] == ["Ada", "Ben"]
    assert entry.source.title == "Desh Raj"


def test_json_feed_has_what_the_standard_asks(client, story):
    answer = client.get("/feed.json")
    assert answer.headers["Content-Type"].startswith("application/feed+json")
    feed = json.loads(answer.content)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{SITE}/feed.json"
    item = feed["items"][0]
    assert item["id"] == f"tag:localhost,2026:article/{story.pk}"
    assert item["external_url"] == story.url
    assert item["authors"] == [{"name": "Ada"}, {"name": "Ben"}]
    assert dt.datetime.fromisoformat(item["date_published"]) == story.published_at
    assert item["_source"]["title"] == "Desh Raj"


def test_ids_stay_when_titles_change(client, story):
    before = feedparser.parse(client.get("/feed.atom").content).entries[0]
    story.title = "Another title"
    story.save()
    after = feedparser.parse(client.get("/feed.atom").content).entries[0]
    assert before.id == after.id
    assert before.link != after.link


def test_characters_that_xml_cannot_carry_do_not_break_a_feed(client, at):
    factories.article(
        "Bell \x07 and \ufffe", gist="\x01\x1b[0m", authors=["\x0b"], html="<p>\x0c</p>"
    )
    for kind in ("rss", "atom", "json"):
        answer = client.get(f"/feed.{kind}")
        assert answer.status_code == 200
        assert kind == "json" or not feedparser.parse(answer.content).bozo


def test_source_feed_has_also_what_others_said_first(client, story):
    planet = story.entries.exclude(source=story.source).get().source
    feed = feedparser.parse(client.get(f"/sources/{planet.pk}/feed.atom").content)
    assert [entry.id for entry in feed.entries] == [f"tag:localhost,2026:article/{story.pk}"]
    assert client.get("/sources/9999/feed.atom").status_code == 404


def test_list_feeds_carry_the_commentary_and_its_notes(client, story):
    listed = factories.reading_list("Who waits", summary="A *summary*.")
    factories.item(listed, story, commentary="Read it.[^1]\n\n[^1]: Or not.")
    factories.item(
        listed,
        url="https://else.example/",
        title="Elsewhere",
        commentary="See [home](/).",
        position=1,
    )
    one = feedparser.parse(client.get(f"{listed.get_absolute_url()}feed.rss").content)
    assert not one.bozo
    assert one.entries[0].title == "Elsewhere"
    body = one.entries[1].content[0].value
    assert "Read it." in body
    assert "Or not." in body
    assert f'href="{SITE}/"' in one.entries[0].content[0].value
    every = feedparser.parse(client.get("/lists/feed.atom").content)
    assert "<em>summary</em>" in every.entries[0].content[0].value
    assert "Read it." in every.entries[0].content[0].value


def test_empty_feeds_are_valid_and_always_the_same(client):
    for kind in ("rss", "atom"):
        first, second = (client.get(f"/feed.{kind}").content for _ in range(2))
        assert first == second
        assert not feedparser.parse(first).bozo


def test_reader_that_has_it_gets_304(client, story):
    first = client.get("/feed.atom")
    assert "max-age=900" in first.headers["Cache-Control"]
    again = client.get("/feed.atom", headers={"If-Modified-Since": first.headers["Last-Modified"]})
    assert again.status_code == 304
    factories.article("Newer", at=NOW)
    changed = client.get("/feed.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_every_feed_that_a_page_announces_is_there(client, story):
    import re

    listed = factories.reading_list("Who waits", story)
    for page in ("/", listed.get_absolute_url(), factories.source_path(story.source_id), "/lists/"):
        found = re.findall(r'rel="alternate"[^>]*href="([^"]+)"', client.get(page).content.decode())
        assert len(found) >= 3
        assert all(client.get(path).status_code == 200 for path in found)


def test_opml_is_a_list_of_sources_by_category(client):
    factories.source("A & B", category="blogs")
    factories.source("C")
    root = ET.fromstring(client.get("/opml.xml").content)
    feeds = [outline for outline in root.iter("outline") if outline.get("xmlUrl")]
    assert {outline.get("text") for outline in feeds} == {"A & B", "C"}
