"""Two readings of a page, and who is believed."""

from __future__ import annotations

from collections import Counter

from crawler.extract.choice import choose, likeness
from crawler.extract.page import extract_page

ARTICLE = "The encoder turns audio into frames and the decoder turns frames into words. " * 6
EXTRAS = "Subscribe to our newsletter, share this page and read what others read today. " * 4


def test_the_judges_decide_between_two_readings():
    longer = ARTICLE + EXTRAS
    assert choose(ARTICLE, longer, [ARTICLE]) == ARTICLE
    assert choose(ARTICLE, longer, [longer]) == longer


def test_the_precise_reading_stands_where_judges_cannot_tell():
    assert choose(ARTICLE, ARTICLE + EXTRAS, ["", "nothing alike"]) == ARTICLE
    assert choose(ARTICLE, ARTICLE + EXTRAS, []) == ARTICLE


def test_a_reading_that_lost_nearly_everything_is_not_believed():
    assert choose("A line.", ARTICLE, ["A line."]) == ARTICLE
    assert choose("", "", []) == ""


def test_likeness_is_one_for_the_same_words_and_zero_for_none():
    assert likeness(Counter("ab"), Counter("ba")) == 1
    assert likeness(Counter("ab"), Counter("cd")) == 0
    assert likeness(Counter(), Counter()) == 0


def test_a_comment_inside_a_sentence_costs_nothing():
    halves = "".join(f"<p>{n}. {ARTICLE}<!-- ad slot --> and then {n} rests.</p>" for n in range(3))
    page = extract_page(f"<html><body><article>{halves}</article></body></html>", "", {})
    assert all(f"words. and then {n} rests." in page.text for n in range(3))


def test_a_year_in_the_imprint_is_not_the_date():
    page = f"<html><body><article><p>{ARTICLE}</p></article><footer>© 1998 Example</footer></body></html>"
    assert extract_page(page, "https://example.org/a", {}).published is None
