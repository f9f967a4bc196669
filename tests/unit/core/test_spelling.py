"""Words that are nearly right."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.query import parse_query
from kb.core.spelling import correct, distance, nearest, other_beginnings, slips

letters = st.text("abcd", max_size=8)


@pytest.mark.parametrize(
    ("first", "second", "slips"),
    [
        ("transducer", "transducer", 0),
        ("trandsucer", "transducer", 1),
        ("tranducer", "transducer", 1),
        ("transduscer", "transducer", 1),
        ("transdocer", "transducer", 1),
        ("tarnsdcuer", "transducer", 2),
        ("abcdef", "uvwxyz", 3),
        ("ca", "abc", 3),
    ],
)
def test_the_distance_counts_slips(first, second, slips):
    assert distance(first, second, 2) == slips


@given(letters, letters)
def test_the_distance_is_symmetric_and_0_only_for_the_same(first, second):
    assert distance(first, second, 3) == distance(second, first, 3)
    assert (distance(first, second, 3) == 0) == (first == second)


def test_short_words_and_names_with_digits_are_left_alone():
    assert [slips(w) for w in ("beam", "speeh", "decodr", "trandsucer", "wav2vecc")] == [
        0,
        1,
        1,
        2,
        0,
    ]


def test_the_nearest_word_wins_and_of_two_the_more_usual():
    known = [("decoder", 5), ("decoded", 9), ("recoder", 90), ("decode", 1)]
    assert nearest("decodre", known) == "decoder"
    assert nearest("decodef", known) == "decoded"
    assert nearest("xylophone", known) is None
    assert nearest("spech", []) is None


def test_a_slip_at_the_first_letter_is_among_the_other_beginnings():
    found = set(other_beginnings("speech"))
    assert {"peech", "pseech", "aspeech", "bpeech"} <= found
    assert all(distance("speech", other, 1) <= 1 for other in found)


def test_words_are_replaced_and_phrases_are_not():
    query = parse_query('trandsucer loss "trandsucer"')
    found = correct(query, {"trandsucer": "transducer"})
    assert found.words == ("transducer", "loss")
    assert found.phrases == query.phrases
    assert found.plain.startswith("transducer loss")
    assert correct(query, {}) is query
