from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.core.stories import (
    MANY,
    PAIR,
    WINDOW,
    Item,
    choose_lead,
    cluster,
    cut,
)
from kb.core.usual import background, significant

NOW = dt.datetime(2026, 11, 20, tzinfo=dt.UTC)
NAMES = [
    "kestrel",
    "harbinger",
    "tallinn",
    "vocoder",
    "lattice",
    "museum",
    "kernel",
    "quantised",
    "diarisation",
    "telephone",
    "annotator",
    "beam",
]


def item(number: int, event: int, noise: float, hours: int = 0, **more) -> Item:
    """An article about `event`, its vector `noise` away from the event's own."""
    chance = np.random.default_rng(number)
    vector = np.eye(1, 16, event % 16, dtype=np.float32)[0] + noise * chance.normal(size=16).astype(
        np.float32
    )
    words = " ".join(f"{name}{event}" for name in NAMES[:6]) + f" own{number} more{number}"
    return Item(
        number, vector / np.linalg.norm(vector), words, NOW + dt.timedelta(hours=hours), **more
    )


def usual(items):
    return background(np.stack([i.vector for i in items]), [i.text for i in items])


ITEMS = st.lists(
    st.tuples(st.integers(0, 3), st.floats(0, 0.5), st.integers(0, 200)), min_size=1, max_size=14
).map(lambda rows: [item(n, *row) for n, row in enumerate(rows)])


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.randoms())
def test_stories_do_not_depend_on_the_order_of_arrival(items, chance):
    known = usual(items)
    shuffled = list(items)
    chance.shuffle(shuffled)
    assert cluster(shuffled, known) == cluster(items, known)


@settings(max_examples=60, deadline=None)
@given(ITEMS)
def test_grouping_again_changes_nothing(items):
    known = usual(items)
    found = cluster(items, known)
    story = {m: n for n, group in enumerate(found) for m in group.members}
    again = cluster([replace(i, story=story.get(i.id)) for i in items], known)
    assert [g.members for g in again] == [g.members for g in found]
    assert [g.story for g in again] == list(range(len(found)))


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.integers(1, 13))
def test_a_story_only_grows_when_more_arrives(items, first):
    known = usual(items)
    before = cluster(items[:first], known)
    story = {m: n for n, group in enumerate(before) for m in group.members}
    after = cluster([replace(i, story=story.get(i.id)) for i in items], known)
    for group in before:
        assert any(set(group.members) <= set(later.members) for later in after)


@settings(max_examples=60, deadline=None)
@given(ITEMS, st.integers(0, 13), st.integers(0, 13))
def test_what_a_curator_parted_stays_parted(items, one, other):
    groups = cluster(items, usual(items), apart=[(one, other)])
    assert not any({one, other} <= set(g.members) for g in groups if one != other)


@given(ITEMS)
@settings(max_examples=30, deadline=None)
def test_no_story_is_longer_than_the_window(items):
    times = {i.id: i.at for i in items}
    for group in cluster(items, usual(items)):
        said = [times[m] for m in group.members]
        assert max(said) - min(said) <= WINDOW


def test_one_event_is_one_story_and_others_stand_alone():
    items = [item(1, 0, 0.05), item(2, 0, 0.05), item(3, 1, 0.05), item(4, 2, 0.05)]
    assert [g.members for g in cluster(items, usual(items))] == [(1, 2)]


def test_papers_meet_only_beside_a_post():
    items = [item(1, 0, 0.05, paper=True), item(2, 0, 0.05, paper=True)]
    assert cluster(items, usual(items)) == []
    assert len(cluster([*items, item(3, 0, 0.05)], usual(items))) == 1


def test_a_curator_joins_what_is_not_alike():
    items = [item(1, 0, 0.05), item(2, 1, 0.05), item(3, 2, 0.05)]
    assert [g.members for g in cluster(items, usual(items), together=[(1, 3), (1, 99)])] == [(1, 3)]


def test_the_oldest_story_keeps_its_id():
    items = [item(1, 0, 0.05, story=8), item(2, 0, 0.05, story=5), item(3, 0, 0.05)]
    (group,) = cluster(items, usual(items))
    assert (group.story, group.absorbed) == (5, (8,))


def test_short_and_general_titles_say_nothing():
    items = [replace(item(n, 0, 0.0), text="Introducing our new release today") for n in (1, 2)]
    assert cluster(items, usual(items)) == []
    assert significant("Introducing our new release today: RNN-T 2.0") == ["rnnt", "20"]


def test_the_cut_is_strict_for_pairs_and_falls_for_many():
    one, many = cut(np.array([1, 10_000], np.float32))
    assert np.isclose(one, PAIR)
    assert MANY < many < MANY + 0.01


def test_nothing_gives_nothing():
    assert cluster([], background(np.zeros((0, 4), np.float32), [])) == []


def test_the_lead_is_what_most_sources_carried_else_who_spoke_first():
    later = NOW + dt.timedelta(hours=1)
    assert choose_lead([(1, later, 1), (2, NOW, 1)]) == (2, "spoke first")
    assert choose_lead([(1, later, 3), (2, NOW, 1)]) == (1, "carried by the most sources")
