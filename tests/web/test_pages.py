"""What readers see."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.urls import reverse

from kb.models import Host
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
HOSTILE = "<script>alert(1)</script>\"'& <b>x</b>"


def read(client, path, status=200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return str(answer.content.decode())


def titles(page: str) -> list[str]:
    return re.findall(r'<h3[^>]*><a href="/articles/[^"]*">([^<]*)', page)


def test_empty_hub_says_what_will_be_here(client):
    for name in ("home", "latest", "sources", "lists", "subscribe", "about", "search"):
        page = read(client, reverse(name))
        assert page.count("<h1") == 1
    assert "No stories yet" in read(client, "/")


def test_home_has_the_newest_first_by_day(client, at):
    factories.article("Yesterday’s", at=NOW - DAY)
    factories.article("Early", at=NOW - dt.timedelta(hours=9))
    factories.article("Late", at=NOW - dt.timedelta(hours=1))
    page = read(client, "/")
    assert titles(page) == ["Late", "Early", "Yesterday’s"]
    assert "Today, Friday 21 August 2026" in page
    assert "Thursday 20 August" in page
    assert '<time datetime="2026-08-21T13:50:00+00:00" data-local>13:50</time>' in page


def test_old_news_leads_where_there_is_no_newer(client, at):
    factories.article("Old", at=NOW - 400 * DAY)
    page = read(client, "/")
    assert titles(page) == ["Old"]
    assert "Latest, Thursday 17 July 2025" in page


def test_articles_that_nobody_dated_stand_only_on_their_sources_page(client, at):
    source = factories.source()
    factories.article("Undated", of=source, date_is_ours=True)
    assert "Undated" not in read(client, "/")
    page = read(client, factories.source_path(source))
    assert titles(page) == ["Undated"]
    assert "No date given" in page


def test_story_folds_its_sources_and_gives_its_reason(client, at):
    lead, other = factories.source("Nari Labs"), factories.source("Planet Speech")
    story = factories.article("Carried twice", of=lead, carried_by=[other], at=NOW - DAY)
    factories.reading_list("Who waits", story)
    page = read(client, "/")
    assert "Two sources</summary>" in page
    assert re.search(r'<li><a href="/sources/\d+/planet-speech/">Planet Speech</a>', page)
    assert re.search(r'In <a href="/lists/list-\d+/" lang="en">Who waits</a>\.', page)


def test_strip_counts_what_was_kept_and_what_repeated(client, at):
    sources = [factories.source() for _ in range(3)]
    factories.article("A", of=sources[0], carried_by=sources[1:], at=NOW - dt.timedelta(hours=5))
    factories.article("B", of=sources[0], at=NOW - dt.timedelta(hours=2))
    page = " ".join(read(client, "/").split())
    assert 'Heard <b class="number">4</b> entries from 3 sources.' in page
    assert "Kept 2</span>; left out 2 repeats." in page


def test_days_are_paged_and_whole(client, at):
    for number in range(35):
        factories.article(f"N{number:02}", at=NOW - dt.timedelta(hours=8 * number))
    first = read(client, "/")
    older = re.search(r'href="(/\?before=[\d-]+)"', first)
    assert older
    second = read(client, older[1].replace("&amp;", "&"))
    seen = titles(first) + titles(second)
    assert seen == [f"N{n:02}" for n in range(35)][: len(seen)]
    assert len(seen) > 30
    assert "← Newest" in second


def test_flooded_day_leads_to_its_own_page(client, at):
    for number in range(45):
        factories.article(f"N{number:02}", at=NOW - dt.timedelta(minutes=number))
    page = read(client, "/")
    assert len(titles(page)) == 40
    assert "All 45 stories of Friday 21 August" in page
    assert len(titles(read(client, "/archive/2026/08/21/"))) == 45


def test_month_and_day_lead_to_their_neighbours(client, at):
    for days in (0, 3, 40):
        factories.article(f"Back {days}", at=NOW - days * DAY)
    day = read(client, "/archive/2026/08/18/")
    assert "← Friday 21 August" in day
    assert "Sunday 12 July →" in day
    month = read(client, "/archive/2026/08/")
    assert "Back 3" in month
    assert 'href="/archive/2026/07/"' in month
    for path in (
        "/archive/2026/09/",
        "/archive/2026/13/",
        "/archive/0000/01/",
        "/archive/2026/08/19/",
    ):
        read(client, path, status=404)


def test_latest_pages_through_everything(client, at):
    for number in range(55):
        factories.article(f"N{number:02}", at=NOW - dt.timedelta(hours=number))
    assert len(titles(read(client, "/latest/"))) == 50
    assert titles(read(client, "/latest/?page=2"))[-1] == "N54"
    for wrong in ("3", "0", "-1", "x", "²", "9" * 40):
        read(client, f"/latest/?page={wrong}", status=404)


def test_article_has_its_text_its_source_and_its_way_here(client, at):
    other = factories.source("Planet Speech")
    made = factories.article(
        "On delay", carried_by=[other], language="en-GB", authors=["Ada", "Ben"]
    )
    page = read(client, made.get_absolute_url())
    assert '<h1 dir="auto" lang="en-GB">On delay</h1>' in page
    assert f'href="{made.url}"' in page
    assert "A transducer may wait" in page
    assert '<a href="/authors/ada/"><b>Ada</b></a>, <a href="/authors/ben/"><b>Ben</b></a>' in page
    assert "Planet Speech" in page
    assert "One work, two copies." in page


def test_wrong_slug_leads_to_the_right_one(client):
    made = factories.article("On delay")
    for path in (f"/articles/{made.pk}/", f"/articles/{made.pk}/old-title/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Location"]) == (301, made.get_absolute_url())


def test_clamped_date_is_explained(client):
    made = factories.article(date_is_ours=True, published_said="0001-01-01")
    assert "0001-01-01" in read(client, made.get_absolute_url())


def test_pictures_become_links_and_nothing_loads_from_elsewhere(client, settings):
    settings.IMAGES = "none"
    body = '<h1>Big</h1><p id="main">Look: <img src="https://x.example/a.png" alt="A lattice" onerror="x()"></p>'
    made = factories.article(html=body)
    page = read(client, made.get_absolute_url())
    assert (
        '<a class="image" href="https://x.example/a.png" rel="noopener noreferrer">Image: A lattice</a>'
        in page
    )
    assert page.count("<h1") == 1
    assert page.count('id="main"') == 1
    assert "<img" not in page


def test_article_shows_what_curators_wrote(client):
    made = factories.article("On delay")
    listed = factories.reading_list("First steps")
    factories.item(listed, url="https://else.example/", title="Else")
    factories.item(listed, made, position=1, commentary="Read it *slowly*.")
    page = read(client, made.get_absolute_url())
    assert "<p>Read it <em>slowly</em>.</p>" in page
    assert "item 2 of 2" in page


def test_hidden_articles_are_nowhere(client, at):
    source = factories.source()
    hidden = factories.article("Not for you", of=source, state="hidden")
    listed = factories.reading_list("A list", hidden, factories.article("For you"))
    read(client, hidden.get_absolute_url(), status=404)
    paths = [
        "/",
        "/latest/",
        "/archive/2026/08/",
        "/archive/2026/08/21/",
        "/sitemap.xml",
        "/lists/",
    ]
    paths += [factories.source_path(source), listed.get_absolute_url()]
    bases = ["/", factories.source_path(source), listed.get_absolute_url(), "/lists/"]
    paths += [f"{base}feed.{kind}" for base in bases for kind in ("rss", "atom", "json")]
    for path in paths:
        assert "Not for you" not in read(client, path), path


def test_drafts_are_nowhere(client, at):
    draft = factories.reading_list("Unfinished", factories.article(), published_at=None)
    read(client, draft.get_absolute_url(), status=404)
    read(client, f"{draft.get_absolute_url()}feed.atom", status=404)
    for path in ("/", "/lists/", "/lists/feed.atom", "/subscribe/", "/latest/", "/sitemap.xml"):
        assert "Unfinished" not in read(client, path)


def test_titles_that_hurt_are_text(client, at):
    source = factories.source(
        HOSTILE, description=HOSTILE, last_error=HOSTILE, failures=4, category=HOSTILE
    )
    made = factories.article(
        HOSTILE, of=source, gist=HOSTILE, authors=[HOSTILE], url="javascript:alert(1)"
    )
    listed = factories.reading_list(HOSTILE, made, summary=HOSTILE)
    factories.item(listed, url="javascript:alert(1)", title=HOSTILE, commentary=HOSTILE, position=2)
    paths = [
        "/",
        "/latest/",
        "/sources/",
        factories.source_path(source),
        "/lists/",
        "/subscribe/",
        "/archive/2026/08/",
    ]
    paths += [
        made.get_absolute_url(),
        listed.get_absolute_url(),
        "/search/?q=<script>alert(1)</script>&since=<b>",
    ]
    for path in [*paths, "/<script>alert(1)</script>"]:
        page = client.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert "<b>x</b>" not in page, path
        assert "javascript:" not in page, path


def test_list_has_commentary_with_footnotes_of_its_own_ids(client):
    listed = factories.reading_list("Who waits", summary="Three *pieces*.")
    for number in range(2):
        text = "First.[^1]\n\n[^1]: A note with a [link](https://x.example/)."
        factories.item(
            listed,
            url=f"https://x{number}.example/",
            title=f"Item {number}",
            commentary=text,
            position=number,
        )
    page = read(client, listed.get_absolute_url())
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {"n1-1", "r1-1", "n2-1", "r2-1"} <= set(ids)
    assert "Three <em>pieces</em>." in page


def test_sources_are_told_with_their_trouble_first(client, at):
    well = factories.source("Well one")
    for hours in range(30):
        factories.check(well, at=NOW - dt.timedelta(hours=hours), new=hours % 3)
    factories.source(
        "Broken one", failures=12, failing_since=NOW - 3 * DAY, last_error="no answer in 10 s",
        next_check_at=NOW + dt.timedelta(hours=6),
    )  # fmt: skip
    factories.source("Quiet one", state="paused")
    page = read(client, "/sources/")
    assert page.index("Broken one") < page.index("Quiet one") < page.index("Well one")
    assert "No answer in 10 s. Twelve failures in a row since 18 August; next try in 6 h." in page
    assert "Last 28 checks of Well one: 18 with new items, 0 failed" in page


def test_many_sources_in_trouble_are_paged(client, at):
    for number in range(61):
        factories.source(f"Broken {number:02}", failures=5, last_error="no answer")
    factories.source("Well one")
    first, second = read(client, "/sources/"), read(client, "/sources/?page=2")
    assert (first.count("<tr data-row"), second.count("<tr data-row")) == (60, 2)
    assert "Well one" not in first
    assert second.index("Broken 60") < second.index("Well one")


def test_a_source_whose_host_wants_quiet_has_one_next_try(client, at):
    source = factories.source("Put off", next_check_at=NOW)
    Host.objects.create(name=source.host, blocked_until=NOW + dt.timedelta(hours=1))
    page = read(client, factories.source_path(source))
    assert "We ask again in 1 h" in page
    assert "next try in 1 h" in page
    assert "next try now" not in page


def test_source_page_has_a_log_and_feeds(client, at):
    source = factories.source()
    factories.check(source, outcome="failed", status=0, error="no answer")
    page = read(client, factories.source_path(source))
    assert "failed: no answer" in page
    assert f'href="/sources/{source.pk}/feed.atom"' in page
    read(client, "/sources/99999/", status=404)


def test_subscribe_names_every_feed(client):
    source, listed = factories.source(), factories.reading_list()
    page = read(client, "/subscribe/")
    for path in (
        "/feed.atom",
        "/lists/feed.rss",
        f"/sources/{source.pk}/feed.json",
        f"{listed.get_absolute_url()}feed.atom",
        "/opml.xml",
    ):
        assert f'href="{path}"' in page
    assert 'data-copy="http://localhost:8000/feed.atom"' in page


def test_nothing_at_an_address_offers_a_search(client):
    page = read(client, "/concepts/rnn-transducer/", status=404)
    assert "Nothing within earshot" in page
    assert 'value="rnn transducer"' in page


def test_broken_page_still_has_the_frame(client, monkeypatch):
    monkeypatch.setattr("web.pages.home.home_page", lambda *_: 1 / 0)
    client.raise_request_exception = False
    page = read(client, "/", status=500)
    assert "Something broke on our side" in page


def test_machines_get_their_documents(client, at):
    made = factories.article("On delay")
    assert client.get("/healthz").json() == {"database": "ok"}
    assert "Sitemap: http://localhost:8000/sitemap.xml" in read(client, "/robots.txt")
    assert f"<loc>http://localhost:8000{made.get_absolute_url()}</loc>" in read(
        client, "/sitemap.xml"
    )
    assert client.get("/favicon.ico").headers["Location"].endswith("mark.svg")


def test_no_database_is_said_to_the_watcher(client, monkeypatch):
    from django.db import OperationalError

    def gone():
        raise OperationalError

    monkeypatch.setattr("kb.selectors.overview.is_reachable", gone)
    assert client.get("/healthz").status_code == 503


def test_only_reading_is_answered(client):
    for path in ("/", "/search/", "/feed.atom", "/subscribe/"):
        assert client.post(path).status_code == 405


def test_a_concept_stands_in_the_margin_of_the_paragraph_that_speaks_of_it(client, at):
    body = "<p>A quiet beginning.</p><blockquote><p>We train a <em>transducer</em> &amp; wait.</p></blockquote>"
    made = factories.article("On delay", html=body)
    concept = factories.concept("Transducer")
    factories.mention(made, concept, sentence="…train a transducer & wait.")
    factories.mention(made, factories.concept("Elsewhere"), sentence="Not in this text.")
    page = read(client, made.get_absolute_url())
    note = f'<p><span class="beside"><a href="{concept.get_absolute_url()}">Transducer</a></span>We train'
    assert note in page
    assert page.count('class="beside"') == 1
    assert ">Elsewhere</a>" in page
