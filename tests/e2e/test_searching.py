"""The search page in a real browser: suggestions, live results, words first and meaning later, saved searches."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path

import pytest

from kb.selectors.engine import QueryEncoder
from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
FOCUSED = "document.activeElement.id"


def look(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOT_DIR"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_suggestions_are_a_combobox_for_keys_and_screen_readers(hub, browser_page):
    page = browser_page
    page.goto("/")
    box = page.get_by_role("combobox")
    box.press_sequentially("beam")
    option = page.get_by_role("option")
    option.first.wait_for()
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    assert option.first.get_attribute("aria-selected") == "true"
    assert box.get_attribute("aria-activedescendant") == option.first.get_attribute("id")
    assert page.evaluate(FOCUSED) == "q"
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert (box.input_value(), page.evaluate(FOCUSED)) == ("beam", "q")
    page.keyboard.press("ArrowDown")
    option.first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{hub[1].get_absolute_url()}")


def test_a_suggestion_is_taken_by_a_press_and_a_filter_is_finished_in_place(hub, browser_page):
    page = browser_page
    page.goto("/search/")
    page.get_by_role("combobox").press_sequentially("beam kind:ar")
    page.get_by_role("option", name="beam kind:article").or_(
        page.get_by_role("option", name="kind:article")
    ).first.click()
    assert page.get_by_role("combobox").input_value() == "beam kind:article "
    page.wait_for_url("**q=beam%20kind%3Aarticle**")
    page.locator(".result").first.wait_for()
    assert page.evaluate(FOCUSED) == "q"


def test_results_come_while_typing_and_the_address_follows(hub, browser_page):
    page = browser_page
    page.goto("/search/")
    steps = page.evaluate("history.length")
    page.get_by_role("combobox").press_sequentially("vocoders")
    page.locator(".result h3", has_text="Neural vocoders on a watch").wait_for()
    page.wait_for_url("**q=vocoders")
    assert page.evaluate(FOCUSED) == "q"
    assert page.evaluate("history.length") == steps
    assert page.title().startswith("Search: vocoders")
    assert "found" in page.locator("#status").inner_text()


def test_focus_stays_on_the_filter_that_was_pressed(hub, browser_page):
    page = browser_page
    page.goto("/search/?q=streaming+recogniser")
    page.get_by_label("ACL Anthology").focus()
    page.keyboard.press("Space")
    page.wait_for_url("**source=**")
    page.locator("#found[aria-busy]").wait_for(state="detached")
    assert page.get_by_label("ACL Anthology").is_checked()
    assert page.evaluate(FOCUSED) == page.get_by_label("ACL Anthology").get_attribute("id")
    assert page.get_by_label("Nari Labs").count() == 1, "another one can be added"


def test_meaning_comes_by_itself_and_moves_nothing(hub, browser_page, monkeypatch):
    late = QueryEncoder()
    monkeypatch.setattr(late, "warm", lambda: None)
    monkeypatch.setattr("kb.selectors.engine.encoder", late)
    page = browser_page
    page.goto("/search/?q=beam+search")
    assert "by words" in page.locator("#status").inner_text()
    top = page.locator(".result").first.bounding_box()["y"]
    late._run()
    page.locator("#waiting").wait_for(state="detached")
    assert "by words and meaning" in page.locator("#status").inner_text()
    assert page.locator(".result").first.bounding_box()["y"] == top


def test_a_text_too_long_for_the_box_goes_where_there_is_room(hub, browser_page, chromium):
    page = browser_page
    page.goto("/search/")
    text = "Prefix beam search merges prefixes that decoding gets wrong. " * 40
    page.evaluate(
        """text => { const data = new DataTransfer(); data.setData("text/plain", text);
        document.getElementById("q").dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }""",
        text,
    )
    assert page.evaluate(FOCUSED) == "text"
    page.get_by_role("button", name="Find what is close").click()
    page.locator(".result").first.wait_for()
    assert page.locator("#text").input_value() == text.strip()
    look(page, "search-text")


def test_a_reader_saves_a_search_and_takes_a_deletion_back(hub, chromium, live_server):
    factories.superuser()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/me/sign-in/?next=/search/?q=beam")
    page.locator("#id_login").fill("curator")
    page.locator("#id_password").fill("secret")
    page.keyboard.press("Enter")
    page.get_by_label("Its name").fill("Beams")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/me/searches/")
    feed = page.get_by_role("link", name="JSON").first.get_attribute("href")
    look(page, "saved")
    assert json.load(urllib.request.urlopen(live_server.url + feed))["items"]
    page.get_by_role("button", name="Delete Beams").click()
    look(page, "saved-removed")
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("link", name="Beams").click()
    page.wait_for_url("**/search/?q=beam**")
    assert complaints == []
    context.close()


def test_all_of_search_works_without_script(hub, chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/search/?q=streaming+recogniser")
    page.get_by_label("Article").check()
    page.get_by_role("button", name="Apply").click()
    assert "kind=article" in page.url
    page.get_by_role("link", name="More like this").first.click()
    assert "like=" in page.url
    assert page.locator(".result").count() > 0
    page.get_by_text("Or paste a text").click()
    page.locator("#text").fill("Prefix beam search merges prefixes. " * 20)
    page.get_by_role("button", name="Find what is close").click()
    assert page.locator(".result").count() > 0
    context.close()
