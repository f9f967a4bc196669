"""What servers may ask of us: quiet, delays across crawlers, robots.txt; and what headers mean for the next visit."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from crawler.answers import link_targets, max_age
from crawler.parse.feed import parse_feed
from kb.core.records import ROBOTS, ROBOTS_UNREADABLE
from tests.unit.crawler.conftest import ROOT, clean_environment, crawl
from tests.unit.crawler.server import Asked, Server, answer, short

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

LIMITS: dict[str, Any] = {"timeout": 5.0, "delay": 0.0, "allowed_networks": ["127.0.0.0/8"]}
PLAIN = "<rss version='2.0'><channel><title>f</title><item><title>t</title><guid>g</guid></item></channel></rss>"


def linking(url: str) -> str:
    return (
        "<rss version='2.0'><channel><title>f</title><item><title>t</title><guid>g</guid>"
        f"<link>{url}</link><description>Teaser.</description></item></channel></rss>"
    )


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def items(server: Server, *paths: str) -> list[dict[str, Any]]:
    return [{"source": at, "url": server.url(path)} for at, path in enumerate(paths)]


def test_after_429_nothing_else_of_the_host_is_asked(tmp_path: Path, server: Server) -> None:
    server.routes = {"/a": answer(status="429 Too Many Requests", Retry_After="90")}
    server.routes |= {path: answer(PLAIN) for path in ("/b", "/c")}
    other = Server({"/d": answer(PLAIN)})
    plan = [*items(server, "/a", "/b", "/c"), {"source": 3, "url": other.url("/d", "localhost")}]
    visits = crawl(tmp_path, plan, LIMITS | {"per_host": 1, "delay": 0.2})
    assert server.paths() == ["/a"]
    assert [visits[n].outcome for n in range(4)] == ["failed", "waiting", "waiting", "new"]
    assert dict(itertools.chain.from_iterable(v.refused for v in visits.values())) == {
        "127.0.0.1": 90
    }
    assert visits[1].error == "127.0.0.1 asked to be left alone for a while"
    other.close()


def test_503_stops_one_path_only(tmp_path: Path, server: Server) -> None:
    server.routes = {
        "/a": answer(status="503 Service Unavailable", Retry_After="90"),
        "/b": answer(PLAIN),
    }
    visits = crawl(tmp_path, items(server, "/a", "/b"), LIMITS | {"per_host": 1, "delay": 0.1})
    assert (visits[0].outcome, visits[0].retry_after, visits[0].refused) == ("failed", 90, ())
    assert visits[1].outcome == "new"


def test_a_host_that_wants_quiet_is_not_asked_at_all(tmp_path: Path, server: Server) -> None:
    server.routes = {"/a": answer(PLAIN)}
    visits = crawl(tmp_path, items(server, "/a"), LIMITS | {"quiet": ["127.0.0.1"]})
    assert (visits[0].outcome, server.log) == ("waiting", [])


def test_pages_of_a_host_that_refuses_are_left_for_another_time(
    tmp_path: Path, server: Server
) -> None:
    server.routes = {"/page": answer(status="429 Too Many Requests")}
    other = Server({"/f": answer(linking(server.url("/page", "localhost")))})
    visits = crawl(tmp_path, items(other, "/f"), LIMITS)
    assert visits[0].outcome == "new"
    assert visits[0].feed.entries[0].page is None  # not tried, so that it will be
    assert visits[0].refused == (("localhost", 0),)
    other.close()


def test_the_delay_holds_across_processes(tmp_path: Path, server: Server) -> None:
    server.routes = {f"/{n}": answer(PLAIN) for n in range(8)}
    limits = LIMITS | {"delay": 0.4, "gate": str(tmp_path / "gate")}
    running = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        mine = items(server, *(f"/{n}" for n in range(4 * number, 4 * number + 4)))
        (folder / "plan").write_text(json.dumps({"items": mine, "limits": limits}))
        command = ["--plan", str(folder / "plan"), "--out", str(folder / "out")]
        command = [sys.executable, "-m", "crawler", *command]
        running.append(subprocess.Popen(command, cwd=ROOT, env=clean_environment()))
    assert [process.wait(60) for process in running] == [0, 0]
    times = sorted(asked.at for asked in server.log)
    assert len(times) == 8
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.35


def test_without_a_delay_a_host_still_gets_no_more_than_its_share_at_a_time(
    tmp_path: Path, server: Server
) -> None:
    inside, most, lock = 0, 0, threading.Lock()
    done = answer(PLAIN)

    def slow(conn: Any, asked: Asked) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.2)
        with lock:
            inside -= 1
        done(conn, asked)

    server.routes = {f"/{n}": slow for n in range(8)}
    crawl(tmp_path, items(server, *server.routes), LIMITS | {"per_host": 2})
    assert most == 2


def test_a_host_may_have_limits_of_its_own(tmp_path: Path, server: Server) -> None:
    server.routes = {f"/{n}": answer(PLAIN) for n in range(3)}
    own = {"host": "127.0.0.1", "per_host": 1, "delay": 0.5}
    crawl(tmp_path, items(server, "/0", "/1", "/2"), LIMITS | {"hosts": [own]})
    times = sorted(asked.at for asked in server.log)
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.45


@pytest.mark.parametrize(
    ("robots", "error"),
    [
        (answer("User-agent: *\nDisallow: /\n"), ROBOTS),
        (answer("", "404 Not Found"), ""),
        (answer("Disallow: /", "403 Forbidden"), ""),
        (answer("", "500 Internal Server Error"), ROBOTS_UNREADABLE),
        (answer("", "503 Service Unavailable"), ROBOTS_UNREADABLE),
        (short, "The answer broke off before its end"),
    ],
    ids=["forbids", "absent", "secret", "broken", "busy", "cut"],
)
def test_robots_txt_is_obeyed_for_pages(
    tmp_path: Path, server: Server, robots: Any, error: str
) -> None:
    text = "<p>" + "word " * 200 + "</p>"
    server.routes = {
        "/f": answer(linking(server.url("/page"))),
        "/page": answer(f"<html><body><article>{text}</article></body></html>", Content_Type="text/html"),
        "/robots.txt": robots,
    }  # fmt: skip
    visits = crawl(tmp_path, items(server, "/f"), LIMITS)
    assert visits[0].outcome == "new"
    page = visits[0].feed.entries[0].page
    assert page.error == error
    assert ("/page" in server.paths()) == (not error)


def test_what_was_asked_is_noted_before_the_answer(tmp_path: Path, server: Server) -> None:
    server.routes = {"/a": answer(PLAIN), "/b": answer(status="301 Moved", Location="/a")}
    crawl(tmp_path, [*items(server, "/a", "/b"), {"source": 9, "url": "http://10.0.0.1/"}], LIMITS)
    asked = (tmp_path / "spool.asked").read_text().splitlines()
    assert sorted(line.split()[0] for line in asked) == ["0", "1"]  # once each; a refused one never


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=60", "expires": "Sat, 01 Feb 2020 02:00:00 GMT"}, 60),
        ({"expires": "Sat, 01 Feb 2020 02:00:00 GMT", "date": "Sat, 01 Feb 2020 00:00:00 GMT"}, 7200),
        ({"expires": "Sat, 01 Feb 2020 00:00:00 GMT", "date": "Sat, 01 Feb 2020 02:00:00 GMT"}, None),
        ({"expires": "Sat, 01 Feb 2020 00:00:00 GMT"}, None),
        ({"expires": "0", "date": "garbage"}, None),
        ({"expires": "-1"}, None),
        ({"cache-control": "max-age=-5"}, None),
        ({"cache-control": "max-age=999999999999"}, 365 * 86400),
    ],
)  # fmt: skip
def test_freshness(headers: dict[str, str], seconds: int | None) -> None:
    assert max_age(headers) == seconds


@pytest.mark.parametrize(
    ("inside", "seconds"),
    [
        ("<ttl>90</ttl>", 5400),
        ("<ttl>-1</ttl>", None),
        ("<ttl>garbage</ttl>", None),
        ("<ttl>99999999999</ttl>", None),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>", 43200),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 604800),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>sometimes</sy:updatePeriod>", None),
    ],
)  # fmt: skip
def test_a_feed_says_how_often(inside: str, seconds: int | None) -> None:
    name = "http://purl.org/rss/1.0/modules/syndication/"
    body = f"<rss version='2.0' xmlns:sy='{name}'><channel><title>t</title>{inside}</channel></rss>"
    assert parse_feed(body.encode(), "https://e.example/", {}).ttl == seconds


def test_a_hub_is_found_in_feeds_and_headers(tmp_path: Path, server: Server) -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title><link rel='hub' href='/hub'/>"
        "<link rel='self' href='https://me.example/atom'/></feed>"
    )
    feed = parse_feed(atom.encode(), "https://e.example/f", {})
    assert (feed.hub, feed.topic) == ("https://e.example/hub", "https://me.example/atom")
    rss = (
        "<rss version='2.0' xmlns:a='http://www.w3.org/2005/Atom'><channel><title>t</title>"
        "<a:link rel='hub' href='https://h.example/'/></channel></rss>"
    )
    assert parse_feed(rss.encode(), "https://e.example/f", {}).hub == "https://h.example/"
    said = '</hub>; rel="hub", <https://x.example/self>; rel=self'
    server.routes = {"/f": answer(PLAIN, Link=said)}
    visits = crawl(tmp_path, items(server, "/f"), LIMITS)
    assert visits[0].feed.hub == server.url("/hub")
    assert visits[0].feed.topic == "https://x.example/self"
    js = {"version": "https://jsonfeed.org/version/1.1", "title": "t", "items": [], "feed_url": "https://e.example/j",
          "hubs": [{"type": "WebSub", "url": "https://h.example/"}]}  # fmt: skip
    feed = parse_feed(json.dumps(js).encode(), "https://e.example/j", {})
    assert (feed.hub, feed.topic) == ("https://h.example/", "https://e.example/j")


def test_link_headers_of_any_shape() -> None:
    assert link_targets('<a>; rel="x hub"; type=t, <b>;rel=self') == {
        "x": "a",
        "hub": "a",
        "self": "b",
    }
    assert link_targets("nonsense; rel=hub") == {}
    assert link_targets("<" * 100_000) == {}
