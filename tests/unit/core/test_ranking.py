"""A new order for the best."""

from __future__ import annotations

from kb.core.ranking import reorder

RANKED = [(1, 0.9), (2, 0.8), (3, 0.7), (4, 0.6)]


def test_the_judged_come_first_by_their_judgment_and_scores_go_on_falling():
    assert reorder(RANKED, {1: -5.0, 3: 2.0}) == [(3, 0.9), (1, 0.8), (2, 0.7), (4, 0.6)]


def test_without_a_judgment_or_between_equals_nothing_moves():
    assert reorder(RANKED, {}) == RANKED
    assert reorder(RANKED, dict.fromkeys((1, 2, 3, 4), 0.5)) == RANKED
    assert reorder([], {1: 2.0}) == []
