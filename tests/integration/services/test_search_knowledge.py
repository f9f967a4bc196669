"""What the hub writes, found by search: cards of every kind, and what topic: and concept: mean."""

from __future__ import annotations

import datetime as dt

import pytest

from kb.core.items import ItemKind, item_id
from kb.models import User
from kb.selectors.search import SearchCriteria, search
from kb.services.passages import renew_items
from kb.services.pipeline import finish
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
KINDS = ("concept", "resource", "impression", "question", "topic", "list")


@pytest.fixture
def hub(settings, monkeypatch):
    """One thing of each kind about the transducer, an article that mentions it, and one of each about nothing of it."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    ada = User.objects.create_user("ada", first_name="Ada", last_name="Byron")
    topic = factories.topic("End-to-end models", about="Transducer and others.")
    part = factories.topic("Streaming", parent=topic)
    concept = factories.concept(
        "RNN transducer", author=ada, aliases=[{"name": "RNN-T", "ambiguous": False}]
    )
    resource = factories.resource(
        "Transducer paper", concept, kind="paper", authors=["Alex Graves"], year=2012
    )
    listed = factories.reading_list("Transducer list")
    factories.item(listed, item=item_id(ItemKind.CONCEPT, concept.pk))
    made = {
        "topic": topic,
        "concept": concept,
        "resource": resource,
        "impression": factories.impression(resource, "The transducer, clearly.", author=ada),
        "question": factories.question("Why a transducer?", concept),
        "list": listed,
    }
    article = factories.article(
        "On a watch",
        text="An RNN transducer runs, and an RNN transducer waits.",
        at=NOW - dt.timedelta(days=3),
        state_is_said=True,
    )
    factories.mention(article, concept)
    factories.label(article.pk, part)
    other = factories.concept("Vocoder")
    factories.mention(factories.article("Voices", text="A vocoder."), other)
    draft = factories.concept("Transducer draft", published_at=None)
    for name, row in made.items():
        factories.label(item_id(ItemKind[name.upper()], row.pk), topic)
    rows = [
        *((ItemKind[name.upper()], row) for name, row in made.items()),
        (ItemKind.CONCEPT, draft),
    ]
    renew_items(item_id(kind, row.pk) for kind, row in rows)
    finish()
    return made


def found(text: str, **more) -> list:
    return [one.card for one in search(SearchCriteria(text, wait=True, **more)).found]


def test_words_find_every_kind_and_no_draft(hub):
    cards = {card.label: card for card in found("transducer", mode="lexical", limit=50)}
    assert set(cards) == {"topic", "concept", "paper", "impression", "question", "list", "article"}
    paper = cards["paper"]
    assert (paper.people, paper.path, paper.timeless) == (("Alex Graves",), hub["resource"].get_absolute_url(), True)  # fmt: skip
    assert cards["concept"].who == "Ada Byron"
    assert cards["concept"].gist == "What RNN transducer is."
    assert cards["impression"].title == "Transducer paper"
    assert cards["topic"].timeless


def test_other_names_find_a_concept(hub):
    assert "RNN transducer" in [card.title for card in found("RNN-T", mode="lexical")]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("concept:rnn-t", {"concept", "paper", "impression", "question", "list", "article"}),
        ('concept:"rnn transducer"', {"concept", "paper", "impression", "question", "list", "article"}),
        ('topic:"end-to-end models"', {"topic", "concept", "paper", "impression", "question", "list", "article"}),
        ("topic:streaming", {"topic", "article"}),
        ("kind:concept", {"concept"}), ("kind:questions", {"question"}), ("kind:paper", {"paper"}),
        ("kind:topic", {"topic"}), ("author:byron", {"concept", "impression"}), ("author:graves", {"paper"}),
        ("concept:rnn-t -kind:article before:2030", {"concept", "impression", "question", "list"}),
        ("concept:rnn-t after:2026-08-20", {"concept", "impression", "question", "list"}),
        ("concept:rnn-t is:curated", {"concept", "paper", "impression", "question", "list"}),
    ],
)  # fmt: skip
def test_filters_mean_the_same_for_every_kind(hub, text, labels):
    assert {card.label for card in found(text, limit=50)} == labels


def test_names_that_are_nearly_right_are_told(hub):
    notes = search(SearchCriteria("concept:vocodr", mode="lexical")).notes
    assert "Perhaps “Vocoder”" in notes[0]
    notes = search(SearchCriteria("topic:streming", mode="lexical")).notes
    assert "Perhaps “Streaming”" in notes[0]


@pytest.mark.parametrize("listed", [1000, 3])
def test_years_leave_out_what_has_no_date(hub, monkeypatch, listed):
    monkeypatch.setattr("kb.selectors.search.ranked.LISTED", listed)
    facets = search(SearchCriteria("transducer", mode="lexical")).facets
    assert [year for year, _n in facets.years] == [2026]
    found = search(SearchCriteria("concept:rnn-t")).facets
    assert sum(n for _year, n in found.years) == 5
    counts = {facet.value: facet.count for facet in found.kinds}
    assert (counts["paper"], counts["concept"], counts["article"]) == (1, 1, 1)
