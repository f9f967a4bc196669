"""Titles by the beginnings of their words."""

from __future__ import annotations

import pytest

from kb.core.prefixes import Prefixes

TITLES = {
    1: "Beam search for CTC",
    2: "On searching with a beam",
    3: "Élan vital: C++ decoders",
    4: "语音识别 with transducers",
    5: "Search",
}


@pytest.fixture
def titles():
    return Prefixes(TITLES.items())


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("beam", [1, 2]), ("sea", [5, 1, 2]), ("search b", [1, 2]), ("BEAM se", [1, 2]), ("elan", [3]), ("c++", [3]),
        ("识别", [4]), ("trans", [4]), ("zebra", []), ("", []), ("-", []), ("beam zebra", []), ("earch", []),
    ],
)  # fmt: skip
def test_every_word_begins_a_word(titles, typed, keys):
    assert titles.find(typed, 10) == keys


def test_the_better_come_first_and_no_more_than_asked(titles):
    assert titles.find("s", 2) == [5, 1]


def test_nothing_at_all_finds_nothing():
    assert Prefixes([]).find("a", 5) == []
    assert len(Prefixes([])) == 0
