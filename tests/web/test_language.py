"""The site in German: all of it, by what the browser asks for or the reader chose."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from kb.core.items import ItemKind, item_id
from kb.core.query import parse_query
from kb.models import Preferences, User
from kb.selectors.said import translated
from kb.services import readers
from tests.web import factories
from tests.web.test_queries import Knowledge
from web import catalogues

GERMAN = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
PLACEHOLDER = re.compile(r"%\([a-z_]+\)(?:[sd]|\.1f)|%[sd]|</?[a-z]+|[↗→←]")
VOID = {
    "area",
    "br",
    "circle",
    "col",
    "hr",
    "img",
    "input",
    "line",
    "link",
    "meta",
    "path",
    "rect",
    "wbr",
}
# what is the same in both languages: names, marks, what the tests made up
SAME = re.compile(
    r"[\W\d]*|Earshot|Aa|[a-z]|esc|RSS|Atom|JSON|OPML|Link|Feed|Name|Status|Video|Toolkit|Release|Podcast|Paper|Tutorial|Normal"
    r"|\d+ ms|Markdown\.?|[a-z]+:\S.*|\"beam search\"|asr -music|is:curated|https?:.*|\S+\.(example|xml|json|rss|atom).*|Earshot/0\.1.*"
    r"|Sitemap|Filter|Moderation|Export|Import|Passkeys|Deutsch|JSON, OPML, Markdown|Position|Text|In|[A-Z]|(January|February|April|August|September|November|Aug|Sept?|Nov|Jan|Feb|Apr)\.? \d+|/nothing/"
    r"|The (topic|concept|question|resource)",
)

OWN_PAGES = (
    "me", "unread", "queue", "starred", "read", "tags", "follows", "mutes", "settings", "for_you", "notes", "saved_links",
    "imports", "export", "leave", "saved_searches", "mfa_index", "account_email", "account_change_password", "account_logout",
)  # fmt: skip


def forms(message) -> list[tuple[str, str]]:
    """(original, translation) of each form of a message."""
    if isinstance(message.id, str):
        return [(message.id, message.string)]
    return list(zip(message.id, message.string, strict=True))


@pytest.mark.parametrize("language", catalogues.languages())
def test_a_language_is_complete_and_its_placeholders_agree(language):
    kept = {(m.id, m.context): m for m in catalogues.read(language) if m.id}
    said = {(m.id, m.context) for m in catalogues.collect() if m.id}
    assert said - set(kept) == set(), "make messages collects them"
    assert set(kept) - said == set(), "make messages drops them"
    for message in kept.values():
        assert not message.fuzzy, message.id
        for original, string in forms(message):
            assert string, original
            wanted = sorted(PLACEHOLDER.findall(original))
            assert sorted(PLACEHOLDER.findall(string)) == wanted, original


@pytest.mark.django_db
def test_pages_come_in_the_language_that_is_asked_for(client, at):
    factories.article("On delay")
    german, english = client.get("/", headers=GERMAN), client.get("/")
    assert '<html lang="de">' in german.content.decode()
    assert '<html lang="en">' in english.content.decode()
    for answer in (german, english):
        assert "Accept-Language" in answer.headers["Vary"]
        assert "Cookie" not in answer.headers["Vary"]
        assert not answer.cookies
    assert ">Heute<" in german.content.decode()
    assert "Heute, Freitag, 21. August 2026" in german.content.decode()
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": "fr"}).content.decode()


@pytest.mark.django_db
def test_a_reader_s_choice_counts_more_than_the_browser(client, at):
    client.force_login(factories.superuser())
    assert '<html lang="en" data-reader=' in client.get("/").content.decode()
    client.post("/me/settings/", {"language": "de"})
    assert '<html lang="de" data-reader=' in client.get("/").content.decode()
    client.post("/me/settings/", {"language": "en"})
    assert '<html lang="en" data-reader=' in client.get("/", headers=GERMAN).content.decode()
    Preferences.objects.update(language="nonsense")
    assert '<html lang="de" data-reader=' in client.get("/", headers=GERMAN).content.decode()


@pytest.mark.django_db
def test_what_people_wrote_keeps_its_language(client, at):
    made = factories.article("On delay", language="zh-CN")
    plain = factories.article("Plain")
    concept = factories.concept("Transducer")
    assert (
        'lang="zh-CN">On delay'
        in client.get(made.get_absolute_url(), headers=GERMAN).content.decode()
    )
    assert (
        'lang="en">Plain' in client.get(plain.get_absolute_url(), headers=GERMAN).content.decode()
    )
    assert (
        'lang="en">Transducer'
        in client.get(concept.get_absolute_url(), headers=GERMAN).content.decode()
    )


def test_notes_to_a_query_are_told_in_the_reader_s_language():
    notes = parse_query('"beam -music').notes
    with translation.override("de"):
        told = translated(notes)
    assert told[0].startswith("Ein Anführungszeichen wurde nicht geschlossen")


class Said(HTMLParser):
    """What the hub itself says on a page: texts and labels outside of what is marked as English."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.said: set[str] = set()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        foreign = given.get("lang") == "en" or tag in {"script", "code", "kbd", "title"}
        if not self.foreign and not foreign:
            for name in ("aria-label", "placeholder", "alt"):
                self.handle_data(given.get(name) or "")
        if tag not in VOID:
            self.open.append((tag, foreign))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    @property
    def foreign(self) -> bool:
        return any(foreign for _tag, foreign in self.open)

    def handle_data(self, data):
        text = " ".join(data.split())
        if text and not self.foreign:
            self.said.add(text)


def said(client, path: str, headers) -> set[str]:
    page = Said()
    page.feed(client.get(path, headers=headers).content.decode())
    return page.said


@pytest.mark.django_db
def test_nothing_of_a_german_page_is_english(client, at):
    known = Knowledge()
    source = factories.source("QQ", failures=4, last_error="QQ", home_url="https://qq.example/")
    made = factories.article("QQ", of=source, authors=["QQ"], carried_by=[factories.source("QQ")])
    factories.check(source, outcome="failed", error="QQ")
    factories.mention(made, known.concept)
    factories.label(made.pk, known.topic)
    listed = factories.reading_list("On delay", made)
    factories.item(
        listed, item=item_id(ItemKind.RESOURCE, known.resource.pk), minutes=40, position=1
    )
    factories.reading_list("On time", made, kind="week", summary="Worth it.")
    factories.map_of("2026-08", made)
    paths = [row.get_absolute_url() for row in (*vars(known).values(), made, listed)]
    paths += [
        f"{known.concept.get_absolute_url()}path/",
        f"/sources/{source.pk}/",
        "/archive/2026/08/",
        "/archive/2026/08/21/",
    ]
    paths += [
        "/",
        "/latest/",
        "/topics/",
        "/concepts/",
        "/lists/",
        "/questions/",
        "/impressions/",
        "/sources/",
        "/subscribe/",
    ]
    paths += [
        "/about/",
        "/search/",
        "/search/?q=delay",
        "/search/?q=kind:nosuch+foo:bar",
        "/questions/ask/",
        "/nothing/",
        "/?before=2026-08-21",
        "/issues/",
        "/authors/",
        "/authors/?q=nobody",
        "/map/",
        "/moderation/",
        "/offline/",
        "/archive/",
        "/me/sign-in/",
        "/me/sign-up/",
        "/me/password/forgotten/",
        "/me/password/sent/",
        "/goodbye/",
        "/me/email/sent/",
        "/me/inactive/",
        "/map/2026-08/",
        "/sources/?q=nothing",
    ]
    assert left_in_english(client, paths) == {}


def left_in_english(client, paths) -> dict[str, str]:
    return {
        text: path
        for path in paths
        for text in said(client, path, GERMAN) & said(client, path, {})
        if not SAME.fullmatch(text) and "QQ" not in text.upper()
    }


@pytest.mark.django_db
def test_nothing_of_a_reader_s_german_pages_is_english(client, at):
    reader = User.objects.create_user("QQ", "qq@reader.example", "secret")
    client.force_login(reader)
    paths = [reverse(name) for name in OWN_PAGES]
    assert left_in_english(client, paths) == {}
    made = factories.article("QQ", of=factories.source("QQ"), authors=["QQ"])
    known = Knowledge()
    factories.label(made.pk, known.topic)
    marks = {"starred": "1", "queued": "1", "tags": "QQ"}
    client.post(reverse("marks", args=[made.pk]), marks)
    client.post(reverse("add_note", args=[made.pk]), {"quote": "QQ", "note": "QQ"})
    client.post(reverse("mutes"), {"words": "QQQ"})
    readers.follow(acting_user=reader, item=item_id(ItemKind.TOPIC, known.topic.pk))
    paths += [made.get_absolute_url(), reverse("marks", args=[made.pk]), reverse("home")]
    assert left_in_english(client, paths) == {}


def test_every_language_has_its_file():
    assert catalogues.languages() == ["de"]
    assert settings.LANGUAGE_CODE == "en"
