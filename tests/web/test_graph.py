"""The drawing of what a concept rests on."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from web import graph

# a needs nothing that comes after it in the alphabet of numbers: no circles
needs_of = st.integers(2, 24).flatmap(
    lambda size: st.fixed_dictionaries(
        {n: st.lists(st.integers(0, max(n - 1, 0)), max_size=min(n, 3), unique=True) for n in range(size)}
    )
).map(lambda needs: {n: [one for one in some if one < n] for n, some in needs.items()})  # fmt: skip


@given(needs_of)
def test_wide_drawing_goes_from_left_to_right_and_stays_in_its_box(needs):
    choice = graph.choose(needs, max(needs))
    drawn = graph.wide(choice, {n: f"Concept number {n}" for n in needs})
    assert choice.here in drawn.places
    assert len(set(drawn.places.values())) == len(drawn.places)
    for start, end in drawn.lines:
        assert drawn.places[start][0] < drawn.places[end][0]
    for x, y in drawn.places.values():
        assert 0 < x < drawn.width
        assert 0 < y < drawn.height


@given(needs_of)
def test_tall_drawing_has_nothing_before_what_it_needs(needs):
    choice = graph.choose(needs, max(needs))
    drawn = graph.tall(choice)
    assert set(drawn.places) == set(choice.ids)
    for start, end in drawn.lines:
        assert drawn.places[start][1] < drawn.places[end][1]
    for path in drawn.lines.values():
        assert all(float(x) > 0 for x in re.findall(r"[MC ]([\d.]+) ", path))
    assert max(y for _x, y in drawn.places.values()) < drawn.height


@given(needs_of)
def test_the_way_is_one_along_edges_and_ends_here(needs):
    choice = graph.choose(needs, max(needs))
    way = graph.best_path(choice, known={0, 1, 2})
    assert all(pair in choice.edges for pair in pairwise(way))
    assert not way or way[-1] == choice.here


def test_what_follows_from_other_edges_is_not_drawn():
    # c needs b and a, b needs a: that c needs a is implied
    choice = graph.choose({1: [], 2: [1], 3: [2, 1]}, 3)
    assert set(choice.edges) == {(1, 2), (2, 3)}


def test_long_edges_pass_between_nodes_not_through_them():
    choice = graph.choose({1: [], 2: [], 3: [2], 4: [3], 5: [4, 1]}, 5)
    drawn = graph.wide(choice, dict.fromkeys(range(8), "N"))
    corners = re.findall(r"([\d.]+) ([\d.]+)(?=C|$)", drawn.lines[1, 5])
    middle = {(float(x), float(y)) for x, y in corners[1:-1]}
    assert not middle & set(drawn.places.values())


def test_nearest_are_drawn_and_the_rest_are_counted():
    needs = {n: [] for n in range(1, 9)} | {9: [1]} | {n: [9] for n in range(10, 20)}
    choice = graph.choose(needs, 9)
    assert choice.before == (1,)
    assert (len(choice.after), choice.more) == (graph.AFTER, 10 - graph.AFTER)


def test_known_ones_shorten_the_way():
    needs = {1: [], 2: [1], 3: [2], 4: [3], 5: []}
    choice = graph.choose(needs | {6: [4, 5]}, 6)
    assert graph.best_path(choice, known=()) == (1, 2, 3, 4, 6)
    assert graph.best_path(choice, known={1, 3}) == (3, 4, 6)
    assert graph.best_path(choice, known={1, 3, 5}) == (5, 6)


def test_labels_break_in_the_middle():
    assert graph.label_lines("Softmax") == ("Softmax",)
    assert graph.label_lines("Vanishing and exploding gradients") == ("Vanishing and", "exploding gradients")  # fmt: skip
