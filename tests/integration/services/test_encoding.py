"""Encoding beside the database: how much at once, how fast, and one vector for a burst of equal queries."""

from __future__ import annotations

import datetime as dt
import re
import threading
import time
from importlib import import_module

import psutil
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from kb.embedding.hashed import HashedEncoder
from kb.errors import ModelError
from kb.models import Embedding, Passage
from kb.selectors.engine import CACHED_QUERIES, QueryEncoder, bundled_aliases
from kb.selectors.overview import overview
from kb.selectors.progress import embedding_pace
from kb.services.embedding import BATCH, MOST, _waiting, embed_pending, next_size, pending_texts
from kb.services.passages import cut_batch
from kb.services.pipeline import embed_all
from kb.services.program import let_forks_end


class Counting:
    """An encoder that takes its time and counts what it is asked for."""

    def __init__(self, *, fails: bool = False) -> None:
        self.asked: list[str] = []
        self.fails = fails
        self.inner = HashedEncoder()
        self.space = self.inner.space

    def encode(self, texts, progress=None):
        self.asked += texts
        time.sleep(0.05)
        if self.fails:
            raise ModelError("broken weights")
        return self.inner.encode(texts, progress)


def ask_together(query: QueryEncoder, text: str, times: int) -> list[object]:
    found: list[object] = []
    start = threading.Barrier(times)

    def ask():
        start.wait()
        try:
            found.append(query.encode(text, wait=True))
        except ModelError as error:
            found.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def loaded(encoder: Counting) -> QueryEncoder:
    query = QueryEncoder(bundled_aliases)
    query.warm()
    query._thread.join()
    query._found = encoder
    return query


def test_a_burst_of_equal_queries_is_encoded_once():
    encoder = Counting()
    found = ask_together(loaded(encoder), "beam search", 16)
    assert encoder.asked == ["beam search"]
    assert len({id(vector) for vector in found}) == 1


def test_a_failed_query_is_told_to_all_who_wait_and_tried_again_later():
    encoder = Counting(fails=True)
    query = loaded(encoder)
    assert ask_together(query, "beam search", 4) == ["broken weights"] * 4
    encoder.fails = False
    assert query.encode("beam search", wait=True) is not None


def test_the_oldest_queries_are_forgotten():
    query = loaded(Counting())
    query._found = HashedEncoder()
    for number in range(CACHED_QUERIES + 5):
        query.encode(f"query {number}", wait=True)
    assert len(query._known) == CACHED_QUERIES
    assert "query 4" not in query._known
    assert "query 5" in query._known


def test_no_reader_waits_for_a_model_that_is_loading(monkeypatch):
    release = threading.Event()

    def load(*_):
        release.wait()
        return HashedEncoder()

    monkeypatch.setattr("kb.selectors.engine.get_encoder", load)
    query = QueryEncoder(bundled_aliases)
    threads = [
        threading.Thread(target=query.encode, args=("a",), kwargs={"wait": False}) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
        assert not thread.is_alive()
    assert query.encode("a", wait=False) is None
    release.set()
    assert query.encode("a", wait=True) is not None


@pytest.mark.parametrize(
    ("count", "seconds", "wanted"),
    [(256, 100.0, BATCH), (256, 2.5, 204), (BATCH, 0.0, MOST), (8192, 1.0, MOST)],
)
def test_a_batch_is_as_large_as_the_machine_is_fast(count, seconds, wanted):
    assert next_size(count, seconds) == wanted


def passages(article, count: int) -> None:
    Passage.objects.bulk_create(
        Passage(item=article.pk, ordinal=100 + n, text=f"passage {n}", hash=f"h{n}")
        for n in range(count)
    )


@pytest.fixture
def article(new_source, visit):
    from kb.core.records import EntryRecord
    from kb.models import Article

    visit(
        new_source(),
        EntryRecord(id="1", title="A title", link="https://blog.example.org/1", content="text"),
    )
    return Article.objects.get()


def test_batches_grow_until_everything_is_encoded(article):
    cut_batch()
    passages(article, BATCH + 40)
    told: list[int] = []
    assert embed_pending(load=HashedEncoder, space="hashed@1", on_batch=told.append) == BATCH + 41
    assert told == [BATCH, 41]
    assert Embedding.objects.filter(encoded_at=None).count() == 0


def test_pace_is_what_was_encoded_between_batches_of_late(article, capsys):
    embed_all()
    assert embedding_pace("hashed@1") is None  # one batch has no span
    now = timezone.now()
    Embedding.objects.update(encoded_at=now - dt.timedelta(minutes=9))  # long ago does not count
    for at, count in ((20, 3), (10, 50), (0, 30)):
        Embedding.objects.bulk_create(
            Embedding(
                hash=f"{at}-{n}",
                space="hashed@1",
                vector=b"",
                encoded_at=now - dt.timedelta(seconds=at),
            )
            for n in range(count)
        )
    assert embedding_pace("hashed@1") == pytest.approx(4.0)
    assert overview("hashed@1").seconds_left is None  # nothing waits
    passages(article, 60)
    assert overview("hashed@1").seconds_left == pytest.approx(15.0)
    call_command("status")
    assert "4.0 passages/s" in capsys.readouterr().out


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a plan of SQLite's")
def test_what_waits_is_found_without_looking_at_what_is_done(article):
    for part in _waiting("hashed@1"):
        for query in (part.only("hash")[:9], part.order_by().only("pk")[:1]):
            assert re.match(r"\d+ .*SEARCH \S+ USING .*INDEX passages_to_encode", query.explain())
            assert "\n" not in query.explain(), "sorted by the index"


def test_a_new_model_begins_with_what_has_no_vector_at_all(article):
    passages(article, 3)
    Passage.objects.filter(hash__in=["h0", "h2"]).update(encoded_in="older@1")
    Passage.objects.filter(hash="h1").update(ordinal=9999)
    assert pending_texts("hashed@1", 3) == ["h1", "h0", "h2"]
    assert pending_texts("earlier@1", 3) == ["h1", "h0", "h2"]


def test_passages_from_before_the_mark_are_not_encoded_again(article):
    embed_all()
    passages(article, 1)
    Passage.objects.update(encoded_in="")
    import_module("kb.migrations.0012_encoded_in").mark_encoded(apps, None)
    assert Passage.objects.get(ordinal=0).encoded_in == "hashed@1"
    assert pending_texts("hashed@1", 9) == ["h0"]


@pytest.mark.parametrize(("queues", "wanted"), [({"embed"}, 1), ({"index"}, 0)])
def test_a_process_that_encodes_has_its_model_loading_from_the_start(monkeypatch, queues, wanted):
    from tasks import embed

    monkeypatch.setattr(embed.app.amqp.queues, "_consume_from", dict.fromkeys(queues))
    loaded = threading.Semaphore(0)
    embed.prepare(load=loaded.release)
    assert loaded.acquire(timeout=10 * wanted) == bool(wanted)


@pytest.mark.parametrize(("queues", "wanted"), [({"crawl"}, True), ({"ingest"}, False)])
def test_a_worker_that_crawls_has_its_crawler_loading_from_the_start(monkeypatch, queues, wanted):
    from tasks import crawl

    let_forks_end()
    monkeypatch.setattr(crawl.app.amqp.queues, "_consume_from", dict.fromkeys(queues))
    crawl.prepare()
    loading = [p.cmdline()[-1:] for p in psutil.Process().children()]
    let_forks_end()
    assert (["serve"] in loading) == wanted
