"""The search page and its feeds, over a real index."""

from __future__ import annotations

import datetime as dt
import re

import feedparser
import pytest

from kb.services.articles import renew_passages
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
    renew_passages(made)
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
        "q=()&since=0001-01-01&until=9999-12-31", "q=%F0%9F%8E%99", "q=-&page=2",
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
