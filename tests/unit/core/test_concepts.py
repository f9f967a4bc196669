"""Which concepts a text speaks of, and which it only seems to."""

from __future__ import annotations

import numpy as np
import pytest

from kb.core.concepts import MEANT, Linker, Subject
from kb.core.senses import Name, read_senses, told_names
from kb.errors import InputError

CTC, SPEECH, WHISPER, GRAPH = 1, 2, 3, 4
SUBJECTS = (
    Subject(
        CTC,
        (Name("Connectionist temporal classification"), Name("CTC", ambiguous=True)),
        needs=frozenset({SPEECH}),
        near=frozenset({SPEECH}),
        words="A loss that sums over all alignments of labels to frames with repeats and blanks.",
    ),
    Subject(
        SPEECH,
        (Name("Speech recognition"), Name("ASR", ambiguous=True)),
        near=frozenset({CTC, WHISPER}),
        words="Turning spoken audio into words: transcribe, decode, acoustic frames.",
    ),
    Subject(
        WHISPER,
        (Name("Whisper", ambiguous=True, odds=-1.0), Name("OpenAI Whisper")),
        needs=frozenset({SPEECH}),
        near=frozenset({SPEECH}),
        words="A multilingual encoder-decoder trained on weakly labelled audio by OpenAI.",
    ),
    Subject(GRAPH, (Name("Graph theory"),)),
)


@pytest.fixture(scope="module")
def linker():
    return Linker(SUBJECTS, ["CTC scan"])


def concepts(linker, text, vector=None):
    return {f.concept for f in linker.link(text, vector)}


def test_a_plain_name_is_found_with_its_sentence_and_count(linker):
    text = (
        "A title\n\nFirst one. Speech recognition is hard, e.g. at night. Speech recognition again."
    )
    (found,) = linker.link(text)
    assert (found.concept, found.name, found.count) == (SPEECH, "Speech recognition", 2)
    assert found.sentence == "Speech recognition is hard, e.g. at night."
    assert found.score >= MEANT


def test_an_acronym_means_the_concept_among_its_neighbours(linker):
    assert CTC in concepts(
        linker, "Speech recognition of audio\n\nWe train with CTC and decode the frames."
    )


def test_an_acronym_that_the_text_spells_out_otherwise_is_something_else(linker):
    text = "Speech recognition in oncology\n\nCirculating tumour cells (CTC) were counted; CTC numbers fell."
    assert CTC not in concepts(linker, text)


def test_an_acronym_that_the_text_spells_out_as_the_concept_is_it(linker):
    text = "Labels\n\nWe use connectionist temporal classification (CTC), and CTC alone."
    found = {f.concept: f.count for f in linker.link(text)}
    assert found[CTC] == 3


def test_an_ordinary_word_far_from_everything_is_not_the_model(linker):
    assert WHISPER not in concepts(
        linker, "At night\n\nShe began to whisper about the harvest and the weather."
    )
    assert WHISPER in concepts(
        linker, "Speech recognition with Whisper\n\nWhisper by OpenAI transcribes audio."
    )


def test_an_everyday_phrase_hides_the_names_in_it(linker):
    text = "Speech recognition\n\nThe CTC scan of audio frames."
    assert CTC not in concepts(linker, text)


def test_meaning_decides_where_words_say_nothing():
    axis = np.eye(4, dtype=np.float32)
    subjects = [
        Subject(n, (Name(f"alpha{n}", ambiguous=True), Name(f"first {n}")), vector=axis[n])
        for n in range(4)
    ]
    linker = Linker(subjects)
    (near,) = linker.places("alpha0", axis[0])
    (far,) = linker.places("alpha0", axis[1])
    assert near.score > far.score


def test_what_is_known_of_a_name_beforehand_counts():
    text = "Recognition\n\nThe lexicon grew."
    scores = [
        Linker([Subject(1, (Name("lexicon", ambiguous=True, odds=odds),))]).places(text)[0].score
        for odds in (-2, 0, 2)
    ]
    assert scores == sorted(scores)
    assert scores[0] < scores[2]


def test_senses_are_read_and_belong_to_ambiguous_names_alone():
    senses = read_senses(
        'everyday = ["pay attention"]\n[odds]\nctc = { "CTCs" = 1.5, "ctc loss" = 2 }\n'
    )
    names = told_names("ctc", {"CTC": True, "CTC loss": False}, senses)
    assert [n.odds for n in names] == [1.5, 0.0]
    with pytest.raises(InputError):
        read_senses("everyday = [")
    with pytest.raises(InputError):
        read_senses("[odds]\n")
