"""The panel's way to a new source: an address, what is found there, a choice."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from kb.models import AuditEntry, Source
from tests.site import Answer
from web.admin.find import signed

pytestmark = pytest.mark.enable_socket

ADD = "admin:kb_source_add"


@pytest.fixture(autouse=True)
def near(settings):
    settings.CRAWLER_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    settings.CRAWLER_DELAY = 0.0


def post(panel, **data):
    return panel.post(reverse(ADD), data)


def test_an_address_shows_what_can_be_followed_and_the_choice_is_saved(panel, site):
    feed = site.feed("/posts.rss", [("Beam & search", "Text."), ("Two", "Text.")], title="Posts")
    site.pages["/"] = Answer(
        f'<html><link rel="alternate" type="application/rss+xml" href="{feed}"></html>'.encode(),
        "text/html",
    )
    assert b"Look there" in panel.get(reverse(ADD)).content
    page = post(panel, step="find", url=site.url("/")).content.decode()
    for said in (feed, "Posts", "2 entries", "newest 2026-06", "Beam &amp; search", "rss2.0"):
        assert said in page
    assert not Source.objects.exists()
    found = re.search(r'name="found" value="([^"]+)"', page)
    assert found
    answer = post(panel, step="choose", found=found[1], pick="0", category="Labs")
    made = Source.objects.get()
    assert answer.url == reverse("admin:kb_source_change", args=[made.pk])
    assert (made.url, made.category, made.kind) == (feed, "Labs", "feed")
    assert AuditEntry.objects.filter(action="add source", user__username="curator").exists()


def test_what_is_down_can_be_followed_and_what_is_no_source_cannot(panel, site):
    site.pages["/down"] = Answer(b"", status=503)
    site.pages["/page"] = Answer(b"<html><p>Only words.</p></html>", "text/html")
    down = post(panel, step="find", url=site.url("/down")).content.decode()
    assert "503 Service Unavailable" in down
    assert "Follow it" in down
    page = post(panel, step="find", url=site.url("/page")).content.decode()
    assert "Neither a feed, nor a page" in page
    assert "Follow it" not in page
    wrong = post(panel, step="find", url="javascript://x").content.decode()
    assert "is not a web address" in wrong


def test_choices_of_others_are_refused(panel, db):
    for found, pick in (("made up", "0"), (signed(()), "3"), ("", "")):
        assert b"Choose one of what was found" in post(panel, step="choose", found=found, pick=pick).content  # fmt: skip
    assert not Source.objects.exists()


def test_the_plain_form_is_still_there(panel, db):
    page = panel.get(reverse(ADD), {"plain": "1"}).content.decode()
    assert 'name="custom_title"' in page


def test_visitors_cannot_look(client, db):
    assert client.post(reverse(ADD), {"step": "find", "url": "x"}).status_code == 302


def test_options_are_checked_by_kind(panel, db):
    from tests.web import factories

    source = factories.source(kind="listing", etag='"1"')
    url = reverse("admin:kb_source_change", args=[source.pk])
    data = {"url": source.url, "custom_title": "", "category": "", "full_text": "on"}
    assert b"has no option" in panel.post(url, data | {"options": '{"colour": "red"}'}).content
    assert panel.post(url, data | {"options": '{"item": "article"}'}).status_code == 302
    source.refresh_from_db()
    assert (source.options, source.etag) == ({"item": "article"}, "")
