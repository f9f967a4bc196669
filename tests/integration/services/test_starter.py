"""The bundled content: loaded once, brought up to date, and never against a person."""

from __future__ import annotations

import json
from io import StringIO
from textwrap import dedent

import pytest
from django.core.management import CommandError, call_command

from kb.core.items import ItemKind, item_id
from kb.models import (
    Concept,
    Impression,
    Label,
    ListEdition,
    Passage,
    Question,
    ReadingList,
    Resource,
    Revision,
    Source,
    Topic,
)
from kb.services import concepts, facets, sources
from kb.services.starter import load_starter

pytestmark = pytest.mark.django_db

FILES = {
    "topics.toml": """
        [[topic]]
        slug = "ctc-models"
        name = "CTC models"
        parent = "speech"

        [[topic]]
        slug = "speech"
        name = "Speech"
        about = "What belongs."
        """,
    "sources.toml": """
        [[source]]
        url = "https://lab.example/feed.xml"
        title = "A lab"
        home = "https://lab.example/"
        kind = "feed"
        topics = ["speech"]
        language = "en"

        [[source]]
        url = "https://arxiv.org/"
        title = "arXiv: speech"
        kind = "arxiv"
        options = {categories = ["eess.AS"]}
        """,
    "resources/all.toml": """
        [[resource]]
        slug = "book"
        kind = "book"
        title = "A book"
        url = "https://book.example/"
        year = 2020
        authors = ["Ada Example"]
        openness = "open"
        topics = ["speech"]
        """,
    "concepts/all.toml": """
        [[concept]]
        slug = "ctc"
        name = "Connectionist temporal classification"
        aliases = ["CTC", "CTC loss"]
        ambiguous = ["CTC"]
        level = "practitioner"
        topics = ["ctc-models"]
        summary = "A loss."
        body = 'It needs a [[softmax]].'
        requires = ["softmax"]
        related = ["softmax"]
        goals = ["Derive it."]
        published = 2024-05-06
        resources = [{resource = "book", why = "Clear."}]

        [[concept]]
        slug = "softmax"
        name = "Softmax"
        level = "beginner"
        summary = "A function."
        body = "The softmax."
        """,
    "impressions/book.toml": """
        resource = "book"
        verdict = "Good."
        hours = 12.5
        """,
    "questions/is-it.toml": """
        title = "Is it?"
        answer = "Yes."
        concepts = ["ctc"]
        related = ["why"]
        misconceptions = [{claim = "No.", why_wrong = "It is."}]
        """,
    "questions/why.toml": """
        title = "Why?"
        answer = "Because."
        """,
    "lists/top.toml": """
        title = "Top"
        kind = "top"

        [[item]]
        target = "concept:ctc"
        commentary = "First."

        [[item]]
        url = "https://x.example/"
        title = "Elsewhere"
        minutes = 5
        commentary = "Second."
        """,
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "starter" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
    return tmp_path / "starter"


def load(folder):
    return {one.kind: one for one in load_starter(folder=folder)}


def rewrite(folder, name, old, new):
    path = folder / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_everything_is_loaded_shown_and_linked(folder):
    loaded = load(folder)
    assert {kind: one.added for kind, one in loaded.items()} == {
        "topic": 2, "source": 2, "resource": 1, "concept": 2, "impression": 1, "question": 2, "list": 1,
    }  # fmt: skip
    ctc = Concept.objects.get(slug="ctc")
    assert f"{ctc.published_at:%Y-%m-%d} {ctc.updated_at:%Y-%m-%d}" == "2024-05-06 2024-05-06"
    assert ctc.aliases == [
        {"name": "CTC", "ambiguous": True},
        {"name": "CTC loss", "ambiguous": False},
    ]
    assert not ctc.ambiguous
    assert ctc.needs.get().slug == ctc.related.get().slug == "softmax"
    assert ctc.resources.get().why == "Clear."
    assert Topic.objects.get(slug="ctc-models").parent == Topic.objects.get(slug="speech")
    assert Impression.objects.get().hours == 12.5
    question = Question.objects.get(slug="is-it")
    assert (question.state, question.concepts.get(), question.related.get().slug) == (
        "answered", ctc, "why",
    )  # fmt: skip
    made = ReadingList.objects.get()
    assert [row.item or row.url for row in made.items.all()] == [
        item_id(ItemKind.CONCEPT, ctc.pk), "https://x.example/",
    ]  # fmt: skip
    assert ListEdition.objects.count() == 1
    labels = Label.objects.filter(item=item_id(ItemKind.RESOURCE, Resource.objects.get().pk))
    assert set(labels.values_list("name", flat=True)) == {
        "kind:book", "openness:open", "topic:speech",
    }  # fmt: skip
    assert not Revision.objects.exists()
    said = Passage.objects.get(item=item_id(ItemKind.CONCEPT, ctc.pk)).text
    assert "It needs a softmax." in said


def test_sources_come_in_by_the_usual_door_with_their_kind_and_are_due(folder):
    load(folder)
    lab, arxiv = Source.objects.order_by("url")[1], Source.objects.order_by("url")[0]
    assert (lab.name, lab.category, lab.language, lab.home_url) == (
        "A lab", "Speech", "en", "https://lab.example/",
    )  # fmt: skip
    assert arxiv.kind == "arxiv"
    assert "eess.AS" in arxiv.url


def test_loading_again_changes_nothing(folder):
    load(folder)
    before = list(Concept.objects.values().order_by("pk"))
    again = load(folder)
    assert all(one.added == one.updated == 0 for one in again.values())
    assert again["concept"].unchanged == 2
    assert list(Concept.objects.values().order_by("pk")) == before


def test_a_file_that_changed_is_followed_where_nobody_touched_the_row(folder):
    load(folder)
    rewrite(folder, "concepts/all.toml", "A loss.", "A loss function.")
    rewrite(folder, "concepts/all.toml", 'requires = ["softmax"]', "requires = []")
    assert load(folder)["concept"].updated == 1
    ctc = Concept.objects.get(slug="ctc")
    assert ctc.summary == "A loss function."
    assert not ctc.needs.exists()
    assert f"{ctc.published_at:%Y-%m-%d}" == "2024-05-06"
    assert Revision.objects.get().before["needs"] == ["Softmax"]


def test_what_a_curator_edited_is_left_alone(folder):
    load(folder)
    ctc = Concept.objects.get(slug="ctc")
    concepts.update_concept(concept_id=ctc.pk, acting_user=None, related=[])
    rewrite(folder, "concepts/all.toml", "A loss.", "A loss function.")
    assert load(folder)["concept"].edited == 1
    ctc.refresh_from_db()
    assert ctc.summary == "A loss."


def test_a_new_address_keeps_its_row_and_a_withdrawn_thing_stays_withdrawn(folder):
    load(folder)
    ctc = Concept.objects.get(slug="ctc")
    concepts.publish_concept(concept_id=ctc.pk, published=False, acting_user=None)
    rewrite(folder, "concepts/all.toml", "A loss.", "A loss function.")
    load(folder)
    ctc.refresh_from_db()
    assert (ctc.summary, ctc.published_at) == ("A loss function.", None)
    concepts.update_concept(concept_id=ctc.pk, slug="ctc-loss", acting_user=None)
    assert load(folder)["concept"].edited == 1
    assert Concept.objects.count() == 2


def test_what_was_deleted_does_not_come_back(folder):
    load(folder)
    Concept.objects.get(slug="ctc").delete()
    Source.objects.get(title="", custom_title="A lab").delete()
    again = load(folder)
    assert (again["concept"].deleted, again["source"].added) == (1, 0)
    assert Source.objects.count() == Concept.objects.count() == 1


def test_what_a_curator_said_an_item_is_about_stays(folder, django_user_model):
    load(folder)
    cora = django_user_model.objects.create(username="cora")
    item = item_id(ItemKind.RESOURCE, Resource.objects.get().pk)
    facets.say_labels(item=item, names=["topic:ctc-models"], acting_user=cora)
    rewrite(folder, "resources/all.toml", "year = 2020", "year = 2021")
    assert load(folder)["resource"].updated == 1
    holding = Label.objects.filter(item=item, refused=False).values_list("name", flat=True)
    assert list(holding) == ["topic:ctc-models"]


def test_a_source_that_a_person_added_first_is_left_as_it_is(folder):
    sources.add_source(url="http://www.lab.example/feed.xml", title="Mine", category="My own")
    assert load(folder)["source"].added == 1
    assert Source.objects.get(custom_title="Mine").category == "My own"


def test_a_bad_file_loads_nothing_and_says_where(folder):
    rewrite(folder, "concepts/all.toml", 'resource = "book"', 'resource = "film"')
    rewrite(folder, "topics.toml", 'name = "Speech"', "name = 3")
    with pytest.raises(CommandError) as error:
        call_command("starter", folder)
    text = str(error.value)
    assert "topics.toml: speech: name must be a text" in text
    assert "concepts/all.toml: ctc: resources names the resource 'film'" in text
    assert not Topic.objects.exists()


def test_what_only_the_tables_refuse_leaves_its_kind_out_as_a_whole(folder):
    rewrite(folder, "concepts/all.toml", 'level = "beginner"', 'level = "wizard"')
    with pytest.raises(CommandError, match=r"all.toml: softmax: level: .*no concept was loaded"):
        call_command("starter", folder)
    assert not Concept.objects.exists()
    assert Resource.objects.exists()


def test_the_command_counts_and_speaks_json(folder):
    out = StringIO()
    call_command("starter", folder, stdout=out)
    assert "concepts: 2 added" in out.getvalue()
    out = StringIO()
    call_command("starter", folder, json=True, stdout=out)
    assert json.loads(out.getvalue())[0] == {
        "kind": "topic", "added": 0, "updated": 0, "unchanged": 2, "edited": 0, "deleted": 0,
    }  # fmt: skip
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("starter", folder / "none")
