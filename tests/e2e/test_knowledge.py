"""The knowledge base in a real browser under the real policy, on a phone and for who is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kb.models import Progress
from tests.e2e.pages import page_kinds
from tests.web import factories

if TYPE_CHECKING:
    from playwright.sync_api import Route

PAINTED = """new Promise(done => {
  const look = () => performance.getEntriesByType("paint").length ? done() : setTimeout(look, 20);
  look();
})"""
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def test_graph_leads_on_and_one_drawing_shows(hub, knowledge, browser_page):
    page = browser_page
    for width, shape in ((1280, "wide"), (390, "tall")):
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(knowledge["concept"])
        shown = page.locator(".graph svg").locator("visible=true")
        assert shown.evaluate_all("all => all.map(one => one.classList[0])") == [shape]
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shown.get_by_role("link", name="Hidden Markov model").click()
    assert page.locator("h1").inner_text() == "Hidden Markov model"


def test_every_page_fits_a_phone(hub, knowledge, browser_page):
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    for path in page_kinds(hub, knowledge).values():
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.get_by_role("button", name="More").click()
    page.locator("#more").get_by_role("link", name="Topics").click()
    assert page.locator("h1").inner_text() == "Topics"


def test_what_is_ticked_before_htmx_came_is_kept_too(hub, knowledge, chromium, live_server):
    factories.superuser()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto("/me/sign-in/?next=/about/")
    page.locator("#id_login").fill("curator")
    page.locator("#id_password").fill("secret")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/about/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/htmx*.js", hold)
    page.goto(knowledge["path"], wait_until="commit")
    page.evaluate(PAINTED)  # as somebody who sees it
    page.get_by_role("checkbox", name="Done: RNN transducer").check()
    assert Progress.objects.count() == 0
    held[0].continue_()
    page.get_by_text("1 of 2 done").wait_for()
    assert Progress.objects.count() == 1
    context.close()


def test_what_is_done_of_a_path_is_kept_at_once(hub, knowledge, chromium, live_server):
    factories.superuser()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto(f"/me/sign-in/?next={knowledge['path']}")
    page.locator("#id_login").fill("curator")
    page.locator("#id_password").fill("secret")
    page.keyboard.press("Enter")
    page.get_by_role("checkbox", name="Done: RNN transducer").check()
    page.get_by_text("1 of 2 done").wait_for()
    assert Progress.objects.count() == 1
    page.reload()
    assert page.get_by_role("checkbox", name="Done: RNN transducer").is_checked()
    page.goto(knowledge["concept"])
    page.get_by_role("button", name="I know this").first.click()
    page.get_by_role("button", name="You know this").wait_for()
    assert page.url.endswith(knowledge["concept"])
    context.close()
