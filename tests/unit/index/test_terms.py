"""From a query to what is looked for."""

from __future__ import annotations

import pytest

from kb.core.query import parse_query
from kb.index.lexical import analysers
from kb.index.names import Names
from kb.index.terms import plan_query

ALIASES = {
    "ctc": ("connectionist temporal classification",),
    "connectionist temporal classification": ("CTC",),
    "rnn-t": ("RNN transducer",),
    "grapheme-to-phoneme": ("G2P",),
    "PER": ("phone error rate",),
}


def plan(text):
    stemmed, plain = analysers()
    return plan_query(parse_query(text), stemmed, plain, Names(ALIASES, stemmed))


def spellings(text, first):
    """What counts as `first` where that is wanted, with weights."""
    (found,) = [w for w in plan(text).any_of if first in {c.tokens for c in w}]
    return {clause.tokens: clause.weight for clause in found}


@pytest.mark.parametrize("text", ["CTC decoding", "ctc decoding", "CTCs"])
def test_an_acronym_finds_its_long_name_at_a_lower_weight(text):
    long = ("connectionist", "tempor", "classif")
    assert 0 < spellings(text, ("ctc",))[long] < 1


def test_a_hyphenated_acronym_is_one_name():
    assert ("rnn", "transduc") in spellings("RNN-T latency", ("rnn", "t"))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("connectionist temporal classification loss", ("ctc",)),
        ("grapheme to phoneme models", ("g2p",)),
        ("grapheme-to-phoneme models", ("g2p",)),
    ],
)
def test_a_long_name_finds_its_acronym(text, short):
    assert any(short in {clause.tokens for clause in wanted} for wanted in plan(text).any_of)


def test_a_name_with_capitals_must_be_typed_with_them():
    assert ("phone", "error", "rate") in spellings("PER", ("per",))
    assert spellings("one per day", ("per",)) == {("per",): 1}


def test_a_long_text_says_itself_what_it_means():
    assert spellings("CTC " + "word " * 60, ("ctc",)) == {("ctc",): 1, ("ctcs",): 1}


def test_neighbours_side_by_side_count_a_little_more():
    (pair,) = [w for w in plan("the beam search of it").any_of if len(w[0].tokens) > 1]
    assert (pair[0].tokens, pair[0].weight < 0.5) == (("beam", "search"), True)
    assert all(len(w[0].tokens) == 1 for w in plan("beam of search").any_of)
