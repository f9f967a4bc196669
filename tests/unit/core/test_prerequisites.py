from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.prerequisites import cycle, path_to

NEEDS = {
    "CTC": ["Softmax", "Forward algorithm"],
    "Softmax": ["Exponential", "Vector"],
    "Forward algorithm": ["Probability"],
    "Attention": ["Softmax"],
    "Probability": ["Set"],
}


def test_an_edge_that_closes_a_circle_is_told_with_its_shortest_way():
    assert cycle(NEEDS, "Softmax", "Attention") == ["Softmax", "Attention", "Softmax"]
    assert cycle(NEEDS, "Set", "CTC") == ["Set", "CTC", "Forward algorithm", "Probability", "Set"]
    assert cycle(NEEDS, "Set", "Set") == ["Set", "Set"]


def test_an_edge_that_closes_none_is_told_as_nothing():
    assert cycle(NEEDS, "CTC", "Attention") == []
    assert cycle(NEEDS, "Attention", "Vector") == []


def test_what_to_learn_comes_by_depth_and_then_by_name():
    assert path_to(NEEDS, "CTC") == [
        "Exponential",
        "Set",
        "Vector",
        "Probability",
        "Softmax",
        "Forward algorithm",
    ]
    assert path_to(NEEDS, "Vector") == []


def test_what_is_known_is_left_out_with_all_that_only_it_needs():
    assert path_to(NEEDS, "CTC", known={"Softmax"}) == ["Set", "Probability", "Forward algorithm"]
    assert path_to(NEEDS, "CTC", known={"Vector"})[0] == "Exponential"
    assert path_to(NEEDS, "CTC", known={"CTC"}) == path_to(NEEDS, "CTC")


def test_a_circle_that_is_there_already_is_an_error():
    with pytest.raises(ValueError, match="needs itself"):
        path_to({"a": ["b"], "b": ["c"], "c": ["b"]}, "a")


def test_a_chain_longer_than_the_stack_is_walked():
    chain = {n: [n + 1] for n in range(5000)}
    assert path_to(chain, 0, name=lambda n: f"{n:05d}") == list(range(5000, 0, -1))


GRAPHS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@given(GRAPHS)
def test_edges_added_as_the_check_allows_always_leave_an_order(edges):
    needs: dict[int, list[int]] = {}
    for thing, needed in edges:
        circle = cycle(needs, thing, needed)
        if not circle:
            needs.setdefault(thing, []).append(needed)
            continue
        assert circle[0] == circle[-1] == thing
        assert circle[1] == needed
        assert all(b in needs[a] for a, b in itertools.pairwise(circle[1:]))
    for thing in needs:
        path = [*path_to(needs, thing), thing]
        for at, one in enumerate(path):
            assert set(needs.get(one, [])) <= set(path[:at])
