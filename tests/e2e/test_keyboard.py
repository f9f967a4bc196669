"""Whole journeys without a mouse."""

from __future__ import annotations

import pytest

from tests.e2e.pages import page_kinds

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
FOCUSED = "document.activeElement.id || document.activeElement.textContent.trim()"
# what is focused can be seen: it has a ring, lies inside the window, and nothing lies over it
VISIBLE = """() => {
  const at = document.activeElement, box = at.getClientRects()[0] ?? at.getBoundingClientRect(), look = getComputedStyle(at);
  if (at.closest("svg")) return true;
  const over = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const seen = box.width > 0 && box.bottom > 0 && box.top < innerHeight && over && (at.contains(over) || over.contains(at));
  return (seen && look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 2) || `${at.outerHTML.slice(0, 150)} ${look.outlineStyle} ${JSON.stringify(box)} ${over?.outerHTML.slice(0, 80)}`;
}"""
MARK = "const at = document.activeElement; const again = at.dataset.visited; at.dataset.visited = 1; again || at === document.body"


@pytest.mark.parametrize("width", [390, 1280])
def test_tab_passes_through_every_page_and_shows_where_it_is(hub, knowledge, browser_page, width):
    page = browser_page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(reduced_motion="reduce")
    for kind in ("home", "article", "search", "concept", "list-path", "sources", "ask"):
        page.goto(page_kinds(hub, knowledge)[kind])
        page.evaluate("document.activeElement.blur()")
        stops = page.locator("a[href], button, input, summary, textarea, select").count() + 10
        for _ in range(stops):
            page.keyboard.press("Tab")
            if page.evaluate(f"(() => {{ {MARK.replace('again ||', 'return again ||')} }})()"):
                break
            assert page.evaluate(VISIBLE) is True, kind
        else:
            pytest.fail(f"{kind}: the focus never left the page after {stops} stops")


def test_skip_link_leads_to_the_content(hub, browser_page):
    page = browser_page
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate(FOCUSED) == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUSED) == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_dialogs_open_close_and_give_the_focus_back(hub, browser_page):
    page = browser_page
    page.goto("/")
    first = page.locator("[data-row] h3").first.inner_text()
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#keys").is_visible()
    assert page.evaluate(FOCUSED) == first
    page.keyboard.press("?")
    page.keyboard.press("?")
    assert not page.locator("#keys").is_visible()
    assert page.evaluate(FOCUSED) == first
    button = page.get_by_role("button", name="Display")
    button.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "theme"
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.getAttribute('popovertarget')") == "display"


def test_every_place_is_reached_by_g_and_a_key(hub, knowledge, browser_page):
    page = browser_page
    page.goto("/about/")
    links = page.locator(".masthead [data-key]")
    places = links.evaluate_all("all => all.map(one => [one.dataset.key, one.pathname])")
    assert len(places) >= 7
    for key, path in places:
        page.keyboard.press("g")
        page.keyboard.press(key)
        page.wait_for_url(f"**{path}")


def test_search_is_asked_narrowed_and_read_by_keys(hub, browser_page):
    page = browser_page
    page.goto("/latest/")
    page.keyboard.press("/")
    page.keyboard.type("beam search")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=beam+search")
    page.keyboard.press("j")
    assert page.evaluate(FOCUSED).endswith("-link")
    page.keyboard.press("o")
    page.wait_for_url(f"**{hub[1].get_absolute_url()}")
    page.keyboard.press("/")
    page.keyboard.type("j")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement === document.body")
