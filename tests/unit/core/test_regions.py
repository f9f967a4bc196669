"""What a region of a map is called."""

from __future__ import annotations

from kb.core.regions import name_regions


def test_a_region_is_called_by_what_only_its_articles_share():
    regions = [0] * 5 + [1] * 5
    tags = [{"speech", "streaming"}] * 5 + [{"speech", "synthesis"}] * 5
    assert name_regions(regions, tags, [""] * 10) == {0: "streaming", 1: "synthesis"}


def test_no_two_have_one_name():
    regions = [0] * 6 + [1] * 4 + [2] * 10
    tags = [{"streaming"}] * 10 + [set()] * 10
    titles = [""] * 6 + [f"Vocoder number {n}" for n in "abcd"] + [""] * 10
    assert name_regions(regions, tags, titles) == {0: "streaming", 1: "number, vocoder"}


def test_a_tag_of_few_names_nothing():
    regions, tags = [0] * 30, [{"streaming"}] * 3 + [set()] * 27
    assert name_regions(regions, tags, ["x"] * 30) == {}
    assert name_regions([], [], []) == {}
