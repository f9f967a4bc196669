"""The pages where readers bring things, take them along, and leave."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from kb.models import (
    AuditEntry,
    Highlight,
    Import,
    Mark,
    Preferences,
    Question,
    ReadingList,
    SavedLink,
    SavedSearch,
    User,
)
from kb.services import reader_imports
from kb.services.accounts import delete_account
from kb.services.audit import record
from kb.services.saved_links import settle_links
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db
CSV = "title,url,time_added,tags,status\nOne & two,https://x.example/1,1500000000,asr|<i>,unread\n"


@pytest.fixture
def reader(client, at):
    user = User.objects.create_user("mei", password="secret")
    client.force_login(user)
    return user


def bring(client, text=CSV, **said):
    file = SimpleUploadedFile("pocket.csv", text.encode())
    return client.post("/me/import/", {"file": file} | said, follow=True)


@pytest.mark.parametrize(
    "path",
    ["/me/import/", "/me/import/1/", "/me/links/", "/me/export/", "/me/export/everything.json", "/me/delete/"],
)  # fmt: skip
def test_nobody_who_is_not_signed_in_gets_there(client, db, path):
    assert client.get(path).status_code == 302


def test_a_small_file_is_taken_up_at_once_and_told(client, reader):
    page = bring(client).content.decode()
    assert "1 kept as links" in page
    page = client.get("/me/links/").content.decode()
    assert "One &amp; two" in page
    assert "in the queue" in page
    assert "<i>" not in page
    assert "One &amp; two" in client.get("/me/links/?tag=asr").content.decode()
    assert "One &amp; two" not in client.get("/me/links/?tag=tts").content.decode()
    assert "pocket.csv" in client.get("/me/import/").content.decode()
    for path, there in (("/me/queue/", True), ("/me/starred/", False), ("/me/tags/asr/", True)):
        assert ("One &amp; two" in client.get(path).content.decode()) is there


def test_a_long_file_shows_how_far_it_is(client, reader, monkeypatch):
    monkeypatch.setattr(reader_imports, "AT_ONCE", 0)
    page = bring(client).content.decode()
    assert "0 of 1 taken up" in page
    assert "<progress" in page
    reader_imports.take_imports()
    path = f"/me/import/{Import.objects.get().pk}/"
    assert "1 kept as links" in client.get(path).content.decode()


def test_what_cannot_be_read_is_told_beside_the_form(client, reader):
    answer = bring(client, "nonsense")
    assert answer.status_code == 400
    assert "Not imported: this file is none of those" in answer.content.decode()
    assert client.post("/me/import/", {}).status_code == 400
    assert not Import.objects.exists()


def test_links_are_deleted_with_undo_and_by_their_owner_alone(client, reader):
    bring(client)
    pk = SavedLink.objects.get().pk
    client.force_login(User.objects.create_user("jo"))
    assert client.post(f"/me/links/{pk}/delete/").status_code == 404
    assert "One" not in client.get("/me/links/").content.decode()
    assert client.get(f"/me/import/{Import.objects.get().pk}/").status_code == 404
    client.force_login(reader)
    page = client.post(f"/me/links/{pk}/delete/", follow=True).content.decode()
    assert "is deleted" in page
    assert "No links here" in page
    client.post(f"/me/links/{pk}/restore/")
    assert "One" in client.get("/me/links/").content.decode()
    assert settle_links() == 0


def test_everything_can_be_taken_along(client, reader):
    bring(client)
    answer = client.get("/me/export/everything.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    said = json.loads(answer.content)
    assert [link["url"] for link in said["link"]] == ["https://x.example/1"]
    SavedLink.objects.all().delete()
    assert "1 kept as links" in bring(client, answer.content.decode()).content.decode()
    assert b"<opml" in client.get("/me/export/everything.opml").content
    assert b"x.example" in client.get("/me/export/everything.md").content
    assert client.get("/me/export/everything.exe").status_code == 404


def test_leaving_needs_the_password_and_a_form(client, reader):
    assert client.get("/me/delete/").status_code == 200
    assert client.get("/me/delete/?confirm=secret").status_code == 200
    answer = client.post("/me/delete/", {"confirm": "wrong"})
    assert answer.status_code == 400
    assert "nothing was deleted" in answer.content.decode()
    assert User.objects.count() == 1
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(reader)
    assert strict.post("/me/delete/", {"confirm": "secret"}).status_code == 403
    page = client.post("/me/delete/", {"confirm": "secret"}, follow=True)
    assert "Goodbye" in page.content.decode()
    assert not User.objects.exists()
    assert client.get("/me/export/").status_code == 302


def test_who_has_no_password_types_their_name(client, reader):
    reader.set_unusable_password()
    reader.save()
    client.force_login(reader)
    assert "Type your name, mei" in client.get("/me/delete/").content.decode()
    assert client.post("/me/delete/", {"confirm": "jo"}).status_code == 400
    client.post("/me/delete/", {"confirm": "mei"})
    assert not User.objects.exists()


def test_all_that_is_theirs_goes_and_what_they_wrote_for_all_stays(at):
    user = User.objects.create_user("mei", first_name="Mei", is_staff=True)
    article = factories.article()
    Mark.objects.create(user=user, article=article, starred_at=NOW, changed_at=NOW)
    Highlight.objects.create(user=user, article=article, note="x", created_at=NOW, updated_at=NOW)
    Preferences.objects.create(user=user, for_you=True)
    SavedSearch.objects.create(user=user, name="x", query="q=a", token="t", created_at=NOW, looked_at=NOW)  # fmt: skip
    factories.reading_list("Mine", curator=user)
    factories.question("Why?", author=user, asked_by=user)
    factories.question("Never answered?", asked_by=user, state="asked", published_at=None)
    record(action="create administrator", subject=user, user=user)
    delete_account(acting_user=user)
    for table in (Mark, Highlight, Preferences, SavedSearch):
        assert not table.objects.exists()
    assert ReadingList.objects.get().curator is None
    assert Question.objects.get().author is None
    assert article.marks.count() == 0
    rows = list(AuditEntry.objects.values_list("action", "subject", "user", "detail"))
    assert ("delete account", "an account", None, {}) in rows
    assert "mei" not in str(rows).lower()


def test_the_only_administrator_cannot_leave(client, at):
    admin = factories.superuser()
    client.force_login(admin)
    answer = client.post("/me/delete/", {"confirm": "secret"})
    assert "the only administrator" in answer.content.decode()
    assert User.objects.filter(pk=admin.pk).exists()
