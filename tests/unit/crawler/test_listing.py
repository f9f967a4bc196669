"""Pages without a feed: what is found by guessing on recorded ones, and by selectors."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from crawler.parse.feed import parse_feed
from crawler.parse.listing import read_listing
from kb.core.urls import canonical_url

if TYPE_CHECKING:
    from pathlib import Path

    from kb.core.records import FeedRecord


def recorded(data: Path, page: str) -> FeedRecord:
    body = (data / "web" / page).read_bytes()
    return read_listing(body, "https://" + page.removesuffix("index.html"), {}, {}, 500)


@pytest.mark.parametrize(
    ("page", "count", "first", "date"),
    [
        ("lena-voita.github.io/posts.html", 8, "Neurons in LLMs: Dead, N-gram, Positional", "2023-09-01T00:00:00Z"),
        ("lena-voita.github.io/papers.html", 18, "LM Transparency Tool: Interactive Tool", None),
        ("www.wavlab.org/index.html", 5, "Our lab has 23 paper accepted in the Interspeech2022", "2022-06-15T00:00:00Z"),
        ("lit.eecs.umich.edu/downloads.html", 3, "Wikify Demo", None),
        ("neuml.github.io/txtai/examples/index.html", 94, "Introducing txtai", None),
        ("neuml.github.io/txtai/further/index.html", 7, "Introducing txtai, the all-in-one AI framework", None),
        ("k2-fsa.github.io/icefall/recipes/index.html", 5, "Non Streaming ASR", None),
        ("torch.ch/torch3/documentation.html", 3, "Installation", None),
    ],
)  # fmt: skip
def test_recorded_sites_without_a_feed(
    data: Path, page: str, count: int, first: str, date: str | None
) -> None:
    found = recorded(data, page)
    assert found.ok, found.error
    assert len(found.entries) == count
    assert found.entries[0].title.startswith(first)
    assert found.entries[0].published == date


@pytest.mark.parametrize(
    ("page", "feed"),
    [
        ("lilianweng.github.io/archives/index.html", "lilianweng.github.io/posts/index.xml"),
        ("lilianweng.github.io/index.html", "lilianweng.github.io/index.xml"),
        ("goombalab.github.io/blog/index.html", "goombalab.github.io/feed.xml"),
        ("r9y9.github.io/post/index.html", "r9y9.github.io/post/index.xml"),
        ("sgugger.github.io/index.html", "sgugger.github.io/feeds/all.atom.xml"),
        ("sustcsonglin.github.io/blog/index.html", "sustcsonglin.github.io/feed.xml"),
        ("blog.latentspaces.io/posts/index.html", "blog.latentspaces.io/feed/feed.json"),
    ],
)
def test_a_guess_finds_what_the_feed_of_the_same_site_says(
    data: Path, page: str, feed: str
) -> None:
    said = parse_feed((data / "web" / feed).read_bytes(), f"https://{feed}", {})
    titles = {canonical_url(e.link): e.title for e in said.entries}
    found = recorded(data, page).entries
    assert len(found) >= min(len(titles), 3)
    assert [e.title for e in found] == [titles.get(canonical_url(e.link)) for e in found]
    assert all(e.published for e in found)


@pytest.mark.parametrize(
    "page",
    [
        "lit.eecs.umich.edu/news.html",
        "lit.eecs.umich.edu/index.html",
        "torch.ch/torch3/downloads_old.html",
    ],
)
def test_a_menu_is_no_list(data: Path, page: str) -> None:
    found = recorded(data, page)
    assert not found.ok
    assert found.error == "No list of articles was found on this page (nothing on it repeats)"


def test_announcements_stand_for_themselves(data: Path) -> None:
    first, second, *_ = recorded(data, "www.wavlab.org/index.html").entries
    assert first.id != second.id
    assert (first.link, second.link) == ("", "")
    assert 'href="https://www.wavlab.org/publications"' in first.summary


PAGE = b"""<html lang="de"><head><title>Neues</title><base href="https://e.example/x/"></head><body>
<table><tr class="r"><td class="d">3.2.2026</td><td><b>Eins</b> <a href="1">mehr</a></td><td class="s">Kurz gesagt.</td></tr>
<tr class="r"><td class="d">2026-01-02</td><td><b>Zwei</b> <a href="2">mehr</a></td><td class="s"></td></tr>
<tr class="r"><td class="d"></td><td><b>Drei</b></td><td></td></tr></table></body></html>"""


@pytest.mark.parametrize(
    "options",
    [
        {"item": "tr.r", "title": "b", "date": "td.d", "summary": ".s", "link": "a"},
        {"item": "//tr", "title": ".//b", "date": "./td[1]", "summary": "./td[3]", "link": ".//a"},
    ],
)
def test_selectors_say_where_things_are(options: dict[str, str]) -> None:
    found = read_listing(PAGE, "https://e.example/", {}, options, 500)
    assert (found.ok, found.format, found.title, found.language) == (True, "listing", "Neues", "de")
    one, two = found.entries
    assert (one.title, one.link, one.published) == ("Eins", "https://e.example/x/1", "2026-02-03T00:00:00Z")  # fmt: skip
    assert (two.title, two.link, two.published) == ("Zwei", "https://e.example/x/2", "2026-01-02T00:00:00Z")  # fmt: skip
    assert "Kurz gesagt." in one.summary


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"item": "tr[["}, "The selector 'tr[[' cannot be read"),
        ({"item": "//tr[", "title": "b"}, "The selector '//tr[' cannot be read"),
        ({"item": "article"}, "No list of articles was found on this page (the selectors match"),
    ],
)
def test_selectors_that_fail_say_so(options: dict[str, str], error: str) -> None:
    found = read_listing(PAGE, "https://e.example/", {}, options, 500)
    assert not found.ok
    assert found.error.startswith(error)


def test_hostile_pages_cost_little() -> None:
    deep = b"<div><a href='/a'>some words here</a>" * 20_000
    assert isinstance(read_listing(deep, "https://e.example/", {}, {}, 500).ok, bool)
    assert not read_listing(b"\x00\xff", "https://e.example/", {}, {}, 500).ok
    assert not read_listing(b"", "https://e.example/", {}, {}, 500).ok


def test_a_page_that_nests_costs_little() -> None:
    level = "<div><a href='/{0}'>some words {0}</a></div>" * 2
    deep = "".join("<div>" + level.format(n) for n in range(200))
    wide = "".join(f"<p><a href='/w{n}'>some other words {n}</a> text</p>" for n in range(10_000))
    began = time.process_time()
    found = read_listing(f"<html><body>{deep}{wide}".encode(), "https://e.example/", {}, {}, 500)
    assert found.ok
    assert time.process_time() - began < 4
