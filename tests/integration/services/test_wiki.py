"""Where `[[name]]` leads, and which lead nowhere."""

from __future__ import annotations

import pytest

from kb.core.items import ItemKind, item_id
from kb.selectors.wiki import broken_links, resolve, resolver
from kb.services import concepts, impressions, lists, questions, resources, topics
from kb.services.articles import hide_article
from kb.services.lists import Reading
from kb.services.merges import merge_articles
from tests.integration.conftest import NOW
from tests.web import factories

pytestmark = pytest.mark.django_db


def concept(name, *, published=True, **words):
    made = concepts.add_concept(name=name, acting_user=None, **words)
    if published:
        concepts.publish_concept(concept_id=made.pk, acting_user=None, now=NOW)
    return made


def where(name):
    found = resolve([name]).get(name)
    return (found.kind, found.title) if found else None


@pytest.fixture
def field():
    """One thing of each kind."""
    ctc = concept(
        "Connectionist temporal classification",
        slug="ctc",
        aliases=[{"name": "CTC", "ambiguous": True}, {"name": "CTC loss"}],
    )
    topics.add_topic(name="Decoding", acting_user=None)
    book = resources.add_resource(
        title="Speech: a book", kind="book", url="https://b.example/", acting_user=None
    )
    made = impressions.add_impression(resource_id=book.pk, verdict="Good.", acting_user=None)
    impressions.publish_impression(impression_id=made.pk, acting_user=None)
    asked = questions.ask_question(title="Is it deep?", acting_user=factories.superuser())
    questions.answer_question(question_id=asked.pk, answer="Yes.", acting_user=None)
    top = lists.create_list(title="Top five books", acting_user=None)
    lists.publish_list(list_id=top.pk, acting_user=None)
    return ctc


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ctc", "CONCEPT"),
        ("CTC", "CONCEPT"),
        ("ctc LOSS", "CONCEPT"),
        ("Connectionist Temporal Classification", "CONCEPT"),
        ("concept:ctc", "CONCEPT"),
        ("top-five-books", "LIST"),
        ("Top five books", "LIST"),
        ("is-it-deep", "QUESTION"),
        ("Is it deep?", "QUESTION"),
        ("Speech: a book", "IMPRESSION"),
        ("resource:Speech: a book", "RESOURCE"),
        ("topic:decoding", "TOPIC"),
        ("decoding", "TOPIC"),
    ],
)
def test_things_are_found_by_slug_title_and_alias_in_any_case(field, name, kind):
    found = where(name)
    assert found
    assert found[0] == ItemKind[kind]


@pytest.mark.parametrize(
    "name", ["nothing", "list:ctc", "topic:ctc", "article:x", "article:999999999999999999", "a:b"]
)
def test_what_is_not_there_is_not_found(field, name):
    assert where(name) is None


def test_articles_are_named_by_number_and_followed_where_they_were_merged():
    one, two = factories.article("Entry"), factories.article("Two")
    assert where(f"article:{two.pk}") == (ItemKind.ARTICLE, "Two")
    merge_articles(winner_id=one.pk, loser_id=two.pk, reason="test", now=NOW)
    assert where(f"article:{two.pk}") == (ItemKind.ARTICLE, "Entry")
    hide_article(article_id=one.pk, reason="test", acting_user=None)
    assert where(f"article:{two.pk}") is None


def test_a_concept_wins_over_a_list_of_its_name_and_a_name_over_an_alias():
    made = lists.create_list(title="Pitch", acting_user=None)
    lists.publish_list(list_id=made.pk, acting_user=None)
    concept("Fundamental frequency", aliases=[{"name": "pitch"}])
    assert where("pitch") == (ItemKind.CONCEPT, "Fundamental frequency")
    concept("Pitch")
    assert where("pitch") == (ItemKind.CONCEPT, "Pitch")


def test_an_old_address_leads_on_and_shows_the_new_name(field):
    concepts.update_concept(concept_id=field.pk, slug="ctc-loss-function", acting_user=None)
    links = resolver("See [[ctc]] and [[concept:ctc]].")
    target = links("ctc")
    assert target
    assert target.item == item_id(ItemKind.CONCEPT, field.pk)
    assert links("topic:decoding") is None


def test_all_names_of_a_text_are_looked_up_at_once(field, django_assert_max_num_queries):
    few = "[[CTC]] [[nothing]] [[topic:decoding]]"
    with django_assert_max_num_queries(13):
        resolver(few)
    for n in range(5):
        concept(f"Concept {n}")
    with django_assert_max_num_queries(13):
        resolver(few, *(f"[[concept-{n}]]" for n in range(5)))


def test_links_that_lead_nowhere_are_listed_with_where_they_stand(field):
    concept("Draft", published=False)
    concept("Softmax", body="[[ctc]], [[draft]], [[nowhere]] and `[[code]]`")
    reading = Reading(url="https://x.example/", commentary="As [[gone]].")
    holder = lists.create_list(title="Some", readings=[reading], acting_user=None)
    found = {(one.kind, one.title, one.name, one.why) for one in broken_links()}
    assert found == {
        (ItemKind.CONCEPT, "Softmax", "draft", "a draft"),
        (ItemKind.CONCEPT, "Softmax", "nowhere", "nothing has this name"),
        (ItemKind.LIST, "Some", "gone", "nothing has this name"),
    }
    assert {one.pk for one in broken_links() if one.kind == ItemKind.LIST} == {holder.pk}
