"""The figures that issue and docs promise for finding copies, on the development sets."""

from __future__ import annotations

import pytest

from benchmarks import duplicates


@pytest.mark.parametrize(
    ("name", "measure"),
    [
        ("same-article-across-feeds", duplicates.articles),
        ("papers-two-sources", duplicates.papers),
    ],
)
def test_copies_are_found_and_nothing_else(name, measure, earshot_data, monkeypatch):
    monkeypatch.setattr(duplicates, "FOLDER", earshot_data / "duplicates")
    found = measure(duplicates.read(name))
    assert found["precision"] >= 0.99
    assert found["recall"] >= 0.97


def test_bcubed_on_the_worked_example_of_its_authors():
    """Bagga and Baldwin 1998, figure 2: 12 mentions in 3 chains, two of which were joined."""
    gold = [*"aaaaabbccccc"]
    found = [*"xxxxxyyyyyyy"]
    result = duplicates.bcubed(found, gold)
    assert result["precision"] == pytest.approx(16 / 21, abs=1e-3)
    assert result["recall"] == 1
