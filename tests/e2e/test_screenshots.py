"""Pictures of each kind of page, for looking at: SCREENSHOT_DIR says where to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.pages import page_kinds

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.mark.skipif(
    "SCREENSHOT_DIR" not in os.environ, reason="set SCREENSHOT_DIR to have pictures taken"
)
@pytest.mark.usefixtures("plane")
@pytest.mark.parametrize("scheme", ["light", "dark", "contrast", "print", "german"])
@pytest.mark.parametrize("size", SIZES)
def test_take_pictures(hub, knowledge, chromium, live_server, size, scheme):
    folder = Path(os.environ["SCREENSHOT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[size]
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()
    paths = page_kinds(hub, knowledge)
    for name, path in paths.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
    page.goto("/search/")
    page.get_by_role("combobox").press_sequentially("beam")
    page.get_by_role("option").first.wait_for()
    page.screenshot(path=folder / f"search-suggest-{size}-{scheme}.png")
    context.close()
    assert len(list(folder.glob(f"*-{size}-{scheme}.png"))) == len(paths) + 1
