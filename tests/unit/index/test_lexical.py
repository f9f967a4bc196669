"""Finding words."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_helpers import document

from kb.core.query import parse_query
from kb.errors import InputError
from kb.index.base import Filters
from kb.index.highlight import highlight
from kb.index.lexical import Words, WordsWriter

TEXTS = {
    1: "Streaming RNN-T models written in C++ with k2 and icefall",
    2: "wav2vec 2.0 learns representations; the C language and R",
    3: "语音识别是将语音转换为文字的技术",
    4: "Running recognisers on phones. Beam search decodes.",
    5: "The search for a beam of light is running late",
    6: "Распознавание речи и модели",
    7: "Les modèles de reconnaissance vocale entraînés",
    8: "High-speed decoding of speech at high cost and at any speed",
    9: "An RNN is recurrent, T stands for nothing here",
}
LANGUAGES = {3: "zh", 6: "ru", 7: "fr"}


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    folder = tmp_path_factory.mktemp("words")
    with WordsWriter(folder) as writer:
        for item, text in TEXTS.items():
            language = LANGUAGES.get(item, "en")
            writer.add(document(item, text, title="", language=language, sources=(item % 2, 7)))
    return Words(folder)


def find(words, text, limit=20, **filters):
    return [item for item, _ in words.search(parse_query(text), limit, Filters(**filters))]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("RNN-T", [1, 9]),
        ('"RNN-T"', [1]),
        ("C++", [1]),
        ("c", [2]),
        ("k2", [1]),
        ("wav2vec 2.0", [2]),
        ('"2.0"', [2]),
        ("语音识别", [3]),
        ("识别", [3]),
        ("字音", []),
        ("run recognizer recogniser", [4, 5]),
        ('"beam search"', [4]),
        ("beam search -light", [4]),
        ('search -"beam search"', [5]),
        ("модели", [6]),
        ("modele modèles", [1, 7]),
        ("high-speed", [8]),
        ("-beam", []),
        ("nothinglikethis", []),
        ("!!!", []),
        ("", []),
    ],
)
def test_finds(words, text, found):
    assert sorted(find(words, text)) == sorted(found)


def test_stop_words_count_when_there_is_nothing_else(words):
    assert set(find(words, "the of and")) == {1, 2, 5, 8}
    assert find(words, "the recurrent") == [9]


def test_a_word_in_title_and_body_counts_more_than_in_the_body_alone(tmp_path):
    filler = "other things are told at length in this text " * 5
    with WordsWriter(tmp_path) as writer:
        writer.add(document(1, f"{filler} a conformer", title="Something else"))
        writer.add(document(2, f"{filler} a conformer", title="A conformer"))
        writer.add(document(3, filler, title="Nothing of it"))
    assert find(Words(tmp_path), "conformer") == [2, 1]


def test_more_of_the_words_is_better(words):
    assert find(words, "beam search decodes")[0] == 4


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_filters_never_under_fill(words, limit):
    assert len(find(words, "the speech running beam models", limit, sources=(7,))) == limit
    assert find(words, "running", limit, allowed=[5]) == [5]


def test_filters_hold(words):
    assert find(words, "running", sources=(1,)) == [5]
    assert find(words, "running", sources=()) == []
    assert find(words, "running", allowed=[-1, 2**70]) == []
    assert find(words, "running", since=1_000_005) == [5]
    assert find(words, "running", until=1_000_004) == [4]
    assert find(words, "running", since=9, until=3) == []
    assert sorted(find(words, "running", since=-(2**70), until=2**70)) == [4, 5]
    assert find(words, '"beam search" late', sources=(0,)) == [4]


def test_zero_and_huge_limits_are_harmless(words):
    assert find(words, "running", 0) == []
    assert len(find(words, "running", 10**9)) == 2


@given(st.text(st.characters(codec=None), max_size=80))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_query_raises(words, text):
    find(words, text)
    highlight(parse_query(text), text * 3)


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "a*",
        "title:x",
        "(a",
        "[1 TO 2]",
        "a AND OR",
        "\\",
        "/x/",
        "~2",
        '"a"~9',
        "+-+",
        "\ud83d a",
        "a\x00",
    ],
)
def test_no_syntax_leaks_into_the_engine(words, text):
    find(words, text)


def test_odd_documents_can_be_added(tmp_path):
    with WordsWriter(tmp_path) as writer:
        writer.add(document(1, "\ud83d half \x00 nul", published=2**80, language="xx"))
        writer.add(document(2**63 - 1, "word " * 200_000 + "y" * 100_000, published=-(2**80)))
    assert find(Words(tmp_path), "half") == [1]
    assert len(Words(tmp_path).items()) == 2


@pytest.mark.parametrize("changes", [{"item": -1}, {"item": 2**63}, {"sources": (-5,)}])
def test_impossible_ids_are_input_errors(tmp_path, changes):
    with WordsWriter(tmp_path) as writer, pytest.raises(InputError):
        writer.add(document(**{"item": 1} | changes))


def marked(query, text, size=240):
    return [piece for piece, found in highlight(parse_query(query), text, size) if found]


def test_found_words_are_marked_in_every_form():
    text = "Running RNN-T models runs in C++; an RNN is not. 语音识别 works. T"
    assert marked('run "RNN-T" c++ 识别 model', text) == [
        "Running",
        "RNN-T",
        "models",
        "runs",
        "C++",
        "识别",
    ]


def test_the_snippet_is_cut_around_the_found_words():
    text = (
        "filler words here " * 60 + "the conformer transducer streams " + "more filler words " * 60
    )
    pieces = highlight(parse_query("conformer transducer"), text, 120)
    snippet = "".join(piece for piece, _ in pieces)
    assert snippet.startswith("…")
    assert snippet.endswith("…")
    assert "conformer transducer streams" in snippet
    assert len(snippet) <= 122
    assert snippet.strip("…") in text


def test_without_found_words_the_beginning_is_shown():
    assert highlight(parse_query("absent"), "Short text.") == [("Short text.", False)]
    assert highlight(parse_query(""), "") == []
    assert len("".join(p for p, _ in highlight(parse_query("absent"), "words " * 500))) <= 241


@given(st.text(max_size=400), st.text(max_size=40), st.integers(10, 300))
@settings(deadline=None)
def test_a_snippet_is_a_part_of_the_text(text, query, size):
    pieces = "".join(piece for piece, _ in highlight(parse_query(query), text, size))
    assert pieces.removeprefix("…").removesuffix("…") in text or text in pieces


def test_an_acronym_and_its_plural_are_one(tmp_path):
    with WordsWriter(tmp_path) as writer:
        writer.add(document(1, "deep GNNs are hard to train", title=""))
        writer.add(document(2, "a GNN on graphs", title=""))
    assert sorted(find(Words(tmp_path), "gnn")) == sorted(find(Words(tmp_path), "GNNs")) == [1, 2]


@pytest.mark.parametrize(
    ("typed", "nearest"),
    [
        ("recurent", {"recurent": "recurrent"}),
        ("ercurrent", {"ercurrent": "recurrent"}),
        ("Straeming models", {"Straeming": "streaming"}),
        ("dceodign speech", {"dceodign": "decoding"}),
        ("bema", {}),
        ("wav2vex", {}),
        ("recurrent runs runner", {}),
        ("zzzzzzzzz", {}),
        ("распознаване", {"распознаване": "распознавание"}),
        ('"recurent" -recurent', {}),
        ("RNN-Q", {}),
    ],
)
def test_an_unknown_word_is_read_as_the_nearest_known_one(words, typed, nearest):
    assert words.corrections(parse_query(typed)) == nearest


def test_a_mistyped_word_finds_what_was_meant(words):
    assert find(words, "recurent") == [9]
    assert find(words, '"recurent"') == []


def test_words_known_to_the_index_are_not_walked_for(words, monkeypatch):
    class Searcher:
        def __init__(self, real):
            self.doc_freq = real.doc_freq

    monkeypatch.setattr(words, "_searcher", Searcher(words._searcher))
    assert words.corrections(parse_query("running speech recognisers of phones")) == {}


def test_words_side_by_side_come_before_words_apart(tmp_path):
    with WordsWriter(tmp_path) as writer:
        writer.add(document(1, "search with a wide beam of many hypotheses", title=""))
        writer.add(document(2, "wide hypotheses with many of a beam search", title=""))
    assert find(Words(tmp_path), "beam search") == [2, 1]


def test_other_names_are_found_too(tmp_path):
    from kb.index.lexical import analysers
    from kb.index.names import Names

    with WordsWriter(tmp_path) as writer:
        writer.add(document(1, "connectionist temporal classification of frames", title=""))
        writer.add(document(2, "training with CTC on all of these frames", title=""))
        writer.add(document(3, "temporal classification of frames and other things", title=""))
    names = Names({"ctc": ("connectionist temporal classification",)}, analysers()[0])
    found = Words(tmp_path).search(parse_query("CTC"), 9, Filters(), names)
    assert sorted(article for article, _ in found) == [1, 2]
