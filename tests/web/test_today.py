"""Today by weight, with a reason for every row; and what stands beside it."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from kb.models import Preferences
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


def read(client, path="/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return " ".join(answer.content.decode().split())


def titles(page: str) -> list[str]:
    return re.findall(r'<h3[^>]*><a href="/articles/[^"]*">([^<]*)', page)


def row(page: str, title: str) -> str:
    """The why of the row with this title."""
    return re.search(rf'>{title}</a></h3>.*?<div class="why">(.*?)</div> </article>', page)[1]


@pytest.fixture
def day():
    """Three stories of one day: new, told by three sources, and picked for a list with a word about it."""
    factories.article("New", at=NOW - HOUR)
    sources = [factories.source(f"Carrier {n}") for n in range(2)]
    factories.article("Told", carried_by=sources, at=NOW - 10 * HOUR)
    listed = factories.reading_list("Who waits")
    factories.item(listed, factories.article("Listed", at=NOW - 12 * HOUR), commentary="Read it.")


def test_what_weighs_more_comes_first_and_a_reader_can_have_the_newest(client, at, day):
    page = read(client)
    assert titles(page) == ["Listed", "Told", "New"]
    assert '<a href="/" aria-current="true">By weight</a><a href="/?order=newest">' in page
    newest = read(client, "/?order=newest")
    assert titles(newest) == ["New", "Told", "Listed"]
    assert '<a href="/?order=newest" aria-current="true">' in newest


def test_the_order_stays_while_one_pages(client, at):
    for number in range(40):
        factories.article(f"N{number:02}", at=NOW - 8 * number * HOUR)
    page = read(client, "/?order=newest")
    older = re.search(r'href="(/\?before=[\d-]+&amp;order=newest)"', page)
    assert older
    page = read(client, older[1].replace("&amp;", "&"))
    assert 'href="/?order=newest">← Newest' in page
    assert "order=" not in re.search(r'rel="next" href="([^"]*)"', read(client))[1]


def test_a_reader_who_prefers_the_newest_gets_it_and_can_have_weight(client, at, day):
    reader = factories.superuser()
    Preferences.objects.create(user=reader, newest_first=True)
    client.force_login(reader)
    assert titles(read(client)) == ["New", "Told", "Listed"]
    assert titles(read(client, "/?order=weight")) == ["Listed", "Told", "New"]


def test_two_feeds_of_one_site_are_no_two_sources_in_the_ranking(client, at):
    one = factories.source("Blog", url="https://lab.example/blog.xml")
    other = factories.source("News", url="https://www.lab.example/news.xml")
    factories.article("Twice by one", of=one, carried_by=[other], at=NOW - 3 * HOUR)
    factories.article("Newer", at=NOW - HOUR)
    assert titles(read(client)) == ["Newer", "Twice by one"]


def test_every_row_says_why_it_is_there(client, at, day):
    about = factories.article("About", at=NOW - 2 * HOUR)
    factories.label(about.pk, factories.topic("Streaming"))
    factories.article("Chosen", at=NOW - 2 * HOUR, state_is_said=True)
    page = read(client)
    assert "Three sources" in row(page, "Told")
    assert re.search(
        r'In <a href="/lists/list-\d+/" lang="en">Who waits</a>\.', row(page, "Listed")
    )
    assert "A curator chose to show it." in row(page, "Chosen")
    assert re.search(r'About <a href="/topics/[^"]+" lang="en">Streaming</a>\.', row(page, "About"))
    assert re.search(r"New from Source \d+, which we follow\.", row(page, "New"))
    assert '<a class="topic" href="/topics/' in page


def test_a_rising_concept_stands_in_the_margin_and_is_a_reason(client, at):
    rising = factories.concept("Streaming synthesis")
    for number in range(60):
        story = factories.article(f"Before {number}", at=NOW - (8 + number) * 24 * HOUR)
        if number < 2:
            factories.mention(story, rising)
    for number in range(6):
        factories.mention(factories.article(f"Now {number}", at=NOW - number * HOUR), rising)
    page = read(client)
    assert "Rising concepts" in page
    assert re.search(r'>Streaming synthesis</a><svg class="spark"', page)
    assert "<span>6 this week</span><span>usually" in page
    said = re.search(r"Speaks of <a [^>]*>Streaming synthesis</a>, which is rising\.", row(page, "Now 3"))  # fmt: skip
    assert said


def test_the_current_issue_is_the_cover_and_lists_stand_below(client, at):
    factories.reading_list("A newer list", published_at=NOW)
    issue = factories.reading_list("Week 33", factories.article("A"), kind="week", published_at=NOW - 72 * HOUR)  # fmt: skip
    page = read(client)
    assert "This week’s issue" in page
    assert f'<h3 id="cover" lang="en"><a href="/issues/{issue.slug}/">Week 33</a>' in page
    assert "A newer list" in page
    issue.delete()
    assert "Newest list" in read(client)


def test_a_day_of_the_archive_can_be_sorted_too(client, at, day):
    path = "/archive/2026/08/21/"
    assert titles(read(client, path)) == ["Listed", "Told", "New"]
    assert titles(read(client, f"{path}?order=newest")) == ["New", "Told", "Listed"]


def test_issues_have_one_address_an_index_and_feeds(client, at):
    old = factories.reading_list("Small words", kind="week", slug="w1", published_at=NOW - 200 * HOUR)  # fmt: skip
    new = factories.reading_list("Who waits", factories.article("Waiting"), kind="week", slug="w2")
    other = factories.reading_list("Five books", kind="top", slug="five")
    index = read(client, "/issues/")
    assert "Waiting" in index
    assert "Five books" not in index
    page = read(client, "/issues/w2/")
    assert "<span>Issue 2</span>" in page
    assert '<a href="/issues/w1/" rel="prev"' in page
    assert client.get("/lists/w2/").headers["Location"] == new.get_absolute_url() == "/issues/w2/"
    assert client.get("/issues/five/").headers["Location"] == other.get_absolute_url()
    assert "Who waits" not in read(client, "/lists/")
    for kind in ("atom", "rss", "json"):
        assert b"Small words" in client.get(f"/issues/feed.{kind}").content
        assert client.get(f"/issues/{old.slug}/feed.{kind}").status_code == 200


def test_years_lead_to_their_months(client, at):
    for days in (0, 3, 40, 400):
        factories.article(f"Back {days}", at=NOW - days * 24 * HOUR)
    page = read(client, "/archive/2026/")
    assert 'aria-label="August: 2 stories"' in page
    assert "/archive/2026/07/" in page
    assert "/archive/2026/06/" not in page
    assert "2025 →" in page
    assert 'href="/archive/2025/"' in read(client, "/archive/")
    assert 'href="/archive/2026/">2026' in read(client, "/archive/2026/08/")
    assert client.get("/archive/2024/").status_code == 404
    assert client.get("/archive/0000/").status_code == 404


def test_a_source_has_its_name_in_its_address(client, at):
    source = factories.source("Desh Raj")
    for path in (f"/sources/{source.pk}/", f"/sources/{source.pk}/old-name/"):
        answer = client.get(f"{path}?page=1")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"/sources/{source.pk}/desh-raj/?page=1"
    assert "Desh Raj" in read(client, factories.source_path(source))
