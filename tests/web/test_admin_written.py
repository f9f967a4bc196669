"""Writing in the panel: one save is one change, and what is refused comes back as it was typed."""

from __future__ import annotations

import pytest
from django.urls import reverse

from kb.core.items import ItemKind, item_id
from kb.models import (
    Concept,
    Impression,
    Label,
    Question,
    ReadingList,
    Resource,
    Revision,
    Topic,
    User,
)
from kb.services import concepts, facets, lists, questions, resources, topics
from tests.web import factories

pytestmark = pytest.mark.django_db


def post(panel, model, row=None, **data):
    name = f"admin:kb_{model}_{'change' if row else 'add'}"
    return panel.post(reverse(name, args=[row.pk] if row else []), data)


def rows(prefix, *forms):
    """A formset as a browser sends it."""
    first = [form for form in forms if "id" in form]
    said = {f"{prefix}-TOTAL_FORMS": len(forms), f"{prefix}-INITIAL_FORMS": len(first)}
    for number, form in enumerate(forms):
        said |= {f"{prefix}-{number}-{name}": value for name, value in form.items()}
    return said


def concept(name, **words):
    return concepts.add_concept(name=name, acting_user=None, **words)


WORDS = {"level": "beginner", "summary": "One line.", "body": "Words."}


def test_a_concept_is_written_with_its_names_prerequisites_and_reading(panel):
    vector = concept("Vector")
    topics.add_topic(name="Mathematics", acting_user=None)
    book = resources.add_resource(
        title="Book", kind="book", url="https://b.example/", acting_user=None
    )
    answer = post(
        panel, "concept", name="Softmax", slug="", **WORDS,
        aliases="soft maximum\n\nSM ?\n", goals="Derive it.\nUse it.", requires=[vector.pk],
        labels=["topic:mathematics", "level:beginner"], shown="on",
        **rows("resources", {"resource": book.pk, "why": "Clear.", "position": 0}),
    )  # fmt: skip
    assert answer.status_code == 302
    made = Concept.objects.get(slug="softmax")
    assert made.aliases == [
        {"name": "soft maximum", "ambiguous": False},
        {"name": "SM", "ambiguous": True},
    ]
    assert made.goals == ["Derive it.", "Use it."]
    assert list(made.needs.all()) == [vector]
    assert made.resources.get().why == "Clear."
    assert str(made.author) == "curator"
    assert made.published_at is not None
    assert Label.objects.filter(item=item_id(ItemKind.CONCEPT, made.pk)).count() == 2
    assert not Revision.objects.exists()
    page = panel.get(reverse("admin:kb_concept_change", args=[made.pk])).content.decode()
    assert "soft maximum\nSM ?" in page


def test_a_change_is_told_once_with_its_note_whatever_it_touches(panel):
    vector, made = concept("Vector"), concept("Softmax", **WORDS)
    concepts.publish_concept(concept_id=made.pk, acting_user=None)
    data = WORDS | {"name": "Softmax", "slug": "softmax", "shown": "on", "note": "fixed the sum"}
    post(panel, "concept", made, **data, requires=[vector.pk], goals="Use it.", **rows("resources"))
    row = Revision.objects.get()
    assert (row.note, row.before) == ("fixed the sum", {"goals": [], "needs": []})
    page = panel.get(reverse("admin:kb_revision_change", args=[row.pk])).content.decode()
    assert "+ &quot;Use it.&quot;" in page
    post(
        panel,
        "concept",
        made,
        **data | {"shown": ""},
        requires=[vector.pk],
        goals="Use it.",
        **rows("resources"),
    )
    made.refresh_from_db()
    assert made.published_at is None


def test_a_circle_is_told_above_the_form_with_everything_still_there(panel):
    softmax = concept("Softmax", **WORDS)
    attention = concept("Attention", needs=[softmax.pk])
    answer = post(
        panel, "concept", softmax, **WORDS | {"body": "Typed just now."}, name="Softmax", slug="softmax",
        requires=[attention.pk], **rows("resources"),
    )  # fmt: skip
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "Softmax → Attention → Softmax" in page
    assert "Typed just now." in page
    assert Concept.objects.get(pk=softmax.pk).body == "Words."


def test_a_formula_that_cannot_be_set_is_told_beside_its_field(panel):
    answer = post(panel, "concept", name="X", **WORDS | {"body": "$\\foo$"}, **rows("resources"))
    assert "\\foo: " in answer.content.decode()
    assert not Concept.objects.exists()


def test_links_that_lead_nowhere_are_told_and_listed(panel):
    answer = panel.post(
        reverse("admin:kb_concept_add"),
        WORDS | {"name": "X", "body": "[[nowhere]]"} | rows("resources"),
        follow=True,
    )
    assert "[[nowhere]]" in answer.content.decode()
    page = panel.get(reverse("admin:kb_concept_broken")).content.decode()
    assert "[[nowhere]]" in page
    assert reverse("admin:kb_concept_change", args=[Concept.objects.get().pk]) in page


def test_a_quick_impression_needs_a_resource_and_a_verdict(panel):
    book = resources.add_resource(
        title="A book", kind="book", url="https://b.example/", acting_user=None
    )
    data = {"resource": book.pk, "verdict": "Good.", "liked": "Short.", "shown": "on"}
    assert post(panel, "impression", **data).status_code == 302
    made = Impression.objects.get()
    assert (made.slug, made.liked, str(made.author)) == ("a-book", "Short.", "curator")
    assert made.published_at is not None
    assert b"Good." in panel.get(reverse("admin:kb_impression_change", args=[made.pk])).content


def test_a_question_is_answered_from_the_queue(panel):
    reader = User.objects.create_user("reader")
    asked = questions.ask_question(title="Is it?", acting_user=reader)
    listed = panel.get(reverse("admin:kb_question_changelist")).content.decode()
    assert "waits for an answer" in listed
    wrong = "It is not.\nIt is.\n\nIt never was.\nIt was."
    data = {"title": "Is it?", "answer": "Yes.", "misconceptions": wrong, "shown": "on"}
    assert post(panel, "question", asked, **data).status_code == 302
    made = Question.objects.get()
    assert (made.state, made.answer, str(made.author)) == ("answered", "Yes.", "curator")
    assert made.misconceptions[1] == {"claim": "It never was.", "why_wrong": "It was."}
    assert made.published_at is not None


def test_a_question_without_an_answer_is_not_shown_and_a_lonely_claim_is_told(panel):
    asked = questions.ask_question(title="Is it?", acting_user=User.objects.create_user("r"))
    said = post(panel, "question", asked, title="Is it?", shown="on").content.decode()
    assert "has no answer yet" in said
    data = {"title": "Is it?", "answer": "Yes.", "misconceptions": "A claim."}
    assert "missing why it is wrong" in post(panel, "question", asked, **data).content.decode()
    assert Question.objects.get().answer == ""


def test_declining_asks_why(panel):
    asked = questions.ask_question(title="Is it?", acting_user=User.objects.create_user("r"))
    act = {"action": "decline", "_selected_action": [asked.pk]}
    path = reverse("admin:kb_question_changelist")
    assert b"The reader who asked is told" in panel.post(path, act).content
    panel.post(path, act | {"confirmed": "1", "reason": "Not our field."})
    assert Question.objects.get().declined_reason == "Not our field."


def test_topics_and_resources_are_facts_that_readers_see_at_once(panel):
    assert post(panel, "topic", name="Speech", position=0).status_code == 302
    assert Topic.objects.get().slug == "speech"
    data = {"kind": "book", "title": "A book", "url": "https://b.example/", "authors": "Ada\nBen"}
    assert post(panel, "resource", **data).status_code == 302
    assert Resource.objects.get().authors == ["Ada", "Ben"]
    refused = post(panel, "resource", **data | {"url": "javascript:x"}).content.decode()
    assert "is not a web address" in refused


def test_a_list_points_at_articles_things_and_addresses_and_keeps_its_rows(panel):
    article = factories.article()
    it = concept("Beam search")
    data = {"title": "Top", "slug": "top", "kind": "top", "shown": "on"}
    forms = [
        {"position": 2, "article": article.pk},
        {
            "position": 0,
            "thing": "beam search",
            "section": "First",
            "minutes": 20,
            "commentary": "C.",
        },
        {"position": 1, "url": "https://x.example/", "title": "X"},
    ]
    assert post(panel, "readinglist", **data, **rows("items", *forms)).status_code == 302
    made = ReadingList.objects.get()
    items = list(made.items.all())
    item = item_id(ItemKind.CONCEPT, it.pk)
    assert [one.item or one.url or one.article_id for one in items] == [
        item, "https://x.example/", article.pk,
    ]  # fmt: skip
    assert made.editions.get().order == [item, "https://x.example/", article.pk]
    page = panel.get(reverse("admin:kb_readinglist_change", args=[made.pk])).content.decode()
    assert "concept:beam-search" in page
    again = [
        {"id": items[0].pk, "reading_list": made.pk, "position": 1, "thing": "concept:beam-search"},
        {"id": items[1].pk, "reading_list": made.pk, "position": 0, "url": "https://x.example/", "title": "X"},
        {"id": items[2].pk, "reading_list": made.pk, "article": article.pk, "position": 2, "DELETE": "on"},
    ]  # fmt: skip
    assert (
        post(
            panel, "readinglist", made, **data, note="shorter", **rows("items", *again)
        ).status_code
        == 302
    )
    assert [one.pk for one in made.items.all()] == [items[1].pk, items[0].pk]
    assert made.editions.count() == 2
    assert Revision.objects.get(note="shorter").before.keys() == {"readings"}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"thing": "nothing"}, "Nothing of the hub but articles has this name"),
        ({"title": "Nowhere"}, "reading 1 (Nowhere) must point at one thing"),
        ({"url": "javascript:x", "title": "X"}, "is not a web address"),
        ({"url": "https://x.example/", "title": "X", "commentary": "$\\foo$"}, "\\foo: "),
    ],
)
def test_a_reading_that_cannot_be_is_told(panel, form, said):
    data = {"title": "Top", "kind": "top"} | rows("items", form | {"position": 0})
    answer = post(panel, "readinglist", **data)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not ReadingList.objects.exists()


def test_labels_are_shown_and_corrected(panel):
    topics.add_topic(name="Speech", acting_user=None)
    made = concept("Softmax", **WORDS)
    item = item_id(ItemKind.CONCEPT, made.pk)
    facets.say_labels(item=item, names=["side:theory"], acting_user=None)
    data = WORDS | {"name": "Softmax", "labels": ["topic:speech"]}
    assert post(panel, "concept", made, **data, **rows("resources")).status_code == 302
    refused = dict(Label.objects.values_list("name", "refused"))
    assert refused == {"side:theory": True, "topic:speech": False}


def test_what_articles_are_about_is_said_for_several_at_once(panel):
    topics.add_topic(name="Speech", acting_user=None)
    articles = [factories.article(), factories.article()]
    act = {"action": "say_what", "_selected_action": [one.pk for one in articles]}
    path = reverse("admin:kb_article_changelist")
    assert b"topic:speech" in panel.post(path, act).content
    panel.post(path, act | {"confirmed": "1", "labels": ["topic:speech"]})
    assert Label.objects.filter(name="topic:speech", user__username="curator").count() == 2


def test_the_first_page_tells_who_waits(panel, settings):
    settings.UNFOLD = {"DASHBOARD_CALLBACK": "web.admin.dashboard.callback"}
    questions.ask_question(title="Is it?", acting_user=User.objects.get())
    assert "1 question waits for an answer" in panel.get(reverse("admin:index")).content.decode()


def test_a_withdrawn_list_is_published_again_by_the_button(panel):
    made = lists.create_list(title="Some", acting_user=None)
    act = {"action": "publish", "_selected_action": [made.pk]}
    panel.post(reverse("admin:kb_readinglist_changelist"), act)
    made.refresh_from_db()
    assert made.published_at is not None
