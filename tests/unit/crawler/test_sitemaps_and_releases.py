"""Sitemaps and lists of releases, as documents."""

from __future__ import annotations

import gzip

import pytest

from crawler.parse.releases import is_prerelease, name_and_version, release_title
from crawler.parse.sitemap import NotASitemap, chosen, newest_first, parse_sitemap, title_from

NEWS = b"""<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc> https://e.example/a?x=1&amp;y=2 </loc><news:news>
 <news:publication><news:name>E</news:name><news:language>en</news:language></news:publication>
 <news:publication_date>2026-02-03T10:00:00+01:00</news:publication_date><news:title>A &amp; B</news:title></news:news></url>
 <url><loc>javascript:alert(1)</loc></url><url/></urlset>"""
LIMIT = 100_000


def test_news_sitemaps_carry_titles_and_dates() -> None:
    (found,) = parse_sitemap(NEWS, "https://e.example/sitemap.xml", LIMIT).locations
    assert (found.url, found.title) == ("https://e.example/a?x=1&y=2", "A & B")
    assert found.published == "2026-02-03T09:00:00Z"
    assert parse_sitemap(
        gzip.compress(NEWS, mtime=0), "https://e.example/s.gz", LIMIT
    ).locations == (found,)


def test_plain_lists_are_sitemaps() -> None:
    found = parse_sitemap(
        b"https://e.example/a\n\nhttps://e.example/b\n", "https://e.example/", LIMIT
    )
    assert [at.url for at in found.locations] == ["https://e.example/a", "https://e.example/b"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "an empty answer"),
        (b"<html><body></html>", "an HTML page"),
        (b"<rss/>", "rss"),
        (b"just words", "neither XML nor a list"),
        (gzip.compress(b"<urlset>" + b" " * LIMIT * 2, mtime=0), "larger than"),
        (gzip.compress(b"<urlset/>", mtime=0)[:9] + b"xxxxxxxx", "cannot be decompressed"),
    ],
)
def test_what_is_no_sitemap_says_so(body: bytes, error: str) -> None:
    with pytest.raises(NotASitemap, match=error):
        parse_sitemap(body, "https://e.example/", LIMIT)


def test_entities_are_not_expanded() -> None:
    bomb = b'<!DOCTYPE u [<!ENTITY a "https://e.example/a">]><urlset><url><loc>&a;</loc></url></urlset>'
    assert parse_sitemap(bomb, "https://e.example/", LIMIT).locations == ()


def test_what_is_visibly_no_article_is_left_out() -> None:
    base = "https://e.example"
    paths = [
        "/",
        "/about/",
        "/tags/asr",
        "/blog/page/2",
        "/blog/2",
        "/blog/a-post",
        "/a.pdf",
        "/2026/05/a",
    ]
    body = "\n".join(base + p for p in paths).encode()
    found = parse_sitemap(body, base, LIMIT).locations
    assert [at.url for at in chosen(found, {}, base)] == [base + "/blog/a-post", base + "/2026/05/a"]  # fmt: skip
    only = chosen(found, {"include": "/blog/*", "exclude": ["*/page/*"]}, base)
    assert [at.url for at in only] == [base + "/blog/2", base + "/blog/a-post"]
    assert newest_first(found) == list(found)


def test_titles_from_addresses() -> None:
    assert title_from("https://e.example/blog/a-new_model.html?x=1") == "A new model"
    assert title_from("https://e.example/blog/a-new-model-0a1b2c3d4e/") == "A new model"


@pytest.mark.parametrize(
    ("link", "name", "version"),
    [
        ("https://github.com/k2-fsa/icefall/releases/tag/v1.2", "icefall", "v1.2"),
        ("https://packages.example/project/lhotse/1.30.0/", "lhotse", "1.30.0"),
        ("https://gitlab.com/a/b/decoder/-/releases/v2", "decoder", "v2"),
        ("https://gitlab.com/a/decoder/-/tags/v2", "decoder", "v2"),
        ("https://e.example/v1.2", "", ""),
    ],
)
def test_versions_from_addresses(link: str, name: str, version: str) -> None:
    assert name_and_version(link) == (name, version)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("v1.2", "decoder v1.2"),
        ("1.2", "decoder v1.2"),
        ("", "decoder v1.2"),
        ("decoder", "decoder v1.2"),
        ("Decoder 1.2", "Decoder 1.2"),
        ("v1.2: faster", "decoder v1.2: faster"),
        ("Faster beams", "decoder v1.2: Faster beams"),
        ("v1.20 notes", "decoder v1.2: v1.20 notes"),
    ],
)
def test_titles_of_releases(title: str, expected: str) -> None:
    assert release_title(title, "decoder", "v1.2") == expected


def test_unfinished_versions() -> None:
    assert all(map(is_prerelease, ["1.0rc1", "v2.0-beta.3", "1.0a2", "v1.0.dev3", "2.0.0-alpha"]))
    assert not any(map(is_prerelease, ["1.0", "v2.1.3", "release-2024"]))
