"""Reciprocal rank fusion."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.fusion import reciprocal_rank

rankings = st.lists(st.lists(st.integers(0, 30), max_size=20), max_size=4)


def test_what_both_rankings_know_comes_first():
    assert [i for i, _ in reciprocal_rank([[1, 2, 3], [4, 2, 5]])] == [2, 1, 4, 3, 5]


def test_scores_are_those_of_the_paper():
    assert dict(reciprocal_rank([[7], [8, 7]])) == pytest.approx({7: 1 / 61 + 1 / 62, 8: 1 / 61})


def test_a_weight_can_turn_the_order():
    assert [i for i, _ in reciprocal_rank([[1], [2]], weights=[1.0, 2.0])] == [2, 1]


def test_a_repeated_id_counts_once_at_its_best_rank():
    assert reciprocal_rank([[1, 1, 2]]) == reciprocal_rank([[1, 2]])


def test_weights_of_another_length_are_refused():
    with pytest.raises(ValueError, match="argument"):
        reciprocal_rank([[1]], weights=[1.0, 2.0])


@settings(deadline=None)
@given(rankings)
def test_every_id_is_there_once_and_scores_fall(ranked):
    found = reciprocal_rank(ranked)
    assert sorted(i for i, _ in found) == sorted({i for r in ranked for i in r})
    assert [s for _, s in found] == sorted((s for _, s in found), reverse=True)


@settings(deadline=None)
@given(rankings)
def test_the_same_input_gives_the_same_order(ranked):
    assert reciprocal_rank(ranked) == reciprocal_rank([list(r) for r in ranked])
