from __future__ import annotations

import pytest

from kb.core.wiki import Link, begins_sentence, in_sentence, link_at, parted


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("[[CTC]]", Link("CTC", "")),
        ("[[ beam-search | a beam ]] and", Link("beam-search", "a beam")),
        ("[[article:123]]", Link("article:123", "")),
        ("[[What is *this*?]]", Link("What is *this*?", "")),
    ],
)
def test_a_link_is_a_name_and_maybe_words(text, link):
    found = link_at(text)
    assert found
    assert found[0] == link
    assert text[: found[1]].endswith("]]")


@pytest.mark.parametrize(
    "text",
    ["[[]]", "[[ ]]", "[[a\nb]]", "[[a]", "[a]]", "x[[a]]", "[[a[b]]]", "[[" + "a" * 201 + "]]"],
)
def test_what_is_no_link_is_none(text):
    assert link_at(text) is None


def test_a_kind_stands_before_a_colon():
    assert parted("question:which-toolkit") == ("question", "which-toolkit")
    assert parted("Listen: attend") == ("", "Listen: attend")
    assert Link("topic:decoding", "").plain == "decoding"


@pytest.mark.parametrize(
    ("name", "said", "within"),
    [
        ("Beam search", "A beam is kept.", "beam search"),
        ("Viterbi algorithm", "The Viterbi algorithm of Viterbi.", "Viterbi algorithm"),
        ("CTC", "ctc", "CTC"),
        ("RNN-T", "rnn-t", "RNN-T"),
        ("wav2vec 2.0", "", "wav2vec 2.0"),
        ("N-gram", "an n-gram model", "n-gram"),
        ("Filter", "filters are", "Filter"),
    ],
)
def test_a_name_loses_its_capital_within_a_sentence_only_where_its_own_text_writes_it_small(
    name, said, within
):
    assert in_sentence(name, said) == within


def test_a_sentence_begins_at_the_start_and_after_its_end():
    assert all(map(begins_sentence, ["", "  ", "So. ", "So? (", "| ", "- x\n"]))
    assert not any(map(begins_sentence, ["the ", "a, ", "(see "]))
