"""Every kind of source from its address to articles, through the real crawler."""

from __future__ import annotations

import pytest

from kb.models import Article, Check, Entry, Passage, Source
from kb.services.crawls import check_sources
from kb.services.passages import cut_batch
from kb.services.sources import add_source
from tests.site import Answer

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.enable_socket]

WORDS = (
    "The decoder reads one frame after another and keeps what it has heard so far in mind. " * 12
)


def check(*sources: Source) -> None:
    check_sources(source_ids=[s.pk for s in sources], on_visit=lambda _: None)


def article(title: str) -> Answer:
    head = f"<title>{title}</title><meta property='article:published_time' content='2026-03-04'>"
    body = f"<html><head>{head}</head><body><article><h1>{title}</h1><p>{WORDS}</p></article></body></html>"
    return Answer(body.encode(), "text/html")


def test_a_sitemaps_pages_become_articles_once(site):
    rows = "".join(
        f"<url><loc>{site.url(p)}</loc><lastmod>2026-05-01</lastmod></url>"
        for p in ("/a-post", "/gone")
    )
    site.pages["/sitemap.xml"] = Answer(f"<urlset>{rows}</urlset>".encode(), "application/xml")
    site.pages["/a-post"] = article("What the page calls it")
    source, _ = add_source(url=site.url("/sitemap.xml"), kind="sitemap")
    check(source)
    found = {a.url: a for a in Article.objects.all()}
    read = found[site.url("/a-post")]
    assert (read.title, str(read.published_at.date())) == ("What the page calls it", "2026-03-04")
    assert "one frame after another" in read.text
    assert found[site.url("/gone")].title == "Gone"
    site.pages["/sitemap.xml"].headers["ETag"] = '"2"'
    check(source)
    assert [c.outcome for c in Check.objects.order_by("pk")] == ["new", "unchanged"]
    assert sum(path == "/a-post" for path, _ in site.asked) == 1
    assert Article.objects.get(pk=read.pk).title == "What the page calls it"


def test_a_listing_becomes_articles_and_stays_the_same(site):
    items = "".join(
        f'<li><a href="/p/{n}">A title of number {n}</a> <time>2026-05-0{n}</time></li>'
        for n in (1, 2, 3)
    )
    site.pages["/blog/"] = Answer(f"<html><ul>{items}</ul></html>".encode(), "text/html")
    for n in (1, 2, 3):
        site.pages[f"/p/{n}"] = article(f"A title of number {n}")
    source, _ = add_source(url=site.url("/blog/"), kind="listing")
    check(source)
    assert Article.objects.count() == 3
    assert Article.objects.filter(published_at__date="2026-05-02").count() == 1
    source.refresh_from_db()
    assert source.format == "listing"
    site.pages["/blog/"].body += b"<!-- changed -->"
    check(source)
    assert [c.outcome for c in Check.objects.order_by("pk")] == ["new", "unchanged"]
    assert sum(path.startswith("/p/") for path, _ in site.asked) == 3


def test_what_is_said_is_stored_once_and_searchable(site):
    site.pages["/1.srt"] = Answer(
        b"1\n00:00:05,000 --> 00:00:09,000\nMei: The quokka model is small.\n", "application/srt"
    )
    site.pages["/feed"] = Answer(
        f"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
        xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>A show</title><item><guid>1</guid>
        <title>Episode one</title><link>{site.url("/e/1")}</link><description>{WORDS}</description>
        <enclosure url="{site.url("/1.mp3")}" type="audio/mpeg" length="1"/><itunes:duration>3723</itunes:duration>
        <podcast:transcript url="{site.url("/1.srt")}" type="application/srt"/></item></channel></rss>""".encode()
    )
    source, _ = add_source(url=site.url("/feed"))
    check(source)
    made = Article.objects.get()
    assert (made.kind, made.duration) == ("episode", 3723)
    assert made.text.endswith("The quokka model is small.")
    assert "quokka" not in made.html
    assert cut_batch() == 1
    assert any("quokka" in text for text in Passage.objects.values_list("text", flat=True))
    heard = Entry.objects.get().transcript
    assert heard["segments"] == [
        {"start": 5.0, "speaker": "Mei", "text": "The quokka model is small."}
    ]
    site.pages["/feed"].body += b"<!-- changed -->"
    check(source)
    assert sum(path == "/1.srt" for path, _ in site.asked) == 1
    assert Entry.objects.get().transcript == heard


def test_releases_are_articles_of_their_kind(site):
    site.pages["/r.atom"] = Answer(
        b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Release notes</title><entry><id>1</id><title>v2</title>
        <updated>2026-08-01T00:00:00Z</updated><link href="https://github.com/a/decoder/releases/tag/v2"/>
        <content type="html">&lt;p&gt;Faster.&lt;/p&gt;</content></entry></feed>""",
        "application/atom+xml",
    )
    source, _ = add_source(url=site.url("/r.atom"), kind="releases")
    check(source)
    assert [(a.title, a.kind) for a in Article.objects.all()] == [("decoder v2", "release")]
