"""What readers keep: highlights made by selecting, a queue that is there without a network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from kb.models import Highlight, Mark, User
from kb.services import reader_imports
from kb.services.bookmarks import read_import
from kb.services.tastes import learn_tastes, switch_for_you
from tests.e2e.test_accessibility import judged
from tests.web.factories import NOW

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
WORDS = "whether it has heard enough"
SELECT = """words => {
  const walker = document.createTreeWalker(document.querySelector("article.prose"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const at = node.data.indexOf(words);
    if (at < 0) continue;
    const range = document.createRange();
    range.setStart(node, at); range.setEnd(node, at + words.length);
    getSelection().removeAllRanges(); getSelection().addRange(range);
    return;
  }
}"""


@pytest.fixture(autouse=True)
def _images(settings, tmp_path):
    settings.IMAGE_DIR = tmp_path / "images"


@pytest.fixture
def reader(hub):
    return User.objects.create_user("mei", password="secret")


@pytest.fixture
def context(chromium, live_server):
    made = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    yield made
    made.close()


def sign_in(context, live_server, user) -> None:
    client = Client()
    client.force_login(user)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": live_server.url}]
    )


def picture(page, name: str) -> None:
    if folder := os.environ.get("SCREENSHOT_DIR"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_selected_words_are_kept_and_found_again(hub, reader, context, live_server):
    sign_in(context, live_server, reader)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(hub[0].get_absolute_url())
    page.evaluate(SELECT, WORDS)
    page.get_by_role("toolbar").wait_for()
    picture(page, "picker-wide-light")
    page.get_by_role("button", name="Highlight").click()
    page.locator("mark.own").first.wait_for()
    kept = Highlight.objects.get()
    assert kept.quote == WORDS
    assert kept.before.endswith("at every frame, ")
    assert kept.after.startswith(" to write")
    page.reload()
    assert page.locator("mark.own").inner_text() == WORDS
    # by key, with a note, over the borders of elements
    page.evaluate(SELECT, "the labels; the ")
    page.get_by_role("button", name="With a note").click()
    assert page.evaluate("document.activeElement.name") == "note"
    page.keyboard.type("Really?")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("Really?").first.wait_for()
    assert page.locator("mark.own").count() == 2
    page.locator("mark.own").last.click()
    assert page.url.endswith(f"#note-{Highlight.objects.latest('pk').pk}")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        picture(page, f"notes-wide-{scheme}")
        page.set_viewport_size({"width": 390, "height": 844})
        picture(page, f"notes-phone-{scheme}")
        page.set_viewport_size({"width": 1280, "height": 900})
    page.get_by_role("button", name="Delete").first.click()
    page.get_by_text("The note is deleted.").wait_for()
    assert page.locator("mark.own").count() == 1
    page.get_by_role("button", name="Undo").click()
    page.locator("mark.own").nth(1).wait_for()
    assert complaints == []


def test_notes_are_kept_without_script(hub, reader, chromium, live_server):
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    sign_in(context, live_server, reader)
    page = context.new_page()
    page.goto(hub[0].get_absolute_url())
    page.get_by_label("Words to keep").fill(WORDS)
    page.get_by_label("Your note").last.fill("Plain.")
    page.get_by_role("button", name="Keep", exact=True).click()
    assert "Plain." in page.locator("#notes").inner_text()
    assert Highlight.objects.get().quote == WORDS
    context.close()


def test_anybody_keeps_a_page_for_when_there_is_no_network(hub, context):
    page = context.new_page()
    page.goto(hub[1].get_absolute_url())
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then(all => all.length)") == 0
    page.get_by_role("button", name="Keep for offline").click()
    page.get_by_role("button", name="Kept for offline").wait_for()
    context.set_offline(True)
    page.goto("/lists/")
    assert page.get_by_role("heading", name="Out of earshot").is_visible()
    page.get_by_role("link", name=hub[1].title).wait_for()
    picture(page, "offline-wide-light")
    page.get_by_role("link", name=hub[1].title).click()
    assert "CTC drops the labels" in page.locator("article.prose").inner_text()
    assert page.evaluate("document.fonts.check('1rem \"STIX Two Text\"')")
    context.set_offline(False)
    page.reload()
    page.get_by_role("button", name="Kept for offline").click()
    page.get_by_role("button", name="Keep for offline").wait_for()
    context.set_offline(True)
    page.goto(hub[1].get_absolute_url())
    assert page.get_by_role("heading", name="Out of earshot").is_visible()
    assert context.cookies() == []


def test_the_queue_is_there_without_a_network_until_its_reader_signs_out(
    hub, reader, context, live_server
):
    for article in hub[:2]:
        Mark.objects.create(user=reader, article=article, queued_at=NOW, changed_at=NOW)
    Highlight.objects.create(
        user=reader, article=hub[0], note="My secret", created_at=NOW, updated_at=NOW
    )
    sign_in(context, live_server, reader)
    page = context.new_page()
    page.goto("/about/")
    page.wait_for_function(
        "() => document.documentElement.dataset.offline === 'ready'", timeout=20_000
    )
    context.set_offline(True)
    page.goto(hub[0].get_absolute_url())
    assert "CTC drops the labels" in page.locator("article.prose").inner_text()
    assert "My secret" not in page.content()
    page.goto("/latest/")
    page.get_by_role("link", name=hub[1].title).wait_for()
    stored = """caches.keys().then(async names => (await Promise.all(names.map(async name => {
      const cache = await caches.open(name);
      return Promise.all((await cache.keys()).map(async key => (await cache.match(key)).text()));
    }))).flat().join(""))"""
    assert "My secret" not in page.evaluate(stored)
    assert "data-reader" not in page.evaluate(stored)
    context.set_offline(False)
    context.clear_cookies()
    page.goto("/about/")
    page.wait_for_function("() => caches.has('queue').then(had => !had)")
    context.set_offline(True)
    page.goto(hub[0].get_absolute_url())
    assert page.get_by_role("heading", name="Out of earshot").is_visible()
    assert page.get_by_role("link", name=hub[1].title).count() == 0


def test_the_site_can_be_installed(hub, context, live_server):
    page = context.new_page()
    page.goto("/")
    devtools = context.new_cdp_session(page)
    said = devtools.send("Page.getAppManifest")
    assert said["errors"] == []
    assert said["url"].endswith("/manifest.webmanifest")
    problems = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # the browser of the tests is always in private mode
    assert {one["errorId"] for one in problems} <= {"in-incognito"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_what_readers_keep(hub, reader, context, live_server, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    for article in hub[:4]:
        Mark.objects.create(user=reader, article=article, starred_at=NOW, changed_at=NOW)
    Highlight.objects.create(
        user=reader, article=hub[0], quote=WORDS, note="Hm", created_at=NOW, updated_at=NOW
    )
    Highlight.objects.create(
        user=reader, article=hub[0], quote="gone", created_at=NOW, updated_at=NOW
    )
    text = "title,url,time_added,tags,status\nBeams,https://a.example/1,1500000000,asr,unread\n"
    made = reader_imports.open_import(
        acting_user=reader, name="pocket.csv", brought=read_import(text.encode())
    )
    sign_in(context, live_server, reader)
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    wrong = []
    paths = ["for-you/", f"import/{made.pk}/", "notes/", "import/", "links/", "export/", "delete/", "queue/"]  # fmt: skip
    for step, path in enumerate(["/me/for-you/", *(f"/me/{path}" for path in paths), hub[0].get_absolute_url()]):  # fmt: skip
        if step == 1:
            switch_for_you(acting_user=reader, on=True)
            learn_tastes()
        if step == 3:
            reader_imports.take_imports()
        page.goto(path)
        page.evaluate(axe.Axe().axe_script)
        wrong += [f"{path}: {line}" for line in judged(page)]
    assert wrong == []


@pytest.mark.skipif(
    "SCREENSHOT_DIR" not in os.environ, reason="set SCREENSHOT_DIR to have pictures taken"
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_take_pictures_of_what_readers_keep(hub, reader, context, live_server, scheme):
    for article in hub[:4]:
        Mark.objects.create(user=reader, article=article, starred_at=NOW, changed_at=NOW)
    text = "title,url,time_added,tags,status\nA post about beams,https://a.example/1,1500000000,asr|ctc,unread\nIn the archive,https://b.example/2,1500000000,,archive\nWrong,ftp://x,1,,unread\n"
    brought = read_import(text.encode())
    made = reader_imports.open_import(acting_user=reader, name="pocket.csv", brought=brought)
    sign_in(context, live_server, reader)
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.goto("/me/for-you/")
    picture(page, f"for-you-off-{scheme}")
    page.goto(f"/me/import/{made.pk}/")
    picture(page, f"importing-{scheme}")
    switch_for_you(acting_user=reader, on=True)
    learn_tastes()
    reader_imports.take_imports()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        for path in ("for-you", "notes", "import", f"import/{made.pk}", "links", "export", "delete", "queue"):  # fmt: skip
            page.goto(f"/me/{path}/")
            picture(page, f"{path.replace('/', '-')}-{width}-{scheme}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
