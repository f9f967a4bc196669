from __future__ import annotations

import pytest

from kb.core.mutes import is_muted, muting, tidy


@pytest.mark.parametrize(
    ("word", "text", "found"),
    [
        ("llm", "Why LLM?", True),
        ("llm", "Why LLMs?", False),
        ("open  source", "An Open\nSource model", True),
        ("c++", "In C++, fast", True),
        ("c++", "In C, fast", False),
        (".net", "ASP.NET", True),
        ("straße", "STRASSE", True),
        ("音声", "日本語音声認識", True),
        ("ﬁne tuning", "Fine tuning", True),
        ("été", "L’ÉTÉ", True),
        ("a.c", "abc", False),
    ],
)
def test_whole_words_are_found_in_any_case(word, text, found):
    assert is_muted(muting([word]), text) is found


def test_nothing_muted_hides_nothing():
    assert muting([]) is None
    assert muting(["–"]) is None
    assert not is_muted(None, "anything")
    assert is_muted(muting(["a", "a b"]), "", "x a b")
    assert tidy(" — ") == ""
