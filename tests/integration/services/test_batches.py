"""Many visits in one transaction: the same rows as one by one, in a number of queries that does not grow."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.core.records import EntryRecord, FeedRecord, Visit, to_json
from kb.models import Article, Change, Check, Crawl, Entry, Host, Passage, Source
from kb.services import articles
from kb.services.articles import refresh_articles
from kb.services.crawls import ingest_spool
from kb.services.ingest import store_visits
from kb.services.passages import cut_batch
from kb.services.program import spool_folder
from kb.services.rows import insert_rows, update_rows
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db
LATER = NOW + dt.timedelta(hours=1)


def post(name: str, **said: object) -> EntryRecord:
    link = f"https://blog.example.org/{name}"
    return EntryRecord(**{"id": name, "title": name, "link": link, "content": "Words."} | said)


def brought(source: Source, *entries: EntryRecord) -> Visit:
    feed = FeedRecord(ok=True, title="A blog", language="de", entries=entries)
    return Visit(source.pk, source.url, "new", NOW.isoformat(), status=200, etag='"1"', feed=feed)


def unchanged(source: Source) -> Visit:
    return Visit(source.pk, source.url, "unchanged", LATER.isoformat(), status=304)


def new_crawl(*visits: Visit) -> Crawl:
    crawl = Crawl.objects.create(
        started_at=NOW, begun_at=NOW, spool=f"{Crawl.objects.count()}.jsonl"
    )
    lines = "".join(json.dumps(to_json(visit)) + "\n" for visit in visits)
    (spool_folder() / crawl.spool).write_text(lines)
    return crawl


@pytest.fixture
def sources(new_source) -> list[Source]:
    return [new_source(f"https://h{n}.example.org/feed") for n in range(8)]


@pytest.mark.parametrize("make", [lambda s: brought(s, post(f"p{s.pk}")), unchanged])
def test_twice_the_visits_take_as_many_queries(sources, make):
    counts = []
    for part in (sources[:2], sources[2:]):
        crawl = new_crawl()
        with CaptureQueriesContext(connection) as queries:
            store_visits(visits=[make(s) for s in part], crawl=crawl, now=NOW)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert Check.objects.count() == len(sources)


def test_a_batch_gives_what_single_visits_give(sources):
    visits = [brought(s, post("shared"), post(f"own-{s.pk}", id="1")) for s in sources]

    def rows() -> list[object]:
        found = Article.objects.order_by("key").values_list("key", "content_hash", "source")
        checks = Check.objects.order_by("source").values_list("source", "outcome", "new")
        return [
            *found,
            *checks,
            *Entry.objects.order_by("source", "key").values_list("article__key"),
        ]

    store_visits(visits=visits, crawl=new_crawl(), now=NOW)
    together = rows()
    for table in (Check, Entry, Article):
        table.objects.all().delete()
    for visit in reversed(visits):
        store_visits(visits=[visit], crawl=new_crawl(), now=NOW)
    assert rows() == together


def test_a_new_article_is_composed_as_it_would_be_from_what_is_stored(sources):
    store_visits(visits=[brought(s, post("shared")) for s in sources], crawl=new_crawl(), now=NOW)
    article = Article.objects.get()
    assert article.language == "de"
    assert refresh_articles(article_ids=[article.pk], now=LATER) == 0


def test_an_article_that_another_process_makes_first_is_composed_of_both(sources, monkeypatch):
    def late(rows, *, skip_known=False):
        if skip_known:
            with monkeypatch.context() as first:
                first.setattr(articles, "insert_rows", insert_rows)
                theirs = brought(sources[0], post("p", title="Theirs"))
                store_visits(visits=[theirs], crawl=new_crawl(), now=NOW)
        return insert_rows(rows, skip_known=skip_known)

    monkeypatch.setattr(articles, "insert_rows", late)
    ours = brought(sources[1], post("p", title="Ours", authors=("A. Writer",)))
    store_visits(visits=[ours], crawl=new_crawl(), now=NOW)
    article = Article.objects.get()
    assert (article.title, article.authors) == ("Theirs", ["A. Writer"])
    assert article.entries.count() == 2


def test_one_visit_that_cannot_be_stored_costs_the_others_nothing(sources):
    good, bad, last = sources[:3]
    visits = [brought(good, post("a")), brought(bad, post("b", duration=2**70)), brought(last)]
    crawl = new_crawl(*visits)
    assert ingest_spool(crawl_id=crawl.pk) == 3
    checks = {c.source_id: c for c in Check.objects.all()}
    assert [checks[s.pk].outcome for s in sources[:3]] == ["new", "failed", "unchanged"]
    assert "cannot be stored" in checks[bad.pk].error
    assert Article.objects.count() == 1
    crawl.refresh_from_db()
    assert crawl.offset == (spool_folder() / crawl.spool).stat().st_size


def test_a_source_that_a_batch_names_twice_is_stored_once(sources):
    twice = [brought(sources[0], post("a")), brought(sources[0], post("b"))]
    store_visits(visits=twice, crawl=new_crawl(), now=NOW)
    assert Entry.objects.get().guid == "a"


def test_hosts_hear_of_visits_in_order(sources):
    first, second = sources[:2]
    Host.objects.create(name=second.host, refusals=3, blocked_until=NOW)
    refused = Visit(
        first.pk,
        first.url,
        "failed",
        NOW.isoformat(),
        refused=((second.host, 60), ("new.example", 0)),
    )
    store_visits(visits=[unchanged(second), refused], crawl=new_crawl(), now=NOW)
    assert dict(Host.objects.values_list("name", "refusals")) == {second.host: 1, "new.example": 1}


def test_the_rhythm_is_known_when_nothing_comes(sources):
    source = sources[0]
    days = [post(f"d{n}", published=f"2026-11-{n + 1:02}T12:00:00Z") for n in range(6)]
    store_visits(visits=[brought(source, *days)], crawl=new_crawl(), now=NOW)
    source.refresh_from_db()
    assert (source.usual_gap, source.newest_at.day) == (86400, 6)
    moved = brought(source, post("d5", published="2026-11-02T12:00:00Z", title="Edited"))
    store_visits(visits=[moved], crawl=new_crawl(), now=LATER)
    source.refresh_from_db()
    assert source.newest_at.day == 6  # a date once believed stays
    store_visits(visits=[unchanged(source)], crawl=new_crawl(), now=LATER)
    source.refresh_from_db()
    assert source.interval >= 12 * 3600


def test_an_article_is_cut_again_when_its_text_changes_and_the_index_is_told(sources):
    source = sources[0]
    store_visits(visits=[brought(source, post("a"))], crawl=new_crawl(), now=NOW)
    assert (cut_batch(), cut_batch()) == (1, 0)
    article = Article.objects.get()
    Change.objects.all().delete()
    store_visits(visits=[brought(source, post("a", content="Other."))], crawl=new_crawl(), now=NOW)
    assert Change.objects.count() == 1
    assert Passage.objects.get(item=article.pk).text.endswith("Words.")
    assert cut_batch() == 1
    assert Passage.objects.get(item=article.pk).text.endswith("Other.")
    assert list(Change.objects.values_list("item", flat=True)) == [article.pk] * 2


def test_rows_are_written_as_the_model_says(new_source):
    source = new_source()
    same = {"source": source, "key": "k", "first_seen": NOW, "last_changed": NOW}
    made = Entry(guid="1", authors=["Å", "B"], page={"ok": True}, published_at=LATER, **same)
    assert insert_rows([made]) == 1
    assert insert_rows([Entry(guid="2", **same)], skip_known=True) == 0
    row = Entry.objects.get(page__ok=True, published_at__lte=LATER, first_seen=NOW)
    assert (row.guid, row.authors, row.published_at) == ("1", ["Å", "B"], LATER)
    row.authors, row.page, row.published_at, row.guid = [], None, None, "not written"
    update_rows([row], ("authors", "page", "published_at"))
    row.refresh_from_db()
    assert (row.guid, row.authors, row.page, row.published_at) == ("1", [], None, None)
    assert Entry.objects.filter(page__isnull=True).count() == 1
