"""Reading test sets and measuring rankings."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.evaluation import (
    Measures,
    average,
    measure,
    read_documents,
    read_judgments,
    read_queries,
)
from kb.errors import InputError

HEADER = "query_id\tdoc_id\tgrade\n"


def test_ndcg_has_the_exponential_gain():
    found = measure(["b", "x", "a"], {"a": 3, "b": 1, "c": 2})
    wanted = (1 + 7 / 2) / (7 + 3 / math.log2(3) + 1 / 2)
    assert found.ndcg == pytest.approx(wanted)
    assert found.recall == pytest.approx(2 / 3)
    assert found.mrr == 1


def test_unjudged_and_zero_are_the_same_and_negative_is_no_loss():
    assert measure(["x", "a"], {"a": 1}) == measure(["z", "a"], {"a": 1, "z": 0})
    assert measure(["x", "a"], {"a": 1}) == measure(["z", "a"], {"a": 1, "z": -1})


def test_depths_are_ten_and_a_hundred():
    before = [f"x{n}" for n in range(200)]
    assert measure([*before[:9], "a"], {"a": 1}).ndcg > 0
    assert measure([*before[:10], "a"], {"a": 1}).ndcg == 0
    assert measure([*before[:99], "a"], {"a": 1}).recall == 1
    assert measure([*before[:100], "a"], {"a": 1}) == Measures(0, 0, 1 / 101)


def test_nothing_found_or_nothing_wanted_is_zero():
    assert measure([], {"a": 1}) == measure(["a"], {}) == measure(["a"], {"a": 0}) == average([])


@given(st.dictionaries(st.text(max_size=3), st.integers(-1, 4), max_size=15), st.randoms())
def test_measures_lie_between_0_and_1_and_the_ideal_order_has_1(grades, random):
    ranking = list(grades)
    random.shuffle(ranking)
    found = measure(ranking, grades)
    assert all(0 <= value <= 1 + 1e-9 for value in found.as_dict().values())
    ideal = measure(sorted(grades, key=lambda d: -grades[d]), grades)
    assert ideal.ndcg >= found.ndcg - 1e-9
    assert ideal.ndcg == pytest.approx(1.0 if max(grades.values(), default=0) > 0 else 0.0)


def test_means_are_over_queries():
    assert average([Measures(1, 0.5, 0), Measures(0, 0.5, 1)]) == Measures(0.5, 0.5, 0.5)


def test_lines_become_values_whatever_their_ids_look_like():
    lines = ['{"id": 7, "title": null, "text": "a"}\n', "\n", '{"id": "p/1 é", "other": []}']
    first, second = read_documents(lines, "corpus")
    assert (first.id, first.title, first.text) == ("7", "", "a")
    assert (second.id, second.title, second.text) == ("p/1 é", "", "")
    (query,) = read_queries(['{"id": "q", "text": "t", "paper_id": 7}'], "queries")
    assert query.own == first.id
    table = [HEADER, "q\t7\t2\n", 'q\t"odd\t1\n', "q\t7\t3\n"]
    assert read_judgments(table, "qrels") == {"q": {"7": 3, '"odd': 1}}
    assert read_judgments(["grade\tdoc_id\tquery_id\tby\n", "2\td\tq\tx\n"], "q") == {"q": {"d": 2}}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (['{"id": "a"}', '{"id": "b"'], "corpus, line 2: this is no JSON"),
        (["[]"], "corpus, line 1: a JSON object"),
        (["\n", '{"title": "a"}'], 'corpus, line 2: there is no "id"'),
        (['{"id": "a"}', '{"id": "a"}'], "corpus, line 2: the id 'a' came before"),
    ],
)
def test_a_bad_line_is_named(lines, said):
    with pytest.raises(InputError, match=said):
        list(read_documents(lines, "corpus"))
    with pytest.raises(InputError, match=said):
        read_queries(lines, "corpus")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([], "line 1: the header must name query_id, doc_id, grade"),
        (["q\td\t1\n"], "line 1: the header"),
        (
            [HEADER, "q\td\t1\n", "q\td\thigh\n"],
            "line 3: the grade must be a whole number, not 'high'",
        ),
        ([HEADER, "q d 1\n"], "line 2: the grade must be a whole number, not None"),
    ],
)
def test_a_bad_judgment_is_named(lines, said):
    with pytest.raises(InputError, match=said):
        read_judgments(lines, "qrels")
