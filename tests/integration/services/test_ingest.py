from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kb.core.records import EntryRecord, PageRecord
from kb.models import Article, Change, Entry, Passage, Source
from kb.services.ingest import store_visit
from kb.services.passages import cut_batch
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db

POST = EntryRecord(
    id="p1",
    title="Pruned transducers",
    link="https://blog.example.org/pruned/?utm_source=rss",
    published="2026-11-01T09:00:00Z",
    published_raw="Sun, 01 Nov 2026 09:00:00 GMT",
    authors=("A. Writer",),
    content="<p>The loss is computed on a pruned lattice. It needs less memory.</p>",
)


def test_an_entry_becomes_an_article_with_passages(new_source, visit):
    check = visit(new_source(), POST)
    assert cut_batch() == 1
    article = Article.objects.get()
    assert (check.outcome, check.new, check.updated) == ("new", 1, 0)
    assert article.title == "Pruned transducers"
    assert article.published_at == dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    assert article.published_said == POST.published_raw
    assert "pruned lattice" in article.text
    assert article.gist.startswith("The loss is computed")
    assert Passage.objects.get(item=article.pk).text.startswith("Pruned transducers")
    assert Change.objects.filter(item=article.pk).exists()


def test_the_same_visit_again_changes_nothing(new_source, visit):
    source = new_source()
    visit(source, POST)
    cut_batch()
    before = list(Passage.objects.values_list("pk", flat=True)), Change.objects.count()
    check = visit(source, POST)
    assert cut_batch() == 0
    assert (check.outcome, check.new, check.updated) == ("unchanged", 0, 0)
    assert (list(Passage.objects.values_list("pk", flat=True)), Change.objects.count()) == before


def test_two_feeds_that_carry_one_work_share_an_article(new_source, visit):
    own = new_source()
    planet = new_source("https://planet.example.net/atom.xml")
    visit(
        planet,
        replace(POST, id="x", title="Planet: Pruned", link="http://www.blog.example.org/pruned"),
    )
    visit(own, POST)
    article = Article.objects.get()
    assert article.entries.count() == 2
    assert article.title == "Pruned transducers"
    assert article.source == own


def test_the_article_is_the_same_whichever_feed_came_first(new_source, visit):
    own, planet = new_source(), new_source("https://planet.example.net/atom.xml")
    copy = replace(POST, id="x", title="Planet: Pruned", published="2026-10-01T00:00:00Z")
    visit(own, POST)
    visit(planet, copy)
    first = Article.objects.values("title", "published_at", "html", "source_id", "gist").get()
    Entry.objects.all().delete()
    Article.objects.all().delete()
    visit(planet, copy)
    visit(own, POST)
    assert (
        Article.objects.values("title", "published_at", "html", "source_id", "gist").get() == first
    )


def test_an_edit_updates_text_and_only_the_passages_that_changed(new_source, visit):
    source = new_source()
    long = "".join(f"<p>{' '.join(f'word{n}x{m}' for m in range(120))}.</p>" for n in range(4))
    visit(source, replace(POST, content=long))
    cut_batch()
    before = {p.ordinal: p.pk for p in Passage.objects.all()}
    visit(source, replace(POST, content=long.replace("word3x119", "changed")))
    cut_batch()
    after = {p.ordinal: p.pk for p in Passage.objects.all()}
    assert len(before) > 2
    assert before[0] == after[0]
    assert before[max(before)] != after[max(after)]
    assert "changed" in Article.objects.get().text


@pytest.mark.parametrize(
    "date", ["0001-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "1970-01-01T00:00:00Z", None]
)
def test_impossible_dates_are_clamped_and_kept(new_source, visit, date):
    visit(new_source(), replace(POST, published=date, published_raw=date or ""))
    article = Article.objects.get()
    assert article.published_at == NOW
    assert article.date_is_ours
    assert article.published_said == (date or "")


def test_a_feed_that_re_dates_its_past_does_not_reshuffle_it(new_source, visit):
    source = new_source()
    visit(source, POST)
    visit(source, replace(POST, published="2026-11-19T00:00:00Z"))
    assert Article.objects.get().published_at == dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)


def test_new_ids_on_the_same_links_add_nothing(new_source, visit):
    source = new_source()
    visit(source, POST, replace(POST, id="p2", link="https://blog.example.org/two"))
    visit(
        source, replace(POST, id="q1"), replace(POST, id="q2", link="https://blog.example.org/two")
    )
    assert (Entry.objects.count(), Article.objects.count()) == (2, 2)


def test_a_truncated_feed_removes_nothing(new_source, visit):
    source = new_source()
    visit(source, POST, replace(POST, id="p2", link="https://blog.example.org/two"))
    visit(source)
    assert Article.objects.count() == 2


def test_a_page_gives_the_full_text(new_source, visit):
    page = PageRecord(ok=True, url=POST.link, text="Far longer. " * 50, html="<p>Far longer.</p>")
    visit(new_source(), replace(POST, content="", summary="<p>Short.</p>", page=page))
    cut_batch()
    article = Article.objects.get()
    assert article.html == "<p>Far longer.</p>"
    assert article.gist == "Short."


def test_the_gist_is_that_of_the_source_which_speaks_for_the_article(new_source, visit):
    short = replace(POST, summary="<p>We release a loss that waits less.</p>")
    planet = new_source("https://planet.example.net/atom.xml")
    visit(planet, replace(short, id="x", summary="<p>Somebody posted this on the planet.</p>"))
    visit(new_source(), short)
    assert cut_batch() == 1
    assert Article.objects.get().gist == "We release a loss that waits less."


def test_readers_of_feeds_are_told_of_another_gist_and_of_nothing_else(new_source, visit):
    source = new_source()
    visit(source, POST)
    cut_batch()
    told = Article.objects.get()
    Article.objects.update(cut_at=None)
    cut_batch()
    assert Article.objects.get().updated_at == told.updated_at > NOW
    visit(source, replace(POST, content="<p>We release the code. It is short.</p>"))
    cut_batch()
    again = Article.objects.get()
    assert again.gist == "We release the code."
    assert again.updated_at > told.updated_at


def test_a_failure_is_told_and_changes_no_entry(new_source, visit):
    source = new_source()
    visit(source, POST)
    check = visit(source, outcome="failed", status=503, feed=None, error="The server answered 503")
    source.refresh_from_db()
    assert (check.outcome, source.failures, source.last_error) == (
        "failed",
        1,
        "The server answered 503",
    )
    assert source.failing_since == NOW
    assert Entry.objects.count() == 1
    visit(source, outcome="unchanged", status=304, feed=None, etag='"new"')
    source.refresh_from_db()
    assert (source.failures, source.last_error, source.failing_since, source.etag) == (
        0,
        "",
        None,
        '"new"',
    )


def test_gone_retires_the_source(new_source, visit):
    source = new_source()
    visit(source, outcome="failed", status=410, feed=None, error="Gone")
    source.refresh_from_db()
    assert source.state == Source.State.GONE


def test_one_visit_is_stored_once(new_source, visit):
    source = new_source()
    check = visit(source, POST)
    from kb.core.records import Visit

    again = Visit(source=source.pk, url=source.url, outcome="failed", started_at=NOW.isoformat())
    assert store_visit(visit=again, crawl=check.crawl, now=NOW) is None


def test_hostile_lengths_are_stored(new_source, visit):
    visit(
        new_source(),
        replace(POST, id="i" * 5000, link="https://e.org/" + "x" * 5000, language="x" * 200),
    )
    assert Article.objects.count() == 1
