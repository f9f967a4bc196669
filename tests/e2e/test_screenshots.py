"""Pictures of each kind of page, for looking at: SCREENSHOT_DIR says where to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.pages import page_kinds

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
# what is asked of the browser beside its colours
LOOKS = {
    "light": {}, "dark": {}, "contrast": {"contrast": "more"}, "forced": {"forced_colors": "active"}, "print": {},
    "german": {"locale": "de-DE"},
}  # fmt: skip
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.mark.skipif(
    "SCREENSHOT_DIR" not in os.environ, reason="set SCREENSHOT_DIR to have pictures taken"
)
@pytest.mark.usefixtures("plane")
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", SIZES)
def test_take_pictures(hub, knowledge, chromium, live_server, size, look):
    folder = Path(os.environ["SCREENSHOT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[size]
    scheme = "dark" if look == "dark" else "light"
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme, **LOOKS[look]
    )  # fmt: skip
    page = context.new_page()
    if look == "print":
        page.emulate_media(media="print")
    paths = page_kinds(hub, knowledge)
    for name, path in paths.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{size}-{look}.png", full_page=True)
    pictures = len(paths)
    if look != "print":
        page.goto("/search/")
        page.get_by_role("combobox").press_sequentially("beam")
        page.get_by_role("option").first.wait_for()
        page.screenshot(path=folder / f"search-suggest-{size}-{look}.png")
        pictures += 1
    context.close()
    assert len(list(folder.glob(f"*-{size}-{look}.png"))) == pictures
