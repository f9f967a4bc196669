"""Rules for known sites: an address in, the feeds to try out. Nothing is fetched."""

from __future__ import annotations

import pytest

from crawler.parse.alternates import page_places, robots_sitemaps
from crawler.places import below, common_places, feed_kind, is_sitemap, known_places
from kb.core.arxiv import page_url, query_url, without_version

API = "https://export.arxiv.org/api/query?search_query="
YT = "https://www.youtube.com/feeds/videos.xml?"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv", [("feed", YT + "channel_id=UCabcdefghijklmnopqrstuv")]),
        ("https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv/videos", [("feed", YT + "channel_id=UCabcdefghijklmnopqrstuv")]),
        ("https://m.youtube.com/playlist?list=PL123", [("feed", YT + "playlist_id=PL123")]),
        ("https://www.youtube.com/user/somebody", [("feed", YT + "user=somebody")]),
        ("https://www.youtube.com/@somebody", []),
        ("https://github.com/k2-fsa/icefall", [("releases", "https://github.com/k2-fsa/icefall/releases.atom"), ("releases", "https://github.com/k2-fsa/icefall/tags.atom"), ("feed", "https://github.com/k2-fsa/icefall/commits.atom")]),
        ("https://github.com/k2-fsa/icefall/commits/master", [("feed", "https://github.com/k2-fsa/icefall/commits.atom"), ("releases", "https://github.com/k2-fsa/icefall/releases.atom"), ("releases", "https://github.com/k2-fsa/icefall/tags.atom")]),
        ("https://github.com/k2-fsa", [("feed", "https://github.com/k2-fsa.atom")]),
        ("https://github.com/topics/asr", []),
        ("https://github.com/k2-fsa/icefall/releases.atom", []),
        ("https://gitlab.com/group/sub/project/-/tree/main", [("releases", "https://gitlab.com/group/sub/project/-/releases.atom"), ("releases", "https://gitlab.com/group/sub/project/-/tags?format=atom")]),
        ("https://www.reddit.com/r/MachineLearning/", [("feed", "https://www.reddit.com/r/MachineLearning/.rss")]),
        ("https://old.reddit.com/r/speechtech/top", [("feed", "https://www.reddit.com/r/speechtech/top/.rss")]),
        ("https://www.reddit.com/u/somebody", [("feed", "https://www.reddit.com/user/somebody/.rss")]),
        ("https://mastodon.social/@somebody", [("feed", "https://mastodon.social/@somebody.rss")]),
        ("https://somebody.substack.com/p/a-post", [("feed", "https://somebody.substack.com/feed")]),
        ("https://medium.com/@somebody/a-post-123", [("feed", "https://medium.com/feed/@somebody")]),
        ("https://medium.com/some-publication", [("feed", "https://medium.com/feed/some-publication")]),
        ("https://somebody.medium.com/", [("feed", "https://somebody.medium.com/feed")]),
        ("https://arxiv.org/list/cs.SD/recent", [("arxiv", API + "cat%3Acs.SD"), ("feed", "https://rss.arxiv.org/rss/cs.SD")]),
        ("https://arxiv.org/list/cs.NOPE!/new", []),
        ("https://arxiv.org/list/eess/new", [("arxiv", API + "cat%3Aeess%2A"), ("feed", "https://rss.arxiv.org/rss/eess")]),
        ("https://arxiv.org/a/name_a_1", [("feed", "https://arxiv.org/a/name_a_1.atom2")]),
        ("https://arxiv.org/search/?query=speech+enhancement&searchtype=all", [("arxiv", API + "all%3A%22speech+enhancement%22")]),
        (API + "cat:cs.SD", [("arxiv", API + "cat:cs.SD")]),
        ("https://huggingface.co/blog", [("feed", "https://huggingface.co/blog/feed.xml")]),
        ("https://huggingface.co/blog/some-post", []),
        ("https://bsky.app/profile/somebody.example", [("feed", "https://bsky.app/profile/somebody.example/rss")]),
        ("https://dev.to/somebody", [("feed", "https://dev.to/feed/somebody")]),
        ("https://some.hashnode.dev/", [("feed", "https://some.hashnode.dev/rss.xml")]),
        ("https://example.org/blog/", []),
        ("https://example.org/feed.xml", []),
        ("https://example.org/@x/feed", []),
    ],
)  # fmt: skip
def test_known_sites(address: str, expected: list[tuple[str, str]]) -> None:
    assert [(p.kind, p.url) for p in known_places(address)] == expected


def test_usual_paths_begin_beside_the_page() -> None:
    urls = [p.url for p in common_places("https://example.org/lab/index.html")]
    assert urls[0] == "https://example.org/lab/feed.xml"
    assert "https://example.org/feed" in urls
    assert len(urls) == len(set(urls)) <= 15
    assert common_places("https://example.org/")[0].url == "https://example.org/feed.xml"


def test_feeds_of_versions_are_read_as_releases() -> None:
    assert feed_kind("https://github.com/a/b/releases.atom") == "releases"
    assert feed_kind("https://gitlab.com/a/b/-/tags?format=atom") == "releases"
    assert feed_kind("https://packages.example/rss/project/x/releases.xml") == "releases"
    assert feed_kind("https://github.com/a/b/commits.atom") == "feed"
    assert feed_kind("https://example.org/feed.xml") == "feed"


def test_sitemaps_are_kept_to_a_part_of_the_site() -> None:
    assert is_sitemap("https://example.org/sitemap_index.xml.gz")
    assert not is_sitemap("https://example.org/feed.xml")
    assert below("https://example.org/") == {}
    assert below("https://example.org/index.html") == {}
    assert below("https://example.org/blog") == {"include": ["/blog/*"]}
    assert below("https://example.org/blog/index.html") == {"include": ["/blog/*"]}


def test_a_page_names_its_feeds() -> None:
    page = b"""<html><head><base href="https://example.org/sub/">
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed/">
    <link rel="alternate" type="application/rss+xml" title="Posts" href="feed.xml">
    <link rel="alternate" type="application/json+oembed" href="/oembed?x=1">
    <link rel="alternate" hreflang="de" href="/de/"><link rel="alternate" type="text/xml" href="/api">
    </head><body><a href="/all.atom">everything</a> <a href="mailto:x@example.org">RSS</a></body></html>"""
    found = [p.url for p in page_places(page, "https://example.org/", {})]
    assert found == [
        "https://example.org/sub/feed.xml",
        "https://example.org/all.atom",
        "https://example.org/comments/feed/",
    ]


def test_a_youtube_page_tells_its_channel() -> None:
    page = b'<html><script>var x = {"externalId":"UCabcdefghijklmnopqrstuv"}</script></html>'
    (found,) = page_places(page, "https://www.youtube.com/@somebody", {})
    assert found.url == YT + "channel_id=UCabcdefghijklmnopqrstuv"
    assert page_places(page, "https://example.org/", {}) == []


def test_robots_name_sitemaps() -> None:
    text = b"User-agent: *\nSITEMAP: https://example.org/a.xml\nSitemap: /b.xml\nDisallow: /c"
    assert robots_sitemaps(text, "https://example.org/x") == [
        "https://example.org/a.xml",
        "https://example.org/b.xml",
    ]


def test_arxiv_queries() -> None:
    assert query_url() == ""
    both = query_url(["eess.AS", "cs.SD"], ["speech recognition", 'who"(x'])
    assert (
        "%28cat%3Acs.SD+OR+cat%3Aeess.AS%29+AND+%28all%3A%22speech+recognition%22+OR+all%3A%22who+x%22%29"
        in both
    )
    assert page_url(API + "cat:cs.SD&start=9", 100, 50).endswith(
        "sortBy=submittedDate&sortOrder=descending&start=100&max_results=50"
    )
    with pytest.raises(ValueError, match="search_query"):
        page_url("https://export.arxiv.org/api/query", 0, 1)
    assert (
        without_version("http://arxiv.org/abs/2401.12345v12") == "https://arxiv.org/abs/2401.12345"
    )
    assert (
        without_version("http://arxiv.org/abs/hep-th/9901001v1")
        == "https://arxiv.org/abs/hep-th/9901001"
    )
