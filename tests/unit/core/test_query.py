"""Reading what was typed into the search box."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.query import MAX_FILTERS, MAX_TERMS, Filter, Query, parse_query


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
    assert len(query.notes) == 1
    many = parse_query(" ".join(f"source:s{n}" for n in range(40)))
    assert (len(many.filters), len(many.notes)) == (MAX_FILTERS, 1)


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("source:kaldi", "source:kaldi"),
        ("beam -source:kaldi search", "-source:kaldi"),
        ('author:"Dan  Povey" kind:paper', 'author:"Dan Povey" kind:paper'),
        ("author:“Dan Povey”", 'author:"Dan Povey"'),
        ("Source:A source:B source:A", "source:A source:B"),
        (
            "before:2026-03 after:7d is:curated lang:de",
            "before:2026-03 after:7d is:curated lang:de",
        ),
        ("topic：语音", "topic:语音"),
        ('author:"Dan Pov', "author:Dan"),
        ('"source:kaldi" source: is: x-source:y', ""),
        ("12:30 https://a.example/b:c std::vector arXiv:2101.00001 C:\\x wav2vec:2 Note: this", ""),
    ],
)
def test_filters_are_read_apart_from_words(text, filters):
    query = parse_query(text)
    assert " ".join(map(str, query.filters)) == filters
    assert not any("filter" in note for note in query.notes)


def test_what_holds_a_colon_and_is_no_filter_is_words():
    text = "12:30 https://a.example/b:c arXiv:2101.00001"
    assert parse_query(text).words == tuple(text.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [("foo:bar", "filters are source:, topic:"), ("sorce:kaldi", "did you mean source:kaldi?")],
)
def test_unknown_filter_is_searched_as_words_and_says_so(text, said):
    query = parse_query(text)
    assert query.words == (text,)
    assert said in query.notes[0]
    assert "searched as words" in query.notes[0]


def test_pasted_text_is_all_words_but_for_its_filters():
    text = 'An "abstract" - of -40 dB: see fig:2 ' + "and more words " * 20
    query = parse_query(f"{text} source:kaldi")
    assert query.long
    assert (query.phrases, query.excluded, query.notes) == ((), (), ())
    assert query.filters == (Filter("source", "kaldi"),)
    assert "fig:2" in query.words
    assert "kaldi" not in query.plain


def test_only_filters_are_no_mistake():
    query = parse_query("source:kaldi -music")
    assert query.empty
    assert query.notes == ()


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=300))
def test_never_raises(text):
    assert isinstance(parse_query(text), Query)


@settings(deadline=None)
@given(st.lists(st.sampled_from(['"', "-", " ", "a", "RNN-T", "(", ":", "~", "\ud83d"])))
def test_marks_in_any_order_never_raise(parts):
    query = parse_query("".join(parts))
    assert query.empty == (query.plain == "")


@settings(deadline=None)
@given(st.lists(st.sampled_from(["source:", "-", '"', " ", "a", "is:x", ":", "foo:", "：", "“"])))
def test_filters_in_any_order_never_raise_and_read_the_same_again(parts):
    filters = parse_query("".join(parts)).filters
    assert parse_query(" ".join(map(str, filters))).filters == filters
