"""Files from elsewhere: what is read of each format, what becomes of it, and what a hostile one costs."""

from __future__ import annotations

import datetime as dt
import json
import resource

import pytest

from kb.core.urls import canonical_url
from kb.errors import InputError
from kb.models import Article, Follow, Highlight, Import, Mark, Mute, SavedLink, Tag, User
from kb.selectors.belongings import belongings, followed_opml, markdown
from kb.services import reader_imports
from kb.services.articles import key_hash
from kb.services.bookmarks import MOST_ROWS, read_import
from kb.services.imports import read_opml
from kb.services.saved_links import settle_links
from tests.web import factories
from tests.web.factories import NOW

NETSCAPE = """<!DOCTYPE NETSCAPE-Bookmark-file-1>
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8"><TITLE>Bookmarks</TITLE><H1>Bookmarks Menu</H1>
<DL><p><DT><H3 PERSONAL_TOOLBAR_FOLDER="true">Bookmarks Toolbar</H3>
<DL><p><DT><H3>Speech</H3><DL><p>
<DT><A HREF="https://www.a.example/post?utm_source=x" ADD_DATE="1600000000" TAGS="asr,to read">On &amp; off</A>
<DD>A comment
<DT><A HREF="https://b.example/later" TOREAD="1">Later</A>
</DL><p></DL><p>
<DT><A HREF="javascript:alert(1)">Bookmarklet</A><DT><A HREF="place:sort=8">Recent</A>
</DL>"""
POCKET_HTML = """<!DOCTYPE html><html><head><title>Pocket Export</title></head><body><h1>Unread</h1>
<ul><li><a href="https://a.example/post" time_added="1500000000" tags="asr,ctc">One</a></li></ul>
<h1>Read Archive</h1><ul><li><a href="https://b.example/b" time_added="1500000001" tags="">Two</a></li></ul></body></html>"""
POCKET_CSV = """title,url,time_added,tags,status
One,https://a.example/post,1500000000,asr|ctc,unread
Two,https://b.example/b,1500000001,,archive
"""
INSTAPAPER = """URL,Title,Selection,Folder,Timestamp,Tags
https://a.example/post,One,,Unread,1500000000,"[""asr""]"
https://b.example/b,Two,,Starred,1500000001,[]
https://c.example/c,Three,,Speech,1500000002,[]
"""
OPML = """<?xml version="1.0"?><opml version="2.0"><body><outline text="Blogs">
<outline type="rss" text="Known & dear" xmlUrl="http://WWW.s.example/feed.xml"/></outline>
<outline type="rss" text="Strange" xmlUrl="https://nobody.example/rss"/></body></opml>"""


@pytest.fixture
def reader(db):
    return User.objects.create_user("mei", password="secret")


def known(url: str, title="Known") -> Article:
    key = canonical_url(url)
    return factories.article(title, key=key, key_hash=key_hash(key), url=url)


def bring(reader, text: str | bytes, **said) -> Import:
    data = text if isinstance(text, bytes) else text.encode()
    brought = read_import(data, **said)
    made = reader_imports.open_import(acting_user=reader, name="file", brought=brought)
    reader_imports.take_imports()
    made.refresh_from_db()
    return made


def test_browser_bookmarks_become_stars_with_folders_and_tags(reader):
    article = known("https://a.example/post")
    made = bring(reader, NETSCAPE)
    mark = Mark.objects.get()
    assert mark.article == article
    assert mark.starred_at == dt.datetime.fromtimestamp(1600000000, dt.UTC)
    assert sorted(tag.name for tag in mark.tags.all()) == ["Speech", "asr", "to read"]
    link = SavedLink.objects.get()
    assert (link.url, link.title) == ("https://b.example/later", "Later")
    assert link.queued_at
    assert not link.starred_at
    assert made.counts == {"marked": 1, "saved": 1}
    assert made.remarks == [["2 links lead to no web page and were left out", ""]]
    assert made.state == "done"


def test_plain_bookmarks_can_go_to_the_queue(reader):
    known("https://a.example/post")
    bring(reader, NETSCAPE, keep="queued")
    assert Mark.objects.get().queued_at
    assert not Mark.objects.get().starred_at


@pytest.mark.parametrize("text", [POCKET_HTML, POCKET_CSV])
def test_pocket_knows_what_was_read(reader, text):
    known("https://a.example/post")
    bring(reader, text)
    mark, link = Mark.objects.get(), SavedLink.objects.get()
    assert mark.queued_at
    assert not mark.read_at
    assert sorted(tag.name for tag in mark.tags.all()) == ["asr", "ctc"]
    assert link.read_at
    assert not link.queued_at


def test_instapaper_has_folders(reader):
    bring(reader, INSTAPAPER)
    one, two, three = (SavedLink.objects.get(title=name) for name in ("One", "Two", "Three"))
    assert one.queued_at
    assert two.starred_at
    assert three.queued_at
    assert [tag.name for tag in three.tags.all()] == ["Speech"]
    assert [tag.name for tag in one.tags.all()] == ["asr"]


def test_opml_follows_what_the_hub_knows_and_tells_the_rest(reader):
    source = factories.source(url="https://s.example/feed.xml")
    made = bring(reader, OPML)
    follow = Follow.objects.get()
    assert follow.source == source
    assert follow.folder.name == "Blogs"
    assert made.counts == {"followed": 1, "left": 1}
    assert made.remarks[0][1] == "Strange"
    assert "does not listen" in made.remarks[0][0]


def test_bringing_a_file_twice_changes_nothing(reader):
    known("https://a.example/post")
    bring(reader, NETSCAPE)
    before = list(Mark.objects.values()), list(SavedLink.objects.values())
    bring(reader, NETSCAPE)
    assert (list(Mark.objects.values()), list(SavedLink.objects.values())) == before


def test_hidden_articles_are_not_shown_through_an_import(reader):
    article = known("https://a.example/post")
    Article.objects.filter(pk=article.pk).update(state="hidden")
    bring(reader, NETSCAPE)
    assert not Mark.objects.exists()
    assert SavedLink.objects.count() == 2


def test_a_saved_link_becomes_a_mark_when_its_article_comes(reader):
    bring(reader, NETSCAPE)
    assert settle_links() == 0
    article = known("https://b.example/later")
    assert settle_links() == 1
    mark = Mark.objects.get()
    assert mark.article == article
    assert mark.queued_at
    assert [tag.name for tag in mark.tags.all()] == ["Speech"]
    assert SavedLink.objects.count() == 1


def test_a_long_import_goes_on_where_it_was_cut_off(reader, monkeypatch):
    monkeypatch.setattr(reader_imports, "BATCH", 2)
    rows = "".join(f"T{n},https://x.example/{n},1500000000,,unread\n" for n in range(5))
    brought = read_import(f"title,url,time_added,tags,status\n{rows}".encode())
    made = reader_imports.open_import(acting_user=reader, name="file", brought=brought)
    assert not reader_imports.take_batch(import_id=made.pk)
    made.refresh_from_db()
    assert (made.done, made.total, SavedLink.objects.count()) == (2, 5, 2)
    with pytest.raises(InputError, match="still being taken up"):
        reader_imports.open_import(acting_user=reader, name="file", brought=brought)
    steps = []
    assert reader_imports.take_imports(on_batch=lambda: steps.append(1)) == 1
    assert SavedLink.objects.count() == 5
    assert len(steps) == 1
    made.refresh_from_db()
    assert (made.rows, made.counts) == ([], {"saved": 5})


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hello", "none of those"), ("", "none of those"), ("<html></html>", "nothing in this file"),
        ("{", "cannot be read"), ("[" * 100000, "none of those"), ('{"a":' * 100000, "cannot be read"), ('{"format": "other"}', "not an export"),
        ("url,title\nftp://x/,a\n", "nothing in this file"),
        ('<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>', "entities"),
        ('url,title\n"' + "x" * 200_000, "cannot be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_what_can(text, says):
    with pytest.raises(InputError, match=says):
        read_import(text.encode())


@pytest.mark.parametrize(
    "text",
    [
        "<opml><body>" + '<outline xmlUrl="http://a.example/f"/>' * 300_000 + "</body></opml>",
        "<opml><body>" + "<outline>" * 1_000_000 + "</body></opml>",
        "<opml><body>" + "<outline/>" * 1_000_000 + "</body></opml>",
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>" + '<DT><A HREF="http://a.example/">x</A>' * 300_000,
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>" + "<DL><p>" * 1_000_000,
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><A HREF='" + "x" * 10_000_000,
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>" + "<!--" * 2_000_000,
        "<!DOCTYPE NETSCAPE-Bookmark-file-1><A " + "a=b " * 1_000_000 + ">",
        "url,title\n" + "http://a.example/,x\n" * 500_000,
    ],
    ids=["outlines", "deep", "empty", "links", "deep-html", "long", "comments", "attributes", "lines"],
)  # fmt: skip
def test_hostile_files_cost_little_and_are_cut(text):
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        brought = read_import(text.encode())
    except InputError:
        brought = None
    assert brought is None or len(brought.rows) <= MOST_ROWS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 300 * 1024


def test_a_file_that_is_too_large_is_refused_unread():
    with pytest.raises(InputError, match="larger than 15 MiB"):
        read_import(b"<" * (16 << 20))


def test_nul_bytes_and_wrong_times_are_no_trouble(reader):
    text = NETSCAPE.replace("Later", "La\x00ter\ud7ff").replace(
        "1600000000", "99999999999999999999"
    )
    bring(reader, text)
    assert SavedLink.objects.filter(title__startswith="Later").exists()
    said = {"format": "earshot", "link": [{"url": "https://a.example/\u0000", "title": "\u0000\ud800x", "starred": "never", "tags": [1, "a\u0000", {}]}, 3, {"url": 4}], "mute": 7}  # fmt: skip
    made = bring(reader, json.dumps(said))
    assert SavedLink.objects.get(title="x").tags.get().name == "a"
    assert made.counts["saved"] == 1


def test_an_export_restores_everything(reader):
    article, other = known("https://a.example/post"), known("https://b.example/b")
    concept = factories.concept("Transducer", slug="transducer")
    listed = factories.reading_list("Path", article, slug="path", kind="path")
    source = factories.source(url="https://s.example/feed.xml")
    said = {
        "format": "earshot",
        "folder": [{"name": "Empty"}],
        "preferences": [{"newest_first": True, "for_you": True, "language": "de"}],
        "follow": [
            {"source": source.url, "folder": "Blogs"}, {"item": "concepts/transducer"}, {"person": "Ada"},
        ],
        "link": [
            {"url": article.url, "title": "x", "starred": "2026-01-02T00:00:00+00:00", "tags": ["asr"]},
            {"url": other.url, "title": "x", "less": "2026-01-02T00:00:00+00:00", "tags": []},
            {"url": "https://c.example/c", "title": "Else", "queued": "2026-01-03T00:00:00+00:00", "tags": ["b"]},
        ],
        "highlight": [{"url": article.url, "quote": "as long", "before": "", "after": "", "note": "Hm"}],
        "mute": [{"words": "crypto"}],
        "known": [{"item": "concepts/transducer"}],
        "progress": [{"item": "lists/path", "reading": article.url, "url": article.url}],
        "search": [{"name": "S", "query": "q=ctc"}],
    }  # fmt: skip
    made = bring(reader, json.dumps(said))
    assert "left" not in made.counts, made.remarks
    taken = belongings(reader.pk, NOW)
    second = User.objects.create_user("jo")
    bring(second, json.dumps(taken))
    again = belongings(second.pk, NOW)
    for name in taken:
        if name == "highlight":  # created just now, in both
            assert [r | {"created": ""} for r in again[name]] == [r | {"created": ""} for r in taken[name]]  # fmt: skip
        else:
            assert again[name] == taken[name], name
    assert Mute.objects.count() == 2
    assert Highlight.objects.filter(user=second, quote="as long", note="Hm").exists()
    assert concept.pk
    assert listed.pk
    assert len(taken["link"]) == 3
    assert len(taken["progress"]) == len(taken["known"]) == len(taken["search"]) == 1
    assert Tag.objects.filter(user=second).count() == 2


def test_opml_of_what_is_followed_can_be_followed_again(reader):
    factories.source(url="https://s.example/feed.xml")
    bring(reader, OPML)
    found = read_opml(followed_opml(reader.pk))
    assert [(one.url, one.category) for one in found] == [("https://s.example/feed.xml", "Blogs")]


def test_markdown_has_stars_queue_and_notes_and_cannot_be_broken(reader):
    article = known("https://a.example/post", title="A [hostile](x) *title*")
    Mark.objects.create(user=reader, article=article, starred_at=NOW, changed_at=NOW)
    Highlight.objects.create(
        user=reader, article=article, quote="one\ntwo", note="My **note**", created_at=NOW, updated_at=NOW
    )  # fmt: skip
    text = markdown(reader.pk, NOW)
    assert r"- [A \[hostile\](x) \*title\*](<https://a.example/post>), 2026-08-21" in text
    assert "> one\n> two\n\nMy **note**" in text
