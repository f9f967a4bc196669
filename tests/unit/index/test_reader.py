"""Searching while a writer writes."""

from __future__ import annotations

import shutil
import threading

import numpy as np
import pytest
from index_helpers import DIMENSION, SPACE, document, vectors

from kb.core.query import parse_query
from kb.errors import IndexUnavailable, InputError
from kb.index.exact import ExactVectors
from kb.index.reader import IndexReader, Ready

SPEECH = parse_query("speech")


@pytest.fixture
def reader(built):
    return IndexReader(built.directory)


def query(item, row=0):
    return document(item).vectors[row].astype(np.float32)


def test_without_an_index_everything_is_unavailable(store):
    reader = IndexReader(store.directory)
    assert reader.ready == Ready(words=False, vectors=False)
    assert "no index yet" in reader.problems[0]
    for ask in (
        lambda: reader.search_words(SPEECH, 3),
        lambda: reader.search_vectors(np.ones(DIMENSION), 3),
        lambda: reader.similar(1, 3),
        lambda: reader.generation,
    ):
        with pytest.raises(IndexUnavailable):
            ask()


def test_an_index_that_appears_later_is_found(store):
    reader = IndexReader(store.directory)
    assert not reader.ready.words
    store.build(SPACE, DIMENSION, [document(1)], 1)
    assert reader.ready == Ready(words=True, vectors=True)
    assert (reader.generation, reader.space, reader.problems) == (1, SPACE, ())


def test_a_passage_finds_its_article_and_itself(reader):
    hit = reader.search_vectors(query(7, 1), 3)[0]
    assert (hit.item, hit.passage) == (7, 7001)
    assert hit.score == pytest.approx(1, abs=2e-3)


def test_each_article_comes_once_with_its_best_passage(reader):
    hits = reader.search_vectors(query(7), 100)
    assert sorted(h.item for h in hits) == list(range(1, 21))
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)


@pytest.mark.parametrize("limit", [1, 5, 20, 100])
def test_base_delta_and_dead_together_answer_as_the_reference(built, reader, limit):
    built.apply(SPACE, DIMENSION, [document(3, version=1), document(30, count=4)], [5], 2)
    assert built.current().dead > 0
    documents = [document(n) for n in range(1, 21) if n not in {3, 5}]
    documents += [document(3, version=1), document(30, count=4)]
    exact = ExactVectors(np.concatenate([d.vectors for d in documents]))
    owners = np.concatenate([[d.item] * len(d.passages) for d in documents])
    _, rows = exact.search(query(9), exact.count)
    wanted = list(dict.fromkeys(owners[rows].tolist()))[:limit]
    assert [h.item for h in reader.search_vectors(query(9), limit)] == wanted


@pytest.mark.parametrize("limit", [1, 3, 8])
def test_filters_never_under_fill(built, reader, limit):
    allowed = {2, 4, 6, 8, 10, 12, 30, 31}
    built.apply(SPACE, DIMENSION, [document(30, count=70), document(31)], [1, 3], 2)
    for ids in (allowed, sorted(allowed), np.array(sorted(allowed))):
        for hits in (
            reader.search_vectors(query(1), limit, allowed=ids),
            reader.search_words(SPEECH, limit, allowed=ids),
            reader.similar(7, limit, allowed=ids),
        ):
            assert len(hits) == limit
            assert {h.item for h in hits} <= allowed
    assert reader.search_vectors(query(1), limit, allowed=()) == []


def test_deleted_articles_never_appear(built, reader):
    built.apply(SPACE, DIMENSION, [], [7, 8], 2)
    gone = {7, 8}
    assert not gone & {h.item for h in reader.search_vectors(query(7), 100)}
    assert not gone & {h.item for h in reader.search_words(SPEECH, 100)}
    assert not gone & {h.item for h in reader.similar(1, 100)}
    assert reader.similar(7, 5) == []


def test_similar_leaves_the_article_itself_out(reader):
    hits = reader.similar(7, 100)
    assert len(hits) == 19
    assert 7 not in {h.item for h in hits}
    assert np.linalg.norm(reader.vector(7)) == pytest.approx(1, abs=1e-5)
    assert reader.vector(999) is None
    assert reader.similar(999, 5) == []


@pytest.mark.parametrize(
    "vector", [np.ones(3), np.ones((1, DIMENSION)), np.full(DIMENSION, np.nan)]
)
def test_a_vector_that_does_not_fit_is_an_input_error(reader, vector):
    with pytest.raises(InputError):
        reader.search_vectors(vector, 3)


def test_no_limit_finds_nothing(reader):
    assert reader.search_vectors(query(1), 0) == reader.search_words(SPEECH, 0) == []


def test_a_flip_is_noticed_by_the_next_query(built, reader):
    assert reader.generation == 1
    built.apply(SPACE, DIMENSION, [document(30, "unheard of zebras")], [], 2)
    assert [h.item for h in reader.search_words(parse_query("zebra"), 5)] == [30]
    assert reader.generation == 2


def test_a_deleted_index_keeps_answering(built, reader):
    assert reader.generation == 1
    shutil.rmtree(built.directory)
    assert len(reader.search_words(SPEECH, 50)) == 20
    assert len(reader.search_vectors(query(1), 50)) == 20


def test_a_broken_newer_generation_does_not_replace_a_good_one(built, reader):
    assert reader.generation == 1
    built.apply(SPACE, DIMENSION, [document(30)], [], 2)
    (built.directory / "gen-000002" / "delta.npy").write_bytes(b"broken")
    assert reader.generation == 1
    assert "delta.npy" in reader.problems[0]
    assert len(reader.search_vectors(query(1), 50)) == 20
    built.build(SPACE, DIMENSION, [document(30)], 3)
    assert (reader.generation, reader.problems) == (3, ())


def test_words_answer_while_vectors_are_broken(built):
    (built.directory / "gen-000001" / "base.faiss").unlink()
    reader = IndexReader(built.directory)
    assert reader.ready == Ready(words=True, vectors=False)
    assert len(reader.search_words(SPEECH, 50)) == 20


def test_twenty_swaps_under_load_fail_no_query(built, reader):
    failed, asked, stop = [], [0] * 4, threading.Event()

    def ask(number):
        last = 0
        while not stop.is_set():
            try:
                generation = reader.generation
                assert generation >= last, "went back"
                last = generation
                assert len(reader.search_words(SPEECH, 10)) == 10
                assert len(reader.search_vectors(query(1 + number), 10)) == 10
                assert len(reader.similar(12, 10)) == 10
                asked[number] += 1
            except Exception as error:  # noqa: BLE001 - every failure is what this test counts
                failed.append(repr(error))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for n in range(20):
        built.apply(
            SPACE, DIMENSION, [document(100 + n), document(13, version=n % 9)], [100 + n - 3], 2 + n
        )
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert min(asked) > 3
    assert reader.generation == 21


def test_many_readers_opening_while_a_writer_cleans_never_fail(built):
    failed, stop = [], threading.Event()

    def open_again():
        while not stop.is_set():
            try:
                assert len(IndexReader(built.directory).search_words(SPEECH, 5)) == 5
                assert len(IndexReader(built.directory).search_vectors(query(2), 5)) == 5
            except Exception as error:  # noqa: BLE001 - every failure is what this test counts
                failed.append(repr(error))

    threads = [threading.Thread(target=open_again) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(25):
        built.apply(SPACE, DIMENSION, [document(100, version=n % 9)], [], 2 + n)
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []


def test_vectors_of_one_article_do_not_crowd_out_others(built, reader):
    many = document(
        40, passages=tuple(range(90000, 90600)), vectors=np.repeat(vectors(1, 5), 600, axis=0)
    )
    built.apply(SPACE, DIMENSION, [many], [], 2)
    hits = reader.search_vectors(vectors(1, 5)[0].astype(np.float32), 21)
    assert len(hits) == 21
    assert hits[0].item == 40
