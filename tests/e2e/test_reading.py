"""A reader's way through the site, in a real browser under the real policy."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def test_home_article_search_and_feed(hub, browser_page, live_server):
    page = browser_page
    page.goto("/")
    assert page.locator(".story").count() == len(hub)
    page.locator("h3").get_by_role("link", name=hub[0].title).click()
    assert page.locator("h1").inner_text() == hub[0].title
    assert page.get_by_role("link", name=re.compile("^Read at")).get_attribute("href") == hub[0].url
    page.get_by_role("combobox").fill("beam search")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=beam+search")
    assert page.locator(".result h3").first.inner_text() == hub[1].title
    assert page.locator(".result mark").count() > 0
    address = page.get_by_role("link", name="JSON").first.get_attribute("href")
    feed = json.load(urllib.request.urlopen(live_server.url + address))
    assert hub[1].title in [item["title"] for item in feed["items"]]


def test_filters_work_at_once_and_stay_in_the_address(hub, browser_page):
    page = browser_page
    page.goto("/search/?q=streaming+recogniser")
    before = page.locator(".result").count()
    page.get_by_label("Words only").check()
    page.wait_for_url("**mode=lexical**")
    page.get_by_label("ACL Anthology").check()
    page.wait_for_url("**source=**")
    page.wait_for_function(
        "count => document.querySelectorAll('.result').length < count", arg=before
    )
    assert page.get_by_label("ACL Anthology").is_checked()
    assert "since=" not in page.url
    page.go_back()
    page.wait_for_function(
        "count => document.querySelectorAll('.result').length === count", arg=before
    )


def test_keys_move_open_unfold_and_go(hub, browser_page):
    page = browser_page
    page.goto("/?order=newest")
    focused = "document.activeElement.textContent"
    page.keyboard.press("j")
    assert page.evaluate(focused) == hub[0].title
    page.keyboard.press("j")
    assert page.evaluate(focused) == hub[1].title
    page.keyboard.press("x")
    assert page.locator(f"#s{hub[1].pk} details").get_attribute("open") is not None
    page.keyboard.press("k")
    page.keyboard.press("o")
    page.wait_for_url(f"**{hub[0].get_absolute_url()}")
    page.keyboard.press("g")
    page.keyboard.press("s")
    page.wait_for_url("**/sources/")
    page.keyboard.press("/")
    page.keyboard.type("g s")
    assert page.get_by_role("combobox").input_value() == "g s"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()


def test_theme_is_switched_and_remembered(hub, browser_page):
    page = browser_page
    page.emulate_media(color_scheme="light")
    page.goto("/")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name=re.compile("Display")).click()
    page.get_by_label("Dark").check()
    assert page.evaluate(paper) != light
    page.goto("/about/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"


def test_reading_and_searching_need_no_script(hub, chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/")
    page.locator("h3").get_by_role("link", name=hub[1].title).click()
    assert "CTC drops the labels" in page.locator("article.prose").inner_text()
    page.get_by_role("searchbox").fill("beam")
    page.keyboard.press("Enter")
    page.get_by_label("Words only").check()
    page.get_by_role("button", name="Apply").click()
    assert "mode=lexical" in page.url
    assert page.locator(".result h3").first.inner_text() == hub[1].title
    assert not page.get_by_role("button", name=re.compile("Display")).is_visible()
    context.close()


def test_nothing_is_asked_of_other_hosts(hub, browser_page, live_server):
    page = browser_page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in (
        "/",
        hub[0].get_absolute_url(),
        "/lists/who-waits/",
        "/sources/",
        "/search/?q=beam",
    ):
        page.goto(path)
    assert asked
    assert all(url.startswith(live_server.url) for url in asked)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_page_scrolls_sideways(hub, browser_page, width):
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})
    paths = [
        "/",
        hub[0].get_absolute_url(),
        "/lists/who-waits/",
        "/lists/",
        "/sources/",
        "/search/?q=beam",
        "/subscribe/",
    ]
    for path in [*paths, factories.source_path(hub[3].source_id), "/latest/", "/about/"]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
