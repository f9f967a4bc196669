"""What is suggested while typing."""

from __future__ import annotations

import datetime as dt
import time

import pytest

from kb.selectors import suggestions
from kb.selectors.suggestions import Memory
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_memory(monkeypatch, at):
    monkeypatch.setattr(suggestions, "memory", Memory())


@pytest.fixture
def suggest(client):
    def ask(typed: str) -> list[dict[str, str]]:
        answer = client.get("/search/suggest", {"q": typed})
        assert answer.status_code == 200
        assert not answer.cookies
        return answer.json()["suggestions"]

    return ask


def labels(rows) -> list[str]:
    return [row["label"] for row in rows]


def test_sources_lists_and_titles_by_the_beginnings_of_words(suggest):
    source = factories.source("Speech at Delft")
    made = factories.article("Robust speech recognition", of=source)
    listed = factories.reading_list("Speech for beginners")
    rows = suggest("spee")
    assert labels(rows) == ["Speech at Delft", listed.title, made.title]
    assert [row["kind"] for row in rows] == ["source", "list", "article"]
    assert [row["path"] for row in rows] == [
        factories.source_path(source), listed.get_absolute_url(), made.get_absolute_url(),
    ]  # fmt: skip
    assert labels(suggest("recog rob")) == [made.title]
    assert suggest("peech") == suggest("") == suggest('"') == []


def test_hidden_articles_and_drafts_are_never_suggested(suggest):
    made = factories.article("Robust speech")
    factories.reading_list("Robust draft", published_at=None)
    assert labels(suggest("robust")) == ["Robust speech"]
    made.state = "hidden"
    made.save()
    assert suggest("robust") == []


def test_what_came_since_is_suggested_after_a_minute_and_under_its_new_title(suggest, monkeypatch):
    old = factories.article("Robust speech")
    suggest("robust")
    later = NOW + dt.timedelta(seconds=5)
    factories.article("Robust vocoders", at=later)
    old.title, old.updated_at = "Robust decoding", later
    old.save()
    memory = suggestions.memory
    monkeypatch.setattr(memory, "_known", suggestions._look(memory.known()))
    assert sorted(labels(suggest("robust"))) == ["Robust decoding", "Robust vocoders"]
    assert labels(suggest("deco")) == ["Robust decoding"]


@pytest.mark.django_db(transaction=True)
def test_an_old_look_is_renewed_by_a_thread_and_answers_meanwhile(suggest, monkeypatch):
    suggest("robust")
    factories.article("Robust speech", at=NOW + dt.timedelta(seconds=5))
    monkeypatch.setattr(suggestions, "FRESH_SECONDS", -1)
    suggest("robust")
    deadline = time.monotonic() + 60
    while not labels(suggest("robust")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert labels(suggest("robust")) == ["Robust speech"]
    monkeypatch.setattr(suggestions, "FRESH_SECONDS", 60)
    with suggestions.memory._lock:  # no thread of this test outlives it
        pass


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("beam kind:pa", "beam kind:paper "), ("-kind:l", "-kind:list "), ("is:", "is:curated "),
        ("source:del", 'source:"Speech at Delft" '), ('x source:"speech at d', 'x source:"Speech at Delft" '),
        ("after:", "after:7d "), ("before:202", "before:2026 "),
    ],
)  # fmt: skip
def test_a_filter_that_is_begun_is_finished(suggest, typed, first):
    factories.source("Speech at Delft")
    row = suggest(typed)[0]
    assert row["query"] == first
    assert row["kind"] == "filter"


@pytest.mark.parametrize("typed", ["foo:bar", "12:30", "topic:a", "\x00", "😀", "a" * 3000])
def test_nothing_typed_breaks_it(suggest, typed):
    suggest(typed)


def test_concepts_are_suggested_by_any_of_their_names(suggest):
    made = factories.concept("Connectionist temporal classification", aliases=[{"name": "CTC", "ambiguous": True}])  # fmt: skip
    factories.concept("CTC draft", published_at=None)
    rows = suggest("ctc")
    assert [(row["label"], row["kind"], row["path"]) for row in rows] == [
        (made.name, "concept", made.get_absolute_url())
    ]


def test_values_of_topic_and_concept_are_finished(suggest):
    factories.topic("Streaming and latency")
    factories.concept("RNN transducer", aliases=[{"name": "RNN-T", "ambiguous": False}])
    assert labels(suggest("topic:str")) == ['topic:"Streaming and latency"']
    assert labels(suggest("beam concept:rnn-")) == ['concept:"RNN transducer"']
