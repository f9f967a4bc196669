"""Fetching from real sockets: one crawl over a server full of good and bad behaviour, then a look at each visit."""

from __future__ import annotations

import gzip
import hashlib
import itertools
import time
import zlib
from typing import TYPE_CHECKING

import brotli  # type: ignore[import-untyped]  # it carries no types
import pytest

from tests.unit.crawler import server as web
from tests.unit.crawler.conftest import clean_environment, crawl
from tests.unit.crawler.server import Server, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kb.core.records import Visit

pytestmark = pytest.mark.enable_socket

LONG = "<p>" + "word " * 300 + "</p>"
FEED = f"""<rss version="2.0"><channel><title>A feed</title><link>https://example.org/</link>
<item><title>One</title><guid>1</guid><link>https://example.org/1</link><description><![CDATA[{LONG}]]></description>
</item></channel></rss>"""
LIMITS = {
    "timeout": 2.0,
    "delay": 0.0,
    "per_host": 32,
    "max_bytes": 1_000_000,
    "allowed_networks": ["127.0.0.0/8"],
}
BOMB = bytes(50_000_000)


def routes(base: str) -> dict[str, web.Route]:
    return {
        "/plain": answer(
            FEED,
            ETag='W/"a, b"',
            Last_Modified="Sat, 01 Feb 2025 00:00:00 GMT",
            Cache_Control="public, max-age=600",
        ),
        "/same": answer(status="304 Not Modified", ETag='"new"'),
        "/gzip": answer(gzip.compress(FEED.encode()), Content_Encoding="gzip"),
        "/br": answer(brotli.compress(FEED.encode()), Content_Encoding="br"),
        "/deflate": answer(zlib.compress(FEED.encode()), Content_Encoding="deflate"),
        "/badgzip": answer(b"\x1f\x8b not gzip at all", Content_Encoding="gzip"),
        "/bomb-gzip": answer(gzip.compress(BOMB), Content_Encoding="gzip"),
        "/bomb-br": answer(brotli.compress(BOMB, quality=5), Content_Encoding="br"),
        "/bomb-deflate": answer(zlib.compress(BOMB), Content_Encoding="deflate"),
        "/big": answer(bytes(2_000_000)),
        "/endless": web.endless_body,
        "/headers": web.endless_headers,
        "/drip": web.drip,
        "/stall": web.stall,
        "/short": web.short,
        "/moved": redirect(base + "/moved2", "301 Moved Permanently"),
        "/moved2": redirect("/plain", "308 Permanent Redirect"),
        "/mixed": redirect(base + "/moved2", "302 Found"),
        "/loop": redirect(base + "/loop", "301 Moved Permanently"),
        "/to-file": redirect("file:///etc/passwd"),
        "/to-private": redirect("http://10.0.0.1/"),
        "/to-odd": redirect("http://0xa9fea9fe/latest/meta-data/"),
        "/to-v6": redirect("http://[::ffff:10.0.0.1]/"),
        "/gone": answer(status="410 Gone"),
        "/busy": answer(status="503 Service Unavailable", Retry_After="120"),
        "/busy-date": answer(
            status="503 Service Unavailable",
            Date="Sat, 01 Feb 2020 00:00:00 GMT",
            Retry_After="Sat, 01 Feb 2020 01:00:00 GMT",
        ),
        "/busy-wrong": answer(status="503 Service Unavailable", Retry_After="-1"),
        "/busy-long": answer(status="503 Service Unavailable", Retry_After="1000000000000"),
        "/challenge": answer(
            "<!doctype html><title>Just a moment…</title>", Content_Type="text/html", ETag='"x"'
        ),
        "/empty": answer(b""),
        "/robots.txt": answer("User-agent: *\nDisallow: /\n", Content_Type="text/plain"),
    }


class Crawled:
    """One crawl over every route, and what the server saw of it."""

    def __init__(self, folder: Path) -> None:
        self.server = Server()
        self.server.routes = routes(self.server.url(""))
        paths = [p for p in self.server.routes if p not in {"/moved2", "/robots.txt"}]
        urls = {p: self.server.url(p) for p in paths} | {
            "refused": "http://127.0.0.1:1/",
            "nohost": "http://no-such-host.invalid/feed",
            "private": "http://192.168.7.7/feed",
            "noweb": "gopher://example.org/",
            "junk": "http://",
        }
        self.numbers = {name: at for at, name in enumerate(urls)}
        items = [{"source": at, "url": url} for at, url in enumerate(urls.values())]
        items[self.numbers["/same"]] |= {
            "etag": '"old"',
            "last_modified": "Some Day, as the server said",
        }
        began = time.monotonic()
        self.visits = crawl(folder, items, LIMITS)
        self.seconds = time.monotonic() - began

    def __getitem__(self, name: str) -> Visit:
        return self.visits[self.numbers[name]]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawled]:
    done = Crawled(tmp_path_factory.mktemp("crawl"))
    yield done
    done.server.close()


def test_a_good_feed_comes_back_whole(crawled: Crawled) -> None:
    visit = crawled["/plain"]
    assert (visit.outcome, visit.status, visit.error) == ("new", 200, "")
    assert visit.etag == 'W/"a, b"'
    assert visit.last_modified == "Sat, 01 Feb 2025 00:00:00 GMT"
    assert visit.max_age == 600
    assert visit.bytes == len(FEED)
    assert visit.body_hash == hashlib.sha256(FEED.encode()).hexdigest()
    assert visit.feed is not None
    assert [e.title for e in visit.feed.entries] == ["One"]
    assert visit.started_at.endswith("Z")


def test_validators_travel_as_they_are_and_304_brings_new_ones(crawled: Crawled) -> None:
    asked = next(a for a in crawled.server.log if a.path == "/same")
    assert asked.headers["if-none-match"] == '"old"'
    assert asked.headers["if-modified-since"] == "Some Day, as the server said"
    visit = crawled["/same"]
    assert (visit.outcome, visit.status, visit.etag, visit.last_modified) == (
        "unchanged",
        304,
        '"new"',
        "",
    )


@pytest.mark.parametrize("path", ["/gzip", "/br", "/deflate"])
def test_compression_is_undone(crawled: Crawled, path: str) -> None:
    assert crawled[path].outcome == "new"
    assert crawled[path].bytes == len(FEED)


@pytest.mark.parametrize("path", ["/bomb-gzip", "/bomb-br", "/bomb-deflate", "/big", "/endless"])
def test_size_is_capped_after_decompression(crawled: Crawled, path: str) -> None:
    assert crawled[path].outcome == "failed"
    assert crawled[path].error == "Larger than 1000000 bytes"


@pytest.mark.parametrize("path", ["/drip", "/stall"])
def test_one_deadline_for_the_whole_answer(crawled: Crawled, path: str) -> None:
    assert crawled[path].error == "Took longer than 2 s"
    assert crawled[path].duration_ms < 4000


def test_headers_without_end_are_given_up(crawled: Crawled) -> None:
    assert crawled["/headers"].outcome == "failed"
    assert "closed the connection" in crawled["/headers"].error


def test_nobody_waits_for_the_slow_ones(crawled: Crawled) -> None:
    assert crawled.seconds < 15


@pytest.mark.parametrize(
    ("path", "redirect"), [("/moved", "/plain"), ("/mixed", ""), ("/plain", "")]
)
def test_only_permanent_hops_change_the_address(crawled: Crawled, path: str, redirect: str) -> None:
    assert crawled[path].outcome == "new"
    assert crawled[path].redirect == (crawled.server.url(redirect) if redirect else "")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("/loop", "More than 10 redirects"),
        ("/to-private", "The host 10.0.0.1 is on a private network"),
        ("/to-odd", "The host 0xa9fea9fe is on a private network"),
        ("/to-v6", "The host ::ffff:10.0.0.1 is on a private network"),
        ("private", "The host 192.168.7.7 is on a private network"),
        ("/to-file", "The server answered 302 Found, but leads to no web address"),
        ("/gone", "The server answered 410 Gone"),
        ("/busy", "The server answered 503 Service Unavailable"),
        ("/challenge", "Not a feed (an HTML page)"),
        ("/empty", "Not a feed (an empty answer)"),
        ("/short", "The answer broke off before its end"),
        ("/badgzip", "The answer could not be decompressed"),
        ("refused", "The server refused the connection"),
        ("nohost", "No such host"),
        ("noweb", "Only http and https addresses are fetched"),
    ],
)
def test_errors_are_plain_words(crawled: Crawled, name: str, error: str) -> None:
    assert (crawled[name].outcome, crawled[name].error) == ("failed", error)


def test_an_address_that_is_none_is_a_failed_visit(crawled: Crawled) -> None:
    assert crawled["junk"].outcome == "failed"
    assert crawled["junk"].error


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("/busy", 120), ("/busy-date", 3600), ("/busy-wrong", None), ("/busy-long", 604800)],
)
def test_retry_after(crawled: Crawled, path: str, seconds: int | None) -> None:
    assert crawled[path].retry_after == seconds


def test_a_challenge_page_leaves_no_validators(crawled: Crawled) -> None:
    assert crawled["/challenge"].etag == ""


def test_every_feed_is_asked_for_once_and_politely(crawled: Crawled) -> None:
    paths = crawled.server.paths()
    assert paths.count("/busy") == paths.count("/gone") == paths.count("/challenge") == 1
    assert "/robots.txt" not in paths  # subscriptions are exempt
    for asked in crawled.server.log:
        assert not {"cookie", "referer", "authorization"} & set(asked.headers)
        assert "Earshot" in asked.headers["user-agent"]


def test_a_private_server_is_not_contacted_without_leave(tmp_path: Path) -> None:
    server = Server({"/plain": answer(FEED)})
    names = ["127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]", "127.1", "0"]
    items = [{"source": at, "url": server.url("/plain", name)} for at, name in enumerate(names)]
    visits = crawl(tmp_path, items, {"timeout": 3.0, "delay": 0.0})
    assert server.log == []
    assert all("private network" in v.error for v in visits.values())
    server.close()


def test_delay_and_concurrency_are_kept_per_host(tmp_path: Path) -> None:
    server = Server({f"/{n}": answer(FEED) for n in range(4)})
    items = [{"source": n, "url": server.url(f"/{n}")} for n in range(4)]
    crawl(tmp_path, items, LIMITS | {"delay": 0.3, "per_host": 2})
    times = sorted(asked.at for asked in server.log)
    assert min(b - a for a, b in itertools.pairwise(times)) > 0.25
    server.close()


def test_a_proxy_is_trusted_but_not_for_inner_hosts(tmp_path: Path) -> None:
    proxy = Server({"http://feeds.example/f": answer(FEED)})
    inner = [
        "http://localhost/f",
        "http://127.0.0.1/f",
        "http://10.1.1.1/f",
        "http://nas.local/f",
        "http://x.internal/f",
    ]
    urls = ["http://feeds.example/f", *inner, proxy.url("/f")]
    items = [{"source": at, "url": url} for at, url in enumerate(urls)]
    visits = crawl(
        tmp_path, items, {"delay": 0.0, "timeout": 5.0}, clean_environment(http_proxy=proxy.url(""))
    )
    assert visits[0].outcome == "new"
    assert all("private network" in visits[at].error for at in range(1, len(urls)))
    assert proxy.paths() == ["http://feeds.example/f"]
    proxy.close()
