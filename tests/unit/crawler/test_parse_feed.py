"""Feed documents, the odd ones above all; each test is a case that some real feed or attacker has."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from crawler.parse.feed import parse_feed
from kb.core.records import EntryRecord, FeedRecord, read_feed, to_json

URL = "https://example.org/feeds/all.xml"


def rss(items: str, channel: str = "", url: str = URL, **more: Any) -> FeedRecord:
    text = f"<rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'><channel><title>f</title>{channel}{items}</channel></rss>"
    return parse_feed(text.encode("utf-8", "surrogatepass"), url, {}, **more)


def only(items: str, **more: Any) -> EntryRecord:
    feed = rss(items, **more)
    assert feed.ok, feed.error
    assert len(feed.entries) == 1
    return feed.entries[0]


def item(**fields: str) -> str:
    inner = "".join(
        f"<{k.replace('_', ':')}>{v}</{k.replace('_', ':')}>" for k, v in fields.items()
    )
    return f"<item>{inner}</item>"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("<rss version='2.0'><channel><title>t</title></channel></rss>", "rss2.0"),
        ("<rss version='0.91'><channel><title>t</title></channel></rss>", "rss0.91"),
        ("<rss version='0.92'><channel><title>t</title></channel></rss>", "rss0.92"),
        ("<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title></feed>", "atom1.0"),
        ("<feed version='0.3' xmlns='http://purl.org/atom/ns#'><title>t</title></feed>", "atom0.3"),
        (
            (
                "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:atom='http://www.w3.org/2005/Atom'"
                " xmlns='http://purl.org/rss/1.0/'><channel><title>t</title></channel></rdf:RDF>"
            ),
            "rss1.0",
        ),
        ('{"version": "https://jsonfeed.org/version/1", "title": "t", "items": []}', "json1"),
        ('{"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": []}', "json1.1"),
    ],
)
def test_formats_have_their_names(document: str, name: str) -> None:
    feed = parse_feed(document.encode(), URL, {})
    assert (feed.ok, feed.format, feed.title) == (True, name, "t")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "Not a feed (an empty answer)"),
        (b"   \n", "Not a feed (an empty answer)"),
        (
            b"<!DOCTYPE html><html><body>Checking your browser</body></html>",
            "Not a feed (an HTML page)",
        ),
        (b"hello", "Not a feed (text/html)"),
        (b"<opml version='2.0'><body/></opml>", "Not a feed (an OPML list of feeds)"),
        (b"<urlset><url/></urlset>", "Not a feed (a sitemap)"),
        (
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><Person>channel</Person></rdf:RDF>',
            "Not a feed (RDF without a channel)",
        ),
        (b'{"a": 1}', "Not a feed (JSON, but no JSON Feed)"),
        (b"[1, 2]", "Not a feed (JSON, but not an object)"),
    ],
)
def test_what_is_no_feed_is_said_to_be_none(body: bytes, error: str) -> None:
    feed = parse_feed(body, URL, {"Content-Type": "text/html"})
    assert (feed.ok, feed.error) == (False, error)


def test_content_and_summary_keep_their_places() -> None:
    both = only(
        item(title="t", description="short", content_encoded="<![CDATA[<p>long text</p>]]>")
    )
    assert (both.summary, both.content) == ("short", "<p>long text</p>")
    alone = only(item(title="t", description="<![CDATA[<p>all there is</p>]]>"))
    assert (alone.summary, alone.content) == ("<p>all there is</p>", "")
    content = only(item(title="t", content_encoded="<![CDATA[<p>all there is</p>]]>"))
    assert (content.summary, content.content) == ("", "<p>all there is</p>")


def test_links_are_resolved_everywhere() -> None:
    html = "<![CDATA[<a href='/x'>x</a><img src='pic.png' srcset='a.png 1x, /b.png 2x'><a href='#note'>n</a>]]>"
    entry = only(item(title="t", link="/posts/one/", description=html))
    assert entry.link == "https://example.org/posts/one/"
    assert 'href="https://example.org/x"' in entry.summary
    assert 'src="https://example.org/posts/one/pic.png"' in entry.summary
    assert "https://example.org/posts/one/a.png 1x, https://example.org/b.png 2x" in entry.summary
    assert 'href="https://example.org/posts/one/#note"' in entry.summary


def test_xml_base_is_honoured() -> None:
    feed = parse_feed(
        b"""<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://other.example/blog/"><title>t</title>
        <entry><id>a</id><title>e</title><link href="post"/><content type="html" xml:base="sub/">&lt;img src="p.png"&gt;</content>
        </entry></feed>""",
        URL,
        {},
    )
    assert feed.entries[0].link == "https://other.example/blog/post"
    assert 'src="https://other.example/blog/sub/p.png"' in feed.entries[0].content


def test_a_link_to_the_authors_own_machine_gets_the_feeds_origin() -> None:
    feed = rss(
        item(
            title="t",
            link="http://localhost:4000/a?b=1",
            description="<![CDATA[<img src='http://127.0.0.1:4000/p.png'>]]>",
        )
    )
    assert feed.entries[0].link == "https://example.org/a?b=1"
    assert 'src="https://example.org/p.png"' in feed.entries[0].summary
    assert any("private host" in warning for warning in feed.warnings)
    at_home = rss(
        item(title="t", link="http://localhost:4000/a"), url="http://localhost:4000/feed.xml"
    )
    assert at_home.entries[0].link == "http://localhost:4000/a"


def test_without_a_url_links_stay_unless_the_feed_has_a_home() -> None:
    assert only(item(title="t", link="/a"), url="").link == "/a"
    home = "<link>https://home.example/blog/</link>"
    assert only(item(title="t", link="/a"), url="", channel=home).link == "https://home.example/a"


def test_ids_fall_back_and_stay_unique() -> None:
    assert only(item(guid="g", link="https://example.org/1")).id == "g"
    assert only(item(link="https://example.org/1")).id == "https://example.org/1"
    hashed = only(item(title="t", description="d"))
    assert hashed.id.startswith("sha256:")
    assert hashed.id == only(item(title="t", description="d")).id
    assert only(item(title="t", guid="https://example.org/p")).link == "https://example.org/p"
    assert (
        only(
            "<item><title>t</title><guid isPermaLink='false'>https://example.org/p</guid></item>"
        ).link
        == ""
    )
    assert only(item(title="t", guid="17")).link == ""


def test_repeats_are_kept_once_and_shared_guids_told_apart() -> None:
    one, two = (
        item(guid="g", link="https://example.org/1", title="first"),
        item(guid="g", link="https://example.org/2"),
    )
    feed = rss(one + one.replace("first", "again"))
    assert [e.title for e in feed.entries] == ["first"]
    assert any("repeated" in warning for warning in feed.warnings)
    forth, back = rss(one + two).entries, rss(two + one).entries
    assert len({e.id for e in forth}) == 2
    assert {e.id for e in forth} == {e.id for e in back}


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("ann@example.org (Ann Lee)", "Ann Lee"),
        ("Ann Lee &lt;ann@example.org&gt;", "Ann Lee"),
        ("Ann Lee", "Ann Lee"),
        ("ann@example.org", None),
    ],
)
def test_authors_without_mail_noise(said: str, name: str | None) -> None:
    assert only(item(title="t", author=said)).authors == ((name,) if name else ())


def test_every_creator_counts() -> None:
    entry = only(
        "<item><title>t</title><dc:creator>A. One</dc:creator><dc:creator>B. Two</dc:creator></item>"
    )
    assert entry.authors == ("A. One", "B. Two")


def test_dates_come_in_utc_with_their_spelling() -> None:
    entry = only(item(title="t", pubDate="Thurs, 30 May 2019 00:00:00 UTC"))
    assert (entry.published, entry.published_raw) == (
        "2019-05-30T00:00:00Z",
        "Thurs, 30 May 2019 00:00:00 UTC",
    )
    broken = only(item(title="t", pubDate="yesterday"))
    assert (broken.published, broken.published_raw) == (None, "yesterday")
    assert (
        only(item(title="t", dc_date="2018-05-29T10:00:00-07:00")).published
        == "2018-05-29T17:00:00Z"
    )
    assert (
        only(item(title="t", pubDate="Mon, 01 Jan 0001 00:00:00 +0000")).published
        == "0001-01-01T00:00:00Z"
    )


def test_enclosures_and_images() -> None:
    entry = only(
        "<item><title>t</title><enclosure url='/a.mp3' type='audio/mpeg' length='123'/>"
        "<enclosure url='java&#x0A;script:alert(1)' length='x'/><enclosure url='data:text/html,x'/>"
        "<media:group><media:thumbnail url='/t.jpg'/><media:description>Line one\nLine two</media:description>"
        "</media:group></item>"
    )
    assert [(e.url, e.type, e.length) for e in entry.enclosures] == [
        ("https://example.org/a.mp3", "audio/mpeg", 123)
    ]
    assert entry.image == "https://example.org/t.jpg"
    assert entry.summary == "<p>Line one<br>Line two</p>"


def test_json_feed_placeholders_and_texts() -> None:
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "home_page_url": "/",
        "feed_url": "https://update-me.com/feed.json",
        "authors": [{"name": "Ann"}],
        "items": [
            {
                "id": 7,
                "url": "/a",
                "content_text": "one < two\n\nthree",
                "date_published": "2023-02-25T00:00:00Z",
            },
            {
                "id": "b",
                "external_url": "https://x.example/",
                "content_html": "<p onclick=x>h</p>",
                "authors": "junk",
            },
            "junk",
        ],
    }
    feed = parse_feed(json.dumps(value).encode(), URL, {})
    first, second = feed.entries
    assert (feed.home, first.id, first.link) == (
        "https://example.org/",
        "7",
        "https://example.org/a",
    )
    assert first.content == "<p>one &lt; two</p><p>three</p>"
    assert first.authors == ("Ann",)
    assert second.content == "<p>h</p>"


@pytest.mark.parametrize(
    ("body", "kind", "title"),
    [
        ("<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><title>café</title></channel></rss>".encode("latin-1"), "", "café"),
        ("<?xml version='1.0' encoding='iso-8859-1'?><rss version='2.0'><channel><title>café</title></channel></rss>".encode(), "", "café"),
        ("<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>café “x”</title></channel></rss>".encode("cp1252"), "", "café “x”"),
        ("<rss version='2.0'><channel><title>привет</title></channel></rss>".encode("koi8-r"), "text/xml; charset=KOI8-R", "привет"),
        ("<rss version='2.0'><channel><title>привет</title></channel></rss>".encode("utf-16"), "", "привет"),
        ("<?xml version='1.0'?><rss version='2.0'><channel><title>привет</title></channel></rss>".encode("utf-16-le"), "", "привет"),
        ("<rss version='2.0'><channel><title>привет</title></channel></rss>".encode("utf-8-sig"), "text/xml; charset=iso-8859-1", "привет"),
        (b"<?xml version='1.0' encoding='utf-7'?><rss version='2.0'><channel><title>caf+AOk-</title></channel></rss>", "", "café"),
        (b"<?xml version='1.0' encoding='idna'?><rss version='2.0'><channel><title>x\xe9</title></channel></rss>", "", "xé"),
    ],
)  # fmt: skip
def test_encodings_and_their_lies(body: bytes, kind: str, title: str) -> None:
    assert parse_feed(body, URL, {"content-type": kind}).title == title


def test_what_xml_forbids_is_repaired() -> None:
    assert (
        rss(item(title="A & B", description="x &nbsp; y &mdash; z &unknown; &#0; &#xD800; &#x1F;"))
        .entries[0]
        .title
        == "A & B"
    )
    feed = rss(item(title="a\x00b\x0b\x1fc\ud800", description="one<p>two"))
    assert feed.entries[0].title == "abc"
    assert "two" in feed.entries[0].summary
    cut = parse_feed(
        b"<rss version='2.0'><channel><item><title>a</title></item><item><title>b</ti", URL, {}
    )
    assert [e.title for e in cut.entries][:1] == ["a"]
    assert any("well-formed" in warning for warning in cut.warnings)


def test_titles_are_text() -> None:
    assert (
        only(item(title="&lt;b&gt;Bold&lt;/b&gt; &amp;amp; List&lt;T&gt;")).title
        == "Bold & List<T>"
    )
    assert len(only(item(title="word " * 2_000_000)).title) <= 500


def hostile() -> dict[str, bytes]:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))
    many = "".join(f"<item><title>{n}</title><guid>{n}</guid></item>" for n in range(50_000))
    return {
        "laughs": f"<!DOCTYPE rss [<!ENTITY l0 'lol'>{laughs}]><rss version='2.0'><channel><title>&l9;</title></channel></rss>".encode(),
        "quadratic": b"<!DOCTYPE rss [<!ENTITY a '" + b"a" * 50_000 + b"'>]><rss version='2.0'><channel><title>" + b"&a;" * 20_000 + b"</title></channel></rss>",
        "nested": b"<rss version='2.0'><channel><item><title>t</title><description>" + b"<div>" * 200_000 + b"deep",
        "nested items": b"<rss version='2.0'><channel>" + b"<item>" * 200_000,
        "nested html": b"<rss version='2.0'><channel><item><title>t</title><description>" + b"&lt;div&gt;" * 200_000 + b"deep</description></item></channel></rss>",
        "attributes": b"<rss version='2.0'><channel><item><title>t</title><description>" + b"&lt;x y" * 60_000 + b"</description></item></channel></rss>",
        "open cdata": b"<rss version='2.0'><channel>" + b"<item><![CDATA[" * 100_000,
        "open comments": b"<rss version='2.0'><channel>" + b"<item><!--" * 100_000,
        "open tags": b"<rss version='2.0'><channel><item>" + b"<a href='" * 100_000,
        "ampersands": b"<rss version='2.0'><channel><item><title>" + b"&" * 1_000_000,
        "entities": b"<rss version='2.0'><channel><item><title>" + b"&amp" * 300_000,
        "many": f"<rss version='2.0'><channel>{many}</channel></rss>".encode(),
        "json": b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 200_000,
        "base64": b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='application/x'>" + base64.b64encode(bytes(700_000)) + b"</content></entry></feed>",
        "date": b"<rss version='2.0'><channel><item><title>t</title><pubDate>" + b"1 " * 500_000 + b"</pubDate></item></channel></rss>",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(hostile()))
def test_hostile_documents_cost_little(name: str) -> None:
    body = hostile()[name]
    began = time.process_time()
    feed = parse_feed(body, URL, {})
    assert time.process_time() - began < 4  # a loaded test machine; alone they stay near one second
    assert len(json.dumps(to_json(feed))) < 4 * len(body) + 1_000_000
    if name == "many":
        assert len(feed.entries) == 5000


def test_xxe_reads_nothing() -> None:
    feed = parse_feed(
        b"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><rss version='2.0'><channel><title>a&x;b</title></channel></rss>",
        URL,
        {},
    )
    assert feed.title in {"ab", "a&x;b"}


def test_the_newest_entries_are_kept_whatever_the_order() -> None:
    days = [
        item(guid=str(n), title=str(n), pubDate=f"{n:02} Feb 2025 00:00:00 GMT")
        for n in range(1, 21)
    ]
    assert {e.id for e in rss("".join(days), max_entries=5).entries} == {
        "16",
        "17",
        "18",
        "19",
        "20",
    }
    assert {e.id for e in rss("".join(reversed(days)), max_entries=5).entries} == {
        "16",
        "17",
        "18",
        "19",
        "20",
    }


def test_a_record_survives_json() -> None:
    feed = rss(item(title="t", link="/a", description="d"))
    assert read_feed(json.loads(json.dumps(to_json(feed)))) == feed


def test_a_prefix_that_stands_for_nothing_is_read_as_if_it_were_not_there() -> None:
    text = "<rss version=2.0><rss:channel><rss:title>T</rss:title><rss:item><rss:title>A</rss:title></rss:item></rss:channel></rss>"
    feed = parse_feed(text.encode(), "https://example.org/f", {})
    assert (feed.title, [e.title for e in feed.entries]) == ("T", ["A"])


def test_an_element_that_is_never_closed_does_not_swallow_the_title() -> None:
    text = '<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed Title</subtitle></feed>'
    assert parse_feed(text.encode(), "https://example.org/f", {}).title == "Feed Title"


def test_text_in_many_pieces_is_one_text() -> None:
    lines = "\n".join(f"line {n} &amp; more" for n in range(20_000))
    text = f"<rss version='2.0'><channel><item><title>A</title><description>{lines}</description></item></channel></rss>"
    entry = parse_feed(text.encode(), "https://example.org/f", {}).entries[0]
    assert "line 0 &amp; more" in entry.summary
    assert "line 9999 &amp; more" in entry.summary
