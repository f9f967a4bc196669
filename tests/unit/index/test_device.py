"""Comparing on a GPU beside the CPU. What stands in for the GPU here is a FAISS index on the CPU that, as a GPU does, holds
float16, rounds the query, knows no masks and gives at most 2,048 rows; CUDA itself is not tested."""

from __future__ import annotations

import logging
import threading

import numpy as np
import pytest
from index_helpers import clustered, vectors

from kb.index import vectors as adapter
from kb.index.exact import ExactVectors
from kb.index.vectors import copy_to_gpu, open_base, write_flat

COUNT, DIMENSION = 3000, 32


class StandIn:
    def __init__(self, index):
        import faiss

        self.asked: list[int] = []
        self.rows = faiss.IndexFlatIP(DIMENSION)
        self.rows.add(index.reconstruct_n(0, index.ntotal))

    def search(self, query, count):
        assert count <= 2048
        self.asked.append(count)
        return self.rows.search(query.astype(np.float16).astype(np.float32), count)


@pytest.fixture
def copies(monkeypatch):
    """The copies that were made."""
    made: list[StandIn] = []

    def copy(index):
        made.append(StandIn(index))
        return made[-1]

    monkeypatch.setattr(adapter, "_WORTH_COPYING", COUNT)
    monkeypatch.setattr(adapter, "copy_to_gpu", copy)
    return made


def write(folder, matrix):
    write_flat(folder / "base.faiss", matrix)
    return open_base(folder / "base.faiss", DIMENSION, len(matrix), 0)


def queries(count):
    return vectors(count, 5, DIMENSION).astype(np.float32)


@pytest.mark.parametrize("share", [1.0, 0.9, 0.3])
def test_the_same_rows_and_scores_as_on_the_cpu(copies, tmp_path, share):
    matrix = clustered(COUNT, DIMENSION)
    base, exact = write(tmp_path, matrix), ExactVectors(matrix)
    for number, query in enumerate(queries(20)):
        mask = np.random.default_rng(number).random(COUNT) < share
        for chosen in (None, mask):
            scores, rows = base.search(query, 50, chosen)
            wanted, best = exact.search(query, 50, chosen)
            assert scores == pytest.approx(wanted, abs=1e-5)
            assert set(rows.tolist()) == set(best.tolist())
    assert len(copies) == 1, "copied once"
    assert len(copies[0].asked) == 40


def test_a_strict_filter_and_a_long_answer_are_left_to_the_cpu(copies, tmp_path):
    matrix = clustered(COUNT, DIMENSION)
    base, query = write(tmp_path, matrix), queries(1)[0]
    base.search(query, 5)
    mask = np.zeros(COUNT, bool)
    mask[[7, 70, 700]] = True
    assert sorted(base.search(query, 10, mask)[1].tolist()) == [7, 70, 700]
    assert len(base.search(query, 2500)[1]) == 2500
    assert len(copies[0].asked) == 1


def test_a_filter_that_takes_away_what_is_nearest_still_fills_the_answer(copies, tmp_path):
    matrix = clustered(COUNT, DIMENSION)
    base, query = write(tmp_path, matrix), queries(1)[0]
    _, nearest = ExactVectors(matrix).search(query, 1000)
    mask = np.ones(COUNT, bool)
    mask[nearest] = False
    assert len(base.search(query, 20, mask)[1]) == 20
    assert copies[0].asked, "it was asked, and gave too few"


def test_few_rows_are_not_worth_a_copy(copies, tmp_path):
    base = write(tmp_path, clustered(COUNT - 1, DIMENSION))
    assert len(base.search(queries(1)[0], 5)[1]) == 5
    assert copies == []


def test_without_room_the_cpu_answers_and_the_log_says_why_once(monkeypatch, tmp_path, caplog):
    def copy(_):
        raise RuntimeError("out of memory")

    monkeypatch.setattr(adapter, "_WORTH_COPYING", COUNT)
    monkeypatch.setattr(adapter, "copy_to_gpu", copy)
    matrix = clustered(COUNT, DIMENSION)
    base = write(tmp_path, matrix)
    with caplog.at_level(logging.WARNING):
        for query in queries(3):
            wanted = ExactVectors(matrix).search(query, 9)[1].tolist()
            assert base.search(query, 9)[1].tolist() == wanted
    assert [r.getMessage() for r in caplog.records] == [
        "Vectors are compared on the CPU: the GPU said: out of memory"
    ]


def test_nobody_waits_for_a_gpu_that_is_at_work(copies, tmp_path):
    base, query = write(tmp_path, clustered(COUNT, DIMENSION)), queries(1)[0]
    base.search(query, 5)
    at_work, release = threading.Event(), threading.Event()
    search = copies[0].search

    def slow(*given):
        at_work.set()
        release.wait(20)
        return search(*given)

    copies[0].search = slow
    first = threading.Thread(target=base.search, args=(query, 5))
    first.start()
    at_work.wait(20)
    assert len(base.search(query, 5)[1]) == 5
    assert first.is_alive(), "the second was answered by the CPU meanwhile"
    release.set()
    first.join()


def test_where_there_is_no_gpu_nothing_is_copied(tmp_path):
    import faiss

    if faiss.get_num_gpus():
        pytest.skip("there is a GPU")
    assert copy_to_gpu(object()) is None


@pytest.mark.slow
def test_a_real_gpu_gives_what_the_cpu_gives(monkeypatch, tmp_path):
    import faiss

    if not faiss.get_num_gpus():
        pytest.skip("no GPU, or faiss-cpu is installed")
    monkeypatch.setattr(adapter, "_WORTH_COPYING", COUNT)
    matrix = clustered(COUNT, DIMENSION)
    base, exact = write(tmp_path, matrix), ExactVectors(matrix)
    for query in queries(20):
        scores, rows = base.search(query, 50)
        assert scores == pytest.approx(exact.search(query, 50)[0], abs=1e-5)
        assert set(rows.tolist()) == set(exact.search(query, 50)[1].tolist())
    assert base._gpu._copy is not None
