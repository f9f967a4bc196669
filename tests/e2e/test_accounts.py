"""A reader's first morning, by keys; and a passkey under the site's policy."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.models import Follow, Mark
from tests.web import factories

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


@pytest.fixture
def page(hub, chromium, live_server):
    context = chromium.new_context(
        base_url=live_server.url, viewport={"width": 1280, "height": 900}
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    yield page
    context.close()
    assert complaints == []


def sign_up(page):
    page.goto("/")
    page.get_by_role("link", name="Sign in").first.click()
    page.get_by_role("link", name="Make one").click()
    page.get_by_label("E-mail").fill("mei@reader.example")
    page.get_by_label("Password").fill("a lattice of words")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Yours", level=1).wait_for()


def test_sign_up_star_by_key_queue_unread_sign_out(page, hub):
    sign_up(page)
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.wait_for_url(lambda url: not url.endswith("/me/"))
    page.keyboard.press("j")
    row = page.locator("[data-row]").first
    page.keyboard.press("s")
    row.locator("[name=starred][aria-pressed=true]").wait_for()
    page.keyboard.press("q")
    row.locator("[name=queued][aria-pressed=true]").wait_for()
    mark = Mark.objects.get()
    assert mark.starred_at
    assert mark.queued_at
    assert not mark.read_at
    # the row is still the chosen one
    page.keyboard.press("q")
    row.locator("[name=queued][aria-pressed=false]").wait_for()
    page.keyboard.press("q")
    row.locator("[name=queued][aria-pressed=true]").wait_for()
    tag_what_is_open(page)
    follow_and_read(page, hub[1].source)
    page.keyboard.press("g")
    page.keyboard.press("w")
    page.wait_for_url("**/me/queue/")
    assert page.locator(".story").count() == 1
    page.get_by_role("button", name="You", exact=True).click()
    page.locator("#mine").get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in").first.wait_for()
    assert [c["name"] for c in page.context.cookies() if c["name"] == "sessionid"] == []


def tag_what_is_open(page):
    """Opening reads; the keys of the page of an article need no row."""
    page.keyboard.press("o")
    page.locator("[data-subject] [name=read][aria-pressed=true]").wait_for()
    page.keyboard.press("m")
    page.locator("[data-subject] [name=read][aria-pressed=false]").wait_for()
    page.wait_for_load_state("networkidle")
    assert Mark.objects.get().read_at is None
    page.keyboard.press("l")
    page.get_by_label("Tags", exact=True).fill("decoders")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="decoders").wait_for()


def follow_and_read(page, source):
    """What a source brought is read in one go, and taken back."""
    page.goto(f"/sources/{source.pk}/")
    page.get_by_role("button", name="Follow", exact=True).click()
    page.get_by_role("button", name="Following").wait_for()
    assert Follow.objects.get().source == source
    page.keyboard.press("g")
    page.keyboard.press("u")
    page.wait_for_url("**/me/unread/")
    before = page.locator(".story").count()
    assert before
    page.get_by_role("button", name="Mark all above as read").click()
    page.get_by_text("marked as read").wait_for()
    assert page.locator(".story").count() == 0
    page.get_by_role("button", name="Undo").click()
    page.locator(".story").first.wait_for()
    assert page.locator(".story").count() == before


def test_a_passkey_signs_in(page, settings):
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    key = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    tools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    sign_up(page)
    page.goto("/me/security/webauthn/add/")
    page.get_by_label("Password").fill("a lattice of words")
    page.keyboard.press("Enter")
    page.get_by_label("What you call it").fill("My laptop")
    page.get_by_role("link", name="Security").wait_for()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/me/security/recovery-codes/")
    page.goto("/me/sign-out/")
    page.get_by_role("main").get_by_role("button", name="Sign out").click()
    page.goto("/me/sign-in/?next=/me/starred/")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/me/starred/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_accounts_have_nothing_that_keeps_people_out(page, hub, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.emulate_media(color_scheme=scheme)
    found = {}

    def look(path):
        page.goto(path)
        found[path] = [v["id"] for v in axe.run(page).response["violations"]]

    for path in ("/me/sign-in/", "/me/sign-up/", "/me/password/forgotten/"):
        look(path)
    sign_up(page)
    look("/me/")
    furnish(hub)
    for path in (
        "/me/", "/me/unread/", "/me/follows/", "/me/mutes/", "/me/tags/", "/me/settings/", "/me/security/",
        "/me/email/", "/", hub[1].get_absolute_url(), f"/me/articles/{hub[1].pk}/", "/search/?q=beam",
    ):  # fmt: skip
        look(path)
    assert found == {path: [] for path in found}


@pytest.mark.skipif(
    "SCREENSHOT_DIR" not in os.environ, reason="set SCREENSHOT_DIR to have pictures taken"
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("size", "width", "height"), [("wide", 1280, 900), ("phone", 390, 844)])
def test_take_pictures(hub, chromium, live_server, size, width, height, scheme):  # noqa: PLR0913, PLR0917 - what a picture is of
    folder = Path(os.environ["SCREENSHOT_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    context = chromium.new_context(base_url=live_server.url, viewport={"width": width, "height": height}, color_scheme=scheme)  # fmt: skip
    page = context.new_page()

    def look(name, path):
        page.goto(path)
        page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)

    look("sign-in", "/me/sign-in/")
    page.locator("#id_login").fill("mei")
    page.locator("#id_password").fill("wrong")
    page.keyboard.press("Enter")
    page.get_by_role("alert").wait_for()
    page.screenshot(path=folder / f"sign-in-wrong-{size}-{scheme}.png", full_page=True)
    look("forgotten", "/me/password/forgotten/")
    look("sign-up", "/me/sign-up/")
    page.get_by_label("E-mail").fill("mei@reader.example")
    page.get_by_label("Password").fill("a lattice of words")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Yours", level=1).wait_for()
    for name in ("me", "unread", "queue", "follows", "mutes", "tags"):
        look(f"{name}-empty", "/me/" if name == "me" else f"/me/{name}/")
    furnish(hub)
    article = hub[0]
    paths = {
        "me": "/me/", "unread": "/me/unread/", "queue": "/me/queue/", "starred": "/me/starred/",
        "follows": "/me/follows/", "mutes": "/me/mutes/", "tags": "/me/tags/", "tag": "/me/tags/decoding/",
        "settings": "/me/settings/", "filing": f"/me/articles/{article.pk}/", "saved-searches": "/me/searches/",
        "mine-home": "/", "mine-article": article.get_absolute_url(), "security": "/me/security/", "email": "/me/email/",
        "sign-out": "/me/sign-out/", "password": "/me/password/", "mine-search": "/search/?q=beam",
        "totp": "/me/security/totp/activate/",
    }  # fmt: skip
    for name, path in paths.items():
        look(name, path)
    page.get_by_label("Password").fill("a lattice of words")
    page.keyboard.press("Enter")
    page.locator(".qr").wait_for()
    page.screenshot(path=folder / f"totp-on-{size}-{scheme}.png", full_page=True)
    look("passkeys", "/me/security/webauthn/add/")
    page.goto("/")
    page.get_by_role("button", name="You", exact=True).click()
    page.screenshot(path=folder / f"menu-{size}-{scheme}.png")
    context.close()


def furnish(hub):
    """Things that a reader keeps."""
    from kb.core.items import ItemKind, item_id
    from kb.models import Progress, ReadingList, User
    from kb.services import folders, marks, mutes, readers
    from tests.web.factories import NOW

    mei = User.objects.get(email="mei@reader.example")
    folder = folders.add_folder(acting_user=mei, name="Every morning")
    folders.add_folder(acting_user=mei, name="Now and then")
    concept = factories.concept("Beam search")
    factories.mention(hub[1], concept)
    for source in {article.source for article in hub}:
        made = readers.follow(acting_user=mei, source_id=source.pk)
        folders.place_follows(acting_user=mei, follow_ids=[made.pk], folder_id=folder.pk)
    readers.follow(acting_user=mei, item=item_id(ItemKind.CONCEPT, concept.pk))
    readers.follow(acting_user=mei, person="Ada")
    ids = [article.pk for article in hub]
    marks.set_marks(acting_user=mei, article_ids=ids[1:4], starred=True, queued=True, now=NOW)
    marks.set_marks(acting_user=mei, article_ids=ids[2:3], read=True, now=NOW)
    for pk in ids[:3]:
        marks.set_tags(
            acting_user=mei, article_id=pk, names=["decoding", "to read slowly"], now=NOW
        )
    for words in ("kaggle", "benchmark"):
        mutes.add_mute(acting_user=mei, words=words, now=NOW)
    listed = ReadingList.objects.get(slug="who-waits")
    Progress.objects.create(user=mei, reading=listed.items.first(), at=NOW)
