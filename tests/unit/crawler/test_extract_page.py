"""Pages: what is found on them, how well against hand-made answers, and what hostile ones cost."""

from __future__ import annotations

import gzip
import json
import re
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest
import trafilatura

from crawler.extract.page import extract_page

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://example.org/blog/post"
TEXT = "The model listens to the whole sentence before it writes the first word of it. " * 8
PAGE = f"""<!doctype html><html lang="en-GB"><head><title>On listening | Example</title>
<meta property="og:title" content="On listening"><meta property="og:site_name" content="Example">
<meta property="article:published_time" content="2024-05-30T10:00:00+02:00"><meta name="author" content="Ann Lee">
<link rel="canonical" href="/blog/post?utm=1"><meta property="og:image" content="/cover.png"></head><body>
<nav><a href="/">Home</a> <a href="/about">About</a></nav><article><h1>On listening</h1><p>{TEXT}</p>
<figure><img src="fig.png" alt="A figure"></figure><p>{TEXT} <a href="/ref">a reference</a></p>
<pre><code>x = 1 &lt; 2</code></pre><table><tr><td>WER</td><td>5.1</td></tr></table><script>alert(1)</script>
<p>{TEXT}</p></article><footer>Imprint and cookies</footer></body></html>"""


def test_an_article_and_its_metadata() -> None:
    page = extract_page(PAGE.encode(), URL, {"content-type": "text/html; charset=utf-8"})
    assert page.ok
    assert (page.title, page.language, page.published) == (
        "On listening",
        "en-GB",
        "2024-05-30T08:00:00Z",
    )
    assert page.canonical == "https://example.org/blog/post?utm=1"
    assert page.image == "https://example.org/cover.png"
    assert page.authors == ("Ann Lee",)
    assert "listens to the whole sentence" in page.text
    assert "Imprint" not in page.text
    assert 'src="https://example.org/blog/fig.png"' in page.html
    assert 'href="https://example.org/ref"' in page.html
    assert "<code>" in page.html
    assert "WER" in page.html
    assert "alert" not in page.html


@pytest.mark.parametrize(
    ("link", "canonical"),
    [
        ("https://example.org/blog/post/", "https://example.org/blog/post/"),
        ("https://www.example.org/blog/post", "https://www.example.org/blog/post"),
        ("https://evil.example/blog/post", ""),
        ("https://example.org/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_canonical_addresses_are_checked(link: str, canonical: str) -> None:
    html = f"<html><head><link rel=canonical href='{link}'></head><body><p>{TEXT}</p></body></html>"
    assert extract_page(html, URL, {}).canonical == canonical


@pytest.mark.parametrize(
    "html", ["", "   ", "<html></html>", "<html><body><script>x</script></body></html>", "\x00\x01"]
)
def test_a_page_without_text_says_so(html: str) -> None:
    page = extract_page(html, URL, {})
    assert not page.ok
    assert page.error


@pytest.mark.parametrize(
    "html",
    [
        "<p>Short, but all there is.</p>",
        "<html><body><div>Just a line of text in a box</div></body></html>",
        "<html><body>Text without any element around it</body></html>",
    ],
)
def test_short_pages_still_give_their_text(html: str) -> None:
    page = extract_page(html, URL, {})
    assert page.ok
    assert len(page.text) > 20


def test_encodings_of_pages() -> None:
    html = f"<html><head><meta charset='windows-1251'></head><body><p>{'Привет, мир, это длинный текст. ' * 20}</p></body></html>"
    assert "Привет, мир" in extract_page(html.encode("windows-1251"), URL, {}).text


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 200_000 + TEXT, "<p>" + "<b>" * 100_000 + TEXT, "<x y" * 100_000, "<a href='" * 100_000, "<!--" * 100_000,
        "<table>" * 50_000, "<p>x</p>" * 100_000, "word " * 1_000_000, "<p>" + "a" * 3_000_000, "<li>x" * 50_000,
        "<script type='application/ld+json'>" + "[" * 100_000 + "</script>",
    ],
)  # fmt: skip
def test_hostile_pages_cost_little(html: str) -> None:
    began = time.process_time()
    extract_page(html, URL, {})
    assert time.process_time() - began < 8


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text.lower()))


def f1(found: str, gold: str) -> float:
    got, want = words(found), words(gold)
    both = sum((got & want).values())
    return 2 * both / (sum(got.values()) + sum(want.values())) if both else 0.0


def test_extraction_is_at_least_as_good_as_the_library_alone(data: Path) -> None:
    rows = [
        json.loads(line) for line in (data / "extraction" / "gold.jsonl").read_text().splitlines()
    ]
    ours, theirs = [], []
    for row in [r for r in rows if r.get("gold_text")][::3]:
        html = gzip.decompress((data / "extraction" / row["file"]).read_bytes())
        ours.append(f1(extract_page(html, row["url"], {}).text, row["gold_text"]))
        theirs.append(f1(trafilatura.extract(html, url=row["url"]) or "", row["gold_text"]))
    assert sum(ours) / len(ours) >= max(0.94, sum(theirs) / len(theirs))
