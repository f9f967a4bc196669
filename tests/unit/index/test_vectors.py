"""The contract of vector rows, held by FAISS, flat and in cells, and by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_helpers import clustered, vectors

from kb.errors import IndexUnavailable
from kb.index.bulk import TARGET, BulkWriter
from kb.index.exact import ExactVectors
from kb.index.vectors import CellVectors, FlatVectors, open_base

COUNT, DIMENSION = 3000, 32


def write(folder, matrix, exact_rows=10**9, like=None, trained=0, cells=None):
    """(engine, base, the rows of `matrix` in the order of the base)."""
    folder.mkdir(parents=True, exist_ok=True)
    dimension = matrix.shape[1]
    writer = BulkWriter(folder, dimension, exact_rows)
    ids = np.arange(len(matrix), dtype=np.int64)
    for part in np.array_split(ids, 3):
        table = np.stack([part, part // 2], axis=1)
        writer.add(matrix[part], table, None if cells is None else cells[part])
    engine, order = writer.finish(like, trained)
    base = open_base(folder / "base.faiss", dimension, len(matrix), engine.nprobe)
    assert np.load(folder / "base_rows.npy")[:, 0].tolist() == order.tolist()
    assert sorted(p.name for p in folder.iterdir()) == ["base.faiss", "base_rows.npy"]
    return engine, base, order


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    """Engine -> (its rows, the same rows by NumPy)."""
    matrix = clustered(COUNT, DIMENSION)
    folder = tmp_path_factory.mktemp("vectors")
    _, flat, _ = write(folder / "flat", matrix)
    engine, cells, order = write(folder / "cells", matrix, exact_rows=100)
    assert engine.cells > engine.nprobe > 0
    return {"flat": (flat, ExactVectors(matrix)), "cells": (cells, ExactVectors(matrix[order]))}


@given(st.integers(0, 2**31), st.integers(1, 600), st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_flat_file_gives_what_the_reference_gives(engines, seed, limit, share):
    faiss, exact = engines["flat"]
    query = vectors(1, seed, DIMENSION)[0].astype(np.float32)
    mask = np.random.default_rng(seed).random(COUNT) < share
    for chosen in (None, mask):
        wanted, rows = exact.search(query, limit, chosen)
        scores, found = faiss.search(query, limit, chosen)
        assert scores == pytest.approx(wanted, abs=1e-5)
        assert set(found.tolist()) == set(rows.tolist())
        assert len(found) == min(limit, COUNT if chosen is None else int(mask.sum()))


@given(st.integers(0, 2**31), st.integers(1, 600), st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_cells_never_under_fill_and_score_as_the_reference(engines, seed, limit, share):
    cells, exact = engines["cells"]
    query = vectors(1, seed, DIMENSION)[0].astype(np.float32)
    mask = np.random.default_rng(seed).random(COUNT) < share
    for chosen in (None, mask):
        scores, found = cells.search(query, limit, chosen)
        assert len(found) == min(limit, COUNT if chosen is None else int(mask.sum()))
        assert len(set(found.tolist())) == len(found)
        assert chosen is None or mask[found].all()
        assert scores == pytest.approx(exact.take(found) @ query, abs=1e-5)
        assert (np.diff(scores) <= 0).all()


def test_cells_find_what_few_rows_are_allowed_exactly(engines):
    cells, exact = engines["cells"]
    mask = np.zeros(COUNT, bool)
    mask[np.random.default_rng(4).choice(COUNT, 40, replace=False)] = True
    for seed in range(20):
        query = vectors(1, seed, DIMENSION)[0].astype(np.float32)
        assert (
            cells.search(query, 10, mask)[1].tolist() == exact.search(query, 10, mask)[1].tolist()
        )


@pytest.mark.parametrize("kind", ["flat", "cells"])
def test_both_give_back_the_stored_vectors_exactly(engines, kind):
    engine, exact = engines[kind]
    rows = np.random.default_rng(0).choice(COUNT, 900, replace=False)
    assert np.array_equal(engine.take(rows), exact.take(rows))
    assert engine.take(rows[:0]).shape == (0, DIMENSION)
    assert (engine.count, engine.dimension) == (COUNT, DIMENSION)


@pytest.mark.parametrize("kind", ["flat", "cells"])
def test_nothing_allowed_gives_nothing(engines, kind):
    for engine in engines[kind]:
        scores, rows = engine.search(np.ones(DIMENSION, np.float32), 5, np.zeros(COUNT, bool))
        assert len(scores) == len(rows) == 0


def test_the_recall_that_is_promised_is_the_recall_that_is_measured(tmp_path):
    matrix = clustered(COUNT, DIMENSION)
    engine, cells, order = write(tmp_path, matrix, exact_rows=100)
    exact = ExactVectors(matrix[order])
    assert engine.recall >= TARGET
    assert engine.trained == COUNT
    hits = [
        len(np.intersect1d(cells.search(q, 10)[1], exact.search(q, 10)[1]))
        for q in clustered(100, DIMENSION, seed=0).astype(np.float32)
    ]
    assert sum(hits) / 1000 >= TARGET - 0.02


def test_the_same_rows_make_the_same_file(tmp_path):
    matrix = clustered(COUNT, DIMENSION)
    for name in ("a", "b"):
        write(tmp_path / name, matrix, exact_rows=100)
    one, other = ((tmp_path / name / "base.faiss").read_bytes() for name in ("a", "b"))
    assert one == other


def test_where_cells_would_miss_too_much_every_row_is_compared_and_the_engine_says_why(tmp_path):
    noise = vectors(2000, dimension=64)  # without any structure no cell is near
    engine, base, order = write(tmp_path, noise, exact_rows=100)
    assert isinstance(base, FlatVectors)
    assert (engine.cells, engine.nprobe) == (0, 0)
    assert "recall" in engine.reason
    assert order.tolist() == list(range(2000))


def test_centroids_serve_again_until_there_are_twice_as_many_rows(tmp_path):
    matrix = clustered(COUNT, DIMENSION)
    _, first, order = write(tmp_path / "1", matrix[:2000], exact_rows=100)
    known = np.full(COUNT, -1)
    known[order] = first.cells_of(np.arange(2000))
    again, second, _ = write(tmp_path / "2", matrix, 100, first, 2000, known)
    assert np.array_equal(first.centroids, second.centroids)
    assert again.trained == 2000
    anew, third, _ = write(tmp_path / "3", matrix, 100, first, 1000, known)
    assert not np.array_equal(first.centroids, third.centroids)
    assert anew.trained == COUNT


def test_equal_scores_come_by_row(tmp_path):
    matrix = np.repeat(vectors(1), 10, axis=0)
    for engine in (ExactVectors(matrix), write(tmp_path, matrix)[1]):
        assert engine.search(matrix[0].astype(np.float32), 10)[1].tolist() == list(range(10))


@pytest.mark.parametrize("dimension", [0, 16])
def test_an_empty_base_can_be_opened_and_searched(tmp_path, dimension):
    engine = write(tmp_path, np.empty((0, dimension), np.float16))[1]
    assert len(engine.search(np.ones(dimension, np.float32), 3)[1]) == 0


@pytest.mark.parametrize("exact_rows", [10**9, 100])
def test_a_deleted_file_keeps_answering(tmp_path, exact_rows):
    engine = write(tmp_path, clustered(COUNT, DIMENSION), exact_rows)[1]
    (tmp_path / "base.faiss").unlink()
    assert len(engine.search(np.ones(DIMENSION, np.float32), 50)[1]) == 50


def test_foreign_files_are_refused(tmp_path):
    import faiss

    (tmp_path / "text").write_text("no index at all")
    flat = faiss.IndexFlatIP(16)
    flat.add(vectors(3).astype(np.float32))
    faiss.write_index(flat, str(tmp_path / "flat"))
    write(tmp_path / "cells", clustered(COUNT, DIMENSION), exact_rows=100)
    for name, nprobe in (("text", 0), ("flat", 0), ("flat", 3), ("absent", 0)):
        with pytest.raises(IndexUnavailable):
            open_base(tmp_path / name, 16, 3, nprobe)
    path = tmp_path / "cells" / "base.faiss"
    for count, nprobe in ((COUNT, 0), (COUNT - 1, 4)):
        with pytest.raises(IndexUnavailable):
            open_base(path, DIMENSION, count, nprobe)
    assert isinstance(open_base(path, DIMENSION, COUNT, 4), CellVectors)
