from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.core.query import Filter
from kb.core.records import EntryRecord
from kb.embedding.hashed import HashedEncoder
from kb.embedding.load import get_encoder
from kb.models import Article, Change, Embedding, Generation, Passage
from kb.selectors import engine
from kb.selectors.search import SearchCriteria, related, search
from kb.services.articles import hide_article, show_article
from kb.services.embedding import embed_batch, pending_texts
from kb.services.indexing import apply_changes, build_index, verify_index
from kb.services.passages import cut_batch
from kb.services.pipeline import embed_all, finish, has_pending_changes

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = {
    "Pruned transducer training": "The RNN-T loss on a pruned lattice needs less memory for streaming recognition.",
    "Beam search for CTC": "Prefix beam search merges prefixes that greedy CTC decoding gets wrong.",
    "Neural vocoders": "A vocoder turns mel spectrograms into a waveform for speech synthesis.",
    "Training on TPUs": "Sharding a large language model over a pod, with the cost of each collective.",
}


@pytest.fixture
def hub(new_source, visit):
    """A small hub, stored but not yet encoded."""
    source = new_source()
    other = new_source("https://other.example.net/feed")
    for number, (title, text) in enumerate(TEXTS.items()):
        entry = EntryRecord(
            id=str(number), title=title, link=f"https://blog.example.org/{number}",
            published=f"2026-0{number + 1}-01T00:00:00Z", content=f"<p>{text}</p>",
        )  # fmt: skip
        visit(source if number < 3 else other, replace(entry))
    return source, other


def titles(text: str, **asked: object) -> list[str]:
    return [f.card.title for f in search(SearchCriteria(text, wait=True, **asked)).found]


def test_everything_found_is_searchable_by_words_meaning_and_both(hub):
    finish()
    assert verify_index() == []
    for mode in ("lexical", "semantic", "hybrid"):
        assert titles("beam search CTC decoding", mode=mode)[0] == "Beam search for CTC"
    result = search(SearchCriteria("RNN-T lattice", wait=True))
    assert (result.mode, result.notes) == ("hybrid", ())
    assert any(marked for _, marked in result.found[0].snippet)


def test_words_answer_while_vectors_are_not_ready_and_say_so(hub):
    apply_changes()
    result = search(SearchCriteria("vocoder", wait=True))
    assert [f.card.title for f in result.found] == ["Neural vocoders"]
    assert result.mode == "lexical"
    assert "words alone" in result.notes[0]
    assert not result.waiting


def test_no_index_at_all_is_said(hub):
    result = search(SearchCriteria("vocoder", wait=True))
    assert result.found == ()
    assert any("being built" in note for note in result.notes)


def test_filters_narrow_and_never_under_fill(hub):
    finish()
    source, other = hub
    assert titles(f"speech source:{other.pk}", mode="semantic") == ["Training on TPUs"]
    found = titles("speech recognition after:2026-02 before:2026-03-02", mode="semantic")
    assert sorted(found) == ["Beam search for CTC", "Neural vocoders"]
    given = (Filter("after", "2026-02"), Filter("before", "2026-03-02"))
    assert titles("speech recognition", mode="semantic", filters=given) == found
    assert len(titles("speech", mode="semantic", filters=(Filter("source", str(source.pk)),))) == 3
    assert titles("training", sort="date")[0] == "Training on TPUs"


def test_more_results_cost_no_more_queries(hub):
    finish()

    def cost(text: str) -> tuple[int, int]:
        titles(text, mode="lexical")
        with CaptureQueriesContext(connection) as queries:
            return len(titles(text, mode="lexical")), len(queries)

    (few, cheap), (many, dear) = cost("vocoder"), cost("vocoder OR beam OR lattice OR pod")
    assert few < many
    assert cheap == dear


def test_a_hidden_article_is_gone_at_once_and_comes_back(hub):
    finish()
    article = Article.objects.get(title="Neural vocoders")
    hide_article(article_id=article.pk, reason="test", acting_user=None)
    assert "Neural vocoders" not in titles("vocoder")
    apply_changes()
    assert verify_index() == []
    show_article(article_id=article.pk, acting_user=None)
    apply_changes()
    assert titles("vocoder")[0] == "Neural vocoders"


def test_nothing_is_encoded_twice(hub, monkeypatch):
    finish()
    count, asked, encode = Embedding.objects.count(), [], HashedEncoder.encode
    Passage.objects.all().delete()
    Article.objects.update(cut_at=None)
    monkeypatch.setattr(
        HashedEncoder, "encode", lambda self, texts: asked.extend(texts) or encode(self, texts)
    )
    assert embed_all() == count, "each gets the vector that is there"
    assert asked == []
    finish()
    assert Embedding.objects.count() == count
    assert verify_index() == []


def test_a_rebuild_needs_no_encoder_and_finds_the_same(hub, monkeypatch):
    finish()
    before = titles("beam search", mode="semantic")
    monkeypatch.setattr("kb.services.pipeline.get_encoder", lambda *_: pytest.fail("encoded again"))
    build_index()
    assert titles("beam search", mode="semantic") == before
    assert Generation.objects.filter(rebuilt=True).exists()
    assert verify_index() == []


def test_a_broken_index_is_told_and_rebuilt(hub, settings):
    finish()
    current = (settings.INDEX_DIR / "CURRENT").read_text().split()[0]
    manifest = settings.INDEX_DIR / current / "manifest.json"
    manifest.write_text("{}")
    assert verify_index() != []
    Change.objects.create(item=Article.objects.first().pk)
    apply_changes()
    assert verify_index() == []
    assert titles("vocoder")


@pytest.mark.parametrize("damage", ["version", "file", "all"])
def test_an_index_that_cannot_be_used_is_built_again_without_waiting_for_a_change(
    hub, settings, damage
):
    finish()
    assert not has_pending_changes()
    folder = settings.INDEX_DIR / (settings.INDEX_DIR / "CURRENT").read_text().split()[0]
    if damage == "version":  # as a hub of an older version left it
        old = (folder / "manifest.json").read_text().replace('"format": 2', '"format": 1')
        (folder / "manifest.json").unlink()  # it may be a hard link
        (folder / "manifest.json").write_text(old)
        digest = hashlib.sha256(old.encode()).hexdigest()
        (settings.INDEX_DIR / "CURRENT").write_text(f"{folder.name} {digest}\n")
    elif damage == "file":
        (folder / "base_rows.npy").write_bytes(b"not an array")
    else:
        shutil.rmtree(settings.INDEX_DIR)
    assert has_pending_changes()
    finish()
    assert verify_index() == []
    assert titles("vocoder")[0] == "Neural vocoders"


def test_verify_names_what_is_missing(hub):
    apply_changes()
    assert any("articles are not cut" in p for p in verify_index())
    cut_batch()
    problems = verify_index()
    assert any("4 passages have no vector" in p for p in problems)
    Article.objects.filter(title="Neural vocoders").delete()
    assert any("words: 1 items too many" in p for p in verify_index())


def test_exclusions_and_phrases_hold_for_meaning_too(hub):
    finish()
    assert "Beam search for CTC" not in titles("beam search -prefix")
    assert titles('"mel spectrograms"') == ["Neural vocoders"]


@pytest.mark.parametrize(
    "text",
    ["", "   ", '"', "-", "-word", "AND OR NOT", "title:(", "\x00", "a" * 5000, "[1 TO", "~*?"],
)
def test_no_query_raises(hub, text):
    finish()
    search(SearchCriteria(text, wait=True))


def test_related_articles_are_close_ones(hub):
    article = Article.objects.get(title="Beam search for CTC")
    assert related(article.pk) == ()
    finish()
    engine.encoder.encode("x", wait=True)
    assert article not in related(article.pk)
    assert len(related(article.pk, limit=2)) == 2


def test_a_copy_gets_the_vector_too_whichever_is_encoded(hub, new_source, visit):
    finish()
    for name in ("one", "two"):
        source = new_source(f"https://{name}.example.net/feed")
        link = f"https://{name}.example.com/x"
        visit(source, EntryRecord(id=name, title="A new copy", link=link, content="Same text."))
    apply_changes()  # words alone, as while the encoder is behind
    cut_batch()
    while one := pending_texts("hashed@1", 1):
        embed_batch(encoder=get_encoder("hashed"), hashes=one)
    apply_changes()
    assert verify_index() == []
