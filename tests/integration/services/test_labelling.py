"""Labels proposed for articles, what people said of them, and what that teaches."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.management import call_command

from kb.core.items import ItemKind, item_id
from kb.core.labels import NOT_FIELD
from kb.core.records import EntryRecord
from kb.models import Article, AuditEntry, Label, TopicModel, User
from kb.services import facets, teaching, topics
from kb.services.articles import hide_article, show_article
from kb.services.pipeline import (
    embed_all,
    has_pending_labels,
    label_all,
    link_all,
    teach_all,
)
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db

SPEECH = "Streaming speech recognition with transducers, CTC, decoding, phonemes and word error rate of acoustic models"
SOUP = "Boil the carrots slowly, add thyme and butter, and serve the soup with bread from a village bakery"


def post(name: str, text: str) -> EntryRecord:
    return EntryRecord(
        id=name, title=text[:40], link=f"https://{name}.example.org/post", published=NOW.isoformat(), content=f"<p>{text}</p>"
    )  # fmt: skip


@pytest.fixture
def curator(db):
    return User.objects.create(username="curator")


@pytest.fixture
def hub(db, new_source, visit):
    """Two topics, one below the other, and an article about one and one about soup."""
    above = topics.add_topic(
        acting_user=None,
        name="Speech recognition",
        about=f"{SPEECH}. Whisper, LibriSpeech, captions.",
    )
    topics.add_topic(
        acting_user=None, name="Streaming", parent_id=above.pk,
        about=f"{SPEECH}. Latency, endpointing.",
    )  # fmt: skip
    visit(new_source(), post("a", SPEECH), post("b", SOUP))
    work()


def work() -> None:
    embed_all()
    link_all()
    label_all()


def named(name: str) -> Article:
    return Article.objects.get(key__contains=f"//{name}.")


def proposed(name: str) -> dict[str, float]:
    rows = Label.objects.filter(item=named(name).pk, origin="proposed")
    return dict(rows.values_list("name", "confidence"))


def test_topics_are_proposed_with_those_above_them_and_a_reason(hub):
    found = proposed("a")
    assert {"topic:speech-recognition", "topic:streaming"} <= found.keys()
    assert found["topic:speech-recognition"] >= found["topic:streaming"]
    why = Label.objects.get(item=named("a").pk, name="topic:speech-recognition").why
    assert why["model"] == "cold start"
    assert "phoneme" in why["words"]
    assert not any(name.startswith("topic:") for name in proposed("b"))
    assert not has_pending_labels()


def test_what_is_not_about_the_field_is_hidden_and_says_so(hub):
    shown, hidden = named("a"), named("b")
    assert shown.state == Article.State.PUBLISHED
    assert hidden.state == Article.State.HIDDEN
    assert hidden.hidden_reason == f"{NOT_FIELD} ({hidden.relevance:.2f})"
    assert hidden.relevance < 0.08
    assert shown.relevance > 0.3
    assert AuditEntry.objects.filter(action="judge articles").exists()


def test_between_the_thresholds_an_article_waits_for_a_curator(hub, settings):
    settings.RELEVANCE_QUEUE = 0.0
    Article.objects.update(labelled_at=None)
    label_all()
    assert named("b").state == Article.State.QUEUED
    assert named("b").hidden_reason == ""


def test_what_a_person_says_of_an_article_stands(hub, curator):
    show_article(article_id=named("b").pk, acting_user=curator)
    hide_article(article_id=named("a").pk, reason="spam", acting_user=curator)
    Article.objects.update(labelled_at=None)
    label_all()
    assert named("b").state == Article.State.PUBLISHED
    assert (named("a").state, named("a").hidden_reason) == (Article.State.HIDDEN, "spam")


def test_an_imported_file_is_never_hidden(hub):
    Article.objects.filter(pk=named("b").pk).update(
        state="published", hidden_reason="", labelled_at=None
    )
    source = named("b").source
    source.kind = "documents"
    source.save()
    label_all()
    assert named("b").state == Article.State.PUBLISHED


def test_a_source_about_a_topic_speaks_for_its_articles(hub, new_source, visit):
    source = new_source("https://lab.example.org/f", category="Speech recognition")
    visit(source, post("c", SOUP.replace("carrots", "onions")))
    work()
    assert named("c").relevance > named("b").relevance
    assert named("c").state != Article.State.HIDDEN


def test_again_nothing_changes(hub):
    before = list(Label.objects.order_by("pk").values_list("pk", "item", "name", "confidence"))
    Article.objects.update(labelled_at=None)
    label_all()
    assert (
        list(Label.objects.order_by("pk").values_list("pk", "item", "name", "confidence")) == before
    )


def test_proposals_never_change_what_a_person_said(hub, curator):
    item = named("a").pk
    facets.say_labels(item=item, names=["topic:streaming"], acting_user=curator)
    Article.objects.update(labelled_at=None)
    label_all()
    rows = dict(
        Label.objects.filter(item=item, name__startswith="topic:").values_list("name", "refused")
    )
    assert rows == {"topic:streaming": False, "topic:speech-recognition": True}


def test_without_topics_nothing_is_judged(new_source, visit):
    visit(new_source(), post("b", SOUP))
    work()
    assert named("b").state == Article.State.PUBLISHED
    assert named("b").relevance is None


def test_an_article_that_fills_up_is_judged_again(hub, visit):
    visit(named("b").source, post("b", SPEECH))
    work()
    assert named("b").state == Article.State.PUBLISHED
    assert named("b").hidden_reason == ""


@pytest.fixture
def corrected(hub, curator, new_source, visit):
    """Forty articles on whales, half of them said to be about streaming (other words than the topic's own)."""
    source = new_source("https://whales.example.org/f")
    chance = np.random.default_rng(1)
    words = {
        True: ["whale", "song", "sonar", "pod", "migration", "krill"],
        False: ["mortar", "brick", "trowel", "lintel", "scaffold", "beam"],
    }
    for number in range(40):
        said = " ".join(chance.choice(words[number % 2 == 0], 30))
        visit(source, post(f"w{number}", f"{number} {said}"))
    work()
    for number in range(40):
        names = ["topic:streaming"] if number % 2 == 0 else []
        Label.objects.update_or_create(
            item=named(f"w{number}").pk, name="topic:streaming",
            defaults={"origin": "curator", "refused": not names, "user": curator, "at": NOW, "confidence": 1.0},
        )  # fmt: skip
        article = named(f"w{number}")
        if names:
            show_article(article_id=article.pk, acting_user=curator)
        else:
            hide_article(article_id=article.pk, reason=NOT_FIELD, acting_user=curator)


def test_corrections_teach_topics_and_relevance(corrected, new_source, visit):
    outcomes = {o.name: o for o in teach_all()}
    assert {"topic:streaming", "relevance"} <= outcomes.keys()
    assert outcomes["topic:streaming"].used
    assert "cold start" in outcomes["topic:streaming"].why
    model = TopicModel.objects.get(name="topic:streaming", active=True)
    assert (model.version, model.examples) == (1, 40)
    assert model.metrics["loss"] < model.metrics["cold_loss"]
    visit(
        new_source("https://n.example.org/f"),
        post("new", "whale song krill pod migration sonar krill"),
    )
    work()
    assert "topic:streaming" in proposed("new")
    assert named("new").state == Article.State.PUBLISHED
    row = Label.objects.get(item=named("new").pk, name="topic:streaming")
    assert (row.model, row.why["model"]) == (model, "version 1")


def test_nothing_new_makes_no_new_version(corrected):
    assert teach_all()
    assert teach_all() == []


def test_a_version_that_does_worse_on_what_came_later_is_not_used(corrected, curator, monkeypatch):
    teach_all()
    monkeypatch.setattr(teaching, "NEW", 0)
    monkeypatch.setattr(
        teaching, "log_loss", lambda chances, truth: float(len(truth)) * next(values)
    )
    values = iter([0.1, 0.9])  # the old one, then the new one
    Label.objects.filter(name="topic:streaming").update(at="2100-01-01T00:00:00Z")
    (outcome,) = [o for o in teach_all() if o.name == "topic:streaming"]
    assert not outcome.used
    assert "version 1 does better" in outcome.why
    assert TopicModel.objects.get(name="topic:streaming", active=True).version == 1


def test_the_commands_tell_what_they_did(corrected, capsys):
    call_command("label", "--teach", "--all")
    told = capsys.readouterr().out
    assert "topic:streaming version 1, in use: better than the cold start" in told
    assert "42 articles labelled" in told
    call_command("link", "--all", "--json")
    assert '"searched": 42' in capsys.readouterr().out


def test_labels_of_other_kinds_of_items_are_left_alone(hub):
    topic = item_id(ItemKind.TOPIC, 1)
    Label.objects.create(item=topic, name="side:theory", origin="proposed", at=NOW)
    Article.objects.update(labelled_at=None)
    label_all()
    assert Label.objects.filter(item=topic).exists()
