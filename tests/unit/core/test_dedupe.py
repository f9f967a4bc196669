from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.dedupe import BLOCK, Decision, Record, candidates, decide, family, fold, groups, keys

WORDS = [
    "we",
    "prune",
    "the",
    "lattice",
    "of",
    "the",
    "transducer",
    "loss",
    "before",
    "it",
    "is",
    "evaluated",
    "which",
    "needs",
    "a",
    "fraction",
    "of",
    "the",
    "memory",
    "trains",
    "with",
    "larger",
    "batches",
    "and",
    "loses",
    "nothing",
    "in",
    "word",
    "error",
    "rate",
    "on",
    "three",
    "corpora",
    "of",
    "read",
    "and",
    "of",
    "spontaneous",
    "speech",
    "streaming",
    "or",
    "not",
    "and",
    "the",
    "code",
    "is",
    "part",
    "of",
    "an",
    "open",
    "toolkit",
    "that",
    "also",
    "has",
    "recipes",
    "for",
    "the",
    "usual",
    "corpora",
    "so",
    "that",
    "others",
    "can",
    "repeat",
    "it",
]
TEXT = " ".join(WORDS)
OTHER = " ".join(f"{w}x" for w in WORDS)
PAPER = Record(
    1, "Pruned RNN-T for fast, memory-efficient ASR training", ("Fangjun Kuang", "Liyong Guo"), 2022,
    names=frozenset({"arxiv:2206.13236"}), homes=frozenset({"arxiv.org"}), text=TEXT,
)  # fmt: skip
COPY = replace(
    PAPER,
    id=2,
    names=frozenset({"isca:interspeech_2022/kuang22"}),
    homes=frozenset({"isca-archive.org"}),
)
POST = Record(3, "Weekly links", ("Ada",), 2022, homes=frozenset({"ada.example"}), text=TEXT)


def reason(one: Record, other: Record) -> str:
    found = decide(one, other)
    assert found == decide(other, one)
    return found.reason if found else ""


def test_one_name_from_a_library_is_one_work_whatever_the_rest_says():
    assert (
        reason(PAPER, replace(COPY, names=PAPER.names, title="Else", text=OTHER)) == "same arXiv id"
    )


def test_two_names_from_one_library_are_two_works():
    assert reason(PAPER, replace(PAPER, id=2, names=frozenset({"arxiv:2301.00001"}))) == ""


def test_title_and_authors_agree():
    assert reason(PAPER, COPY) == "same title and authors, texts 100% alike"
    assert reason(PAPER, replace(COPY, text="")) == "same title and authors"
    assert reason(PAPER, replace(COPY, authors=("Kuang, F.", "Guo, L.", "Third, A."))) != ""


def test_the_same_title_by_others_or_years_later_is_another_work():
    assert reason(PAPER, replace(COPY, authors=("Somebody Else",), text=OTHER)) == ""
    assert reason(PAPER, replace(COPY, year=2026, text=OTHER)) == ""


def test_a_column_that_repeats_its_title_is_not_one_work():
    column = replace(POST, title="What we read this week in speech", text=TEXT)
    assert reason(column, replace(column, id=4, text=OTHER)) == ""
    assert reason(column, replace(column, id=4)) == "same title, texts 100% alike"


def test_a_short_title_says_nothing_alone():
    elsewhere = replace(POST, id=4, homes=frozenset({"b.example"}), text=OTHER)
    assert reason(POST, elsewhere) == ""


def test_a_teaser_is_its_article():
    teaser = replace(
        POST, id=4, authors=(), homes=frozenset({"p.example"}), text=" ".join(WORDS[:52])
    )
    assert reason(replace(POST, authors=()), teaser) == "same title, texts 100% alike"


def test_a_code_release_that_links_to_the_paper_under_its_title():
    release = Record(
        5, "icefall: Pruned RNN-T for fast, memory-efficient ASR training", mentions=PAPER.names,
        homes=frozenset({"github.com"}), text="Recipes.",
    )  # fmt: skip
    assert reason(PAPER, release) == "one links to the other’s arXiv id under the same title"
    assert reason(PAPER, replace(release, title="A survey of transducers")) == ""
    assert reason(PAPER, replace(release, mentions=frozenset())) == ""


def test_a_retitled_copy_is_found_by_its_text_and_a_series_is_not():
    text = f"{TEXT} {OTHER}"
    one = replace(POST, authors=(), text=text)
    retitled = replace(one, id=4, title="Planet: links of the week", homes=frozenset({"p.example"}))
    assert reason(one, retitled) == "texts 100% alike"
    assert reason(replace(one, title="Release 1.2"), replace(retitled, title="Release 1.3")) == ""
    assert set(keys(one)) & set(keys(retitled))


@pytest.mark.parametrize(
    ("title", "authors"),
    [
        ("Release v1.2.0", ("github-actions[bot]",)),
        ("Weekly digest #12", ("Ada Lovelace",)),
        ("Weekly digest #12 of machine learning", ("admin",)),
        ("Editorial", ("Ada Lovelace",)),
        ("Our Summer of Code projects this year", ("The Kaldi Team",)),
        ("A survey of speech recognition", ("Wei Wang",)),
    ],
)
def test_titles_that_many_bear_join_nothing(title, authors):
    one = Record(1, title, authors, 2026, homes=frozenset({"a.example"}), text=TEXT)
    others = authors if "Team" not in authors[0] else ("The ESPnet Team",)
    for changed in ({"authors": others}, {"authors": ("Xin Wang",)}, {"authors": ()}):
        other = replace(one, id=2, homes=frozenset({"b.example"}), text=OTHER, **changed)
        assert reason(one, other) == ""


def test_a_notice_that_a_platform_puts_before_every_text_joins_nothing():
    notice = replace(POST, authors=(), title="Beam search in a browser", text=f"{TEXT} {OTHER}")
    other = replace(notice, id=4, title="On emission delay", homes=frozenset({"b.example"}))
    assert reason(notice, other) == ""


def test_two_versions_with_one_changelog_are_two():
    one = Record(1, "icefall v1.2.0", (), 2026, homes=frozenset({"a"}), text=f"{TEXT} {OTHER}")
    assert reason(one, replace(one, id=2, title="icefall v1.2.1", homes=frozenset({"b"}))) == ""


@pytest.mark.parametrize(
    ("name", "last"), [("Ada B. Lovelace", "lovelace"), ("Névéol, Aurélie", "neveol"), ("", "")]
)
def test_family_names(name, last):
    assert family(name) == last


def test_titles_fold_markup_accents_and_marks():
    assert fold("Active$^2$ Learning: naïve") == fold("active2 learning – NAIVE")


def test_a_key_that_everybody_has_makes_no_candidates():
    assert list(candidates({n: ["t:same"] for n in range(BLOCK + 1)})) == []
    assert list(candidates({n: ["t:same"] for n in range(3)})) == [(0, 1), (0, 2), (1, 2)]


PAIRS = st.tuples(st.integers(0, 9), st.integers(0, 9)).filter(lambda p: p[0] < p[1])
DECISIONS = st.lists(
    st.builds(lambda pair, score: Decision(*pair, "x", score), PAIRS, st.sampled_from([0.8, 0.9, 1.0])), max_size=15
)  # fmt: skip


@given(DECISIONS, st.sets(PAIRS, max_size=6), st.randoms())
def test_groups_do_not_depend_on_order_and_keep_apart_what_was_parted(decisions, barred, chance):
    found = groups(decisions, barred)
    shuffled = list(decisions)
    chance.shuffle(shuffled)
    assert groups(shuffled, barred) == found
    for head, members in found.items():
        assert head == min(members)
        assert not any(a in members and b in members for a, b in barred)


@given(DECISIONS)
def test_grouping_again_changes_nothing(decisions):
    found = groups(decisions)
    again = [Decision(head, m, "x", 1.0) for head, ms in found.items() for m in ms if m != head]
    assert groups(again) == found
