"""Reading what was typed into the search box."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.query import MAX_TERMS, Query, parse_query


@pytest.mark.parametrize(
    ("text", "words", "phrases", "excluded"),
    [
        ("beam search", ("beam", "search"), (), ()),
        ('"beam search" pruning', ("pruning",), ("beam search",), ()),
        ("“beam search” «noise robust»", (), ("beam search", "noise robust"), ()),
        ("asr -music", ("asr",), (), ("music",)),
        ('asr -"voice cloning"', ("asr",), (), ("voice cloning",)),
        ("asr \u2212music", ("asr",), (), ("music",)),
        ("RNN-T C++ wav2vec 2.0 k2", ("RNN-T", "C++", "wav2vec", "2.0", "k2"), (), ()),
        ("don't l'été", ("don't", "l'été"), (), ()),
        ("语音 识别", ("语音", "识别"), (), ()),
        ("- -- + \"\" '' ()", (), (), ()),
        ("", (), (), ()),
        ("a\x00b\tc", ("a", "b", "c"), (), ()),
        ("cafe\u0301", ("caf\u00e9",), (), ()),
    ],
)
def test_is_read_as(text, words, phrases, excluded):
    query = parse_query(text)
    assert (query.words, query.phrases, query.excluded) == (words, phrases, excluded)


def test_plain_keeps_the_order_typed_and_leaves_the_excluded_out():
    assert parse_query('fast "beam search" -music decoding').plain == "fast beam search decoding"


def test_an_unclosed_quote_is_read_as_words_and_noted():
    query = parse_query('fast "beam search')
    assert query.words == ("fast", "beam", "search")
    assert "never closed" in query.notes[0]


def test_only_exclusions_are_noted_and_empty():
    query = parse_query("-music")
    assert query.empty
    assert "add one" in query.notes[0]


def test_too_much_is_cut_and_noted():
    query = parse_query("word " * 5000)
    assert len(query.words) == MAX_TERMS
    assert len(query.notes) == 2


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_never_raises(text):
    assert isinstance(parse_query(text), Query)


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', "-", " ", "a", "RNN-T", "(", ":", "~", "\ud83d"])))
def test_marks_in_any_order_never_raise(parts):
    query = parse_query("".join(parts))
    assert query.empty == (query.plain == "")
