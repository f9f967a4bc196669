"""The index beside a database that goes on changing: long work aside, models that change, damage."""

from __future__ import annotations

import pytest

from kb.core.query import parse_query
from kb.core.records import EntryRecord
from kb.index import store as stores
from kb.index.store import IndexStore
from kb.models import Article, Change, Embedding, Generation
from kb.selectors import engine
from kb.selectors.search import SearchCriteria, search
from kb.services import indexing
from kb.services.articles import hide_article
from kb.services.indexing import (
    apply_changes,
    build_index,
    fold_index,
    is_behind,
    should_fold,
    verify_index,
)
from kb.services.pipeline import embed_all, finish

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def publish(new_source, visit):
    """Store an article of this title, as a feed brings it."""
    source = new_source()

    def store(title: str) -> Article:
        link = f"https://blog.example.org/{title}"
        visit(source, EntryRecord(id=title, title=title, link=link, content=f"All about {title}."))
        return Article.objects.get(title=title)

    return store


def found(text: str) -> list[str]:
    hits = engine.reader().search_words(parse_query(text), 10)
    return [Article.objects.get(pk=hit.item).title for hit in hits]


@pytest.fixture
def during(monkeypatch):
    """Have something happen once, when `owner.name` has done its work and before its caller goes on."""

    def arrange(owner, name, happens) -> None:
        real = getattr(owner, name)

        def once(*args, **kwargs):
            result = real(*args, **kwargs)
            monkeypatch.setattr(owner, name, real)
            happens()
            return result

        monkeypatch.setattr(owner, name, once)

    return arrange


def test_what_happens_while_a_whole_index_is_built_is_in_both_the_old_and_the_new(publish, during):
    for title in ("quokka", "wombat"):
        publish(title)
    finish()

    def meanwhile():
        hide_article(article_id=Article.objects.get(title="quokka").pk, reason="", acting_user=None)
        publish("numbat")
        embed_all()
        assert apply_changes() > 0
        assert found("numbat") == ["numbat"], "the old index must not wait for the new one"
        publish("bilby")  # this one nobody applied yet

    during(IndexStore, "build", meanwhile)
    manifest = build_index()
    assert found("numbat") == ["numbat"]
    assert found("quokka") == []
    assert engine.reader().generation == manifest.number
    assert Change.objects.count() > 0
    finish()
    assert verify_index() == []
    assert found("bilby") == ["bilby"]


def test_a_new_model_takes_over_when_everything_is_encoded_and_words_answer_until_then(
    publish, settings, monkeypatch
):
    for title in ("quokka", "wombat", "numbat"):
        publish(title)
    finish()
    before = engine.reader().space
    settings.EMBEDDING_MODEL = "hashed-64"
    # as in a process that starts with the new model
    monkeypatch.setattr(engine, "encoder", engine.QueryEncoder())
    apply_changes()
    assert engine.reader().space == before, "half a space is no space"
    assert engine.reader().passages == 3, (
        "the old vectors stay for whoever still asks in their space"
    )
    answer = search(SearchCriteria("wombat", wait=True))
    assert [f.card.title for f in answer.found] == ["wombat"]
    assert answer.mode == "lexical"
    publish("bilby")
    apply_changes()
    assert found("bilby") == ["bilby"], "the old index goes on taking changes"
    encoded = []
    embed_all(on_batch=encoded.append)
    assert is_behind()
    apply_changes()
    assert engine.reader().space != before
    assert verify_index() == []
    assert search(SearchCriteria("wombat", wait=True)).mode == "hybrid"
    assert sum(encoded) == 4
    assert Embedding.objects.filter(space=before).count() == 3, "going back encodes nothing again"


def test_folding_goes_on_beside_changes(publish, monkeypatch, during):
    monkeypatch.setattr(stores, "_DELTA", 2)
    publish("potoroo")
    finish()
    for title in ("quokka", "wombat", "numbat"):
        publish(title)
    embed_all()
    apply_changes()
    assert should_fold()

    def meanwhile():
        publish("bilby")
        embed_all()
        apply_changes()
        assert found("bilby") == ["bilby"]

    during(stores, "fold_rows", meanwhile)
    assert fold_index()
    assert not should_fold()
    assert not fold_index()
    assert indexing.open_store().current().base == 4
    assert found("bilby") == ["bilby"]
    assert verify_index() == []
    assert Generation.objects.order_by("-number").first().vectors == 5


def test_a_damaged_base_that_only_folding_notices_is_built_again(publish, monkeypatch, settings):
    from kb.index import manifest

    for title in ("quokka", "wombat", "numbat"):
        publish(title)
    finish()
    monkeypatch.setattr(manifest, "SMALL", 100)  # as if the base were too large to hash when opened
    monkeypatch.setattr(stores, "_DELTA", 0)
    path = settings.INDEX_DIR / indexing.open_store().current().name / "base.faiss"
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)
    publish("bilby")
    finish()
    assert verify_index() == []
    assert found("bilby") == ["bilby"]


def test_one_builds_at_a_time_and_others_do_not_wait(publish):
    publish("quokka")
    with indexing.open_store().alone("BUILD"):
        apply_changes()
        assert engine.reader().problems, "there was no index, and somebody else is making it"
    apply_changes()
    assert found("quokka") == ["quokka"]
