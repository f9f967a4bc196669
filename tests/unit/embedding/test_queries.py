"""Encoding what is looked for."""

from __future__ import annotations

import numpy as np
import pytest

from kb.embedding.hashed import HashedEncoder
from kb.embedding.queries import encode_query

ALIASES = {"ctc": ("connectionist temporal classification",)}
ENCODER = HashedEncoder()


def near(first, second):
    return float(first @ second)


def test_an_acronym_is_near_its_long_name():
    long = ENCODER.encode(["connectionist temporal classification"])[0]
    assert near(encode_query(ENCODER, "CTC", ALIASES), long) > near(
        encode_query(ENCODER, "CTC", {}), long
    )


def test_a_question_is_encoded_as_it_stands():
    text = "streaming speech recognition"
    assert np.array_equal(encode_query(ENCODER, text, ALIASES), ENCODER.encode([text])[0])


def test_the_end_of_a_pasted_text_counts_and_its_acronyms_stay():
    begin, end = "Speech recognisers listen. " * 80, "Cooks boil tomato soup. " * 80
    found = encode_query(ENCODER, begin + end, ALIASES)
    soup = ENCODER.encode(["Cooks boil tomato soup."])[0]
    assert near(found, soup) > near(encode_query(ENCODER, begin, ALIASES), soup) + 0.2
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
    long = "CTC " * 60
    assert np.array_equal(encode_query(ENCODER, long, ALIASES), encode_query(ENCODER, long, {}))


@pytest.mark.parametrize("text", ["", "? " * 60, "\ud83d " * 50, "x" * 100_000])
def test_odd_texts_have_a_direction(text):
    found = encode_query(ENCODER, text, ALIASES)
    assert np.isfinite(found).all()
    assert found.shape == (ENCODER.dimension,)
