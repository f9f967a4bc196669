"""Topics, facets and relevance from words, vectors and concepts, before anybody has corrected anything."""

from __future__ import annotations

import numpy as np
import pytest

from kb.core.labels import (
    FACETS,
    Content,
    Theme,
    Themes,
    chance,
    decide_state,
    likeliest,
    read_cues,
)
from kb.errors import InputError
from kb.models import Level, Resource

CUES = """
[[facet]]
label = "side:theory"
start = -1.0
strong = ["we prove"]
against = ["pip install"]

[[facet]]
label = "side:implementation"
start = -1.0
strong = ["pip install"]
weak = ["GPU"]
"""


@pytest.fixture(scope="module")
def themes():
    axis = np.eye(3, dtype=np.float32)
    return Themes(
        [
            Theme("topic:speech", "Recognising speech: transducers, decoding, phonemes.", axis[0]),
            Theme("topic:vision", "Seeing: images, segmentation, detection of objects.", axis[1]),
            Theme("topic:theory", "Bounds, convergence, proofs.", axis[2]),
        ]
    )


def best(themes, content):
    return max(themes.guess(content), key=lambda g: g.margin).name


def test_words_alone_find_the_topic(themes):
    assert best(themes, Content("Decoding phonemes with transducers")) == "topic:speech"


def test_vectors_find_the_topic_where_words_say_nothing(themes):
    assert best(themes, Content("x", np.array([0.1, 0.9, 0.1], np.float32))) == "topic:vision"


def test_concepts_and_the_source_speak_for_their_topics(themes):
    plain = {g.name: g.margin for g in themes.guess(Content("x"))}
    filed = {
        g.name: g.margin for g in themes.guess(Content("x", concepts=2, filed={"topic:theory": 2}))
    }
    home = {
        g.name: g.margin for g in themes.guess(Content("x", source=frozenset({"topic:theory"})))
    }
    assert filed["topic:theory"] > plain["topic:theory"]
    assert home["topic:theory"] > plain["topic:theory"]
    assert home["topic:speech"] == plain["topic:speech"]


def test_what_is_near_no_topic_is_less_relevant(themes):
    near, far = (Content(t, v) for t, v in (
        ("Decoding phonemes", np.array([1, 0, 0], np.float32)),
        ("A recipe for soup", np.array([-0.6, -0.6, -0.5], np.float32)),
    ))  # fmt: skip
    one, other = (themes.relevance(c, themes.guess(c)) for c in (near, far))
    assert chance(one.margin) > chance(other.margin)


def test_the_shared_words_are_told(themes):
    assert themes.told(Content("Phonemes and soup"), "topic:speech") == ["phoneme"]


def test_cues_speak_for_and_against_once_each_and_twice_in_the_title():
    cues = read_cues(CUES)

    def margins(text):
        return {g.name: g.margin for g in cues.guess(text)}

    assert margins("T\n\nnothing")["side:theory"] == -1.0
    assert margins("T\n\nWe prove it. We prove more.")["side:theory"] == 1.0
    assert margins("We prove it\n\nso")["side:theory"] == 3.0
    assert margins("T\n\npip install on a GPU") == {"side:theory": -2.5, "side:implementation": 2.0}


@pytest.mark.parametrize(
    "text",
    ["[[facet", '[[facet]]\nlabel = "side:theory"\n', '[[facet]]\nlabel = "side:up"\nstart = 0\n'],
)
def test_cues_that_cannot_be_read_are_refused(text):
    with pytest.raises(InputError, match="cues"):
        read_cues(text)


def test_of_a_facet_the_likeliest_value_is_chosen():
    chances = {"side:theory": 0.6, "side:implementation": 0.7, "role:engine": 0.4}
    assert likeliest(chances) == {"side:implementation": 0.7}


def test_thresholds_publish_queue_and_hide():
    assert [decide_state(c, 0.3, 0.1) for c in (0.3, 0.2, 0.1, 0.05)] == [
        "published", "queued", "queued", "hidden",
    ]  # fmt: skip


def test_the_facets_are_those_of_the_tables():
    assert FACETS["level"] == tuple(Level.values)
    assert FACETS["kind"] == tuple(Resource.Kind.values)
