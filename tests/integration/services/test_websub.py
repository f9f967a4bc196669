from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from django.test import Client
from django.utils import timezone

from kb.core.records import FeedRecord
from kb.core.sites import is_public_site
from kb.models import Article, Check, Push, Source, Subscription
from kb.services import websub
from kb.services.pushes import pending_pushes, take_push
from kb.services.websub import ask_hubs, is_signed
from tests.integration.conftest import NOW
from tests.unit.crawler.server import Server, answer

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = "https://blog.example.org/atom.xml"
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom'><title>A blog</title><entry><id>urn:1</id><title>{}</title>"
    "<link href='https://blog.example.org/1'/><updated>2026-11-20T10:00:00Z</updated>"
    "<content type='html'>&lt;p&gt;Words of it.&lt;/p&gt;</content></entry></feed>"
)
FEED = FeedRecord(ok=True, title="A blog", hub="https://hub.example/", topic=TOPIC)


@pytest.fixture(autouse=True)
def static_files(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()


@pytest.fixture
def source(new_source) -> Source:
    return new_source(TOPIC)


@pytest.fixture
def subscription(source, settings) -> Subscription:
    settings.SITE_URL = "https://ear.example.org"
    websub.note_offers(feeds=[(source, FEED)], now=NOW)
    return Subscription.objects.get()


@pytest.fixture
def hub():
    """A hub on a real socket that keeps the forms that it was sent."""
    running, forms = Server(), []

    def subscribe(conn, asked):
        forms.append(asked)
        answer(status="202 Accepted")(conn, asked)

    running.routes = {"/": subscribe}
    running.forms = forms
    yield running
    running.close()


def verified(subscription: Subscription, now: dt.datetime = NOW, **more: str) -> str | None:
    Subscription.objects.filter(pk=subscription.pk).update(asked_at=now)
    asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c", **more}
    names = {name.replace("hub_", "hub."): value for name, value in asked.items()}
    return websub.verify(token=subscription.token, asked=names, now=now)


def test_a_hub_is_asked_with_a_secret_and_an_address_that_nobody_can_guess(subscription, hub):
    Subscription.objects.update(hub=hub.url("/"))
    assert ask_hubs(now=NOW) == 1
    (asked,) = hub.log
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
    assert not {"cookie", "referer"} & set(asked.headers)
    row = Subscription.objects.get()
    assert (row.state, row.asked_at, row.error) == ("asked", NOW, "")
    assert len(row.token) > 40
    assert len(row.secret) > 40
    assert ask_hubs(now=NOW + dt.timedelta(minutes=30)) == 0
    form = parse_qs(websub._request(row).form)
    assert form["hub.callback"] == [f"https://ear.example.org/websub/{row.token}/"]
    assert form["hub.topic"] == [TOPIC]
    assert int(form["hub.lease_seconds"][0]) > 86400


def test_a_hub_on_a_private_network_is_refused(subscription, settings):
    settings.CRAWLER_ALLOWED_NETWORKS = ()
    Subscription.objects.update(hub="http://127.0.0.1:1/hub")
    ask_hubs(now=NOW)
    row = Subscription.objects.get()
    assert "private network" in row.error
    assert row.next_at > NOW


def test_a_hub_that_fails_is_asked_ever_more_rarely(subscription, hub):
    hub.routes = {"/": answer("no such topic", "404 Not Found")}
    Subscription.objects.update(hub=hub.url("/"))
    now, waits = NOW, []
    for _ in range(3):
        ask_hubs(now=now)
        row = Subscription.objects.get()
        waits.append((row.next_at - now).total_seconds())
        now = row.next_at
    assert waits == [3600, 7200, 14400]
    assert row.error == "The server answered 404 Not Found: no such topic"


@pytest.mark.parametrize(
    "url",
    ["http://localhost:8000", "http://127.0.0.1", "http://10.0.0.5", "http://hub.local", "http://box"],
)  # fmt: skip
def test_without_a_public_address_no_hub_is_asked(subscription, settings, url):
    settings.SITE_URL = url
    assert not is_public_site(url)
    assert ask_hubs(now=NOW) == 0


def test_intent_is_verified(subscription):
    client = Client()
    asked = {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.challenge": "<b>word</b>",
        "hub.lease_seconds": "864000",
    }
    path = f"/websub/{subscription.token}/"
    assert client.get(path, asked).status_code == 404  # nobody asked the hub
    Subscription.objects.update(asked_at=timezone.now())
    answered = client.get(path, asked)
    assert (answered.status_code, answered.content) == (200, b"<b>word</b>")
    assert answered.headers["Content-Type"].startswith("text/plain")
    row = Subscription.objects.get()
    assert row.state == "active"
    assert row.lease_until - timezone.now() > dt.timedelta(days=9)
    assert row.next_at < row.lease_until
    assert client.get(path, asked | {"hub.topic": "https://else.example/"}).status_code == 404
    assert client.get("/websub/unknown/", asked).status_code == 404
    assert client.get(path, asked | {"hub.mode": "unsubscribe"}).status_code == 404
    assert client.put(path).status_code == 405


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("7200", 7200), ("1", 3600), ("-1", 864000), ("x", 864000), ("9" * 30, 864000), ("99999999", 2592000)],
)  # fmt: skip
def test_leases_are_within_reason(subscription, said, seconds):
    assert verified(subscription, hub_lease_seconds=said) == "c"
    assert Subscription.objects.get().lease_until == NOW + dt.timedelta(seconds=seconds)


def test_a_hub_may_say_no(subscription):
    said = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "not ours"}
    assert websub.verify(token=subscription.token, asked=said, now=NOW) == ""
    row = Subscription.objects.get()
    assert (row.state, row.error) == ("denied", "The hub said no: not ours")


def test_polling_slows_while_the_lease_is_valid_and_comes_back(source, subscription, visit):
    said = {"outcome": "unchanged", "status": 304, "feed": None, "etag": '"x"'}
    visit(source, **said)
    source.refresh_from_db()
    assert 4 * 3600 <= source.interval <= 4.4 * 3600
    verified(subscription, hub_lease_seconds=str(5 * 86400))
    visit(source, now=NOW + dt.timedelta(hours=5), **said)
    source.refresh_from_db()
    assert 86400 <= source.interval <= 1.1 * 86400
    visit(source, now=NOW + dt.timedelta(days=6), **said)
    source.refresh_from_db()
    assert source.interval <= 4.4 * 3600


def test_the_lease_is_renewed_before_it_ends(subscription, hub):
    Subscription.objects.update(hub=hub.url("/"))
    verified(subscription, hub_lease_seconds=str(5 * 86400))
    assert ask_hubs(now=NOW + dt.timedelta(days=3)) == 0
    assert ask_hubs(now=NOW + dt.timedelta(days=4, hours=1)) == 1
    assert Subscription.objects.get().state == "active"


def test_a_feed_that_changes_its_hub_starts_anew(source, subscription):
    websub.note_offers(feeds=[(source, FEED)], now=NOW)
    assert Subscription.objects.get().token == subscription.token
    moved = replace(FEED, hub="https://other.example/")
    websub.note_offers(feeds=[(source, moved)], now=NOW)
    assert Subscription.objects.get().token != subscription.token
    websub.note_offers(feeds=[(source, replace(FEED, hub=""))], now=NOW)
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_signatures(method):
    right = hmac.new(b"key", b"body", getattr(hashlib, method)).hexdigest()
    assert is_signed("key", b"body", f"{method}={right}")
    assert is_signed("key", b"body", f"{method.upper()}={right.upper()}")
    assert not is_signed("key", b"body!", f"{method}={right}")
    assert not is_signed("other", b"body", f"{method}={right}")


@pytest.mark.parametrize("said", ["", "sha256=", "md5=abc", "sha256", "new=x", "sha256=é", "=" * 9])
def test_what_is_no_signature_is_wrong(said):
    assert not is_signed("key", b"body", said)


def deliver(subscription: Subscription, body: bytes, secret: str | None = None):
    key = (secret or subscription.secret).encode()
    digest = hmac.new(key, body, hashlib.sha256).hexdigest()
    return Client().post(
        f"/websub/{subscription.token}/",
        body,
        content_type="application/atom+xml",
        headers={"X-Hub-Signature": f"sha256={digest}"},
    )


def test_news_that_a_hub_sends_is_stored_through_the_same_parser(source, subscription):
    due = source.next_check_at
    assert deliver(subscription, ATOM.format("Pushed").encode()).status_code == 202
    (push,) = pending_pushes()
    assert take_push(push_id=push, now=NOW) == 1
    assert take_push(push_id=push, now=NOW) == 0
    assert Article.objects.get().title == "Pushed"
    check = Check.objects.get()
    assert (check.pushed, check.new) == (True, 1)
    source.refresh_from_db()
    assert (source.next_check_at, source.failures, source.etag) == (due, 0, "")
    row = Subscription.objects.get()
    assert (row.pushes, row.forged) == (1, 0)
    assert not list(websub.spool_folder().glob("push-*"))


def test_a_wrong_signature_is_answered_alike_and_ignored(subscription):
    assert deliver(subscription, ATOM.format("Forged").encode(), "guess").status_code == 202
    assert not Push.objects.exists()
    assert not list(websub.spool_folder().glob("*"))
    assert Subscription.objects.get().forged == 1


def test_too_large_and_unknown_deliveries_are_refused(subscription, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert deliver(subscription, b"x" * 2000).status_code == 413
    assert Client().post("/websub/unknown/", b"x", content_type="text/plain").status_code == 404
    assert not Push.objects.exists()


def test_a_delivery_that_is_no_feed_costs_nothing(source, subscription):
    deliver(subscription, b"<html>hello</html>")
    (push,) = pending_pushes()
    assert take_push(push_id=push, now=NOW) == 0
    assert Push.objects.get().error == "Not a feed (an HTML page)"
    source.refresh_from_db()
    assert (source.failures, source.last_error) == (0, "")


def test_a_delivery_whose_file_is_lost_is_given_up_after_three_tries(subscription):
    deliver(subscription, ATOM.format("Lost").encode())
    for file in websub.spool_folder().glob("push-*"):
        file.unlink()
    for _ in range(3):
        assert take_push(push_id=Push.objects.get().pk, now=NOW) == 0
    assert Push.objects.get().done_at == NOW
    assert pending_pushes() == []
