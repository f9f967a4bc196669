"""`python -m crawler discover`: real requests to a site of our own, one line of JSON an address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.crawler.conftest import crawler
from tests.unit.crawler.server import Server, answer, redirect, stall
from tests.unit.crawler.test_kinds import BLOG, html, sitemap

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

FEED = """<rss version="2.0"><channel><title>Our blog</title>
<item><title>Two</title><link>https://example.org/2</link><pubDate>Tue, 03 Feb 2026 00:00:00 GMT</pubDate></item>
<item><title>One</title><link>https://example.org/1</link><pubDate>Sat, 03 Jan 2026 00:00:00 GMT</pubDate></item>
</channel></rss>"""


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def discover(*urls: str, timeout: str = "2") -> list[dict[str, Any]]:
    done = crawler(
        "discover", *urls, "--allow-network", "127.0.0.0/8", "--delay", "0", "--timeout", timeout
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_feed_is_itself_and_a_page_leads_to_its_feed(server) -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/feed.rss"></head></html>'
    server.routes = {"/feed.rss": answer(FEED), "/": html(page)}
    own, led = discover(server.url("/feed.rss"), server.url("/"))
    (found,) = own["candidates"]
    assert found == {
        "url": server.url("/feed.rss"),
        "kind": "feed",
        "title": "Our blog",
        "format": "rss2.0",
        "entries": 2,
        "newest": "2026-02-03T00:00:00Z",
        "sample": ["Two", "One"],
        "why": "the address itself is a feed",
        "options": {},
    }
    assert (own["input"], own["ok"], own["error"], own["reached"]) == (server.url("/feed.rss"), True, "", True)  # fmt: skip
    assert led["candidates"] == [found | {"why": "the page names it as its feed"}]
    assert server.paths() == ["/feed.rss", "/", "/feed.rss"]


def test_usual_paths_then_listing_then_sitemap(server) -> None:
    server.routes = {
        "/quiet/": html("<html><body>Nothing here.</body></html>"),
        "/quiet/atom.xml": answer(FEED),
    }
    (found,) = discover(server.url("/quiet/"))
    assert [(c["kind"], c["url"]) for c in found["candidates"]] == [
        ("feed", server.url("/quiet/atom.xml"))
    ]
    server.routes = {
        "/blog/": html(BLOG),
        "/robots.txt": answer(f"Sitemap: {server.url('/map.xml')}", Content_Type="text/plain"),
        "/map.xml": answer(
            sitemap(
                (server.url("/blog/one-thing"), "2026-01-02"), (server.url("/shop/x"), "2026-01-03")
            )
        ),
    }
    (found,) = discover(server.url("/blog/"))
    listing, site = found["candidates"]
    assert (listing["kind"], listing["entries"], listing["newest"]) == ("listing", 3, "2026-03-04T00:00:00Z")  # fmt: skip
    assert listing["sample"][0] == "The first of our results"
    assert (site["kind"], site["options"], site["sample"]) == ("sitemap", {"include": ["/blog/*"]}, ["One thing"])  # fmt: skip


def test_what_a_site_calls_its_blog_is_looked_at(server) -> None:
    home = '<nav><a href="/people">People</a><a href="/papers.html">Papers</a><a href="/log/">Our blog</a></nav>'
    away = '<a href="http://10.0.0.1/blog">Blog</a>'
    server.routes = {
        "/": html(f"<html><body>{home}{away}</body></html>"),
        "/log/": html('<html><head><link rel="alternate" type="application/atom+xml" href="/x.atom"></head></html>'),
        "/x.atom": answer(FEED),
    }  # fmt: skip
    (found,) = discover(server.url("/"))
    assert [c["url"] for c in found["candidates"]] == [server.url("/x.atom")]
    assert "/people" not in server.paths()
    server.routes["/log/"] = html(BLOG)
    (found,) = discover(server.url("/"))
    (listing,) = found["candidates"]
    assert (listing["kind"], listing["url"], listing["entries"]) == ("listing", server.url("/log/"), 3)  # fmt: skip
    assert listing["why"] == "a part of the site lists articles"


def test_recorded_home_pages_lead_to_what_they_publish(server, data: Path) -> None:
    folder = data / "web" / "lena-voita.github.io"
    server.routes = {
        "/": html((folder / "index.html").read_text()),
        "/posts.html": html((folder / "posts.html").read_text()),
    }
    (found,) = discover(server.url("/"))
    assert (found["candidates"][0]["url"], found["candidates"][0]["entries"]) == (server.url("/posts.html"), 8)  # fmt: skip


def test_no_hop_of_looking_leads_inside(server) -> None:
    inner = "http://10.0.0.1/x"
    links = f'<head><link rel="alternate" type="application/rss+xml" href="{inner}"></head>'
    server.routes = {
        "/": html(f'<html>{links}<body><a href="/blog">Blog</a></body></html>'),
        "/blog": redirect(inner),
        "/feed.xml": redirect("http://[::ffff:10.0.0.1]/"),
        "/robots.txt": answer(f"Sitemap: {inner}", Content_Type="text/plain"),
    }
    found, moved = discover(server.url("/"), server.url("/feed.xml"))
    assert (found["ok"], found["candidates"]) == (False, [])
    assert moved["error"] == "The host ::ffff:10.0.0.1 is on a private network"
    assert moved["final"]


def test_what_cannot_be_followed_says_why(server) -> None:
    server.routes = {
        "/page": html("<html><body><p>Only a page.</p></body></html>"),
        "/paper.pdf": answer(b"%PDF-1.7" * 9, Content_Type="application/pdf"),
        "/down": answer("", "503 Service Unavailable"),
        "/broken": answer("<rss><channel><"),
        "/slow": stall,
        "/list.opml": answer("<opml><body><outline xmlUrl='https://a.example/'/></body></opml>"),
    }
    names = ["/page", "/paper.pdf", "/down", "/broken", "/slow"]
    lines = discover(*map(server.url, names), "http://10.0.0.1/feed", "http://127.0.0.1:1/feed", timeout="1")  # fmt: skip
    page, pdf, down, broken, slow, private, dead = lines
    none, opml = discover(server.url("/none"), server.url("/list.opml"))
    assert (none["error"], opml["error"]) == (
        "The server answered 404 Not Found",
        "A list of sources (OPML), which is imported rather than followed",
    )
    assert [line["final"] for line in (*lines, none)] == [False] * 5 + [True, False, True]
    assert [line["ok"] for line in lines] == [False, False, False, True, False, False, False]
    assert [line["reached"] for line in lines] == [True, True, False, True, False, False, False]
    assert page["error"].startswith("Neither a feed, nor a page that leads to one")
    assert pdf["error"] == "Neither a feed nor a page (application/pdf)"
    assert down["error"] == "The server answered 503 Service Unavailable"
    assert broken["candidates"][0]["entries"] == 0
    assert slow["error"] == "Took longer than 1 s"
    assert private["error"] == "The host 10.0.0.1 is on a private network"
    assert dead["error"] == "The server refused the connection"


def test_recorded_pages_lead_to_lists(server, data: Path) -> None:
    page = data / "web" / "lena-voita.github.io" / "posts.html"
    server.routes = {"/posts.html": html(page.read_text())}
    (found,) = discover(server.url("/posts.html"))
    (listing,) = found["candidates"]
    assert (listing["kind"], listing["entries"]) == ("listing", 8)
    assert listing["newest"] == "2023-09-01T00:00:00Z"
