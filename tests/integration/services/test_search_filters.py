"""Filters of the query language over real tables and a real index, on articles and lists."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import transaction

from kb.core.items import ItemKind, item_id
from kb.core.query import Filter
from kb.models import User
from kb.selectors.search import SearchCriteria, count_since, search
from kb.services.passages import renew_items
from kb.services.pipeline import finish
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)
DAY = dt.timedelta(days=1)


@pytest.fixture
def hub(settings, monkeypatch):
    """Two sources, five articles from today back to 2024, a published list and a draft."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    kaldi = factories.source("Kaldi blog", url="https://kaldi-asr.example/feed")
    other = factories.source("Notes of Mei", url="https://mei.example/feed")
    rows = (
        ("Beam search", kaldi, 0, {"authors": ["Daniel Povey", "Mei Li"]}),
        ("Beam pruning", kaldi, 5, {"kind": "paper", "authors": ["Oliver Ng"], "venue": "ICASSP"}),
        ("Beam width", other, 40, {"language": "de", "authors": ["José Müller"]}),
        ("Vocoders", other, 400, {"kind": "episode", "language": "en-GB"}),
        ("Lattices", other, 800, {"kind": "paper"}),
    )
    made = {
        title: factories.article(title, of=source, at=NOW - days * DAY, text=f"{title} in speech.", **more)
        for title, source, days, more in rows
    }  # fmt: skip
    curator = User.objects.create_user("curator", first_name="Ada", last_name="Byron")
    listed = factories.reading_list("Beams to read", curator=curator, summary="On speech.")
    factories.item(listed, made["Beam width"])
    draft = factories.reading_list("Draft on beams", published_at=None)
    factories.item(draft, made["Vocoders"])
    renew_items(item_id(ItemKind.LIST, row.pk) for row in (listed, draft))
    finish()
    return made


def titles(text: str, **more) -> list[str]:
    return [one.card.title for one in search(SearchCriteria(text, wait=True, **more)).found]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("source:kaldi", ["Beam search", "Beam pruning"]),
        ('source:"kaldi blog"', ["Beam search", "Beam pruning"]),
        ("source:kaldi-asr.example", ["Beam search", "Beam pruning"]),
        ("-source:kaldi", ["Beams to read", "Beam width", "Vocoders", "Lattices"]),
        ("source:kaldi source:mei before:2026", ["Vocoders", "Lattices"]),
        ("kind:paper", ["Beam pruning", "Lattices"]),
        ("kind:papers kind:list", ["Beams to read", "Beam pruning", "Lattices"]),
        ("-kind:paper after:2026-08-21", ["Beams to read", "Beam search"]),
        ("author:povey", ["Beam search"]),
        ('author:"Dan Povey"', ["Beam search"]),
        ('author:"povey, d."', ["Beam search"]),
        ("author:li", ["Beam search"]),
        ("author:müller", ["Beam width"]),
        ('author:"Ada Byron"', ["Beams to read"]),
        ("lang:de", ["Beam width"]),
        ("lang:german", ["Beam width"]),
        ("lang:en kind:episode", ["Vocoders"]),
        ("lang:en kind:paper", ["Beam pruning", "Lattices"]),
        ("is:curated", ["Beams to read", "Beam width"]),
        ("-is:curated kind:episode", ["Vocoders"]),
        ("after:7d", ["Beams to read", "Beam search", "Beam pruning"]),
        ("before:7d after:2025", ["Beam width", "Vocoders"]),
        ("-after:2025", ["Lattices"]),
        ("after:2025 -before:2026 source:mei", ["Beam width"]),
        ("kind:paper -beam", ["Lattices"]),
    ],
)  # fmt: skip
def test_filters_alone_list_what_passes_newest_first(hub, text, found):
    result = search(SearchCriteria(text))
    assert [one.card.title for one in result.found] == found
    assert (result.total, result.mode, result.notes) == (len(found), "", ())


@pytest.mark.parametrize("mode", ["lexical", "semantic", "hybrid"])
def test_filters_hold_and_never_under_fill_however_it_is_found(hub, mode):
    for text, count in (
        ("speech -source:kaldi", 4), ("speech kind:paper", 2), ("speech is:curated", 2), ("speech -lattices", 5),
        ('"in speech"', 5), ('"in speech" -lattices', 4), ('"in speech" source:mei', 3),
    ):  # fmt: skip
        assert len(titles(text, mode=mode)) == count, text


def test_what_the_form_chose_and_what_was_typed_are_one(hub):
    typed = titles("speech source:kaldi after:2026")
    kaldi = hub["Beam search"].source_id
    given = (Filter("source", str(kaldi)), Filter("after", "2026"))
    assert titles("speech", filters=given) == typed
    assert len(titles("speech source:mei", filters=(Filter("source", str(kaldi)),))) == 5


@pytest.mark.parametrize(
    ("text", "said", "found"),
    [
        ("beam source:kadli", "Perhaps “Kaldi blog”", 4), ("beam source:99999999999999999999", "No source", 4),
        ("beam before:yesterdayish", "no date", 4), ("beam kind:papre", "Perhaps “paper”", 4),
        ("beam lang:klingon", "no language", 4), ("beam is:good", "there is is:curated", 4),
        ("beam author:nobody", "Nobody called “nobody”", 4), ("topic:lattices", "No topic", 1),
        ("concept:lattices", "searched as words", 1), ("-topic:lattices beam", "No topic", 4),
    ],
)  # fmt: skip
def test_values_that_mean_nothing_are_told_and_never_narrow(hub, text, said, found):
    result = search(SearchCriteria(text, mode="lexical"))
    assert said in result.notes[0]
    assert len(result.found) == found


def test_a_hidden_article_and_a_draft_are_in_no_list(hub):
    hub["Lattices"].state = "hidden"
    hub["Lattices"].save()
    assert titles("kind:paper") == ["Beam pruning"]
    assert "Draft on beams" not in titles("kind:list")


def test_articles_of_one_story_share_a_row_and_all_are_counted(hub):
    with transaction.atomic():
        factories.event(hub["Beam search"], hub["Beam pruning"])
    result = search(SearchCriteria("beam", mode="lexical"))
    folded = next(one for one in result.found if one.others)
    assert {folded.card.title, *(o.title for o in folded.others)} == {"Beam search", "Beam pruning"}
    assert (result.total, result.rows) == (4, 3)
    listed = search(SearchCriteria("kind:article kind:paper after:2026-08"))
    assert [len(one.others) for one in listed.found] == [1]
    assert listed.total == 2


def test_facets_count_and_show_what_else_could_be_chosen(hub):
    facets = search(SearchCriteria("speech kind:paper", mode="lexical")).facets
    assert {f.value: (f.count, f.chosen) for f in facets.kinds} == {
        "article": (2, ""), "paper": (2, "text"), "episode": (1, ""), "list": (1, ""),
    }  # fmt: skip
    assert sorted(f.count for f in facets.sources) == [1, 1]
    assert facets.years == ((2024, 1), (2025, 0), (2026, 1))
    mei = str(hub["Vocoders"].source_id)
    listed = search(SearchCriteria(filters=(Filter("source", mei),))).facets
    assert [(f.label, f.count, f.chosen) for f in listed.sources] == [
        ("Notes of Mei", 3, "form"), ("Kaldi blog", 2, ""),
    ]  # fmt: skip


def test_more_like_an_item_is_by_meaning_and_obeys_filters(hub):
    item = hub["Beam search"].pk
    result = search(SearchCriteria(like=item))
    assert result.like
    assert result.like.title == "Beam search"
    assert result.mode == "semantic"
    assert "Beam search" not in [one.card.title for one in result.found]
    assert len(result.found) == 5
    assert {one.card.kind for one in search(SearchCriteria("kind:paper", like=item)).found} == {"paper"}  # fmt: skip
    assert search(SearchCriteria("vocoders", like=item, mode="lexical")).like is None
    assert search(SearchCriteria(like=987654321)).found == ()


def test_a_pasted_text_is_compared_by_all_of_it(hub):
    text = "Filler words say little here. " * 200 + "Vocoders in speech. " * 300
    result = search(SearchCriteria(text, mode="semantic", wait=True))
    assert result.found[0].card.title == "Vocoders"


def test_new_results_are_counted_by_when_they_came(hub):
    before, after = NOW - 10 * DAY, NOW
    for text in ("beam", "kind:paper", "source:kaldi"):
        asked = SearchCriteria(text, mode="lexical", sort="date")
        assert count_since(asked, after) == 0
        assert count_since(asked, before) >= 1
    assert count_since(SearchCriteria("source:kaldi", sort="date"), before) == 2


def test_snippets_show_the_passage_that_has_the_words(hub):
    long = "Nothing of note here. " * 400 + "The zebra decodes lattices. " + "More of that. " * 50
    factories.article("A long one", text=long)
    finish()
    one = search(SearchCriteria("zebra", wait=True)).found[0]
    assert ("zebra", True) in one.snippet


def test_a_mistyped_word_is_searched_as_the_nearest_and_says_so(hub):
    result = search(SearchCriteria("vocodrs", wait=True))
    assert result.found[0].card.title == "Vocoders"
    assert ("Vocoders", True) in result.found[0].title
    assert "so “vocoders” was searched" in result.notes[0]
    assert search(SearchCriteria('"vocodrs"')).found == ()
