from __future__ import annotations

import time

import pytest

from kb.errors import InputError
from kb.models import AuditEntry, Source
from kb.selectors.source_list import sources_opml
from kb.services.imports import import_sources, read_candidates
from kb.services.sources import (
    add_source,
    check_now,
    due_or_all,
    pause_source,
    resume_source,
)
from tests.site import Answer

pytestmark = pytest.mark.django_db


def test_the_same_feed_is_added_once():
    first, new = add_source(url="https://www.example.org/feed/")
    again, known = add_source(url="http://example.org/feed")
    assert (new, known) == (True, False)
    assert first == again
    assert AuditEntry.objects.filter(action="add source").count() == 1
    plain, _ = add_source(url="http://old.example/rss?b=2&a=1")
    assert add_source(url="https://www.old.example/rss/?a=1&b=2#top") == (plain, False)
    assert add_source(url="FEED:https://old.example/rss?a=1&b=2") == (plain, False)
    assert add_source(url="https://old.example/rss?a=1&b=3")[1]


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://example.org/x", "javascript:alert(1)", "https://", "no spaces here", "mailto:ada@example.org",
        "http://[::1", "a.opml,11,b/c", "https://a<b.example/",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(InputError, match="not a web address"):
        add_source(url=url)
    assert not Source.objects.exists()


def test_a_password_is_not_shown_to_every_reader():
    with pytest.raises(InputError, match="password"):
        add_source(url="https://ada:secret@example.org/feed")
    assert not Source.objects.exists()


@pytest.mark.enable_socket
def test_a_list_is_fetched_through_the_guard(site, settings):
    site.pages["/list.opml"] = Answer(
        "<?xml version='1.0' encoding='koi8-r'?><opml><body><outline text='Речь' "
        "xmlUrl='https://one.example/f'/></body></opml>".encode("koi8-r"), "text/x-opml",
    )  # fmt: skip
    site.pages["/inner"] = Answer(b"", status=302, headers={"Location": "http://10.0.0.1/list"})
    site.pages["/page"] = Answer(b"<html><body>Words</body></html>", "text/html")
    assert import_sources(place=site.url("/list.opml")).added == 1
    assert Source.objects.get().custom_title == "Речь"
    for path, error in (("/inner", "private network"), ("/none", "404"), ("/page", "not OPML")):
        with pytest.raises(InputError, match=error):
            import_sources(place=site.url(path))
    settings.CRAWLER_ALLOWED_NETWORKS = ()
    asked = len(site.asked)
    with pytest.raises(InputError, match="private network"):
        import_sources(place=site.url("/list.opml"))
    assert (len(site.asked), Source.objects.count()) == (asked, 1)


def test_opml_keeps_titles_and_categories(tmp_path):
    file = tmp_path / "in.opml"
    file.write_text(
        '<opml version="2.0"><body><outline text="Labs &amp; more"><outline text="One" title="One &lt;b&gt;"'
        ' xmlUrl="https://one.example/feed?a=1&amp;b=2"/></outline><outline xmlUrl="feed://two.example/rss"/>'
        '<outline xmlUrl="nonsense://x"/></body></opml>'
    )
    done = import_sources(place=file)
    assert (done.added, done.known, len(done.problems)) == (2, 0, 1)
    one = Source.objects.get(url="https://one.example/feed?a=1&b=2")
    assert one.category == "Labs & more"
    assert 'xmlUrl="https://one.example/feed?a=1&amp;b=2"' in sources_opml()
    again = tmp_path / "out.opml"
    again.write_text(sources_opml())
    assert (import_sources(place=again).added, import_sources(place=again).known) == (0, 2)


def test_a_list_in_markdown_gives_its_feeds_with_headings_as_categories(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(
        "# Blogs\n\n## Labs\n\n- [One](https://one.example) [(RSS)](https://one.example/feed)\n"
        "- [Two](https://two.example) ([feed](feed:x), https://two.example/rss.xml)\n- [Page](https://three.example)\n"
    )
    done = import_sources(place=file)
    assert (done.added, done.known) == (2, 0)
    assert done.problems == (
        "1 item leads to a page and names no feed; `sources add` finds what can be followed at an address",
    )
    found = Source.objects.order_by("pk").values_list("url", "custom_title", "category")
    assert list(found) == [
        ("https://one.example/feed", "One", "Labs"),
        ("https://two.example/rss.xml", "Two", "Labs"),
    ]


def test_bare_ampersands_are_survived():
    found, _ = read_candidates(
        '<opml><body><outline text="A & B" xmlUrl="https://x.example/?a=1&b=2"/></body></opml>'
    )
    assert [c.url for c in found] == ["https://x.example/?a=1&b=2"]


def test_entities_and_broken_xml_are_refused():
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><opml><body><outline text="&a;" xmlUrl="https://x.example/"/></body></opml>'
    with pytest.raises(InputError, match="entities"):
        read_candidates(bomb)
    with pytest.raises(InputError, match="not OPML"):
        read_candidates("<html><body>")
    assert read_candidates("<opml><body>") == ([], [])


def test_csv_and_lists():
    found, problems = read_candidates(
        "host,feed_path,format\na.example,/f.xml,rss\nb.example,,none\n,/x,rss\n"
    )
    assert [c.url for c in found] == ["https://a.example/f.xml"]
    assert problems == ["line 4: no host or feed_path"]
    found, problems = read_candidates(
        "# mine\nhttps://a.example/feed\n\nb.example/rss\nnot an address\n"
    )
    assert [c.url for c in found] == ["https://a.example/feed", "b.example/rss"]
    assert problems == ["line 5: 'not an address' is not a web address"]


def test_every_real_list_is_read(earshot_data):
    for file in sorted((earshot_data / "opml").glob("*.opml")):
        found, _ = read_candidates(file.read_bytes().decode("utf-8-sig", "replace"))
        assert len(found) > 5, file.name
    found, problems = read_candidates((earshot_data / "web" / "MANIFEST.csv").read_text())
    assert (len(found), problems) == (94, [])


def test_pausing_and_checking():
    source, _ = add_source(url="https://example.org/feed")
    pause_source(source_id=source.pk, acting_user=None)
    assert due_or_all(every=True) == []
    assert check_now(source_ids=[source.pk], acting_user=None) == 0
    resume_source(source_id=source.pk, acting_user=None)
    assert due_or_all(every=False) == [source.pk]
    assert due_or_all(every=False, urls=["example.org/feed/"]) == [source.pk]
    with pytest.raises(InputError, match="sources add"):
        due_or_all(every=False, urls=["https://other.example/"])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("<outline/>" * 1_000_000, "more than 100000 elements"),
        ("<outline text='x'>" * 200_000, "more than 100000 elements|not OPML"),
        ('<outline xmlUrl="https://e.example/f" text="' + "x" * 16_000_000 + '"/>', "larger than"),
    ],
    ids=["a million outlines", "deep", "large"],
)
def test_monstrous_opml_is_read_or_refused_in_seconds(tmp_path, body, error):
    file = tmp_path / "monster.opml"
    file.write_text(f"<opml version='2.0'><body>{body}</body></opml>")
    began = time.monotonic()
    with pytest.raises(InputError, match=error):
        import_sources(place=file)
    assert time.monotonic() - began < 30
    assert Source.objects.count() == 0


def test_entities_in_opml_are_refused(tmp_path):
    file = tmp_path / "laughs.opml"
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 9))
    file.write_text(
        f"<!DOCTYPE o [<!ENTITY l0 'ha'>{laughs}]><opml><body>"
        "<outline text='&l8;' xmlUrl='https://e.example/f'/></body></opml>"
    )
    with pytest.raises(InputError, match="entities"):
        import_sources(place=file)


def test_many_feeds_in_one_file_are_all_added(tmp_path):
    rows = "".join(f"<outline xmlUrl='https://h{n}.example/f'/>" for n in range(500))
    file = tmp_path / "many.opml"
    file.write_text(f"<opml version='2.0'><body>{rows}</body></opml>")
    assert import_sources(place=file).added == 500
