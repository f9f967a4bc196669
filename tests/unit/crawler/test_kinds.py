"""Every kind of source, visited for real on a server of our own, with documents as the real ones look."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.crawler.conftest import crawl
from tests.unit.crawler.server import Server, answer

if TYPE_CHECKING:
    from pathlib import Path

    from kb.core.records import EntryRecord, Visit

pytestmark = pytest.mark.enable_socket

LIMITS: dict[str, Any] = {
    "timeout": 5.0,
    "delay": 0.0,
    "per_host": 8,
    "allowed_networks": ["127.0.0.0/8"],
}
WORDS = (
    "The decoder reads one frame after another and keeps what it has heard so far in mind. " * 12
)


@pytest.fixture
def server():
    running = Server()
    yield running
    running.close()


def html(body: str) -> Any:
    return answer(body, Content_Type="text/html; charset=utf-8")


def article(title: str, date: str = "2026-03-04") -> str:
    return (
        f"<html lang='en'><head><title>{title}</title><meta property='article:published_time' content='{date}'>"
        f"</head><body><article><h1>{title}</h1><p>{WORDS}</p></article></body></html>"
    )


def entries(visit: Visit) -> tuple[EntryRecord, ...]:
    assert visit.feed is not None, visit.error
    return visit.feed.entries


# arXiv


def paper(number: int, version: int = 1) -> str:
    return f"""<entry><id>http://arxiv.org/abs/2611.{number:05}v{version}</id>
<updated>2026-11-20T10:00:00Z</updated><published>2026-11-19T10:00:00Z</published>
<title>A Paper on
  Streaming {number}</title><summary>  We show a result. It holds.\n</summary>
<author><name>Mei Example</name></author><author><name>Jo Sample</name></author>
<link href="http://arxiv.org/abs/2611.{number:05}v{version}" rel="alternate" type="text/html"/>
<link title="pdf" href="http://arxiv.org/pdf/2611.{number:05}v{version}" rel="related" type="application/pdf"/>
<arxiv:primary_category xmlns:arxiv="http://arxiv.org/schemas/atom" term="cs.SD" scheme="http://arxiv.org/schemas/atom"/>
<category term="cs.SD" scheme="http://arxiv.org/schemas/atom"/></entry>"""


def papers(first: int, count: int) -> Any:
    rows = "".join(paper(n) for n in range(first, first + count))
    return answer(
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>ArXiv Query: search_query=cat:cs.SD</title><id>http://arxiv.org/api/x</id>{rows}</feed>"
    )


def asked(query: str, start: int, size: int) -> str:
    return f"/api/query?search_query={query}&sortBy=submittedDate&sortOrder=descending&start={start}&max_results={size}"


def test_an_arxiv_query_is_read_page_by_page_three_seconds_apart(server, tmp_path: Path) -> None:
    server.routes = {
        asked("cat%3Acs.SD", 0, 100): papers(1, 100),
        asked("cat%3Acs.SD", 100, 50): papers(101, 50),
    }
    item = {"source": 1, "kind": "arxiv", "options": {"max_results": 150}}
    visit = crawl(
        tmp_path, [item | {"url": server.url("/api/query?search_query=cat:cs.SD")}], LIMITS
    )[1]
    found = entries(visit)
    assert len(found) == 150
    assert found[0].id == found[0].link == "https://arxiv.org/abs/2611.00001"
    assert found[0].title == "A Paper on Streaming 1"
    assert found[0].kind == "paper"
    assert found[0].authors == ("Mei Example", "Jo Sample")
    assert "We show a result." in found[0].content
    assert visit.feed is not None
    assert visit.feed.format == "arxiv"
    first, second = server.log
    assert second.at - first.at >= 2.9


def test_an_arxiv_query_stops_where_everything_is_known(server, tmp_path: Path) -> None:
    server.routes = {asked("cat%3Acs.SD", 0, 100): papers(1, 100)}
    known = [f"https://arxiv.org/abs/2611.{n:05}" for n in range(1, 101)]
    item = {"source": 1, "kind": "arxiv", "known": known}
    visit = crawl(
        tmp_path, [item | {"url": server.url("/api/query?search_query=cat:cs.SD")}], LIMITS
    )[1]
    assert len(entries(visit)) == 100
    assert len(server.log) == 1


def test_what_arxiv_complains_of_is_told(server, tmp_path: Path) -> None:
    server.routes = {
        asked("cat%3A%28", 0, 100): answer(
            '<feed xmlns="http://www.w3.org/2005/Atom"><title>Error</title><entry>'
            "<id>http://arxiv.org/api/errors#malformed</id><title>Error</title>"
            "<summary>malformed query</summary></entry></feed>"
        )
    }
    items = [
        {"source": 1, "kind": "arxiv", "url": server.url("/api/query?search_query=cat:(")},
        {"source": 2, "kind": "arxiv", "url": server.url("/api/query")},
    ]
    visits = crawl(tmp_path, items, LIMITS)
    assert visits[1].error == "arXiv cannot answer this query (malformed query)"
    assert "no search_query" in visits[2].error


# listings


BLOG = """<html lang="en"><head><title>Our lab</title></head><body>
<nav><ul><li><a href="/people">All our people</a></li><li><a href="/papers">All our papers</a></li>
<li><a href="/news">All our news</a></li><li><a href="/join">How to join us</a></li></ul></nav>
<main><div class="post"><h2><a href="/blog/one">The first of our results</a></h2><time datetime="2026-03-04">March 4</time>
<p>We looked at how long it takes until a word is out, and what can be done about it in a decoder.</p></div>
<div class="post"><h2><a href="/blog/two">The second of our results</a></h2><time datetime="2026-02-03">Feb 3</time>
<p>More of the same, this time with a language model that was trained on what people say at home.</p></div>
<div class="post"><h2><a href="/blog/three">The third of our results</a></h2><time datetime="2026-01-02">Jan 2</time>
<p>A negative result, which is a result nevertheless, and we would like others to know about it.</p></div></main>
<footer><a href="/imprint">Imprint and more</a></footer></body></html>"""


def test_a_listing_is_guessed_and_its_pages_are_read(server, tmp_path: Path) -> None:
    server.routes = {
        "/blog/": html(BLOG),
        "/blog/one": html(article("The first of our results")),
        "/blog/two": html(article("The second of our results")),
    }
    item = {"source": 1, "url": server.url("/blog/"), "kind": "listing"}
    visit = crawl(tmp_path, [item | {"known": [server.url("/blog/three")]}], LIMITS)[1]
    found = entries(visit)
    assert [e.title for e in found] == [f"The {n} of our results" for n in ("first", "second", "third")]  # fmt: skip
    assert [e.published for e in found] == [f"2026-0{n}-0{n + 1}T00:00:00Z" for n in (3, 2, 1)]
    assert [e.id for e in found] == [server.url(f"/blog/{n}") for n in ("one", "two", "three")]
    assert found[0].page is not None
    assert "one frame after another" in found[0].page.text
    assert found[2].page is None
    assert "/robots.txt" in server.paths()


def test_a_listing_obeys_robots(server, tmp_path: Path) -> None:
    server.routes = {
        "/robots.txt": answer("User-agent: *\nDisallow: /blog/", Content_Type="text/plain"),
        "/blog/": html(BLOG),
    }
    item = {"source": 1, "url": server.url("/blog/"), "kind": "listing"}
    visit = crawl(tmp_path, [item], LIMITS)[1]
    assert (visit.outcome, visit.error) == ("failed", "robots.txt does not allow it")
    assert "/blog/" not in server.paths()


# sitemaps


def sitemap(*rows: tuple[str, str]) -> str:
    urls = "".join(f"<url><loc>{url}</loc><lastmod>{day}</lastmod></url>" for url, day in rows)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def test_a_sitemap_index_leads_to_the_newest_pages(server, tmp_path: Path) -> None:
    posts = sitemap(
        (server.url("/blog/old-one"), "2024-01-01"),
        (server.url("/blog/a-new-model"), "2026-05-01"),
        (server.url("/blog/gone-already.html"), "2026-04-01"),
        (server.url("/tags/asr"), "2026-06-01"),
        (server.url("/blog/known"), "2026-05-05"),
    )
    index = (
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{server.url('/posts.xml.gz')}</loc></sitemap>"
        f"<sitemap><loc>{server.url('/absent.xml')}</loc></sitemap></sitemapindex>"
    )
    server.routes = {
        "/sitemap.xml": answer(index, ETag='"1"'),
        "/posts.xml.gz": answer(gzip.compress(posts.encode()), Content_Type="application/gzip"),
        "/blog/a-new-model": html(article("A new model for streams")),
    }
    item = {"source": 1, "url": server.url("/sitemap.xml"), "kind": "sitemap"}
    visit = crawl(
        tmp_path,
        [item | {"known": [server.url("/blog/known")]}],
        LIMITS | {"max_pages": 2},
    )[1]
    new, gone = entries(visit)
    assert new.page is not None
    assert (new.title, new.page.title) == ("", "A new model for streams")
    assert new.updated == "2026-05-01T00:00:00Z"
    assert gone.title == "Gone already"
    assert visit.feed is not None
    assert visit.feed.warnings == (
        f"{server.url('/absent.xml')}: The server answered 404 Not Found",
    )
    # there is more to read, so that the next visit must not end in a 304
    assert visit.etag == ""


def test_a_sitemap_is_narrowed_by_patterns_and_keeps_its_validators(server, tmp_path: Path) -> None:
    server.routes = {
        "/sitemap.xml": answer(
            sitemap(
                (server.url("/blog/one"), "2026-01-01"),
                (server.url("/blog/drafts/two"), "2026-01-01"),
                (server.url("/shop/three"), "2026-01-01"),
            ),
            ETag='"1"',
        ),
        "/blog/one": html(article("One")),
    }
    options = {"include": ["/blog/*"], "exclude": ["*/drafts/*"]}
    item = {"source": 1, "url": server.url("/sitemap.xml"), "kind": "sitemap", "options": options}
    visit = crawl(tmp_path, [item], LIMITS)[1]
    assert [e.link for e in entries(visit)] == [server.url("/blog/one")]
    assert visit.etag == '"1"'


# releases


RELEASES = """<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/" xml:lang="en-US">
<id>tag:github.com,2008:https://github.com/example/decoder/releases</id><title>Release notes from decoder</title>
<entry><id>tag:github.com,2008:Repository/1/v1.2</id><updated>2026-08-21T08:09:34Z</updated>
<link rel="alternate" type="text/html" href="https://github.com/example/decoder/releases/tag/v1.2"/>
<title>Faster beams</title><content type="html">&lt;p&gt;Beams are faster.&lt;/p&gt;</content></entry>
<entry><id>tag:github.com,2008:Repository/1/v1.2rc1</id><updated>2026-08-01T08:09:34Z</updated>
<link rel="alternate" type="text/html" href="https://github.com/example/decoder/releases/tag/v1.2rc1"/>
<title>v1.2rc1</title><content>No content.</content></entry></feed>"""


def test_releases_have_their_version_in_the_title(server, tmp_path: Path) -> None:
    server.routes = {"/releases.atom": answer(RELEASES)}
    base = {"url": server.url("/releases.atom"), "kind": "releases"}
    items = [
        base | {"source": 1},
        base | {"source": 2, "url": base["url"] + "?2", "options": {"prereleases": False}},
    ]
    server.routes["/releases.atom?2"] = server.routes["/releases.atom"]
    visits = crawl(tmp_path, items, LIMITS)
    assert [e.title for e in entries(visits[1])] == ["decoder v1.2: Faster beams", "decoder v1.2rc1"]  # fmt: skip
    assert {e.kind for e in entries(visits[1])} == {"release"}
    assert [e.title for e in entries(visits[2])] == ["decoder v1.2: Faster beams"]
    assert all(e.page is None for e in entries(visits[1]))


# sound and film


def podcast(server: Server, at: int) -> str:
    return f"""<item><title>Episode {at}</title><guid>e{at}</guid><link>{server.url(f"/e/{at}")}</link>
<pubDate>Sat, 0{at} Feb 2025 00:00:00 GMT</pubDate><description>{WORDS}</description>
<enclosure url="{server.url(f"/{at}.mp3")}" type="audio/mpeg" length="1000"/><itunes:duration>1:02:0{at}</itunes:duration>
<podcast:transcript url="{server.url(f"/{at}.txt")}" type="text/plain"/>
<podcast:transcript url="{server.url(f"/{at}.vtt")}" type="text/vtt" language="en"/></item>"""


VTT = """WEBVTT

00:00:01.000 --> 00:00:03.000
<v Mei>Welcome to the show about

00:00:03.000 --> 00:00:06.500
<v Mei>transducers and their friends.

00:01:10.000 --> 00:01:12.000
<v Jo>Thank you.
"""


def test_transcripts_are_fetched_once_with_their_times(server, tmp_path: Path) -> None:
    items = "".join(podcast(server, at) for at in (3, 2, 1))
    server.routes = {
        "/feed": answer(
            '<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" '
            'xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>A show</title>'
            f"{items}</channel></rss>"
        ),
        "/3.vtt": answer(VTT, Content_Type="text/vtt"),
    }
    item = {"source": 1, "url": server.url("/feed"), "transcribed": ["e1"]}
    third, second, first = entries(crawl(tmp_path, [item], LIMITS)[1])
    assert (third.kind, third.duration) == ("episode", 3723)
    assert third.transcript is not None
    assert [(s.start, s.speaker, s.text) for s in third.transcript.segments] == [
        (1.0, "Mei", "Welcome to the show about transducers and their friends."),
        (70.0, "Jo", "Thank you."),
    ]
    assert second.transcript is not None
    assert second.transcript.error == "The server answered 404 Not Found"
    assert first.transcript is None
    assert "/3.txt" not in server.paths()
    assert "/1.vtt" not in server.paths()


def test_transcripts_pass_the_guard(server, tmp_path: Path) -> None:
    body = podcast(server, 1).replace(server.url("/1.vtt"), "http://10.0.0.1/1.vtt")
    server.routes = {
        "/feed": answer(
            '<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0" xmlns:itunes="x">'
            f"<channel>{body}</channel></rss>"
        )
    }
    (found,) = entries(crawl(tmp_path, [{"source": 1, "url": server.url("/feed")}], LIMITS)[1])
    assert found.transcript is not None
    assert found.transcript.error == "The host 10.0.0.1 is on a private network"


YOUTUBE = """<feed xmlns:yt="http://www.youtube.com/xml/schemas/2015" xmlns:media="http://search.yahoo.com/mrss/" xmlns="http://www.w3.org/2005/Atom">
<title>A channel</title><entry><id>yt:video:abcdefghijk</id><yt:videoId>abcdefghijk</yt:videoId><title>A talk</title>
<link rel="alternate" href="https://www.youtube.com/watch?v=abcdefghijk"/><author><name>A channel</name></author>
<published>2026-02-03T10:00:00+00:00</published><media:group><media:title>A talk</media:title>
<media:content url="https://www.youtube.com/v/abcdefghijk?version=3" type="application/x-shockwave-flash"/>
<media:thumbnail url="https://i4.ytimg.com/vi/abcdefghijk/hqdefault.jpg"/>
<media:description>What the talk is about.</media:description></media:group></entry></feed>"""


def test_a_video_has_its_description_and_no_page(server, tmp_path: Path) -> None:
    server.routes = {"/videos.xml": answer(YOUTUBE)}
    (found,) = entries(
        crawl(tmp_path, [{"source": 1, "url": server.url("/videos.xml")}], LIMITS)[1]
    )
    assert (found.kind, found.page) == ("video", None)
    assert "What the talk is about." in found.summary + found.content
    assert found.image.endswith("hqdefault.jpg")
