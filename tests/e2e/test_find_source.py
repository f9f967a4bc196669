"""Adding a source in a real browser, under the panel's own policy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.models import Source
from tests.site import Answer
from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def look(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOT_DIR"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_curator_adds_a_source_by_its_page(hub, chromium, live_server, site, settings):
    settings.CRAWLER_ALLOWED_NETWORKS = ("127.0.0.0/8",)
    settings.CRAWLER_DELAY = 0.0
    names = [site.feed(f"/{n}.rss", [(f"{n} one", "Text."), (f"{n} two", "Text.")], title=n) for n in ("Posts", "Papers")]  # fmt: skip
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{url}">' for url in names
    )
    site.pages["/"] = Answer(f"<html><head>{links}</head></html>".encode(), "text/html")
    factories.superuser()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/me/sign-in/?next=/admin/kb/source/add/")
    page.locator("#id_login").fill("curator")
    page.locator("#id_password").fill("secret")
    page.keyboard.press("Enter")
    page.locator("#id_url").fill(site.url("/"))
    page.get_by_role("button", name="Look there").click()
    page.get_by_text("Papers one").wait_for()
    look(page, "find-source")
    page.get_by_role("radio").nth(1).check()
    page.locator("#id_category").fill("Labs")
    page.get_by_role("button", name="Follow it").click()
    page.wait_for_url("**/change/")
    look(page, "found-source")
    made = Source.objects.get(category="Labs")
    assert made.url == site.url("/Papers.rss")
    assert complaints == []
    context.close()


def test_a_transcript_is_read_by_its_times(hub, browser_page):
    heard = factories.article("A show", kind="episode", duration=3723, html="<p>About it.</p>")
    words = "We talk about how long a decoder may wait before it writes a word, and who waits. " * 3
    rows = [
        {"start": 20.0 * n, "speaker": ("Mei", "Jo")[n // 3 % 2], "text": words} for n in range(12)
    ]
    heard.entries.update(transcript={"ok": True, "segments": rows})
    browser_page.goto(heard.get_absolute_url())
    browser_page.get_by_role("link", name="3:00").click()
    assert browser_page.url.endswith("#t180-10")
    look(browser_page, "transcript")
