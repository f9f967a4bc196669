"""The contract of vector rows, held by FAISS and by NumPy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_helpers import vectors

from kb.errors import IndexUnavailable
from kb.index.exact import ExactVectors
from kb.index.vectors import BaseWriter, open_base

COUNT, DIMENSION = 500, 32


@pytest.fixture(scope="module")
def engines(tmp_path_factory):
    matrix = vectors(COUNT, dimension=DIMENSION)
    path = tmp_path_factory.mktemp("vectors") / "base.faiss"
    writer = BaseWriter(DIMENSION)
    writer.add(matrix[:300])
    writer.add(matrix[300:])
    writer.write(path)
    return ExactVectors(matrix), open_base(path, DIMENSION, COUNT)


@given(st.integers(0, 2**31), st.integers(1, 600), st.floats(0, 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_faiss_gives_what_the_reference_gives(engines, seed, limit, share):
    exact, faiss = engines
    query = vectors(1, seed, DIMENSION)[0].astype(np.float32)
    mask = np.random.default_rng(seed).random(COUNT) < share
    for chosen in (None, mask):
        wanted, rows = exact.search(query, limit, chosen)
        scores, found = faiss.search(query, limit, chosen)
        assert scores == pytest.approx(wanted, abs=1e-5)
        assert set(found.tolist()) == set(rows.tolist())
        assert len(found) == min(limit, COUNT if chosen is None else int(mask.sum()))


def test_both_give_back_the_stored_vectors_exactly(engines):
    rows = np.array([0, 299, 300, 499])
    for engine in engines:
        assert np.array_equal(
            engine.take(rows), vectors(COUNT, dimension=DIMENSION)[rows].astype(np.float32)
        )
        assert (engine.count, engine.dimension) == (COUNT, DIMENSION)


def test_nothing_allowed_gives_nothing(engines):
    for engine in engines:
        scores, rows = engine.search(np.ones(DIMENSION, np.float32), 5, np.zeros(COUNT, bool))
        assert len(scores) == len(rows) == 0


def test_equal_scores_come_by_row(tmp_path):
    matrix = np.repeat(vectors(1), 10, axis=0)
    writer = BaseWriter(16)
    writer.add(matrix)
    writer.write(tmp_path / "b")
    for engine in (ExactVectors(matrix), open_base(tmp_path / "b", 16, 10)):
        assert engine.search(matrix[0].astype(np.float32), 10)[1].tolist() == list(range(10))


def test_an_empty_base_can_be_opened_and_searched(tmp_path):
    BaseWriter(16).write(tmp_path / "b")
    engine = open_base(tmp_path / "b", 16, 0)
    assert len(engine.search(np.ones(16, np.float32), 3)[1]) == 0


def test_a_deleted_file_keeps_answering(tmp_path):
    writer = BaseWriter(16)
    writer.add(vectors(50))
    writer.write(tmp_path / "b")
    engine = open_base(tmp_path / "b", 16, 50)
    (tmp_path / "b").unlink()
    assert len(engine.search(np.ones(16, np.float32), 50)[1]) == 50


def test_foreign_files_are_refused(tmp_path):
    import faiss

    (tmp_path / "text").write_text("no index at all")
    flat = faiss.IndexFlatIP(16)
    flat.add(vectors(3).astype(np.float32))
    faiss.write_index(flat, str(tmp_path / "flat"))
    for name in ("text", "flat", "absent"):
        with pytest.raises(IndexUnavailable):
            open_base(tmp_path / name, 16, 3)
