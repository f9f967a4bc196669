"""Geometry, Markdown, cleaned HTML and words, each alone."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web import drawing, html, markdown
from web.pages import parts


@given(st.lists(st.floats(-1e4, 1e6), max_size=12))
def test_lattice_stays_in_its_box(delays):
    path = drawing.lattice(delays)
    assert len(path.arcs) == len(path.nodes) == min(len(delays), 6)
    assert all(14 <= x <= 48.5 for x in path.nodes)
    assert list(path.nodes) == sorted(path.nodes)


@given(st.lists(st.floats(-10, 2000)))
def test_bars_stay_on_the_strip(minutes):
    for x, y in re.findall(r"M([\d.]+) 39V([\d.]+)", drawing.bars(minutes, up=True)):
        assert 0 < float(x) < 960
        assert 0 <= float(y) <= 26


def test_checks_put_new_up_failed_down_and_the_newest_at_the_right():
    path = drawing.checks([("new", 3), ("unchanged", 0), ("failed", 0)], 28)
    assert path.error == "M137 15V25"
    assert path.new.startswith("M127 14V")
    assert path.none == "M132 12.5V14.5"


def test_spark_ends_at_its_last_point():
    line, last = drawing.spark([1, 2, 4])
    assert line.endswith(f"L{last[0]:.1f} {last[1]:.1f}")


def test_footnotes_are_set_apart_and_named_after_their_item():
    written = markdown.render("A.[^x] B.[^x]\n\n[^x]: Note *one*.", name="7")
    assert written.html.count("<a") == 2
    assert written.html.count('id="r7-1"') == 1
    assert [(note.id, note.ref) for note in written.notes] == [("n7-1", "r7-1")]
    assert written.notes[0].html == "<p>Note <em>one</em>.</p>\n"


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>x</script>", "<img src=x onerror=x>", "[a](javascript:x)", "![a](javascript:x)", "<a href='data:x'>",
        "[^x]\n\n[^x]: <script>x</script>", '[a](https://x.example/"onclick="x)', "`<script>`",
    ],
)  # fmt: skip
def test_markdown_never_gives_a_page_more_than_text(hostile):
    for out in (markdown.render(hostile).html, markdown.render_whole(hostile)):
        assert not re.search(
            r"<script|<img|javascript:[^)]*\"|\sonclick=|\sonerror=[^&]*>", out.replace("&lt;", "")
        )


@pytest.mark.parametrize(
    "hostile",
    [
        '<p onclick="x()">a</p>', '<a href="javascript:x()">a</a>', "<style>*{}</style>", "<svg><script>x</script></svg>",
        '<math><mtext><img src=x onerror="x"></mtext></math>', '<img src="javascript:x" alt="<script>">',
        "<iframe src=//x></iframe>", '<form action="x"><input></form>', '<p style="position:fixed">', "<<img src=x>",
        '<a href="data:text/html,x">a</a>', '<img alt="a" src="https://x.example/?a=&quot;><script>x</script>">',
        "<!-- <img src=x> -->", "<noscript><img src=x></noscript>", "<img src='https://x.example/a.png'", "</article></main>",
    ],
)  # fmt: skip
def test_article_bodies_hold_nothing_active_and_no_picture_of_others(hostile):
    out = html.for_page(hostile)
    # a picture comes from us, whatever its address was
    out = re.sub(
        r'<img src="/images/[\w-]+/[\w=-]+"( (alt|loading|decoding|width|height)="[^"<>]*")*>',
        "",
        out,
    )
    assert not re.search(
        r"<(script|style|img|iframe|form|input|svg|/article|/main)|\son\w+=|\sstyle=|\sid=", out
    )
    assert not re.search(r'href="(javascript|data):', out)


def test_formula_drawn_as_a_picture_becomes_its_tex():
    out = html.for_page(
        '<p><img class="latex" alt="x &lt; y" src="https://s0.wp.com/latex.php"></p>'
    )
    assert out == "<p><code>x &lt; y</code></p>"


def test_picture_inside_a_link_is_no_second_link():
    out = html.for_page(
        '<a href="https://x.example/"><img src="https://x.example/a.png" alt="A"></a>'
    )
    assert out.count("<a") == 1
    assert out.count("<img") == 1


@pytest.mark.parametrize(
    ("url", "fit"),
    [
        ("https://x.example/a", True), ("http://x.example", True), ("javascript:alert(1)", False), ("//x.example", False),
        ("data:text/html,x", False), ("https://[bad", False), ("", False), ("JAVASCRIPT:x", False), ("https:x", False),
    ],
)  # fmt: skip
def test_only_web_addresses_are_linked(url, fit):
    assert bool(parts.outside(url)) is fit


def test_numbers_dates_and_people_are_told_as_people_do():
    today = dt.date(2026, 8, 21)
    assert parts.sources_in_words(2) == "Two sources"
    assert parts.sources_in_words(13) == "13 sources"
    assert parts.long_date(dt.date(2026, 8, 20), today) == "20 August"
    assert parts.long_date(dt.date(2025, 8, 20), today) == "20 August 2025"
    assert parts.short_date(dt.date(2025, 8, 20), today) == "Aug 2025"
    assert parts.people(["A", "B", "C", "D"]) == "A and 3 others"
    assert parts.duration(3600) == "1 h"
    assert parts.duration(20) == "1 min"
    assert parts.clock(dt.datetime(2026, 8, 20, tzinfo=dt.UTC)) == ""


def test_paging_shows_ends_and_neighbours():
    made = parts.paging(5, 12, lambda n: f"?page={n}")
    assert [link.label for link in made.links] == ["1", "…", "3", "4", "5", "6", "7", "…", "12"]
    assert parts.paging(1, 1, str).links == ()
