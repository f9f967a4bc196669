"""Making an account, signing in and out: who may, where it leads, what it keeps from strangers."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import caches
from django.utils import timezone

from kb.models import Invitation, User
from kb.services.accounts import invite
from tests.web import factories

pytestmark = pytest.mark.django_db
PASSWORD = "a lattice of words"
FORM = {"email": "mei@reader.example", "password1": PASSWORD}


@pytest.fixture
def mei(db):
    user = User.objects.create_user("mei", "mei@reader.example", PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def sign_in(client, password=PASSWORD, **more):
    return client.post("/me/sign-in/", {"login": "mei@reader.example", "password": password} | more)


def test_an_account_is_an_address_and_a_password(client):
    page = client.get("/me/sign-up/").content.decode()
    assert 'type="email"' in page
    answer = client.post("/me/sign-up/", FORM)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/")
    user = User.objects.get()
    assert (user.email, user.is_staff) == ("mei@reader.example", False)
    assert client.get("/me/").status_code == 200


def test_a_weak_password_or_a_taken_address_makes_no_account(client, mei):
    answer = client.post("/me/sign-up/", FORM | {"email": "o@reader.example", "password1": "12345"})
    assert "entirely numeric" in answer.content.decode()
    assert "already" in client.post("/me/sign-up/", FORM).content.decode()
    assert User.objects.count() == 1


def test_closed_means_closed(client, settings):
    settings.SIGNUP = "closed"
    assert "makes no new accounts" in client.get("/me/sign-up/").content.decode()
    client.post("/me/sign-up/", FORM)
    assert not User.objects.exists()


def test_an_invitation_makes_one_account_and_no_second(client, settings):
    settings.SIGNUP = "invite"
    token = invite(acting_user=None, now=timezone.now()).token
    assert "by invitation" in client.get("/me/sign-up/").content.decode()
    client.post("/me/sign-up/", FORM)
    assert not User.objects.exists()
    page = client.get(f"/me/sign-up/?invite={token}").content.decode()
    assert token in page
    client.post("/me/sign-up/", FORM | {"invite": token})
    assert Invitation.objects.get().used_by == User.objects.get()
    client.logout()
    client.post("/me/sign-up/", FORM | {"email": "o@reader.example", "invite": token})
    assert User.objects.count() == 1


def test_an_invitation_is_for_its_address_and_its_time(client, settings):
    settings.SIGNUP = "invite"
    now = timezone.now()
    other = invite(acting_user=None, email="Ada@reader.example", now=now).token
    old = invite(acting_user=None, days=1, now=now - dt.timedelta(days=2)).token
    for token in (other, old):
        client.post("/me/sign-up/", FORM | {"invite": token})
    assert not User.objects.exists()
    client.post("/me/sign-up/", FORM | {"email": "ada@reader.example", "invite": other})
    assert User.objects.get().email == "ada@reader.example"


@pytest.mark.parametrize(
    "path",
    ["/\\evil.com", "//evil.com", "https://evil.com/", "/\t/evil.com", "javascript:alert(1)", "evil.com", "http:///evil.com"],
)  # fmt: skip
def test_nobody_is_led_elsewhere_by_next(client, mei, path):
    assert sign_in(client, next=path).headers["Location"] == "/me/"
    assert client.get("/me/sign-in/", {"next": path}).headers["Location"] == "/me/"
    assert client.post("/me/sign-out/", {"next": path}).headers["Location"] == "/"


def test_next_leads_back(client, mei):
    assert sign_in(client, next="/concepts/?level=1").headers["Location"] == "/concepts/?level=1"


def test_a_session_that_was_planted_is_not_the_one_that_is_signed_in(client, mei):
    session = client.session
    session["planted"] = True
    session.save()
    client.cookies["sessionid"] = session.session_key
    sign_in(client)
    assert client.cookies["sessionid"].value != session.session_key
    assert client.cookies["sessionid"]["httponly"]
    assert not client.session.__class__().exists(session.session_key)


def test_six_wrong_passwords_make_even_the_right_one_wait(client, mei):
    for _ in range(6):
        answer = sign_in(client, "wrong")
        assert "did not match" in answer.content.decode() or "Too many" in answer.content.decode()
    assert "Too many tries" in sign_in(client).content.decode()
    assert client.get("/me/").status_code == 302


def test_tries_are_counted_for_all_processes(settings, tmp_path):
    from config.env import Environment, cache

    found = cache(Environment(_env_file=None, broker_url=""))
    assert found["default"]["BACKEND"].endswith("DatabaseCache")
    found = cache(Environment(_env_file=None, broker_url="redis://h:6379/0"))
    assert found["default"]["LOCATION"] == "redis://h:6379/0"


def test_the_migration_makes_the_table_of_the_cache(settings):
    from django.core.cache.backends.db import DatabaseCache
    from django.core.management import call_command

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}  # fmt: skip
    call_command("createcachetable", verbosity=0)
    one, other = DatabaseCache("cache", {}), DatabaseCache("cache", {})
    one.set("tries", 3)
    assert other.get("tries") == 3
    assert caches["default"]


def test_looking_changes_nothing(client, mei):
    sign_in(client)
    for path in ("/me/sign-out/", "/me/unread/read/", "/me/undo/", "/me/follow/"):
        client.get(path)
    assert client.get("/me/").status_code == 200
    page = client.get("/me/sign-out/").content.decode()
    assert 'method="post" action="/me/sign-out/"' in page
    client.post("/me/sign-out/")
    assert client.get("/me/").status_code == 302


def test_forms_want_their_token(mei):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(mei)
    article = factories.article()
    for path in ("/me/sign-out/", "/me/follow/", f"/me/articles/{article.pk}/", "/me/settings/"):
        assert client.post(path).status_code == 403
    assert client.get("/me/").status_code == 200


def test_the_panel_has_the_same_door_for_staff_only(client, mei):
    answer = client.get("/admin/", follow=True)
    assert answer.request["PATH_INFO"] == "/me/sign-in/"
    assert 'value="/admin/"' in answer.content.decode()
    client.force_login(mei)
    assert client.get("/admin/login/").status_code == 403
    assert (
        client.get("/admin/kb/article/").status_code == 403
        or client.get("/admin/kb/article/", follow=True).status_code == 403
    )
    factories.superuser()
    client.logout()
    answer = client.post(
        "/me/sign-in/", {"login": "curator", "password": "secret", "next": "/admin/"}
    )
    assert client.get(answer.headers["Location"]).status_code == 200


def test_a_forgotten_password_is_replaced_by_a_link(client, mei, mailoutbox):
    client.post("/me/password/forgotten/", {"email": "mei@reader.example"})
    link = re.search(r"http://\S+(/me/password/reset/\S+)", mailoutbox[0].body)
    assert link
    page = client.get(link[1], follow=True)
    assert link[1] not in page.request["PATH_INFO"]
    client.post(
        page.request["PATH_INFO"], {"password1": "another lattice", "password2": "another lattice"}
    )
    assert sign_in(client, "another lattice").headers["Location"] == "/me/"


def test_an_address_is_confirmed_by_a_button_never_by_looking(client, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    client.post("/me/sign-up/", FORM)
    assert client.get("/me/").status_code == 302
    link = re.search(r"http://\S+(/me/email/confirm/\S+)", mailoutbox[0].body)
    assert link
    assert client.get(link[1]).status_code == 200
    assert not EmailAddress.objects.get().verified
    client.post(link[1])
    assert EmailAddress.objects.get().verified


@pytest.mark.parametrize(
    "path",
    [
        "/me/sign-in/", "/me/sign-up/", "/me/password/forgotten/", "/me/password/sent/", "/me/password/done/",
        "/me/email/sent/", "/me/email/confirm/nothing/", "/me/password/reset/x-set-password/", "/me/inactive/",
    ],
)  # fmt: skip
def test_pages_at_the_door_look_like_the_site(client, path):
    page = client.get(path, follow=True).content.decode()
    assert page.count("<h1") == 1
    assert "· Earshot</title>" in page
    assert ">Concepts</a>" in page
    assert '<header class="masthead"' in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=", page)
    assert all(
        "src=" in tag or 'type="application/json"' in tag for tag in page.split("<script")[1:]
    )


@pytest.mark.parametrize(
    "path",
    [
        "/me/security/", "/me/email/", "/me/password/", "/me/sign-out/", "/me/security/totp/activate/",
        "/me/security/webauthn/", "/me/security/webauthn/add/",
    ],
)  # fmt: skip
def test_pages_of_security_look_like_the_site(client, mei, path):
    sign_in(client)
    assert client.post("/me/sign-in/again/", {"password": PASSWORD}).status_code == 302
    answer = client.get(path)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert page.count("<h1") == 1
    assert '<header class="masthead"' in page
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|src=\"data:", page)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert "private" in answer.headers["Cache-Control"]


def test_a_code_of_an_app_is_asked_for_after_the_password(client, mei):
    from allauth.mfa.totp.internal import auth

    sign_in(client)
    client.post("/me/sign-in/again/", {"password": PASSWORD})
    page = client.get("/me/security/totp/activate/").content.decode()
    secret = re.search(r'id="secret" value="(\w+)"', page)
    assert secret

    def code():
        return auth.hotp_value(secret[1], next(iter(auth.yield_hotp_counters_from_time())))

    answer = client.post("/me/security/totp/activate/", {"code": auth.format_hotp_value(code())})
    assert answer.headers["Location"] == "/me/security/recovery-codes/"
    codes = re.findall(r"\b\d{8}\b", client.get("/me/security/recovery-codes/").content.decode())
    client.post("/me/sign-out/")
    assert sign_in(client).headers["Location"] == "/me/security/authenticate/"
    assert client.get("/me/").status_code == 302
    client.post("/me/security/authenticate/", {"code": codes[0]})
    assert client.get("/me/").status_code == 200


def test_the_command_prints_a_link(capsys, settings):
    from django.core.management import CommandError, call_command

    settings.SIGNUP = "invite"
    call_command("invite", "ada@reader.example")
    said = capsys.readouterr().out
    assert f"/me/sign-up/?invite={Invitation.objects.get().token}" in said
    with pytest.raises(CommandError, match="1 to 365"):
        call_command("invite", days=0)
