"""Other names of one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.core.aliases import merge_aliases, read_aliases, spell_out
from kb.errors import InputError

TEXT = """
[names]
CTC = ["connectionist temporal classification"]
TTS = ["text-to-speech", "speech synthesis"]
[capitals]
PER = ["phone error rate"]
"""


def test_every_name_of_a_thing_leads_to_its_others():
    found = read_aliases(TEXT)
    assert found["ctc"] == ("connectionist temporal classification",)
    assert found["connectionist temporal classification"] == ("CTC",)
    assert found["speech synthesis"] == ("TTS", "text-to-speech")
    assert found["phone error rate"] == ("PER",)


def test_a_word_of_english_is_meant_only_in_capitals():
    found = read_aliases(TEXT)
    assert "per" not in found
    assert spell_out("PER per day", found) == "PER (phone error rate) per day"


def test_acronyms_are_spelled_out_beside_themselves():
    found = read_aliases(TEXT)
    assert spell_out("tts, vs CTC", found) == (
        "tts, (text-to-speech) vs CTC (connectionist temporal classification)"
    )
    assert spell_out("nothing known", found) == "nothing known"


@pytest.mark.parametrize("text", ["[names", "names = 3", "[names]\nX = 'y'", "[names]\nX = []"])
def test_a_bad_list_is_an_input_error(text):
    with pytest.raises(InputError, match="aliases"):
        read_aliases(text)


def test_the_bundled_list_is_large_and_without_repeats():
    found = read_aliases((Path(__file__).parents[3] / "starter" / "aliases.toml").read_text())
    assert len(found) > 250
    assert found["rnn-t"][0] == "recurrent neural network transducer"
    assert all(name not in others for name, others in found.items())
    for typed in ("per", "sad", "las", "call", "map", "rag", "mos", "pos"):
        assert typed not in found


def test_concepts_add_the_acronyms_that_their_names_spell_and_no_near_synonyms():
    merged = merge_aliases(
        {"ctc": ("connectionist temporal classification",)},
        [
            ("Word error rate", [("WER", True), ("CER", True), ("accuracy", True)]),
            ("Voice activity detection", [("VAD", False)]),
        ],
    )
    assert merged["WER"] == ("word error rate",)
    assert merged["vad"] == ("voice activity detection",)
    assert merged["voice activity detection"] == ("VAD",)
    assert "cer" not in merged
    assert "accuracy" not in merged
    assert merged["ctc"] == ("connectionist temporal classification",)
