"""Results re-ranked by a cross-encoder, or not, with the reason."""

from __future__ import annotations

import numpy as np
import pytest

from kb.core.records import EntryRecord
from kb.errors import ModelError
from kb.selectors import engine
from kb.selectors.search import SearchCriteria, search
from kb.services.pipeline import finish

pytestmark = pytest.mark.django_db(transaction=True)

TITLES = [f"Beam search number {n}" for n in range(5)]


class Backwards:
    """A judge that likes what was last best: by the number in the text."""

    def score(self, query, texts):
        assert query == "beam search number 0"
        return np.array([float(text.split("number ")[1][0]) for text in texts], np.float32)


@pytest.fixture
def hub(new_source, visit, settings):
    settings.EMBEDDING_MODEL = "hashed"
    entries = [
        EntryRecord(
            id=t, title=t, link=f"https://a.example.org/{n}", content=f"<p>Text of {t}.</p>"
        )
        for n, t in enumerate(TITLES)
    ]
    visit(new_source(), *entries)
    finish()


@pytest.fixture
def answer(hub, settings, monkeypatch):
    def ask(load, model="some/model", **asked):
        settings.RERANK_MODEL = model
        monkeypatch.setattr(engine, "encoder", engine.QueryEncoder())
        monkeypatch.setattr(engine, "reranker", engine.Loading("load-reranker", load))
        found = search(SearchCriteria("beam search number 0", wait=True, **asked))
        return [f.card.title for f in found.found], found.notes

    return ask


def test_the_cross_encoder_decides_the_order(answer):
    assert answer(Backwards) == (TITLES[::-1], ())


def test_without_a_model_or_for_words_alone_the_order_stays(answer):
    assert answer(Backwards, model="")[0][0] == TITLES[0]
    assert answer(Backwards, mode="lexical")[0][0] == TITLES[0]
    assert answer(lambda: None)[0][0] == TITLES[0]


def test_missing_weights_are_a_note_beside_the_usual_order(answer):
    def missing():
        raise ModelError("There is no model here.")

    titles, notes = answer(missing)
    assert titles[0] == TITLES[0]
    assert notes == ("Not re-ranked: There is no model here.",)


def test_a_model_that_fails_while_it_reads_is_a_note_too(answer):
    class Broken:
        def score(self, query, texts):
            raise ModelError("The GPU is full.")

    titles, notes = answer(Broken)
    assert titles[0] == TITLES[0]
    assert notes == ("Not re-ranked: The GPU is full.",)
