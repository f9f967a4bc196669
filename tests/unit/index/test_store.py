"""Writing generations."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_helpers import DIMENSION, SPACE, document, vectors

from kb.core.query import parse_query
from kb.errors import IndexBusy, IndexUnavailable, InputError
from kb.index import store as store_module
from kb.index.files import digest
from kb.index.reader import IndexReader
from kb.index.store import KEPT, IndexStore


def generations(store):
    return sorted(p.name for p in store.directory.glob("gen-*"))


def hashes(folder):
    return {
        str(p.relative_to(folder)): digest(p)
        for p in folder.rglob("*")
        if p.is_file() and p.suffix != ".lock"
    }


def apply(store, upserts=(), removed=(), change=2):
    return store.apply(SPACE, DIMENSION, upserts, removed, change)


def test_nothing_is_there_at_first(store):
    assert store.current() is None
    assert "no index yet" in store.verify()[0]
    with pytest.raises(IndexUnavailable):
        store.contents()
    with pytest.raises(IndexUnavailable):
        apply(store)


def test_a_build_holds_everything_and_verifies(built):
    manifest = built.current()
    assert (manifest.number, manifest.items, manifest.passages) == (1, 20, 40)
    assert (manifest.space, manifest.dimension, manifest.last_change) == (SPACE, DIMENSION, 1)
    assert built.verify() == []
    contents = built.contents()
    assert contents.word_items.tolist() == contents.vector_items.tolist() == list(range(1, 21))
    assert len(contents.passages) == 40


def test_the_clock_is_the_callers(tmp_path):
    store = IndexStore(tmp_path, now=lambda: datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert store.build(SPACE, DIMENSION, [], 0).created == "2026-01-02T03:04:05Z"


def test_an_empty_index_is_an_index(store):
    store.build(SPACE, DIMENSION, [], 0)
    assert store.verify() == []
    apply(store, [document(1)])
    assert store.contents().word_items.tolist() == [1]


def test_an_article_without_vectors_is_found_by_words_alone(built):
    bare = document(50, passages=(), vectors=np.empty((0, DIMENSION), np.float16))
    apply(built, [bare])
    assert built.verify() == []
    assert 50 in built.contents().word_items
    assert 50 not in built.contents().vector_items


def test_an_upsert_replaces_all_that_was_stored(built):
    apply(built, [document(3, "entirely new", count=5, version=1)])
    contents = built.contents()
    assert [p for p in contents.passages if 3000 <= p < 4000] == [3100, 3101, 3102, 3103, 3104]
    assert contents.word_items.tolist().count(3) == 1
    assert built.verify() == []


def test_the_later_of_two_upserts_and_an_upsert_over_a_removal(built):
    apply(built, [document(3, version=1), document(3, version=2)], [3])
    assert [p for p in built.contents().passages if 3000 <= p < 4000] == [3200, 3201]


def test_applying_a_batch_twice_changes_nothing(built):
    batch = [document(3, version=1), document(30)], [4, 5, 999]
    apply(built, *batch)
    before = built.contents()
    apply(built, *batch)
    after = built.contents()
    assert all(
        np.array_equal(getattr(before, f), getattr(after, f))
        for f in ("passages", "vector_items", "word_items")
    )


def test_an_empty_batch_with_nothing_new_writes_nothing(built):
    assert apply(built, change=1).number == 1
    assert apply(built, change=2).number == 2
    assert built.current().last_change == 2


def test_unchanged_files_are_linked_and_the_old_generation_stays_sound(built):
    old = built.directory / "gen-000001"
    before = hashes(old)
    apply(built, [document(3, version=1), document(40)], [4])
    new = built.directory / "gen-000002"
    assert hashes(old) == before
    assert (old / "base.faiss").stat().st_ino == (new / "base.faiss").stat().st_ino
    segments = [p for p in new.glob("words/*.store") if (old / "words" / p.name).exists()]
    assert segments
    assert segments[0].stat().st_ino == (old / "words" / segments[0].name).stat().st_ino
    line = f"gen-000001 {digest(old / 'manifest.json')}\n"
    (built.directory / "CURRENT").write_text(line)
    assert built.verify() == []
    assert IndexReader(built.directory).search_words(parse_query("speech"), 50)[19:]


def test_old_generations_are_kept_for_a_while_then_removed(built):
    for n in range(6):
        apply(built, [document(100 + n)], change=10 + n)
    assert generations(built) == [f"gen-{n:06}" for n in (5, 6, 7)]
    assert len(generations(built)) == KEPT + 1


def test_many_dead_rows_ask_to_be_folded_and_are(built):
    assert apply(built, [], [1, 2]).dead == 4
    assert not built.should_fold
    apply(built, [document(60)], [3, 4, 5, 6], change=3)
    assert built.should_fold
    manifest = built.fold()
    assert (manifest.dead, manifest.delta, manifest.base) == (0, 0, 30)
    assert (manifest.last_change, built.should_fold) == (3, False)
    assert built.verify() == []


def test_a_large_delta_asks_to_be_folded_and_is(built, monkeypatch):
    monkeypatch.setattr(store_module, "_DELTA", 10)
    assert apply(built, [document(n) for n in range(30, 35)]).delta == 10
    assert not built.should_fold
    apply(built, [document(36)], change=3)
    assert built.should_fold
    manifest = built.fold()
    assert (manifest.base, manifest.delta) == (52, 0)
    assert built.verify() == []


def during_a_fold(store, monkeypatch, happens):
    """Fold, with something happening between the writing of the new base and the flip."""
    fold_rows = store_module.fold_rows

    def slowly(*args):
        folded = fold_rows(*args)
        happens()
        return folded

    with monkeypatch.context() as patch:
        patch.setattr(store_module, "fold_rows", slowly)
        return store.fold()


def test_what_comes_and_goes_while_a_base_is_folded_is_neither_lost_nor_back(built, monkeypatch):
    apply(built, [document(30), document(31)], [1])

    def meanwhile():
        apply(built, [document(40), document(3, version=2)], [2, 31], change=3)
        apply(built, [document(41)], [40], change=4)

    manifest = during_a_fold(built, monkeypatch, meanwhile)
    wanted = [*range(3, 21), 30, 41]
    contents = built.contents()
    assert contents.vector_items.tolist() == contents.word_items.tolist() == wanted
    assert [p for p in contents.passages if 3000 <= p < 4000] == [3200, 3201]
    assert (manifest.base, manifest.last_change) == (2 * 21, 4)
    assert built.verify() == []


def test_a_fold_outlives_the_generation_it_began_with(built, monkeypatch):
    check_files = store_module.check_files

    def slowly(*args, **how):
        monkeypatch.setattr(store_module, "check_files", check_files)
        for n in range(KEPT + 3):
            apply(built, [document(50 + n)], change=10 + n)
        check_files(*args, **how)

    monkeypatch.setattr(store_module, "check_files", slowly)
    assert built.fold().base == 40
    assert built.contents().word_items.tolist() == [*range(1, 21), *range(50, 50 + KEPT + 3)]
    assert built.verify() == []


def test_a_vector_that_changes_under_its_id_while_a_base_is_folded_is_the_new_one(
    built, monkeypatch
):
    apply(built, [document(30)])
    changed = document(30, vectors=vectors(2, seed=77))
    during_a_fold(built, monkeypatch, lambda: apply(built, [changed], change=3))
    hit = IndexReader(built.directory).search_vectors(changed.vectors[0].astype(np.float32), 1)[0]
    assert (hit.item, hit.score) == (30, pytest.approx(1, abs=2e-3))
    assert built.verify() == []


def test_a_fold_gives_way_to_an_index_that_was_built_anew_meanwhile(built, monkeypatch):
    apply(built, [document(30)])

    def build():
        built.build("other@1", DIMENSION, [document(1)], 9)

    assert during_a_fold(built, monkeypatch, build) is None
    assert (built.current().space, built.verify()) == ("other@1", [])


def test_a_batch_waits_for_a_flip_and_a_second_fold_is_refused(built):
    impatient = dataclasses.replace(built, patience=0.0)
    with built.alone("FOLD"), pytest.raises(IndexBusy):
        built.fold()
    with built._writing(0), pytest.raises(IndexBusy):
        apply(impatient, [document(1)])
    with built._writing(0):
        batch = threading.Thread(target=apply, args=(built, [document(50)]))
        batch.start()
    batch.join()
    assert 50 in built.contents().word_items


def test_an_index_made_elsewhere_is_adopted_in_one_step(built, tmp_path):
    reader = IndexReader(built.directory)
    assert reader.generation == 1
    made = IndexStore(built.directory / "next")
    made.build("other@1", DIMENSION, [document(1), document(2)], 7)
    apply(built, [document(30)], change=3)
    made.apply("other@1", DIMENSION, [document(30)], [], 8)
    manifest = built.adopt(made)
    assert (manifest.number, manifest.space, manifest.last_change) == (3, "other@1", 8)
    assert built.verify() == []
    assert not made.directory.exists()
    assert (reader.generation, reader.space) == (3, "other@1")
    assert built.contents().word_items.tolist() == [1, 2, 30]
    assert built.apply("other@1", DIMENSION, [document(31)], [], 9).number == 4
    with pytest.raises(IndexUnavailable):
        built.adopt(IndexStore(tmp_path / "nowhere"))


def test_folding_keeps_every_vector_bit_for_bit(built):
    apply(built, [document(30)], [1, 2])
    built.fold()
    hit = IndexReader(built.directory).search_vectors(
        document(30).vectors[1].astype(np.float32), 1
    )[0]
    assert (hit.item, hit.passage) == (30, 30001)
    assert hit.score == pytest.approx(1.0, abs=2e-3)


def test_another_space_must_be_built(built):
    with pytest.raises(IndexUnavailable, match="build it again"):
        built.apply("other@1", DIMENSION, [], [], 2)
    with pytest.raises(IndexUnavailable):
        built.apply(SPACE, DIMENSION + 1, [], [], 2)
    assert built.build("other@1", 8, [document(1, vectors=vectors(2, dimension=8))], 5).number == 2
    assert built.verify() == []


@pytest.mark.parametrize(
    "changes",
    [
        {"vectors": vectors(3)},
        {"vectors": vectors(2, dimension=8)},
        {"vectors": np.full((2, DIMENSION), np.nan, np.float16)},
        {"passages": ()},
        {"item": -4},
    ],
    ids=["too many", "too short", "nan", "no passages", "negative"],
)
def test_a_document_that_cannot_be_stored_leaves_the_index_as_it_was(built, changes):
    documents = [document(77), dataclasses.replace(document(7), **changes)]
    with pytest.raises(InputError):
        apply(built, documents)
    with pytest.raises(InputError):
        built.build(SPACE, DIMENSION, documents, 2)
    assert built.current().number == 1
    assert built.verify() == []
    assert generations(built) == ["gen-000001"]


def test_an_article_that_comes_twice_in_a_build_is_refused(store):
    with pytest.raises(InputError, match="twice"):
        store.build(SPACE, DIMENSION, [document(1), document(1)], 1)
    assert store.current() is None


def test_a_failing_source_of_documents_drops_the_build(built):
    def broken():
        yield document(1)
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        built.build(SPACE, DIMENSION, broken(), 9)
    assert (built.current().number, generations(built)) == (1, ["gen-000001"])


def test_two_writers_at_once_are_refused(built):
    with built._writing(0), pytest.raises(IndexBusy):
        dataclasses.replace(built, patience=0.0).build(SPACE, DIMENSION, [], 1)
    apply(built, [document(1)])


def test_progress_is_told_for_every_document(store):
    told = []
    store.build(SPACE, DIMENSION, [document(n) for n in range(9)], 1, told.append)
    store.apply(SPACE, DIMENSION, [document(n) for n in range(4)], [], 2, told.append)
    assert sum(told) == 13


def test_leftovers_of_a_killed_writer_are_removed(built):
    (built.directory / "gen-000002.part").mkdir()
    shutil.copytree(built.directory / "gen-000001", built.directory / "gen-000009")
    (built.directory / "CURRENT.part").write_text("gen")
    assert apply(built, [document(1)]).number == 2
    assert sorted(p.name for p in built.directory.iterdir()) == [
        "CURRENT",
        "LOCK",
        "gen-000001",
        "gen-000002",
    ]


FILES = [
    "base.faiss",
    "base_rows.npy",
    "dead.npy",
    "delta.npy",
    "delta_rows.npy",
    "words/meta.json",
    "manifest.json",
    "words/segment",
]


def harm(path, how):
    data = path.read_bytes()
    path.unlink()  # the file may be linked into other generations
    if how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    elif how == "changed":
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    elif how == "foreign":
        path.write_bytes(b"something else entirely")


@pytest.mark.parametrize("how", ["truncated", "changed", "foreign", "missing"])
@pytest.mark.parametrize("name", FILES)
def test_damage_is_found_refused_and_repaired_by_a_build(built, name, how):
    apply(built, [document(30)], [2])
    folder = built.directory / "gen-000002"
    path = next(folder.glob("words/*.idx")) if name == "words/segment" else folder / name
    harm(path, how)
    assert built.verify() != []
    with pytest.raises(IndexUnavailable):
        apply(built, [document(31)], change=3)
    reader = IndexReader(built.directory)
    answers = {
        "words": lambda: reader.search_words(parse_query("speech"), 3),
        "vectors": lambda: reader.similar(5, 3),
    }
    broken = ["words"] if name.startswith("words") else ["vectors"]
    for half, ask in answers.items():
        if half in broken or name == "manifest.json":
            with pytest.raises(IndexUnavailable):
                ask()
        else:
            assert len(ask()) == 3
    built.build(SPACE, DIMENSION, [document(n) for n in range(5)], 4)
    assert built.verify() == []
    assert len(reader.search_words(parse_query("speech"), 9)) == len(reader.similar(1, 9)) + 1 == 5


@pytest.mark.parametrize(
    "line", [b"", b"gen-000001", b"../../etc 00\n", b"\xff\xfe", b"gen-000009 " + b"0" * 64 + b"\n"]
)
def test_a_broken_current_is_no_index(built, line):
    (built.directory / "CURRENT").write_bytes(line)
    assert built.current() is None
    assert built.verify() != []
    assert built.build(SPACE, DIMENSION, [document(1)], 4).number == 2


def test_a_manifest_of_another_version_is_refused(built):
    path = built.directory / "gen-000001" / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    (built.directory / "CURRENT").write_text(f"gen-000001 {digest(path)}\n")
    assert "another version" in built.verify()[0]


def test_a_stranger_in_a_generation_is_named(built):
    (built.directory / "gen-000001" / "notes.txt").write_text("hello")
    assert built.verify() == ["gen-000001/notes.txt is not in the manifest."]


def test_a_damaged_base_is_never_folded_into_a_new_one(built, monkeypatch):
    from kb.index import manifest

    monkeypatch.setattr(manifest, "SMALL", 100)  # as if the base were too big to hash when opened
    path = built.directory / "gen-000001" / "base.faiss"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert apply(built, [document(3, version=1)]).number == 2
    with pytest.raises(IndexUnavailable, match="has changed"):
        built.fold()


@given(st.lists(st.tuples(st.sets(st.integers(1, 12)), st.sets(st.integers(1, 12))), max_size=5))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_batches_end_where_a_plain_dictionary_ends(tmp_path_factory, batches):
    store, wanted = IndexStore(tmp_path_factory.mktemp("index")), {}
    store.build(SPACE, DIMENSION, [], 0)
    for number, (upserts, removed) in enumerate(batches, start=1):
        documents = [document(a, version=number, count=1 + a % 3) for a in upserts]
        apply(store, documents, removed, number)
        for item in removed:
            wanted.pop(item, None)
        wanted |= {d.item: d for d in documents}
    contents = store.contents()
    assert contents.word_items.tolist() == contents.vector_items.tolist() == sorted(wanted)
    assert contents.passages.tolist() == sorted(p for d in wanted.values() for p in d.passages)
    assert store.verify() == []


def test_importing_the_store_and_the_reader_is_light():
    code = (
        "import sys, kb.index.store, kb.index.reader, kb.index.highlight;"
        "sys.exit(bool({'faiss', 'tantivy', 'torch', 'django'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
