"""What people write: made, changed in public, moved, found, deleted."""

from __future__ import annotations

import pytest

from kb.core.items import ItemKind, item_id
from kb.errors import InputError
from kb.models import (
    AuditEntry,
    Change,
    Concept,
    Follow,
    Label,
    ListEdition,
    OldSlug,
    Passage,
    Progress,
    Question,
    ReadingList,
    Revision,
)
from kb.services import concepts, facets, impressions, lists, questions, readers, resources, topics
from kb.services.concepts import Chosen
from kb.services.lists import Reading
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def cora(django_user_model):
    return django_user_model.objects.create(username="cora")


def concept(name, *needs, **words):
    made = concepts.add_concept(
        name=name, acting_user=None, needs=[one.pk for one in needs], **words
    )
    return concepts.publish_concept(concept_id=made.pk, acting_user=None, now=NOW)


def resource(title="A book", **words):
    given = {"kind": "book", "url": "https://books.example/one"}
    return resources.add_resource(title=title, acting_user=None, **(given | words))


def test_a_concept_is_a_draft_until_it_is_published(cora):
    made = concepts.add_concept(
        name="Softmax", acting_user=cora, aliases=[{"name": "soft maximum", "ambiguous": False}]
    )
    assert (made.slug, made.author, made.published_at) == ("softmax", cora, None)
    shown = concepts.publish_concept(concept_id=made.pk, acting_user=cora, now=NOW)
    assert shown.published_at == NOW
    actions = AuditEntry.objects.filter(user=cora).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["create concept", "publish concept"]


def test_prerequisites_that_close_a_circle_are_refused_with_the_way(cora):
    softmax = concept("Softmax")
    attention = concept("Attention", softmax)
    with pytest.raises(InputError, match="Softmax → Attention → Softmax"):
        concepts.update_concept(concept_id=softmax.pk, acting_user=cora, needs=[attention.pk])
    assert not softmax.prerequisites.exists()
    with pytest.raises(InputError, match="no concept with the number 999"):
        concepts.update_concept(concept_id=softmax.pk, acting_user=cora, needs=[999])


def test_a_change_after_publication_is_told_in_public_and_one_before_is_not(cora):
    vector = concept("Vector")
    made = concepts.add_concept(name="Softmax", acting_user=cora, summary="Old.")
    concepts.update_concept(concept_id=made.pk, acting_user=cora, summary="Older.")
    assert not Revision.objects.exists()
    concepts.publish_concept(concept_id=made.pk, acting_user=cora)
    concepts.update_concept(
        concept_id=made.pk,
        acting_user=cora,
        note="fixed the sum",
        summary="New.",
        needs=[vector.pk],
        resources=[Chosen(resource().pk, "Clear.")],
    )
    row = Revision.objects.get()
    assert (row.item, row.user, row.note) == (
        item_id(ItemKind.CONCEPT, made.pk),
        cora,
        "fixed the sum",
    )
    assert row.before == {"summary": "Older.", "needs": [], "resources": []}
    concepts.update_concept(concept_id=made.pk, acting_user=cora, summary="New.", needs=[vector.pk])
    assert Revision.objects.count() == 1


def test_what_was_chosen_to_read_keeps_its_order_and_its_words(cora):
    made = concept("Softmax")
    one, two = resource("One"), resource("Two", url="https://books.example/two")
    chosen = [Chosen(two.pk, "First."), Chosen(one.pk, "Then.")]
    concepts.update_concept(concept_id=made.pk, acting_user=cora, resources=chosen)
    rows = made.resources.order_by("position").values_list("resource__title", "why")
    assert list(rows) == [("Two", "First."), ("One", "Then.")]
    with pytest.raises(InputError, match="twice"):
        concepts.update_concept(
            concept_id=made.pk, acting_user=cora, resources=[Chosen(one.pk), Chosen(one.pk)]
        )


def test_an_old_address_is_kept_until_another_takes_it(cora):
    made = concept("Softmax")
    concepts.update_concept(concept_id=made.pk, acting_user=cora, slug="the-softmax")
    old = OldSlug.objects.get()
    assert (old.kind, old.slug, old.pk_now) == (ItemKind.CONCEPT, "softmax", made.pk)
    concept("Soft max", slug="softmax")
    assert not OldSlug.objects.exists()
    with pytest.raises(InputError, match="Slug already exists"):
        concepts.update_concept(concept_id=made.pk, acting_user=cora, slug="softmax")


def test_a_name_that_changes_sends_the_articles_to_be_searched_again():
    made = concept("Softmax")
    Concept.objects.update(linked_at=NOW)
    concepts.update_concept(concept_id=made.pk, acting_user=None, body="Other words.")
    assert Concept.objects.get().linked_at == NOW
    aliases = [{"name": "normalised exponential"}]
    concepts.update_concept(concept_id=made.pk, acting_user=None, aliases=aliases)
    assert Concept.objects.get().linked_at is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"level": "wizard"}, "level: Value 'wizard' is not a valid choice"),
        ({"goals": "one"}, "goals must be a list"),
        ({"aliases": [{"ambiguous": True}]}, "an alias must have a name"),
        ({"name": ""}, "name: This field cannot be blank"),
        ({"summary": "x" * 301}, "summary: Ensure this value has at most 300"),
    ],
)
def test_what_a_field_does_not_take_is_told_and_nothing_is_stored(words, said):
    made = concept("Softmax")
    with pytest.raises(InputError, match=said):
        concepts.update_concept(concept_id=made.pk, acting_user=None, **words)
    assert Concept.objects.get().name == "Softmax"


def test_what_is_written_is_cut_as_words_for_search_and_told_to_the_index():
    concept("Viterbi algorithm", slug="viterbi", body="The Viterbi algorithm finds a path.")
    concept("Beam search", slug="beam-search", body="A beam search keeps a beam.")
    Change.objects.all().delete()
    text = (
        "Like [[viterbi]] and [[beam-search|beams]], not [[nowhere-yet]]; $\\alpha_k$.\n\n$$x^2$$"
    )
    made = concept("Rescoring", body=text)
    item = item_id(ItemKind.CONCEPT, made.pk)
    said = "\n".join(Passage.objects.filter(item=item).values_list("text", flat=True))
    assert "Like Viterbi algorithm and beams, not nowhere-yet;" in said
    assert "[[" not in said
    assert "x^2" not in said
    assert Change.objects.filter(item=item).exists()


def test_a_list_follows_the_title_of_what_it_points_at(cora):
    made = concept("Softmax")
    item = item_id(ItemKind.CONCEPT, made.pk)
    holder = lists.create_list(title="Basics", acting_user=cora, readings=[Reading(item=item)])
    concepts.update_concept(concept_id=made.pk, acting_user=cora, name="Softargmax")
    passages = Passage.objects.filter(item=item_id(ItemKind.LIST, holder.pk))
    assert "Softargmax" in passages.get().text
    concepts.publish_concept(concept_id=made.pk, acting_user=cora, published=False)
    assert "Softargmax" not in passages.get().text


def test_impressions_follow_the_title_of_their_resource(cora):
    book = resource("Old title")
    made = impressions.add_impression(resource_id=book.pk, verdict="Good.", acting_user=cora)
    resources.update_resource(resource_id=book.pk, acting_user=cora, title="New title")
    passage = Passage.objects.get(item=item_id(ItemKind.IMPRESSION, made.pk))
    assert passage.text.startswith("New title")
    with pytest.raises(InputError, match="no resource with the number 999"):
        impressions.add_impression(resource_id=999, verdict="Good.", acting_user=cora)


def test_deleting_takes_along_what_is_said_elsewhere_and_remembers_the_address(cora):
    made = concept("Softmax")
    item = item_id(ItemKind.CONCEPT, made.pk)
    holder = lists.create_list(title="Basics", acting_user=cora, readings=[Reading(item=item)])
    readers.follow(acting_user=cora, item=item)
    facets.say_labels(item=item, names=["level:research"], acting_user=cora)
    Concept.objects.filter(pk=made.pk).delete()
    assert not Follow.objects.exists()
    assert not Label.objects.exists()
    assert not holder.items.exists()
    assert OldSlug.objects.get().slug == "softmax"


def test_a_readers_question_waits_is_answered_and_found(cora, django_user_model):
    asker = django_user_model.objects.create(username="ask")
    made = questions.ask_question(title="Is word2vec deep?", acting_user=asker)
    assert (made.state, made.asked_by, made.published_at) == ("asked", asker, None)
    with pytest.raises(InputError, match="has no answer yet"):
        questions.publish_question(question_id=made.pk, acting_user=cora)
    wrong = [{"claim": "It has many layers.", "why_wrong": "It has one."}]
    done = questions.answer_question(
        question_id=made.pk, answer="No.", misconceptions=wrong, acting_user=cora, now=NOW
    )
    assert (done.state, done.author, done.published_at) == ("answered", cora, NOW)
    assert Question.objects.get().misconceptions == wrong
    with pytest.raises(InputError, match="claim and why"):
        questions.update_question(
            question_id=made.pk, misconceptions=[{"claim": "x"}], acting_user=cora
        )


def test_declining_says_why_and_nobody_fills_the_queue_alone(cora):
    made = [
        questions.ask_question(title=f"Question {n}?", acting_user=cora)
        for n in range(questions.MOST_WAITING)
    ]
    with pytest.raises(InputError, match="wait for an answer"):
        questions.ask_question(title="One more?", acting_user=cora)
    with pytest.raises(InputError, match="say why"):
        questions.decline_question(question_id=made[0].pk, reason=" ", acting_user=cora)
    done = questions.decline_question(
        question_id=made[0].pk, reason="Not our field.", acting_user=cora
    )
    assert (done.state, done.declined_reason) == ("declined", "Not our field.")
    questions.ask_question(title="One more?", acting_user=cora)


def test_readings_that_stay_keep_who_has_read_them(cora):
    web = [Reading(url=f"https://w.example/{n}", title=str(n)) for n in range(3)]
    made = lists.create_list(title="Path", kind="path", readings=web, acting_user=cora)
    lists.publish_list(list_id=made.pk, acting_user=cora)
    row = made.items.get(url="https://w.example/1")
    readers.set_progress(acting_user=cora, list_slug=made.slug, done=[row.pk])
    lists.update_list(list_id=made.pk, acting_user=cora, readings=[web[1], web[0]], note="shorter")
    assert list(made.items.values_list("title", flat=True)) == ["1", "0"]
    assert Progress.objects.get().reading == row
    before = Revision.objects.get(note="shorter").before
    assert [one["title"] for one in before["readings"]] == ["0", "1", "2"]


def test_a_ranked_list_keeps_each_published_order(cora):
    one, two = (Reading(url=f"https://w.example/{n}", title=str(n)) for n in range(2))
    made = lists.create_list(title="Top", kind="top", readings=[one, two], acting_user=cora)
    lists.update_list(list_id=made.pk, acting_user=cora, readings=[two, one])
    assert not ListEdition.objects.exists()
    lists.publish_list(list_id=made.pk, acting_user=cora)
    lists.update_list(list_id=made.pk, acting_user=cora, summary="Words.")
    lists.update_list(list_id=made.pk, acting_user=cora, readings=[one, two])
    orders = ListEdition.objects.order_by("pk").values_list("order", flat=True)
    assert list(orders) == [[two.url, one.url], [one.url, two.url]]


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ([Reading(title="Nothing")], r"reading 1 \(Nothing\) must point at one thing"),
        ([Reading(article_id=1, item=1 << 50)], "reading 1 must point at one thing"),
        ([Reading(url="javascript:x")], "is not a web address"),
        ([Reading(url="https://a.example/")] * 2, "reading 2 stands in the list already"),
        ([Reading(article_id=999)], "no such article"),
        ([Reading(item=item_id(ItemKind.CONCEPT, 999))], "no item with the number"),
    ],
)
def test_readings_that_cannot_be_are_told(cora, readings, said):
    with pytest.raises(InputError, match=said):
        lists.create_list(title="Bad", acting_user=cora, readings=readings)


def test_a_topic_does_not_stand_below_itself():
    top = topics.add_topic(name="Speech", acting_user=None)
    below = topics.add_topic(name="Recognition", parent_id=top.pk, acting_user=None)
    with pytest.raises(InputError, match="Speech → Recognition → Speech"):
        topics.update_topic(topic_id=top.pk, parent_id=below.pk, acting_user=None)


def test_what_people_say_of_an_item_stands_over_what_was_proposed(cora):
    item = item_id(ItemKind.CONCEPT, concept("Softmax").pk)
    topics.add_topic(name="Theory", acting_user=None)
    Label.objects.create(item=item, name="side:theory", origin="proposed", confidence=0.7, at=NOW)
    facets.say_labels(item=item, names=["topic:theory", "level:beginner"], acting_user=None)
    assert Label.objects.get(name="side:theory").origin == "proposed"
    facets.say_labels(item=item, names=["topic:theory"], acting_user=cora)
    refused = dict(Label.objects.values_list("name", "refused"))
    assert refused == {"side:theory": True, "level:beginner": True, "topic:theory": False}
    assert not facets.say_labels(item=item, names=["topic:theory"], acting_user=cora)
    facets.say_labels(item=item, names=["level:beginner"], acting_user=None)
    assert Label.objects.get(name="level:beginner").refused
    with pytest.raises(InputError, match="no label topic:nothing"):
        facets.say_labels(item=item, names=["topic:nothing"], acting_user=cora)


def test_readers_follow_what_they_can_see_and_stop(cora, new_source):
    made = concepts.add_concept(name="Draft", acting_user=None)
    item = item_id(ItemKind.CONCEPT, made.pk)
    with pytest.raises(InputError, match="no such thing"):
        readers.follow(acting_user=cora, item=item)
    concepts.publish_concept(concept_id=made.pk, acting_user=None)
    for _ in range(2):
        readers.follow(acting_user=cora, item=item)
    readers.follow(acting_user=cora, source_id=new_source().pk)
    readers.follow(acting_user=cora, person="Dan  Povey")
    assert Follow.objects.count() == 3
    assert Follow.objects.filter(person="Dan Povey").exists()
    readers.follow(acting_user=cora, item=item, following=False)
    assert Follow.objects.count() == 2
    with pytest.raises(InputError, match="one thing at a time"):
        readers.follow(acting_user=cora)


def test_readers_know_published_concepts(cora):
    made = concept("Softmax")
    for _ in range(2):
        readers.set_known(acting_user=cora, concept_id=made.pk, known=True)
    assert cora.known.count() == 1
    readers.set_known(acting_user=cora, concept_id=made.pk, known=False)
    assert not cora.known.exists()
    with pytest.raises(InputError, match="no such concept"):
        readers.set_known(acting_user=cora, concept_id=999, known=True)


def test_a_persons_change_takes_a_row_from_the_bundled_file_and_the_loaders_does_not(cora):
    made = lists.create_list(title="Top", acting_user=None, starter_hash="abc")
    lists.update_list(list_id=made.pk, acting_user=None, title="Top five", starter_hash="def")
    assert ReadingList.objects.get().starter_hash == "def"
    lists.update_list(list_id=made.pk, acting_user=cora, title="Top five")
    assert ReadingList.objects.get().starter_hash == "def"
    lists.update_list(list_id=made.pk, acting_user=cora, title="Top six")
    assert ReadingList.objects.get().starter_hash == ""
