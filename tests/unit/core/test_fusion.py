"""Words and meaning as one ranking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.fusion import fuse
from kb.index.base import Hit


def hits(*scored):
    return [Hit(item, score) for item, score in scored]


def order(words, meaning, **more):
    return [item for item, _ in fuse(words, meaning, **more)]


def test_what_both_found_comes_first():
    words, meaning = hits((1, 9.0), (2, 8.5), (3, 2.0)), hits((4, 0.8), (2, 0.75), (5, 0.1))
    assert order(words, meaning) == [2, 1, 4, 3, 5]


def test_how_much_better_the_first_is_counts():
    meaning = hits((2, 0.60), (1, 0.55), (3, 0.10))
    assert order(hits((1, 9.0), (2, 8.9)), meaning)[0] == 2
    assert order(hits((1, 9.0), (2, 3.0)), meaning)[0] == 1


def test_the_range_of_a_models_cosines_does_not_matter():
    words = hits((1, 5.0), (3, 4.0))
    wide = hits((2, 0.9), (3, 0.5), (4, 0.1))
    narrow = [Hit(h.item, 0.8 + h.score / 10) for h in wide]
    assert dict(fuse(words, wide)) == pytest.approx(dict(fuse(words, narrow)))


def test_one_side_alone_keeps_its_order():
    found = hits((7, 3.0), (5, 2.0), (9, 2.0))
    assert order(found, []) == [7, 5, 9]
    assert order([], found) == [7, 5, 9]
    assert fuse([], []) == []


def test_a_single_or_equal_hits_are_as_good_as_the_best():
    assert dict(fuse([], hits((1, -0.2)))) == dict(fuse([], hits((1, 0.7))))
    assert dict(fuse(hits((1, 0.0), (2, 0.0)), [])) == {1: 0.6, 2: 0.6}


def test_the_share_turns_the_order():
    assert order(hits((1, 1.0)), hits((2, 1.0)), share=0.9) == [1, 2]
    assert order(hits((1, 1.0)), hits((2, 1.0)), share=0.1) == [2, 1]


scored = st.dictionaries(st.integers(0, 30), st.floats(-1, 60), max_size=20).map(
    lambda found: [Hit(i, s) for i, s in sorted(found.items(), key=lambda pair: -pair[1])]
)


@given(scored, scored)
def test_every_id_is_there_once_and_scores_fall(words, meaning):
    found = fuse(words, meaning)
    assert sorted(i for i, _ in found) == sorted({h.item for h in (*words, *meaning)})
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)
