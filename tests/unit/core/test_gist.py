"""The one sentence that says what is new."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.gist import WORDS, gist_of, length, shorten

ABSTRACT = (
    "Speech recognition has come a long way in recent years. Streaming models must decide early. In this paper, we "
    "propose a transducer that waits 50 ms less. It is trained on LibriSpeech. Code is available at https://x.example."
)


def test_the_sentence_that_announces_wins_over_the_first():
    assert gist_of([ABSTRACT], "A transducer that waits less") == (
        "We propose a transducer that waits 50 ms less."
    )


def test_the_title_itself_is_no_gist():
    assert gist_of(["On emission delay."], "On emission delay") == ""
    text = (
        "On emission delay.\n\nA short note on why recognisers wait, with figures for five models."
    )
    assert gist_of([text], "On emission delay").startswith("A short note")


def test_what_is_not_part_of_the_story_is_passed_over():
    text = (
        "Subscribe to our newsletter to get new posts. Posted by Ada on 3 May. "
        "Vosk now runs on a watch with 40 MB of memory. What do you think?"
    )
    assert gist_of([text]) == "Vosk now runs on a watch with 40 MB of memory."


@pytest.mark.parametrize(
    "text", ["Comments on Hacker News", "Read more", "Continue reading on example.org »"]
)
def test_what_only_points_elsewhere_is_no_gist(text):
    assert gist_of([text, ABSTRACT]).startswith("We propose")
    assert gist_of([text]) == ""


def test_a_sentence_that_leans_on_the_one_before_is_not_taken():
    text = "The new decoder prunes its beam by histogram. This makes it twice as fast on phones."
    assert gist_of([text]).startswith("The new decoder")


def test_a_teaser_that_breaks_off_leads_to_the_text():
    told = gist_of(
        ["The team at the lab has been…", "The lab released a model that transcribes 99 languages."]
    )
    assert told == "The lab released a model that transcribes 99 languages."


def test_a_long_sentence_ends_at_a_clause():
    sentence = (
        "We release a corpus of forty thousand hours of read speech in twelve languages, recorded in quiet rooms by "
        "volunteers, together with transcripts, alignments, speaker data, and recipes for several well known toolkits."
    )
    cut = gist_of([sentence])
    assert cut == (
        "We release a corpus of forty thousand hours of read speech in twelve languages, recorded in quiet rooms by "
        "volunteers, together with transcripts, alignments, speaker data…"
    )


def test_scripts_without_spaces_are_cut_too():
    text = "我们提出了一种新的流式语音识别模型，" * 9 + "效果很好。"
    cut = gist_of([text])
    assert length(cut) <= WORDS
    assert cut.endswith("型…")


def test_abbreviations_do_not_end_it():
    text = "Graves et al. introduced the transducer in 2012, e.g. for phonemes."
    assert gist_of([text]) == text


def test_nothing_gives_nothing():
    assert gist_of([]) == gist_of(["", "  \n"]) == ""


@given(st.text(max_size=400), st.integers(5, 40))
def test_no_word_is_cut_and_none_is_too_many(text, words):
    cut = shorten(" ".join(text.split()), words)
    assert length(cut.removesuffix("…")) <= words
    whole = " ".join(text.split())
    if cut != whole:
        assert whole.startswith(cut.removesuffix("…"))


@pytest.mark.parametrize("text", ["a" * 10_000, "a. " * 5000, "( " * 4000, "\n" * 9000 + "x"])
def test_odd_texts_are_no_trouble(text):
    assert length(gist_of([text])) <= WORDS
