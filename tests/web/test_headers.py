"""What travels beside a page: policies, validators, and no cookies."""

from __future__ import annotations

import re

import pytest

from tests.web import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def paths(at):
    made = factories.article("On delay")
    listed = factories.reading_list("A list", made)
    return [
        "/", "/latest/", "/archive/2026/08/", "/archive/2026/08/21/", made.get_absolute_url(), "/sources/",
        factories.source_path(made.source_id), "/lists/", listed.get_absolute_url(), "/search/", "/search/?q=delay",
        "/subscribe/", "/about/", "/nothing/", "/feed.atom", "/opml.xml", "/healthz",
    ]  # fmt: skip


def test_every_page_keeps_to_itself_and_sets_no_cookie(client, paths):
    for path in paths:
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        assert not answer.cookies, path
        assert "Cookie" not in answer.headers.get("Vary", ""), path


def test_no_page_has_inline_style_or_script(client, paths):
    for path in paths:
        page = client.get(path).content.decode()
        assert not re.search(
            r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*(\ssrc=|type=.application/ld\+json.))",
            page,
        ), path


def test_every_page_has_one_heading_landmarks_and_feeds(client, paths):
    for path in paths[:14]:
        page = client.get(path).content.decode()
        assert page.count("<h1") == 1, path
        assert (
            page.count("<main")
            == page.count('<header class="masthead"')
            == page.count("<footer")
            == 1
        )
        assert 'type="application/atom+xml"' in page
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), path


def test_panel_has_the_looser_policy_and_nothing_else_has(client):
    answer = client.get("/admin/nothing/")
    assert "unsafe-eval" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"


def test_page_that_did_not_change_is_not_sent_again(client, paths):
    for path in ("/sources/", "/about/", "/feed.atom", "/feed.rss", "/feed.json"):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
