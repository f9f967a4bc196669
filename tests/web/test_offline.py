"""What makes the site installable, and readable without a network."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from kb.models import Mark, User
from tests.web import factories
from tests.web.factories import NOW

pytestmark = pytest.mark.django_db


def test_the_manifest_names_the_hub_and_icons_that_are_there(client, settings):
    settings.SITE_NAME = "Nearby"
    answer = client.get("/manifest.webmanifest")
    assert answer.headers["Content-Type"] == "application/manifest+json"
    said = json.loads(answer.content)
    assert said["name"] == "Nearby"
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    for icon in said["icons"]:
        data = Path(finders.find(icon["src"].removeprefix("/static/"))).read_bytes()
        assert "x".join(map(str, struct.unpack_from(">II", data, 16))) == icon["sizes"]
        assert len(data) < 8 * 1024
    assert b'rel="manifest"' in client.get("/").content


def test_the_worker_stands_at_the_root_and_is_asked_anew(client):
    answer = client.get("/service-worker.js")
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not answer.cookies


def test_the_offline_page_is_the_same_for_all(client):
    answer = client.get("/offline/")
    assert "There is no network now" in answer.content.decode()
    assert not answer.cookies


def test_the_queue_lists_what_its_reader_can_see(client, at):
    assert client.get("/me/offline.json").status_code == 302
    user, other = User.objects.create_user("mei"), User.objects.create_user("jo")
    kept, hidden, read = (factories.article(f"A{n}") for n in range(3))
    for article in (kept, hidden):
        Mark.objects.create(user=user, article=article, queued_at=NOW, changed_at=NOW)
    Mark.objects.create(user=user, article=read, read_at=NOW, changed_at=NOW)
    Mark.objects.create(user=other, article=read, queued_at=NOW, changed_at=NOW)
    hidden.state = "hidden"
    hidden.save()
    client.force_login(user)
    answer = client.get("/me/offline.json")
    assert answer.json() == {"paths": [kept.get_absolute_url()]}
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_who_brings_a_session_gets_the_script_on_every_page(client, at):
    assert b"offline.js" not in client.get("/").content
    assert b"data-reader" not in client.get("/").content
    client.force_login(User.objects.create_user("mei"))
    assert b"offline.js" in client.get("/").content
