"""The panel in a real browser: its components run under its own policy."""

from __future__ import annotations

import pytest

from kb.models import ReadingListItem
from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


def test_curator_signs_in_and_adds_an_article_to_a_list(hub, chromium, live_server):
    factories.superuser()
    context = chromium.new_context(base_url=live_server.url)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto("/admin/")
    page.locator("#id_login").fill("curator")
    page.locator("#id_password").fill("secret")
    page.keyboard.press("Enter")
    page.locator("#id_password").wait_for(state="detached")
    page.goto("/admin/kb/article/?q=emission")
    page.locator("input[name=_selected_action]").first.check()
    page.locator("select[name=action]").select_option("add_to_list")
    page.locator("button[x-show=action]").click()
    page.locator("#id_reading_list").select_option(label="Who waits for whom")
    page.locator("#id_commentary").fill("Because of *delay*.")
    page.get_by_role("button", name="Add to a list").click()
    page.wait_for_url("**/admin/kb/article/**")
    assert (
        ReadingListItem.objects.get(article__title="On emission delay").commentary
        == "Because of *delay*."
    )
    assert complaints == []
    context.close()
