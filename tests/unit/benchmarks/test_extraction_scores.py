"""The scores of benchmarks/extraction.py on texts whose scores can be worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.extraction import overlap, phrase_scores, shingle_scores, word_scores

GOLD = "one two three four five"


def test_a_text_scores_one_against_itself():
    page = ({"gold_text": GOLD}, GOLD)
    assert shingle_scores([page]) == {"precision": 1, "recall": 1, "f1": 1}
    assert word_scores([page])["f1"] == 1


def test_shingles_count_each_run_of_four_words():
    # two runs in the gold text, one of them found, and one that is not in it
    assert overlap(GOLD, "one two three four six", 4) == pytest.approx((1 / 3, 1 / 3, 1 / 3))
    scores = shingle_scores([({"gold_text": GOLD}, "one two three four six")])
    assert scores["f1"] == pytest.approx(0.5)


def test_a_page_without_an_answer_counts_for_recall_only():
    scores = shingle_scores([({"gold_text": GOLD}, GOLD), ({"gold_text": GOLD}, "")])
    assert (scores["precision"], scores["recall"]) == (1, 0.5)


def test_a_text_shorter_than_a_shingle_is_one_shingle():
    assert overlap("a b", "a b", 4) == (1, 0, 0)
    assert overlap("", "", 4) == (0, 0, 0)


def test_phrases_are_wanted_or_unwanted():
    gold = {"must_contain": ["a", "b"], "must_not_contain": ["menu"]}
    scores = phrase_scores([(gold, "a menu")])
    assert (scores["precision"], scores["recall"]) == (0.5, 0.5)
