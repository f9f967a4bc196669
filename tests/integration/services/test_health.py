"""What visits mean for a source over time: redirects, 410, 429, robots.txt, back-off, recovery."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import json
from dataclasses import replace

import pytest
from django.core.management import call_command
from django.utils import timezone

from kb.core.records import ROBOTS, EntryRecord, PageRecord
from kb.models import AuditEntry, Check, Host, Source
from kb.selectors.sources import health, source_row, troubled
from kb.services.crawls import check_sources, open_crawl
from kb.services.sources import add_source, check_now, resume_source
from tests.integration.conftest import NOW
from tests.site import Answer
from web.pages.health import advice

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = dt.timedelta(hours=1)
SAME = {"outcome": "unchanged", "status": 304, "feed": None, "etag": '"x"'}
DOWN = {"outcome": "failed", "status": 500, "feed": None, "error": "The server answered 500"}
NEW = "https://new.example.org/feed"
POST = EntryRecord(id="1", title="One", link="https://blog.example.org/1", content="<p>Text.</p>")


def fresh(source: Source) -> Source:
    source.refresh_from_db()
    return source


def repeat(visit, source: Source, times: int, hours: float, **said: object) -> dt.datetime:
    at = NOW
    for number in range(times):
        at = NOW + number * hours * HOUR
        visit(source, now=at, **(SAME | said))
    return at


@pytest.mark.parametrize(
    ("times", "hours", "moves"), [(9, 24, False), (10, 24, True), (50, 1, False), (73, 1, True)]
)
def test_a_permanent_redirect_is_believed_when_it_lasts(new_source, visit, times, hours, moves):
    source = new_source()
    repeat(visit, source, times, hours, redirect=NEW)
    assert (fresh(source).url == NEW) is moves
    assert AuditEntry.objects.filter(action="move source").exists() is moves
    if moves:
        assert (source.host, source.etag, source.moving_count) == ("new.example.org", '"x"', 0)


@pytest.mark.parametrize("between", ["", "https://third.example.org/feed"])
def test_one_other_answer_starts_the_count_again(new_source, visit, between):
    source = new_source()
    repeat(visit, source, 9, 24, redirect=NEW)
    visit(source, now=NOW + 220 * HOUR, **(SAME | {"redirect": between}))
    visit(source, now=NOW + 240 * HOUR, **(SAME | {"redirect": NEW}))
    assert fresh(source).url != NEW
    assert source.moving_count == 1


def test_a_failure_between_redirects_changes_nothing(new_source, visit):
    source = new_source()
    repeat(visit, source, 9, 24, redirect=NEW)
    visit(source, now=NOW + 220 * HOUR, **DOWN)
    visit(source, now=NOW + 240 * HOUR, **(SAME | {"redirect": NEW}))
    assert fresh(source).url == NEW


def test_a_source_that_moves_to_where_another_lives_is_retired_with_its_entries(new_source, visit):
    old, target = new_source(), new_source(NEW)
    visit(old, POST)
    repeat(visit, old, 11, 24, redirect="http://www.new.example.org/feed/")
    assert (fresh(old).state, old.successor) == ("moved", target)
    assert old.entries.count() == 1
    assert health(old) == "moved"
    assert AuditEntry.objects.get(action="merge source").detail["into"] == target.pk
    assert add_source(url=old.url) == (target, False)
    assert "followed already" in advice(source_row(old.pk, NEW_LATER), NEW_LATER)
    resume_source(source_id=old.pk, acting_user=None)
    assert (fresh(old).state, old.successor) == ("active", None)


NEW_LATER = NOW + dt.timedelta(days=30)


def test_410_retires_with_an_audit_row_and_a_curator_may_resume(new_source, visit):
    source = new_source()
    visit(source, POST)
    visit(source, outcome="failed", status=410, feed=None, error="The server answered 410 Gone")
    assert fresh(source).state == "gone"
    assert AuditEntry.objects.get(action="retire source").detail["status"] == 410
    assert source in troubled()
    assert source.entries.count() == 1
    assert open_crawl(now=NEW_LATER) is None
    resume_source(source_id=source.pk, acting_user=None)
    assert open_crawl(now=timezone.now()) is not None


def test_failures_back_off_to_a_week_and_never_stop(new_source, visit):
    source, at = new_source(), NOW
    waits = []
    for _ in range(20):
        visit(source, now=at, **DOWN)
        waits.append(source.interval if fresh(source) else 0)
        at = source.next_check_at
    assert all(a <= b * 1.11 for a, b in itertools.pairwise(waits))
    assert 7 * 86400 <= waits[-1] <= 7.7 * 86400
    assert (source.state, health(source)) == ("active", "failing")
    assert f"since {NOW.day}" in advice(source_row(source.pk, at), at)
    assert open_crawl(now=at) is not None
    Source.objects.update(crawl=None)
    visit(source, now=at, **SAME)
    assert (fresh(source).failures, source.failing_since, health(source)) == (0, None, "well")


def test_429_makes_every_source_of_the_host_wait_and_503_only_one(new_source, visit):
    first, second = new_source("https://a.example/1"), new_source("https://a.example/2")
    other = new_source("https://b.example/1")
    said = DOWN | {"status": 429, "retry_after": 7200, "refused": (("a.example", 7200),)}
    visit(first, **said)
    assert list(open_crawl(now=NOW + HOUR).sources.all()) == [other]
    Source.objects.update(crawl=None, next_check_at=NOW)
    later = NOW + 2.3 * HOUR
    assert set(open_crawl(now=later).sources.all()) == {first, second, other}
    row = source_row(second.pk, NOW)
    assert row.quiet_until >= NOW + 2 * HOUR
    assert "asked for quiet" in advice(row, NOW)
    Source.objects.update(crawl=None, next_check_at=NOW)
    visit(other, **(DOWN | {"status": 503, "retry_after": 7200}))
    new_source("https://b.example/2")
    taken = open_crawl(now=NOW + HOUR).sources.values_list("url", flat=True)
    assert list(taken) == ["https://b.example/2"]


def test_a_host_that_goes_on_refusing_rests_longer_until_it_answers(new_source, visit):
    source, at, rests = new_source(), NOW, []
    for _ in range(6):
        visit(source, now=at, **(DOWN | {"status": 429, "refused": (("blog.example.org", 0),)}))
        until = Host.objects.get().blocked_until
        rests.append(round((until - at).total_seconds() / 3600))
        at = until + HOUR
    assert rests[0] == 1
    assert rests[-1] in range(24, 28)
    visit(source, now=at, **SAME)
    assert (Host.objects.get().refusals, Host.objects.get().blocked_until) == (0, None)


def test_a_source_whose_host_wants_quiet_is_not_blamed(new_source, visit):
    source = new_source()
    check = visit(source, outcome="waiting", status=0, feed=None, error="asked to be left alone")
    assert check.outcome == "waiting"
    assert (fresh(source).failures, source.last_checked_at, source.crawl) == (0, None, None)


def test_a_check_that_a_person_asks_for_ends_although_the_host_wants_quiet(new_source):
    source = new_source()
    Host.objects.create(name=source.host, blocked_until=timezone.now() + HOUR)
    check_sources(source_ids=[source.pk], on_visit=lambda _: None)
    assert "asked to be left alone until" in Check.objects.get().error


def test_robots_txt_that_keeps_us_from_all_pages_is_told(new_source, visit):
    source = new_source()
    page = PageRecord(ok=False, url=POST.link, error=ROBOTS)
    visit(source, replace(POST, page=page))
    assert health(fresh(source)) == "blocked"
    assert "robots.txt keeps us out" in advice(source_row(source.pk, NOW), NOW)
    visit(source, **SAME)
    assert health(fresh(source)) == "blocked"
    visit(source, replace(POST, id="2", page=PageRecord(ok=True, url=POST.link, text="Text.")))
    assert health(fresh(source)) == "well"


def test_slow_answers_are_told(new_source, visit):
    source = new_source()
    visit(source, POST, duration_ms=14_000)
    assert health(fresh(source)) == "slow"
    assert "14.0 s" in advice(source_row(source.pk, NOW), NOW)


def test_validators_are_replaced_by_each_answer(new_source, visit):
    source = new_source()
    visit(source, POST, etag='"1"', last_modified="then")
    visit(source, **(SAME | {"etag": "", "last_modified": "later"}))
    assert (fresh(source).etag, source.last_modified) == ('"1"', "later")
    visit(source, POST, etag='"2"')
    assert (fresh(source).etag, source.last_modified) == ('"2"', "")
    visit(source, outcome="failed", status=200, feed=None, error="Not a feed (an HTML page)")
    assert fresh(source).etag == '"2"'


def test_a_server_without_validators_is_asked_once_a_day(new_source, visit):
    source = new_source()
    visit(source, POST)
    assert fresh(source).interval >= 86400


def test_a_crash_after_the_request_does_not_ask_again_within_the_hour(new_source, settings):
    from kb.models import Crawl
    from kb.services.crawls import ingest_spool

    source = new_source(last_checked_at=NOW - HOUR)
    unasked = new_source("https://b.example/1", last_checked_at=NOW - HOUR)
    never_heard = new_source("https://c.example/1")
    crawl = open_crawl(now=NOW)
    settings.SPOOL_DIR.mkdir(parents=True)
    asked = (settings.SPOOL_DIR / crawl.spool).with_suffix(".asked")
    asked.write_text(
        f"{source.pk} {NOW.timestamp()}\n{never_heard.pk} {NOW.timestamp()}\n{unasked.pk} 17"
    )  # torn by the crash
    Crawl.objects.update(collected=True, begun_at=NOW)
    ingest_spool(crawl_id=crawl.pk, clock=lambda: NOW)
    assert fresh(source).next_check_at == NOW + HOUR
    assert fresh(unasked).next_check_at == NOW
    assert set(open_crawl(now=NOW + HOUR / 60).sources.all()) == {unasked, never_heard}
    assert check_now(source_ids=[source.pk], acting_user=None) == 1  # people may


def test_a_crawl_takes_a_share_of_each_host_only(new_source):
    for number in range(40):
        new_source(f"https://big.example/{number}")
    small = new_source("https://small.example/", title="small")
    Source.objects.filter(pk=small.pk).update(next_check_at=NOW + HOUR)
    crawl = open_crawl(now=NOW + 2 * HOUR)
    hosts = [s.host for s in crawl.sources.all()]
    assert hosts.count("big.example") == 30
    assert hosts.count("small.example") == 1


def test_the_host_rests_between_crawls(site, settings):
    settings.CRAWLER_DELAY = 2.0
    source, _ = add_source(url=site.feed("/feed", [("One", "First.")]))
    check_sources(source_ids=[source.pk], on_visit=lambda _: None)
    assert Host.objects.get().next_at > timezone.now()
    assert open_crawl(now=timezone.now(), source_ids=[source.pk]) is None


def test_links_of_lists_are_looked_at_monthly(site, db):
    from kb.models import LinkCheck, ReadingList, ReadingListItem
    from kb.services.links import check_links, due_links

    made = ReadingList.objects.create(slug="l", title="L", created_at=NOW, updated_at=NOW)
    site.pages["/here"] = Answer(b"<p>Here</p>", "text/html")
    for path in ("/here", "/lost"):
        ReadingListItem.objects.create(reading_list=made, url=site.url(path), title=path)
    assert check_links(now=NOW) == 2
    rows = {row.url: row for row in LinkCheck.objects.all()}
    assert (rows[site.url("/here")].status, rows[site.url("/here")].error) == (200, "")
    assert rows[site.url("/lost")].error == "The server answered 404 Not Found"
    assert rows[site.url("/lost")].broken_since == NOW
    assert check_links(now=NOW + 24 * HOUR) == 0
    assert due_links(now=NOW + 4 * 24 * HOUR) == [site.url("/lost")]
    assert len(due_links(now=NOW + 31 * 24 * HOUR)) == 2
    assert ReadingListItem.objects.count() == 2
    assert not any("cookie" in headers or "referer" in headers for _, headers in site.asked)


HARM = {
    "16": Answer(gzip.compress(bytes(40_000_000)), headers={"Content-Encoding": "gzip"}),
    "17": Answer(b"\x1f\x8b no gzip", headers={"Content-Encoding": "gzip"}),
    "20": Answer(b"", status=301, headers={"Location": "/feed"}),
    "12": Answer(b"", status=302, headers={"Location": "file:///etc/passwd"}),
    "11": Answer(b"", status=302, headers={"Location": "http://10.0.0.1/"}),
    "24": Answer(b"<!doctype html><title>Just a moment</title>", "text/html"),
    "25": Answer(b"", status=503, headers={"Retry-After": "-1"}),
    "25b": Answer(b"", status=503, headers={"Retry-After": "1000000000000"}),
    "25c": Answer(b"", status=503, headers={"Retry-After": "soon, perhaps"}),
    "404": Answer(b"", status=404),
    "empty": Answer(b""),
}


def test_whatever_a_server_does_nothing_is_lost_and_health_says_what(site, settings):
    settings.CRAWLER_TIMEOUT = 8.0
    source, _ = add_source(url=site.feed("/feed", [("One", "First."), ("Two", "Second.")]))
    good = site.pages["/feed"]
    check_sources(source_ids=[source.pk], on_visit=lambda _: None)
    before = set(source.entries.values_list("pk", "title"))
    for number, harm in enumerate(HARM.values(), 1):
        site.pages["/feed"] = harm
        check_sources(source_ids=[source.pk], on_visit=lambda _: None)
        assert fresh(source).failures == number
        assert len(source.last_error) > 10
        assert not {"Traceback", "Error("} & set(source.last_error.split())
        assert set(source.entries.values_list("pk", "title")) == before
        assert source.interval <= 7.7 * 86400
        assert "next try in" in advice(source_row(source.pk, timezone.now()), timezone.now())
    site.pages["/feed"] = good
    check_sources(source_ids=[source.pk], on_visit=lambda _: None)
    assert (fresh(source).failures, source.last_error, health(source)) == (0, "", "well")
    assert source.entries.count() == 2


def test_failing_sources_are_listed_by_the_command(new_source, visit, capsys):
    well, bad = new_source(), new_source("https://b.example/1")
    visit(well, POST)
    visit(bad, **DOWN)
    call_command("sources", "list", "--failing", "--json")
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["id"], told["health"], told["error"]) == (bad.pk, "failing", DOWN["error"])
    call_command("sources", "list", "--failing")
    assert "failing" in capsys.readouterr().out
