"""Pictures of each kind of page, for looking at: SCREENSHOT_DIR says where to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
SIZES = {"wide": (1280, 900), "phone": (390, 844)}


@pytest.mark.skipif(
    "SCREENSHOT_DIR" not in os.environ, reason="set SCREENSHOT_DIR to have pictures taken"
)
@pytest.mark.usefixtures("plane")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_take_pictures(hub, knowledge, chromium, live_server, size, scheme):
    folder = Path(os.environ["SCREENSHOT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    width, height = SIZES[size]
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme
    )
    page = context.new_page()
    paths = {
        "home": "/", "article": hub[0].get_absolute_url(), "list": "/lists/who-waits/", "lists": "/lists/",
        "search-empty": "/search/", "search-filters": "/search/?q=kind%3Aarticle+after%3A2020", "search-notes": "/search/?q=beam+source%3Anosuch",
        "search-none": "/search/?q=zebra&mode=lexical", "search-like": f"/search/?like={hub[0].pk}",
        "sources": "/sources/", "source": factories.source_path(hub[3].source_id), "search": "/search/?q=beam+search",
        "topics": "/topics/", "topic": knowledge["topic"], "concepts": "/concepts/", "concept": knowledge["concept"],
        "path": f"{knowledge['concept']}path/", "resource": knowledge["resource"], "impressions": "/impressions/",
        "impression": knowledge["impression"], "questions": "/questions/", "question": knowledge["question"],
        "ask": "/questions/ask/", "list-path": knowledge["path"], "list-top": knowledge["top"],
        "issues": "/issues/", "issue": "/issues/week-34/", "authors": "/authors/", "author": "/authors/ada/",
        "archive": "/archive/", "year": f"/archive/{hub[0].published_at.year}/", "map": "/map/",
        "subscribe": "/subscribe/", "latest": "/latest/", "about": "/about/", "missing": "/nothing-here/",
    }  # fmt: skip
    for name, path in paths.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
    page.goto("/search/")
    page.get_by_role("combobox").press_sequentially("beam")
    page.get_by_role("option").first.wait_for()
    page.screenshot(path=folder / f"search-suggest-{size}-{scheme}.png")
    context.close()
    assert len(list(folder.glob(f"*-{size}-{scheme}.png"))) == len(paths) + 1
