"""Sentences and items labelled by hand: they point at what is there, and the hub agrees with most of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("linking", {"set", "id", "start", "end", "hash", "concept", "meant", "sample"}),
        ("topics", {"set", "id", "hash", "topics", "relevant"}),
    ],
)
def test_the_labels_hold_references_and_no_text(name, fields):
    rows = [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text().splitlines()]
    assert len(rows) >= 400
    assert all(row.keys() == fields for row in rows)


@pytest.mark.slow
def test_concepts_are_found_with_few_mistakes_even_without_vectors(earshot_data):
    from benchmarks.field import read_field
    from benchmarks.linking import evaluate, measure, read_labels, read_texts

    field = read_field(meaning=False)
    labels = [row for row in read_labels() if row.concept in field.slugs and not row.to_develop]
    found = measure(evaluate(field, labels, read_texts(labels, meaning=False)))
    assert found["rows"] > 300
    assert found["precision"] > 0.9
    assert found["recall"] > 0.8
