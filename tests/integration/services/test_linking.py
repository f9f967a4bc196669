"""Concepts found in articles: as these come and change, and as concepts do."""

from __future__ import annotations

import pytest

from kb.core.items import ItemKind, item_id
from kb.core.records import EntryRecord
from kb.models import Article, Change, Concept, Mention, Prerequisite
from kb.selectors.findable import read_texts
from kb.services.leases import lease
from kb.services.passages import cut_passages
from kb.services.pipeline import embed_all, has_pending_links, link_all
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db


def post(name: str, title: str, text: str) -> EntryRecord:
    return EntryRecord(
        id=name, title=title, link=f"https://{name}.example.org/post", published=NOW.isoformat(), content=f"<p>{text}</p>"
    )  # fmt: skip


def concept(
    slug: str, name: str, *aliases: str, ambiguous: tuple[str, ...] = (), **fields: object
) -> Concept:
    told = [{"name": alias, "ambiguous": alias in ambiguous} for alias in aliases]
    made = Concept.objects.create(
        slug=slug, name=name, aliases=told, ambiguous=name in ambiguous, created_at=NOW, updated_at=NOW,
        **({"published_at": NOW} | fields),
    )  # fmt: skip
    cut_passages({item_id(ItemKind.CONCEPT, made.pk): (name, made.summary)})
    return made


@pytest.fixture
def hub(new_source, visit):
    """Two articles that speak of recognition, one of them of CTC, and one about a clinic."""
    recognition = concept(
        "speech-recognition", "Speech recognition", summary="Turning spoken audio into words."
    )
    ctc = concept(
        "ctc", "Connectionist temporal classification", "CTC", ambiguous=("CTC",),
        summary="A loss over all alignments of labels to the frames of audio.",
    )  # fmt: skip
    Prerequisite.objects.create(concept=ctc, needed=recognition)
    visit(
        new_source(),
        post(
            "a", "Faster speech recognition", "We train with CTC on frames of audio and decode it."
        ),
        post("b", "Speech recognition at sea", "Waves are loud."),
        post("c", "A clinic", "Circulating tumour cells (CTC) were counted in blood. CTC fell."),
    )
    embed_all()
    assert link_all() == 3


def named(name: str) -> Article:
    return Article.objects.get(key__contains=f"//{name}.")


def spoken_of(name: str) -> set[str]:
    return set(named(name).mentions.values_list("concept__slug", flat=True))


def test_mentions_are_kept_with_their_sentence(hub):
    assert spoken_of("a") == {"speech-recognition", "ctc"}
    assert spoken_of("c") == set()
    mention = Mention.objects.get(concept__slug="ctc")
    assert (mention.name, mention.count) == ("CTC", 1)
    assert mention.sentence == "We train with CTC on frames of audio and decode it."
    assert not has_pending_links()


def test_again_nothing_changes(hub):
    before = list(Mention.objects.values_list("pk", "article", "concept", "sentence"))
    Article.objects.update(linked_at=None)
    Change.objects.all().delete()
    assert link_all() == 3
    assert list(Mention.objects.values_list("pk", "article", "concept", "sentence")) == before
    assert not Change.objects.exists()


def test_an_article_that_changed_is_searched_again(hub, visit):
    source = named("b").source
    visit(source, post("b", "Waves at sea", "Nothing else is loud."))
    embed_all()
    assert link_all() == 1
    assert spoken_of("b") == set()


def test_an_article_waits_for_its_vectors(hub, new_source, visit):
    visit(
        new_source("https://d.example.org/f"), post("d", "Speech recognition on board", "It works.")
    )
    assert link_all() == 0
    embed_all()
    assert link_all() == 1


def test_a_new_name_searches_again_only_what_it_can_touch(hub):
    found = Concept.objects.get(slug="speech-recognition")
    found.aliases = [{"name": "clinic", "ambiguous": False}]
    found.linked_at = None
    found.save()
    Change.objects.all().delete()
    untouched = named("b").linked_at
    assert link_all() == 3  # a and b speak of it, c has the new name
    assert spoken_of("c") == {"speech-recognition"}
    other = Concept.objects.get(slug="ctc")
    other.linked_at = None
    other.save()
    assert link_all() == 2  # a and c have the letters
    assert named("b").linked_at > untouched


def test_a_concept_that_is_a_draft_again_is_spoken_of_nowhere(hub):
    Concept.objects.filter(slug="ctc").update(published_at=None, linked_at=None)
    assert link_all() == 1
    assert spoken_of("a") == {"speech-recognition"}


def test_search_finds_an_article_by_the_long_name_of_what_it_speaks_of(hub):
    (text,) = read_texts([named("a").pk], shown=True)
    assert set(text.names) == {"Speech recognition", "Connectionist temporal classification"}


def test_whoever_comes_second_leaves_the_work(hub):
    Article.objects.update(linked_at=None)
    with lease("link"):
        assert link_all() == 0
    assert has_pending_links()
