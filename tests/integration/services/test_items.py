"""What else than articles can be found, and that it goes when it goes."""

from __future__ import annotations

import pytest

from kb.core.items import ItemKind, item_id, split
from kb.core.query import parse_query
from kb.core.records import EntryRecord
from kb.models import Article, Change, Passage, ReadingList
from kb.selectors import engine
from kb.services.articles import hide_article, show_article
from kb.services.indexing import apply_changes, build_index, verify_index
from kb.services.lists import add_to_list, create_list, publish_list, remove_item, update_list
from kb.services.merges import merge_articles
from kb.services.pipeline import finish
from tests.integration.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listed(new_source, visit, django_user_model):
    """A published list of one article, with commentary."""
    source = new_source()
    for name, title in (("a", "Pruned transducers"), ("b", "Zipformer")):
        link = f"https://blog.example.org/{name}"
        visit(source, EntryRecord(id=name, title=title, link=link, content="Some text on speech."))
    curator = django_user_model.objects.create(username="cora")
    made = create_list(title="Who waits for whom", summary="On *latency*.", acting_user=curator)
    article = Article.objects.get(title="Pruned transducers")
    add_to_list(
        list_id=made.pk, article_id=article.pk, commentary="The **lattice** one.", acting_user=None
    )
    return publish_list(list_id=made.pk, acting_user=None)


def found(text: str) -> set[tuple[ItemKind, int]]:
    apply_changes()
    assert not Change.objects.exists()
    return {split(hit.item) for hit in engine.reader().search_words(parse_query(text), 10)}


def test_a_published_list_is_found_by_its_words_its_articles_and_its_commentary(listed):
    it = (ItemKind.LIST, listed.pk)
    for text in ("waits", "latency", "lattice", "pruned transducers"):
        assert it in found(text)
    assert it not in found("zipformer")


def test_a_list_is_found_by_meaning_too_and_the_index_agrees_with_the_database(listed):
    finish()
    assert verify_index() == []
    item = item_id(ItemKind.LIST, listed.pk)
    passages = set(Passage.objects.filter(item=item).values_list("pk", flat=True))
    vector = engine.reader().vector(item)
    hits = {hit.item: hit.passage for hit in engine.reader().search_vectors(vector, 10)}
    assert hits[item] in passages
    build_index()
    assert verify_index() == []


def test_a_draft_is_not_found_and_a_withdrawn_list_no_longer(listed):
    create_list(title="Quokkas", acting_user=None)
    assert found("quokkas") == set()
    assert found("latency")
    publish_list(list_id=listed.pk, published=False, acting_user=None)
    assert found("latency") == set()


def test_a_list_follows_what_is_done_to_it(listed):
    update_list(list_id=listed.pk, title="Marsupials", acting_user=None)
    assert found("waits") == set()
    assert found("marsupials") == {(ItemKind.LIST, listed.pk)}
    remove_item(item_id=listed.items.get().pk, acting_user=None)
    assert found("lattice") == set()


def test_a_list_does_not_tell_the_title_of_a_hidden_article(listed):
    article = Article.objects.get(title="Pruned transducers")
    hide_article(article_id=article.pk, reason="test", acting_user=None)
    assert found("pruned") == set()
    texts = Passage.objects.filter(item=item_id(ItemKind.LIST, listed.pk))
    assert not any("Pruned" in passage.text for passage in texts)
    show_article(article_id=article.pk, acting_user=None)
    assert (ItemKind.LIST, listed.pk) in found("pruned")


def test_a_list_follows_the_title_of_its_article(listed):
    winner, loser = (Article.objects.get(title=t) for t in ("Zipformer", "Pruned transducers"))
    merge_articles(winner_id=winner.pk, loser_id=loser.pk, reason="one work", now=NOW)
    assert found("pruned") == set()
    assert (ItemKind.LIST, listed.pk) in found("zipformer")


def test_deleting_a_row_in_whatever_way_takes_its_passages_and_its_place_in_the_index(listed):
    finish()
    item = item_id(ItemKind.LIST, listed.pk)
    ReadingList.objects.filter(pk=listed.pk).delete()
    Article.objects.get(title="Zipformer").delete()
    assert not Passage.objects.filter(item=item).exists()
    assert found("latency zipformer") == set()
    assert verify_index() == []
