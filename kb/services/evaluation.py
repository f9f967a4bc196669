"""Search quality on a folder of documents, queries and judgments, through the hub's own index, encoder and ranking.

The index lies in a temporary folder; no table is read or written.
"""

from __future__ import annotations

import gzip
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from kb.core.chunking import passages
from kb.core.evaluation import (
    Grades,
    Measures,
    SetDocument,
    SetQuery,
    average,
    measure,
    read_documents,
    read_judgments,
    read_queries,
)
from kb.core.fusion import fuse
from kb.core.query import parse_query
from kb.core.spelling import correct
from kb.embedding.load import get_encoder
from kb.embedding.queries import encode_query
from kb.errors import InputError
from kb.index.base import Document
from kb.index.reader import IndexReader
from kb.index.store import IndexStore
from kb.selectors.engine import bundled_aliases
from kb.selectors.search import DEPTH, Mode

if TYPE_CHECKING:
    from typing import TextIO

    from numpy.typing import NDArray

    from kb.embedding.base import Encoder, Vectors
    from kb.index.base import Hit

MODES: tuple[Mode, ...] = ("lexical", "semantic", "hybrid")
_FILES = ("corpus.jsonl.gz", "queries.jsonl", "qrels.tsv")
_SIGNS = re.compile(
    r'"|(?<!\w)-+'
)  # in the prose of a test set they demand nothing, unlike in a search box
_CHUNK = 512  # documents encoded together: enough to sort by length, few enough that the bar moves
Encode = Callable[[str], "Vectors | None"]
Progress = Callable[[str, int, int], object]  # what is done, how many more, of how many


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """A test set as read. `notes` say what was left out of it, and why."""

    documents: tuple[SetDocument, ...]
    queries: tuple[tuple[SetQuery, Grades], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured; `per_query` has the measures of each query in the order of the file, by mode."""

    docs: int
    queries: tuple[SetQuery, ...]
    per_query: dict[Mode, tuple[Measures, ...]]
    seconds: float
    notes: tuple[str, ...]

    @property
    def modes(self) -> dict[Mode, Measures]:
        """The means over queries."""
        return {mode: average(measures) for mode, measures in self.per_query.items()}


def read_test_set(folder: Path) -> JudgedSet:
    """The set in `folder`. Raises InputError that says what to do about a missing file, a bad line, or no queries."""
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise InputError(
            f"{folder} has no {', '.join(missing)}; a test set is a folder with {', '.join(_FILES)}."
        )
    corpus, asked, judged = _FILES
    with _lines(folder / corpus) as lines:
        documents = tuple(read_documents(lines, corpus))
    with _lines(folder / asked) as lines:
        queries = read_queries(lines, asked)
    with _lines(folder / judged) as lines:
        judgments = read_judgments(lines, judged)
    kept = [(query, _grades_for(query, judgments)) for query in queries]
    kept = [(query, grades) for query, grades in kept if any(g > 0 for g in grades.values())]
    if not (documents and kept):
        raise InputError(
            f"{folder}: {len(documents):,} documents and {len(queries):,} queries, of which {len(kept):,} have a "
            "judgment above 0; at least one of each is needed."
        )
    notes = _oddities(documents, queries, judgments, len(queries) - len(kept))
    return JudgedSet(documents, tuple(kept), tuple(notes))


def _grades_for(query: SetQuery, judgments: dict[str, Grades]) -> Grades:
    return {d: grade for d, grade in judgments.get(query.id, {}).items() if d != query.own}


def _oddities(
    documents: Sequence[SetDocument],
    queries: Sequence[SetQuery],
    judgments: dict[str, Grades],
    left_out: int,
) -> Iterator[str]:
    known, asked = {d.id for d in documents}, {q.id for q in queries}
    strange = sum(d not in known for grades in judgments.values() for d in grades)
    orphans = len(judgments.keys() - asked)
    if left_out:
        yield f"{left_out:,} queries have no judgment above 0 and are left out."
    if strange:
        yield f"{strange:,} judgments name documents that are not in the corpus; they count as not found."
    if orphans:
        yield f"{orphans:,} judged query ids are not among the queries and are left out."


@contextmanager
def _lines(path: Path) -> Iterator[TextIO]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", newline=None) as lines:
            yield lines
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{path.name} cannot be read to its end: {error}") from error


def evaluate(
    *, folder: Path, modes: Sequence[Mode] = MODES, progress: Progress | None = None
) -> Evaluation:
    """Index the set in `folder` aside and measure each mode. Raises InputError, ModelError."""
    began = time.monotonic()
    test, tell = read_test_set(folder), progress or (lambda *_: None)
    meaning = set(modes) != {"lexical"}
    encoder = get_encoder(settings.EMBEDDING_MODEL, settings.EMBEDDING_DEVICE) if meaning else None
    with tempfile.TemporaryDirectory(prefix="earshot-evaluate-") as place:
        build_index(Path(place), test.documents, encoder, tell)
        reader, encode = IndexReader(Path(place), bundled_aliases()), encode_with(encoder)
        measured = _ask(reader, test, encode, modes, tell)
    queries = tuple(query for query, _ in test.queries)
    seconds = round(time.monotonic() - began, 2)
    return Evaluation(len(test.documents), queries, measured, seconds, test.notes)


def build_index(
    place: Path, documents: Sequence[SetDocument], encoder: Encoder | None, tell: Progress
) -> None:
    """An index of the documents in `place`, each under its number in the order given, cut and encoded as articles are."""
    space, size = (encoder.space, encoder.dimension) if encoder else ("none", 0)

    def stream() -> Iterator[Document]:
        first = 0
        for number, (document, vectors) in enumerate(_encoded(documents, encoder)):
            yield Document(
                item=number, title=document.title, body=document.text, sources=(), published=0,
                language="en", passages=tuple(range(first, first + len(vectors))), vectors=vectors,
            )  # fmt: skip
            first += len(vectors)
            tell("Documents indexed", 1, len(documents))

    IndexStore(place).build(space, size, stream(), last_change=0)


def _encoded(
    documents: Sequence[SetDocument], encoder: Encoder | None
) -> Iterator[tuple[SetDocument, NDArray[np.float16]]]:
    """Each document with its passages' vectors, float16, shape (passages, dimension); (0, 0) without an encoder."""
    if encoder is None:
        yield from ((document, np.empty((0, 0), np.float16)) for document in documents)
        return
    rest = iter(documents)
    while chunk := list(islice(rest, _CHUNK)):
        cut = [passages(document.title, document.text) for document in chunk]
        vectors = encoder.encode([text for texts in cut for text in texts]).astype(np.float16)
        ends = np.cumsum([len(texts) for texts in cut])
        yield from zip(chunk, np.split(vectors, ends[:-1]), strict=True)


def encode_with(encoder: Encoder | None) -> Encode:
    """How the site encodes a query, with this encoder; None without one, or of nothing."""
    return lambda text: encode_query(encoder, text, bundled_aliases()) if encoder and text else None


def _ask(
    reader: IndexReader, test: JudgedSet, encode: Encode, modes: Sequence[Mode], tell: Progress
) -> dict[Mode, tuple[Measures, ...]]:
    ids = [document.id for document in test.documents]
    measured: dict[Mode, list[Measures]] = {mode: [] for mode in modes}
    for query, grades in test.queries:
        words, meaning = find_candidates(reader, query, encode, ids)
        sides: dict[Mode, tuple[list[Hit], list[Hit]]] = {
            "lexical": (words, []),
            "semantic": ([], meaning),
            "hybrid": (words, meaning),
        }
        for mode, measures in measured.items():
            ranking = [ids[number] for number, _ in fuse(*sides[mode])]
            measures.append(measure(ranking, grades))
        tell("Queries answered", 1, len(test.queries))
    return {mode: tuple(measures) for mode, measures in measured.items()}


def find_candidates(
    reader: IndexReader, query: SetQuery, encode: Encode, ids: Sequence[str], depth: int = DEPTH
) -> tuple[list[Hit], list[Hit]]:
    """What words and meaning find, as the site asks, without the query's own document."""
    asked = parse_query(_SIGNS.sub(" ", query.text))
    asked = correct(asked, reader.corrections(asked))

    def others(hits: list[Hit]) -> list[Hit]:
        return [h for h in hits if ids[h.item] != query.own][:depth]

    vector = encode(asked.plain)
    meaning = [] if vector is None else reader.search_vectors(vector, depth + 1)
    return others(reader.search_words(asked, depth + 1)), others(meaning)
