"""The map in a browser: nearer and farther by keys, buttons and a double click; a drag opens nothing."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def box(page) -> list[float]:
    return [float(n) for n in page.locator(".plane svg").get_attribute("viewBox").split()]


def test_it_zooms_moves_and_comes_back(plane, browser_page):
    page = browser_page
    page.goto("/map/")
    assert page.locator(".dots a").count() == 60
    page.keyboard.press("+")
    assert box(page)[2] == pytest.approx(625)
    page.get_by_role("button", name="Nearer").click()
    width = box(page)[2]
    assert width < 625
    page.keyboard.press("ArrowRight")
    assert box(page)[2] == width
    page.keyboard.press("0")
    assert box(page) == [0, 0, 1000, 700]


def test_a_drag_moves_it_and_opens_nothing_and_a_click_opens_an_article(plane, browser_page):
    page = browser_page
    page.goto("/map/")
    page.keyboard.press("+")
    before = box(page)
    mark = page.locator(".dots a").first.bounding_box()
    plane_box = page.locator(".plane").bounding_box()
    x, y = plane_box["x"] + plane_box["width"] / 2, plane_box["y"] + plane_box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 80, y - 40, steps=5)
    page.mouse.up()
    assert box(page)[0] > before[0]
    assert page.url.endswith("/map/")
    page.keyboard.press("0")
    mark = page.locator(".dots a").first.bounding_box()
    page.mouse.click(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    page.wait_for_url("**/articles/**")


def test_pointing_at_a_key_leaves_its_marks_alone(plane, browser_page):
    page = browser_page
    page.goto("/map/")
    page.locator("[data-mark]").first.hover()
    assert page.locator(".dots a.dim").count() == 40


@pytest.mark.parametrize("path", ["/map/", "/", "/issues/", "/authors/", "/archive/"])
def test_they_fit_a_phone(path, plane, browser_page):
    page = browser_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
