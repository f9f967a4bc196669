"""axe on every kind of page: light, dark and high contrast, wide and on a phone."""

from __future__ import annotations

import json

import pytest

from tests.e2e.pages import page_kinds

axe = pytest.importorskip("axe_playwright_python.sync_playwright")
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
SIZES = ((1280, 900), (390, 844))
# what colours can break; all the rest is the same in every look
COLOURS = ["color-contrast", "link-in-text-block"]
# 7:1 for text, which axe asks for only where it is told to
ENHANCED = ["color-contrast-enhanced"]
BY_SYSTEM = {"color_scheme": "light", "contrast": "more"}


def judged(page, rules: list[str] | None = None) -> list[str]:
    """What axe finds wrong with the page as it stands, a line a rule."""
    options = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": rules}
    found = page.evaluate(f"axe.run(document, {json.dumps(options)})")
    return [
        f"{wrong['id']}: {node['html'][:150]} {node['failureSummary'][:200]}"
        for wrong in found["violations"]
        for node in wrong["nodes"]
    ]


@pytest.fixture
def judge(browser_page):
    """Every look of a page, and what is wrong in it."""
    page = browser_page

    def look(path: str) -> list[str]:
        page.goto(path)
        page.evaluate(axe.Axe().axe_script)
        wrong = []
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme="light", contrast="no-preference")
            page.evaluate("delete document.documentElement.dataset.contrast")
            seen = {f"light {width}": judged(page)}
            page.emulate_media(color_scheme="dark")
            seen[f"dark {width}"] = judged(page, COLOURS)
            page.emulate_media(color_scheme="dark", contrast="more")
            seen[f"dark, contrast by system {width}"] = judged(page, ENHANCED)
            page.emulate_media(color_scheme="light", contrast="no-preference")
            page.evaluate("document.documentElement.dataset.contrast = 'more'")
            seen[f"light, contrast by switch {width}"] = judged(page, ENHANCED)
            wrong += [f"{path} {name}: {line}" for name, lines in seen.items() for line in lines]
        return wrong

    return look


def test_axe_finds_nothing_on_any_page(hub, knowledge, judge):
    wrong = [line for path in page_kinds(hub, knowledge).values() for line in judge(path)]
    assert wrong == []


def test_axe_finds_nothing_in_the_dialogs(hub, browser_page):
    page = browser_page
    page.goto("/")
    page.evaluate(axe.Axe().axe_script)
    for name in ("keys", "display"):
        page.evaluate(f"document.getElementById('{name}').showPopover()")
        assert judged(page) == []
        page.keyboard.press("Escape")
    page.set_viewport_size({"width": 390, "height": 844})
    page.evaluate("document.getElementById('more').showPopover()")
    assert judged(page) == []
