from __future__ import annotations

import json
import os
import signal
import threading
import time

import psutil
import pytest
from django.db import connection
from django.utils import timezone

from kb.core.records import CrawlLimits, FeedRecord, Plan, PlanItem, Visit, to_json
from kb.core.schedule import HOST_SHARE
from kb.models import Article, Check, Crawl, Entry, Source
from kb.services.crawls import check_sources, ingest_spool, open_crawl, recover, run_crawl
from kb.services.program import CrawlerError, run_crawler
from kb.services.sources import add_source
from tests.site import Answer

pytestmark = pytest.mark.django_db(transaction=True)


def check(*sources: Source) -> None:
    check_sources(source_ids=[s.pk for s in sources], on_visit=lambda _: None)


def forks(of: int | None = None) -> list[psutil.Process]:
    """The process that crawlers are forked from, where there is one."""
    return [p for p in alive(psutil.Process(of)) if "crawler" in p.cmdline()]


def crawlers() -> list[psutil.Process]:
    return [p for parent in forks() for p in alive(parent)]


def alive(parent: psutil.Process) -> list[psutil.Process]:
    return [p for p in parent.children() if p.status() != psutil.STATUS_ZOMBIE]


def test_a_feed_is_fetched_stored_and_asked_conditionally_next_time(site):
    source, _ = add_source(url=site.feed("/feed", [("One", "First."), ("Two", "Second.")]))
    check(source)
    assert sorted(Article.objects.values_list("title", flat=True)) == ["One", "Two"]
    check(source)
    assert [c.outcome for c in Check.objects.order_by("pk")] == ["new", "unchanged"]
    assert Check.objects.order_by("pk").last().status == 304
    asked = [headers for path, headers in site.asked if path == "/feed"]
    assert "if-none-match" not in asked[0]
    assert asked[1]["if-none-match"].startswith('"')


def test_one_bad_source_does_not_sink_the_others(site):
    good, _ = add_source(url=site.feed("/good", [("One", "First.")]))
    site.pages["/html"] = Answer(b"<html><title>No feed</title></html>", "text/html")
    site.pages["/down"] = Answer(b"", status=503)
    bad = [add_source(url=site.url(p))[0] for p in ("/html", "/down", "/absent")]
    refused, _ = add_source(url="http://10.0.0.1/feed")
    check(good, refused, *bad)
    assert Article.objects.count() == 1
    failed = {c.source.url: c.error for c in Check.objects.filter(outcome="failed")}
    assert set(failed) == {refused.url, *(b.url for b in bad)}
    assert all(len(error) > 10 for error in failed.values())
    assert "503" in failed[site.url("/down")]


def test_summaries_are_completed_from_the_page(site):
    source, _ = add_source(url=site.feed("/feed", [("One", "Only a summary.")]))
    text = "".join(
        f"<p>Paragraph {n} of the full text, long enough to be text.</p>" for n in range(30)
    )
    site.pages["/feed/0"] = Answer(
        f"<html><body><article>{text}</article></body></html>".encode(), "text/html"
    )
    check(source)
    assert "Paragraph 29" in Article.objects.get().text
    check(source)
    assert [path for path, _ in site.asked].count("/feed/0") == 1


def test_named_sources_of_one_host_are_one_crawl_and_due_ones_leave_room(new_source):
    many = [new_source(f"https://a.example/{n}") for n in range(HOST_SHARE + 1)]
    assert open_crawl(now=timezone.now()).sources.count() == HOST_SHARE
    Source.objects.update(crawl=None)
    crawl = open_crawl(now=timezone.now(), source_ids=[s.pk for s in many])
    assert crawl.sources.count() == len(many)


def test_sources_of_a_host_that_is_being_visited_wait(new_source):
    now = timezone.now()
    first = new_source("https://a.example/1")
    second = new_source("https://a.example/2")
    other = new_source("https://b.example/1")
    crawl = open_crawl(now=now, source_ids=[first.pk])
    assert open_crawl(now=now, source_ids=[second.pk]) is None
    assert list(open_crawl(now=now).sources.all()) == [other]
    assert list(crawl.sources.all()) == [first]


@pytest.mark.parametrize("which", ["the crawler", "what it was forked from", "both"])
def test_a_killed_crawler_loses_nothing(site, which):
    gate = threading.Event()
    quick, _ = add_source(url=site.feed("/quick", [("Quick", "Text.")]))
    slow, _ = add_source(url=site.feed("/slow", [("Slow", "Text.")]))
    site.pages["/slow"].wait = gate

    def kill() -> None:
        while not any(path == "/slow" for path, _ in site.asked):
            time.sleep(0.05)
        found = {"the crawler": crawlers, "what it was forked from": forks}.get(
            which, lambda: crawlers() + forks()
        )
        for process in found():
            process.send_signal(signal.SIGKILL)
        gate.set()

    killer = threading.Thread(target=kill)
    killer.start()
    check(quick, slow)
    killer.join()
    assert sorted(Article.objects.values_list("title", flat=True)) == ["Quick", "Slow"]
    assert not Crawl.objects.filter(finished_at=None).exists()
    assert not crawlers()
    ended = Crawl.objects.earliest("pk").error
    assert ended == f"The crawler ended early (exit status {-9 if which == 'the crawler' else -1})."


def test_crawlers_are_forked_from_one_process_that_is_there_for_all(site):
    source, _ = add_source(url=site.feed("/feed", [("One", "First.")]))
    check(source)
    (first,) = forks()
    check(source)
    assert forks() == [first]


def test_a_crawler_that_cannot_do_its_work_says_so_by_its_status(tmp_path):
    (tmp_path / "plan").write_text("no plan")
    with pytest.raises(CrawlerError, match="exit status 2"):
        run_crawler("--plan", str(tmp_path / "plan"), "--out", str(tmp_path / "out"), seconds=30)


def test_a_crawler_that_takes_too_long_is_stopped(site, settings, tmp_path):
    site.pages["/slow"] = Answer(b"", wait=(gate := threading.Event()))
    limits = CrawlLimits(allowed_networks=("127.0.0.0/8",))
    plan = Plan((PlanItem(1, site.url("/slow")),), limits)
    (tmp_path / "plan").write_text(json.dumps(to_json(plan)))
    with pytest.raises(CrawlerError, match="longer than"):
        run_crawler("--plan", str(tmp_path / "plan"), "--out", str(tmp_path / "out"), seconds=1)
    gate.set()
    assert not crawlers()


def test_a_crawler_whose_parent_is_killed_ends(site, settings):
    gate = threading.Event()
    source, _ = add_source(url=site.feed("/slow", [("Slow", "Text.")]))
    site.pages["/slow"].wait = gate
    crawl = open_crawl(now=timezone.now())
    connection.close()
    pid = os.fork()
    if pid == 0:
        run_crawl(crawl_id=crawl.pk, on_lines=lambda: None)
        os._exit(0)
    while not any(path == "/slow" for path, _ in site.asked):
        time.sleep(0.05)
    (parent,) = forks(pid)
    (process,) = parent.children()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    _, left = psutil.wait_procs([parent, process], timeout=10)
    assert not left
    gate.set()
    assert recover(now=timezone.now()) == [crawl.pk]
    check(source)
    assert Article.objects.count() == 1


def test_a_spool_is_read_as_far_as_it_is_whole_and_only_once(new_source, settings):
    source = new_source()
    crawl = open_crawl(now=timezone.now())
    visit = Visit(
        source=source.pk, url=source.url, outcome="new", started_at=timezone.now().isoformat(),
        feed=FeedRecord(ok=True, title="T"),
    )  # fmt: skip
    line = json.dumps(to_json(visit)).encode() + b"\n"
    settings.SPOOL_DIR.mkdir(parents=True)
    spool = settings.SPOOL_DIR / crawl.spool
    spool.write_bytes(line[:40])
    assert ingest_spool(crawl_id=crawl.pk) == 0
    spool.write_bytes(line)
    assert ingest_spool(crawl_id=crawl.pk) == 1
    assert ingest_spool(crawl_id=crawl.pk) == 0
    crawl.refresh_from_db()
    assert crawl.offset == len(line)
    Crawl.objects.update(collected=True)
    ingest_spool(crawl_id=crawl.pk)
    assert not spool.exists()
    assert Crawl.objects.get().finished_at is not None


def test_a_source_that_crawlers_die_on_is_recorded_as_failed(new_source):
    source = new_source()
    for _ in range(5):
        crawl = open_crawl(now=timezone.now(), source_ids=[source.pk])
        Crawl.objects.filter(pk=crawl.pk).update(collected=True, begun_at=timezone.now())
        ingest_spool(crawl_id=crawl.pk)
    source.refresh_from_db()
    assert "5 times" in source.last_error
    assert source.crawl is None
    assert Entry.objects.count() == 0


def test_a_page_that_failed_for_the_moment_is_tried_again_while_its_entry_is_new(site):
    source, _ = add_source(url=site.feed("/feed", [("One", "Summary."), ("Two", "Summary.")]))
    site.pages["/feed/0"] = Answer(b"", "text/html", 503)
    check(source)
    site.feed("/feed", [("One", "Summary."), ("Two", "Summary."), ("Three", "Summary.")])
    check(source)
    asked = [path for path, headers in site.asked]
    assert asked.count("/feed/0") == 2
    assert asked.count("/feed/1") == 1  # 404: not there


def test_a_slow_page_does_not_make_its_feed_slow(site):
    source, _ = add_source(url=site.feed("/feed", [("One", "Only a summary.")]))
    gate = threading.Event()
    site.pages["/feed/0"] = Answer(b"<html><p>Late.</p></html>", "text/html", wait=gate)
    threading.Timer(4, gate.set).start()
    check(source)
    assert Check.objects.get().duration_ms < 4000
