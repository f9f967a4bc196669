"""Search over real papers: our index beside bare FAISS and tantivy and beside SQLite's full text, and the whole site.

    python benchmarks/search.py engine [--papers 38000] [--vectors 0] [--queries 200] [--json]
    python benchmarks/search.py site [--papers 38000] [--readers 4] [--seconds 60] [--json]

Papers come from EARSHOT_DATA/scale; they are encoded once, which takes the longest, and kept in var/benchmarks.
`--vectors 1000000` adds copies of papers until there are so many: nine words in ten of the text, vectors at a cosine
of 0.8 to the original's, which is what a paper and its nearest neighbour have. Questions are those of search/hub-dev and
titles of papers.

`engine`: every question is asked of each engine in turns, so that a busy machine slows all. Bare FAISS reads our base
file into memory and is asked for as many rows; bare tantivy has title and body in its own English analyser and its own
parser; both as a program of twenty lines would use them. Recall is against comparing every vector. Memory is that of a
process of its own that only asks. `site`: see benchmarks/search_site.py.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import faiss  # noqa: E402 - nothing is installed: the checkout comes onto the path first
import numpy as np  # noqa: E402 - as above
import psutil  # noqa: E402 - as above
import tantivy  # noqa: E402 - as above

from benchmarks.papers import Paper, load_papers, load_questions, perturb, track  # noqa: E402 - as above
from kb.core.query import parse_query  # noqa: E402 - as above
from kb.index.base import Document  # noqa: E402 - as above
from kb.index.reader import IndexReader  # noqa: E402 - as above
from kb.index.store import IndexStore  # noqa: E402 - as above
from kb.index.vectors import find_nearest  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

LIMIT = 10
ROWS = 64  # that bare FAISS is asked for, to have ten papers
SIMILAR = 0.8
BATCH, BATCHES = 100, 40
_MIB = 1024 * 1024


def documents(papers: list[Paper], vectors: int) -> Iterator[Document]:
    """The papers, and copies of them until there are `vectors` passages."""
    item = rows = turn = 0
    while turn == 0 or rows < vectors:
        for number, paper in enumerate(papers):
            if turn and rows >= vectors:
                return
            yield _document(item, paper, turn, number)
            item, rows = item + 1, rows + len(paper.texts)
        turn += 1


def _document(item: int, paper: Paper, turn: int, number: int) -> Document:
    body, found = paper.said["abstract"] or "", paper.vectors
    if turn:
        kept = np.random.default_rng((turn, number)).random(body.count(" ") + 1) < 0.9  # noqa: PLR2004 - nine in ten
        body = " ".join(np.array(body.split(" "))[kept])
        found = perturb(found, SIMILAR, turn * 1_000_000 + number)
    return Document(
        item=item,
        title=paper.said["title"],
        body=body,
        sources=(1,),
        published=(paper.said["year"] - 1970) * 31_557_600,
        language="en",
        passages=tuple(range(item * 200, item * 200 + len(paper.texts))),
        vectors=found,
    )


class Bare:
    """FAISS and tantivy without us: the same base in memory, title and body."""

    def __init__(self, store: IndexStore, folder: Path) -> None:
        manifest = store.current()
        assert manifest is not None
        generation = store.directory / manifest.name
        base: Any = faiss.read_index(str(generation / "base.faiss"))
        self.vectors = base
        if manifest.engine.nprobe:
            base.nprobe = manifest.engine.nprobe
        self.items = np.load(generation / "base_rows.npy")[:, 1]
        schema = tantivy.SchemaBuilder()
        schema.add_integer_field("item", stored=True, fast=True)
        for name in ("title", "body"):
            schema.add_text_field(name, tokenizer_name="en_stem")
        self.index = tantivy.Index(schema.build(), str(folder))
        self.writer = self.index.writer(128_000_000, 2)

    def add(self, document: Document) -> None:
        """Adds the words; `open` makes them visible."""
        self.writer.add_document(
            tantivy.Document(item=document.item, title=document.title, body=document.body)
        )

    def open(self) -> None:
        """Nothing is added from here on."""
        self.writer.commit()
        self.writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search_words(self, text: str) -> list[int]:
        """The best ten."""
        query, _ = self.index.parse_query_lenient(text, ["title", "body"])
        hits = self.searcher.search(query, LIMIT, count=False).hits
        return [int(self.searcher.doc(place)["item"][0]) for _, place in hits]

    def search_vectors(self, vector: NDArray[np.float32]) -> list[int]:
        """The best ten."""
        _, rows = self.vectors.search(vector.reshape(1, -1), ROWS)
        return list(dict.fromkeys(self.items[rows[0]].tolist()))[:LIMIT]


class Fts:
    """SQLite's FTS5, which ranks every match."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path)
        self.database.execute(
            "CREATE VIRTUAL TABLE papers USING fts5(title, body, tokenize='porter unicode61')"
        )

    def add(self, document: Document) -> None:
        """Adds one row."""
        row = (document.item, document.title, document.body)
        self.database.execute("INSERT INTO papers(rowid, title, body) VALUES (?, ?, ?)", row)

    def search(self, text: str) -> list[int]:
        """The best ten for any of the words."""
        words = " OR ".join(f'"{word}"' for word in text.replace('"', " ").split())
        sql = "SELECT rowid FROM papers WHERE papers MATCH ? ORDER BY bm25(papers) LIMIT 10"
        return [row for (row,) in self.database.execute(sql, (words,))]


def time_in_turns(
    calls: dict[str, Callable[[int], object]], count: int
) -> dict[str, dict[str, float]]:
    """Milliseconds of each call, asked one after the other for each number: p50 and p99."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for call in calls.values():  # pages and caches are warm in use
        for number in range(min(20, count)):
            call(number)
    for number in track(range(count), "Questions"):
        for name, call in calls.items():
            began = time.perf_counter()
            call(number)
            taken[name].append((time.perf_counter() - began) * 1000)
    return {name: spread(times) for name, times in taken.items()}


def spread(times: list[float]) -> dict[str, float]:
    """p50 and p99."""
    return {"p50": statistics.median(times), "p99": float(np.percentile(times, 99))}


def recall(
    reader: IndexReader,
    asked: NDArray[np.float32],
    rows: NDArray[np.float16],
    items: NDArray[np.int64],
) -> float:
    """The share of the ten nearest papers, by comparing every vector, that are found."""
    nearest = find_nearest(asked, rows, ROWS)
    found = 0
    for vector, places in zip(asked, nearest, strict=True):
        wanted = list(dict.fromkeys(items[places].tolist()))[:LIMIT]
        found += len({hit.item for hit in reader.search_vectors(vector, LIMIT)} & set(wanted))
    return found / (LIMIT * len(asked))


def measure(papers: int, vectors: int, queries: int) -> dict[str, Any]:
    """Everything about the engine; see the head of this file."""
    space, said = load_papers(papers)
    texts, asked = load_questions(queries)
    with tempfile.TemporaryDirectory(prefix="earshot-search-", dir="/var/tmp") as name:
        folder = Path(name)
        (folder / "bare").mkdir()
        store = IndexStore(folder / "index")
        found = _build(store, space, said, vectors)
        bare, fts = Bare(store, folder / "bare"), Fts(folder / "fts.sqlite")
        rows: list[NDArray[np.float16]] = []
        for document in track(documents(said, vectors), "Bare and FTS5", total=found["papers"]):
            bare.add(document)
            fts.add(document)
            rows.append(document.vectors)
        bare.open()
        fts.database.commit()
        matrix = np.concatenate(rows)
        owners = np.repeat(np.arange(len(rows)), [len(part) for part in rows])
        reader = IndexReader(store.directory)
        found["recall_questions"] = recall(reader, asked, matrix, owners)
        near = perturb(matrix[:: max(len(matrix) // queries, 1)][:queries], 0.7, 5)
        found["recall_perturbed"] = recall(reader, near.astype(np.float32), matrix, owners)
        found["ms"] = time_in_turns(_calls(reader, bare, fts, texts, asked), len(texts))
        found["ratio"] = {
            part: found["ms"][f"ours_{part}"]["p50"] / found["ms"][f"bare_{part}"]["p50"]
            for part in ("words", "vectors", "both")
        }
        found["fts5_mib"] = (folder / "fts.sqlite").stat().st_size / _MIB
        found |= _memory(store.directory)
        del bare, fts, matrix, rows
        return found | _write(store, space, said)


def _calls(
    reader: IndexReader, bare: Bare, fts: Fts, texts: list[str], asked: NDArray[np.float32]
) -> dict[str, Callable[[int], object]]:
    def words(number: int) -> object:
        return reader.search_words(parse_query(texts[number]), LIMIT)

    def vectors(number: int) -> object:
        return reader.search_vectors(asked[number], LIMIT)

    def bare_words(number: int) -> object:
        return bare.search_words(texts[number])

    def bare_vectors(number: int) -> object:
        return bare.search_vectors(asked[number])

    return {
        "ours_words": words,
        "bare_words": bare_words,
        "ours_vectors": vectors,
        "bare_vectors": bare_vectors,
        "ours_both": lambda n: (words(n), vectors(n)),
        "bare_both": lambda n: (bare_words(n), bare_vectors(n)),
        "fts5": lambda n: fts.search(texts[n]),
    }


def _build(store: IndexStore, space: str, said: list[Paper], vectors: int) -> dict[str, Any]:
    began = time.perf_counter()
    dimension = said[0].vectors.shape[1]
    stream = track(documents(said, vectors), "Index built", total=None)
    manifest = store.build(space, dimension, stream, 1)
    size = sum(p.stat().st_size for p in (store.directory / manifest.name).rglob("*"))
    return {
        "papers": manifest.items,
        "vectors": manifest.passages,
        "engine": {"cells": manifest.engine.cells, "nprobe": manifest.engine.nprobe,
                   "recall": manifest.engine.recall, "reason": manifest.engine.reason},
        "build_s": time.perf_counter() - began,
        "disk_bytes_a_paper": size / manifest.items,
    }  # fmt: skip


def _memory(folder: Path) -> dict[str, float]:
    """MiB of a process that answers 200 questions: its own, and what it maps and shares with others."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, __file__, "--ask", str(folder)], stdout=subprocess.PIPE, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def ask(folder: Path) -> None:
    """Answer questions and print what that took of memory."""
    reader, process = IndexReader(folder), psutil.Process()
    texts, asked = load_questions(200)
    before = process.memory_full_info()
    for text, vector in zip(texts, asked, strict=True):
        reader.search_words(parse_query(text), LIMIT)
        reader.search_vectors(vector, LIMIT)
    after = process.memory_full_info()
    own, all_of_it = (after.uss - before.uss) / _MIB, (after.rss - before.rss) / _MIB
    print(json.dumps({"memory_own_mib": own, "memory_mapped_mib": all_of_it - own}))


def _write(store: IndexStore, space: str, said: list[Paper]) -> dict[str, Any]:
    """Batches of 100 papers, the time until a reader has opened each, and the same while another process folds what
    they left."""
    reader, numbers = IndexReader(store.directory), count()
    now = store.current()
    assert now is not None
    first, dimension = now.items, now.dimension

    def add() -> tuple[float, float]:
        number = next(numbers)
        batch = [
            _document(first + number * BATCH + n, said[(number * BATCH + n) % len(said)], 99, n)
            for n in range(BATCH)
        ]
        began = time.perf_counter()
        store.apply(space, dimension, batch, [number], number + 2)
        added = time.perf_counter()
        reader.search_words(parse_query("speech"), 1)
        return (added - began) * 1000, (time.perf_counter() - added) * 1000

    alone = [add() for _ in track(range(BATCHES), "Batches")]
    began, beside = time.perf_counter(), []
    folding = subprocess.Popen([sys.executable, __file__, "--fold", str(store.directory)])  # noqa: S603 - our own program
    while folding.poll() is None:
        beside.append(add())
        time.sleep(0.5)
    return {
        "add_100_ms": spread([added for added, _ in alone]),
        "open_ms": spread([opened for _, opened in alone]),
        "fold_s": time.perf_counter() - began,
        "add_100_while_folding_ms": spread([added for added, _ in beside]),
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("part", nargs="?", choices=["engine", "site"], default="engine")
    parser.add_argument("--papers", type=int, default=38_000)
    parser.add_argument("--vectors", type=int, default=0, help="add copies until there are so many")
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--readers", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    for hidden in ("--ask", "--fold"):
        parser.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        ask(options.ask)
        return
    if options.fold:
        IndexStore(options.fold).fold()
        return
    if options.part == "site":
        from benchmarks.search_site import measure_site  # noqa: PLC0415 - it sets up Django

        found = measure_site(options.papers, options.readers, options.seconds)
    else:
        found = measure(options.papers, options.vectors, options.queries)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:20} {_shown(value)}")


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "  ".join(f"{name} {_shown(part)}" for name, part in value.items())
    return f"{value:,.3f}" if isinstance(value, float) else str(value)


if __name__ == "__main__":
    main()
