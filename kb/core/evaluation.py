"""Measuring rankings against judgments: a test set's lines to values, and rankings to nDCG, recall and MRR.

A set is three files: documents and queries as one JSON object a line, judgments as a table with a header. Ids are
strings whatever they look like; a document without a judgment counts as grade 0.
"""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from kb.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NDCG_DEPTH, RECALL_DEPTH = 10, 100
_COLUMNS = ("query_id", "doc_id", "grade")
Grades = dict[str, int]  # document id -> grade


@dataclass(frozen=True, slots=True)
class SetDocument:
    """A document of a test set; title and text may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class SetQuery:
    """A query; `own` is the document that it was made from, which must not be among its results ("": none)."""

    id: str
    text: str
    own: str = ""


@dataclass(frozen=True, slots=True)
class Measures:
    """How good a ranking is, each 0..1, or the means over many."""

    ndcg: float
    recall: float
    mrr: float

    def as_dict(self) -> dict[str, float]:
        """By the usual names, to four digits."""
        values = (self.ndcg, self.recall, self.mrr)
        names = (f"ndcg@{NDCG_DEPTH}", f"recall@{RECALL_DEPTH}", "mrr")
        return {name: round(value, 4) for name, value in zip(names, values, strict=True)}


def read_documents(lines: Iterable[str], name: str) -> Iterator[SetDocument]:
    """The documents, in order. Raises InputError naming file and line for what cannot be read or comes twice."""
    seen: set[str] = set()
    for number, row in _objects(lines, name):
        found = SetDocument(_id(row, name, number), _text(row, "title"), _text(row, "text"))
        if found.id in seen:
            raise InputError(f"{name}, line {number}: the id {found.id!r} came before; remove one.")
        seen.add(found.id)
        yield found


def read_queries(lines: Iterable[str], name: str) -> list[SetQuery]:
    """The queries, in order; `paper_id` names a query's own document. Raises InputError as above."""
    found: dict[str, SetQuery] = {}
    for number, row in _objects(lines, name):
        query = SetQuery(_id(row, name, number), _text(row, "text"), _text(row, "paper_id"))
        if query.id in found:
            raise InputError(f"{name}, line {number}: the id {query.id!r} came before; remove one.")
        found[query.id] = query
    return list(found.values())


def read_judgments(lines: Iterable[str], name: str) -> dict[str, Grades]:
    """Grades by query and document from a table with tabs and the header query_id, doc_id, grade.

    A pair that comes again counts as it came last. Raises InputError naming file and line.
    """
    table = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    if not set(_COLUMNS) <= set(table.fieldnames or ()):
        raise InputError(f"{name}, line 1: the header must name {', '.join(_COLUMNS)}, with tabs.")
    found: dict[str, Grades] = defaultdict(dict)
    for row in table:
        query, document, grade = (row[column] for column in _COLUMNS)
        try:
            found[query][document] = int(grade)
        except (TypeError, ValueError):
            raise InputError(
                f"{name}, line {table.line_num}: the grade must be a whole number, not {grade!r}."
            ) from None
    return dict(found)


def _objects(lines: Iterable[str], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputError(
                f"{name}, line {number}: this is no JSON ({error}); repair or remove the line."
            ) from None
        if not isinstance(row, dict):
            raise InputError(f"{name}, line {number}: a JSON object is needed, one a line.")
        yield number, row


def _id(row: dict[str, Any], name: str, number: int) -> str:
    found = _text(row, "id")
    if not found:
        raise InputError(f'{name}, line {number}: there is no "id"; give it one.')
    return found


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else str(value)


def measure(ranking: Sequence[str], grades: Mapping[str, int]) -> Measures:
    """nDCG@10, recall@100 and reciprocal rank of one ranking, best first; a document that is not in `grades` has 0.

    Gain is 2^grade - 1 over log2(rank + 1), as in Burges et al., "Learning to rank using gradient descent", ICML 2005;
    for recall and reciprocal rank a grade above 0 counts. All 0 where no document has one.
    """
    positive = {document for document, grade in grades.items() if grade > 0}
    if not positive:
        return Measures(0.0, 0.0, 0.0)
    ideal = _dcg(sorted(grades.values(), reverse=True))
    found = positive.intersection(ranking[:RECALL_DEPTH])
    first = next((rank for rank, d in enumerate(ranking, start=1) if d in positive), 0)
    return Measures(
        ndcg=_dcg(grades.get(document, 0) for document in ranking) / ideal,
        recall=len(found) / len(positive),
        mrr=1 / first if first else 0.0,
    )


def _dcg(grades: Iterable[int]) -> float:
    best = islice(grades, NDCG_DEPTH)
    return sum(((1 << max(g, 0)) - 1) / math.log2(rank + 1) for rank, g in enumerate(best, start=1))


def average(measures: Sequence[Measures]) -> Measures:
    """The mean of each measure over queries; all 0 without any."""
    count = max(len(measures), 1)
    return Measures(
        sum(m.ndcg for m in measures) / count,
        sum(m.recall for m in measures) / count,
        sum(m.mrr for m in measures) / count,
    )
