"""The search page and its feeds, over a real index."""

from __future__ import annotations

import datetime as dt
import re

import feedparser
import pytest
from django.db import transaction

from kb.core.items import ItemKind, item_id
from kb.selectors.engine import QueryEncoder
from kb.services.passages import renew_items
from kb.services.pipeline import finish
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = {
    "Pruned transducers": "The RNN-T loss on a pruned lattice needs less memory for streaming recognition.",
    "Beam search for CTC": "Prefix beam search merges prefixes that greedy CTC decoding gets wrong.",
    "Neural vocoders": "A vocoder turns mel spectrograms into a waveform for speech synthesis.",
}


@pytest.fixture
def hub(tmp_path, settings, at):
    """Three articles, a source each, a month apart, in an index."""
    settings.INDEX_DIR = tmp_path / "index"
    made = [
        factories.article(
            title,
            of=factories.source(f"Source of {title}"),
            text=text,
            at=NOW - dt.timedelta(days=30 * n),
        )
        for n, (title, text) in enumerate(TEXTS.items())
    ]
    finish()
    return made


def found(page: str) -> list[str]:
    rows = re.findall(r'<h3[^>]*><a id="[^"]*" href="/articles/[^"]*">(.*?)</a></h3>', page)
    return [re.sub(r"</?mark>", "", row) for row in rows]


def ask(client, query: str) -> str:
    answer = client.get(f"/search/?{query}")
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_words_are_found_and_marked(client, hub):
    page = ask(client, "q=beam+search&mode=lexical")
    assert found(page) == ["Beam search for CTC"]
    assert "<mark>Beam</mark>" in page or "<mark>Beam search</mark>" in page
    assert "1 found by words in" in " ".join(page.split())
    assert 'class="weights"' in page


def test_filters_narrow_and_stay_chosen(client, hub):
    source = hub[2].source
    page = ask(client, f"q=beam+search+vocoder+lattice&mode=lexical&source={source.pk}")
    assert found(page) == ["Neural vocoders"]
    assert re.search(rf'value="{source.pk}" checked', page)
    page = ask(client, "q=beam+vocoder+lattice&mode=lexical&since=2026-08-01")
    assert found(page) == ["Pruned transducers"]
    page = ask(client, "q=beam+vocoder+lattice&mode=lexical&until=2026-07-01")
    assert found(page) == ["Neural vocoders"]
    assert 'value="2026-07-01"' in page


def test_newest_first_where_asked(client, hub):
    page = ask(client, "q=vocoder+beam+lattice&mode=lexical&sort=date")
    assert found(page) == list(TEXTS)
    assert 'name="sort" value="date"' in page


@pytest.mark.parametrize(
    "query",
    [
        "", "q=", "q=%00", "q=%22open", "q=" + "x" * 3000, "q=a&since=tomorrow&until=2026-99-99", "q=a&source=x&source=-1",
        "q=a&source=99999999999999999999", "q=a&mode=magic&sort=best", "q=a&since=2027-01-01&until=2026-01-01",
        "q=()&since=0001-01-01&until=9999-12-31", "q=before%3A0001+-before%3A1+kind%3A", "kind=x&kind=list&like=9999999999999999999",
        "q=author%3A%5B(*%5C+author%3A%22%2B%22", "q=-source%3A-+source%3A%25", "like=-1&q=a", "like=562949953421312", "q=%F0%9F%8E%99", "q=-&page=2",
    ],
)  # fmt: skip
def test_nothing_that_a_reader_types_breaks_it(client, hub, query):
    ask(client, query)
    assert client.get(f"/search/feed.atom?{query}").status_code == 200


def test_wrong_date_is_told_beside_its_field(client, hub):
    page = ask(client, "q=beam&until=never")
    assert 'id="until-error"' in page
    assert 'aria-describedby="until-error"' in page


def test_nothing_found_says_what_to_do(client, hub):
    assert "Nothing found" in ask(client, "q=zebra&mode=lexical")


def test_any_search_can_be_followed(client, hub):
    page = ask(client, "q=vocoder+lattice&mode=lexical&since=2026-01-01")
    path = re.search(r'href="(/search/feed\.atom\?[^"]+)"', page)
    assert path
    feed = feedparser.parse(client.get(path[1].replace("&amp;", "&")).content)
    assert not feed.bozo
    assert [entry.title for entry in feed.entries] == ["Pruned transducers", "Neural vocoders"]


def test_hidden_articles_are_not_found(client, hub):
    hub[1].state = "hidden"
    hub[1].save()
    assert found(ask(client, "q=beam+search&mode=lexical")) == []


def test_close_articles_stand_below_an_article(client, hub):
    page = client.get(hub[0].get_absolute_url()).content.decode()
    assert "Close to this" in page
    assert "Beam search for CTC" in page


def test_filters_alone_list_what_passes(client, hub):
    page = ask(client, "q=after%3A2026-08")
    assert found(page) == ["Pruned transducers"]
    assert "by filters alone" in page
    assert 'class="weights"' not in page
    assert found(ask(client, "kind=article")) == list(TEXTS)


def test_what_means_nothing_is_told_beside_the_results(client, hub):
    page = ask(client, "q=beam+source%3Anosuch+foo%3Abar&mode=lexical")
    assert found(page) == ["Beam search for CTC"]
    assert page.count('<p class="note">') == 2
    assert "No source is called “nosuch”" in page


def test_typed_filters_are_ticked_and_cannot_be_unticked(client, hub):
    page = ask(client, "q=kind%3Aarticle")
    assert re.search(r'value="article" checked disabled', page)
    assert re.search(r'value="article" checked>', ask(client, "kind=article"))


def test_every_row_says_why_it_is_there(client, hub):
    factories.reading_list("To read first", hub[1])
    page = ask(client, "q=beam+search")
    row = re.search(rf'<article class="result" id="r{hub[1].pk}".*?</article>', page, re.DOTALL)
    assert row
    assert "Words and meaning agree." in row[0]
    assert 'In <a href="/lists/' in row[0]
    assert f'href="/search/?like={hub[1].pk}"' in row[0]


def test_one_story_is_one_row_that_unfolds(client, hub):
    with transaction.atomic():
        factories.event(hub[0], hub[1])
    page = ask(client, "q=beam+lattice&mode=lexical")
    assert len(found(page)) == 1
    assert "also: 1 other" in page
    assert "2 found by words" in page


def test_years_lead_to_their_results(client, hub):
    query = "q=beam+lattice+vocoder&mode=lexical"
    assert 'class="plot years"' not in ask(client, query), "one year is no trend"
    hub[2].published_at = NOW - dt.timedelta(days=400)
    hub[2].save()
    year = re.search(
        r'<a href="(/search/\?[^"]*since=2026-01-01[^"]*)" aria-label="2026: 2 results"',
        ask(client, query),
    )
    assert year
    assert len(found(client.get(year[1].replace("&amp;", "&")).content.decode())) == 2


def test_more_like_an_article(client, hub):
    page = client.get(hub[0].get_absolute_url()).content.decode()
    assert f'href="/search/?like={hub[0].pk}"' in page
    page = ask(client, f"like={hub[0].pk}")
    assert "Pruned transducers</a></span>" in page
    assert sorted(found(page)) == ["Beam search for CTC", "Neural vocoders"]
    assert found(ask(client, "like=0")) == found(ask(client, "like=x")) == []


def test_a_long_text_is_posted_and_stays_in_its_field(client, hub):
    text = "A vocoder turns mel spectrograms into a waveform. " * 60
    answer = client.post("/search/text/", {"q": text})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert found(page)[0] == "Neural vocoders"
    assert text.strip() in page
    assert not answer.cookies
    assert client.post("/search/text/", {}).status_code == 200
    assert client.get("/search/text/").status_code == 302


def test_words_come_first_and_meaning_by_itself_later(client, hub, monkeypatch):
    late = QueryEncoder()
    monkeypatch.setattr(late, "warm", lambda: None)
    monkeypatch.setattr("kb.selectors.engine.encoder", late)
    page = ask(client, "q=vocoder")
    assert found(page) == ["Neural vocoders"]
    path = re.search(r'id="waiting" hx-get="([^"]+)"', page)
    assert path
    asked = {"path": path[1].replace("&amp;", "&"), "headers": {"HX-Trigger": "waiting"}}
    assert client.get(**asked).status_code == 204
    late._run()
    page = client.get(**asked).content.decode()
    assert 'id="waiting"' not in page
    assert "by words and meaning" in page
    assert len(found(page)) == 3


def test_a_model_that_cannot_be_loaded_is_no_reason_to_wait(client, hub, monkeypatch):
    broken = QueryEncoder()
    broken.error = "the model is gone"
    monkeypatch.setattr(broken, "warm", lambda: None)
    monkeypatch.setattr("kb.selectors.engine.encoder", broken)
    page = ask(client, "q=vocoder")
    assert "Answered from words alone: the model is gone" in page
    assert 'id="waiting"' not in page


def test_lists_are_found_and_stand_in_the_feed(client, hub):
    listed = factories.reading_list("Vocoders to read", summary="Why *vocoders*.")
    renew_items([item_id(ItemKind.LIST, listed.pk)])
    finish()
    page = ask(client, "q=vocoders&mode=lexical")
    assert f'href="{listed.get_absolute_url()}"' in page
    assert '<p class="kind">List</p>' in page
    feed = feedparser.parse(client.get("/search/feed.atom?q=vocoders&mode=lexical").content)
    assert not feed.bozo
    assert {entry.title for entry in feed.entries} == {"Vocoders to read", "Neural vocoders"}
