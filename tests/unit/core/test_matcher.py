"""Names in running text: spelling, plurals, hyphens, acronyms, and the longest first."""

from __future__ import annotations

import pytest

from kb.core.matcher import Matcher, fold

NAMES = (
    "CTC", "CTC loss", "RNN-T", "wav2vec 2.0", "Regularisation", "language model", "k-means", "HCLG", "k2", "ReLU",
    "Listen, attend and spell", "F0", "ZeRO",
)  # fmt: skip


@pytest.fixture(scope="module")
def matcher():
    return Matcher((name, name) for name in NAMES)


def found(matcher, text):
    return [(text[m.start : m.end], m.bearers[0]) for m in matcher.find(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("two CTCs", "CTC"),
        ("an RNNT decoder", "RNN-T"),
        ("an RNN T decoder", "RNN-T"),
        ("with wav2vec2.0 features", "wav2vec 2.0"),
        ("strong regularizations", "Regularisation"),
        ("Language-Models everywhere", "language model"),
        ("the language\nmodel", "language model"),
        ("kmeans clusters", "k-means"),
        ("Listen, Attend and Spell", "Listen, attend and spell"),
        ("a RELU", "ReLU"),
    ],
)
def test_a_name_is_found_as_people_write_it(matcher, text, name):
    assert [bearer for _, bearer in found(matcher, text)] == [name]


@pytest.mark.parametrize(
    "text",
    [
        "the ctc of a clinic",
        "set it to zero",
        "language. Model two",
        "language, model",
        "a language\n\nmodel",
        "F 0",
    ],
)
def test_what_only_looks_like_a_name_is_left(matcher, text):
    assert found(matcher, text) == []


def test_the_longest_name_wins_and_none_overlap(matcher):
    assert found(matcher, "The CTC loss and CTC.") == [("CTC loss", "CTC loss"), ("CTC", "CTC")]


def test_one_name_of_two_things_has_two_bearers():
    matcher = Matcher([("pruning", 1), ("Pruning", 2)])
    assert next(matcher.find("by pruning")).bearers == (1, 2)


def test_spellings_fold_to_one_word():
    assert fold("Normalisations") == fold("normalization")
    assert fold("modelling") == fold("modeling")
    assert fold("loss") == "loss"
