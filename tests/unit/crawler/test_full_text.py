"""Pages behind teasers: which are read, how often, and what happens when they cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.crawler.conftest import crawl
from tests.unit.crawler.server import Server, answer

if TYPE_CHECKING:
    from pathlib import Path

    from kb.core.records import PageRecord, Visit

pytestmark = pytest.mark.enable_socket

WORDS = (
    "The decoder reads one frame after another and keeps what it has heard so far in mind. " * 12
)
PAGE = f"<html lang='en'><head><title>Long read</title></head><body><h1>Long read</h1><article><p>{WORDS}</p></article></body></html>"
LIMITS: dict[str, Any] = {
    "timeout": 3.0,
    "delay": 0.0,
    "per_host": 8,
    "allowed_networks": ["127.0.0.0/8"],
}


def feed(*links: str) -> str:
    items = "".join(
        f"<item><guid>{at}</guid><title>t{at}</title><link>{link}</link><description>A teaser.</description>"
        f"<pubDate>Sat, 0{9 - at} Feb 2025 00:00:00 GMT</pubDate></item>"
        for at, link in enumerate(links)
    )
    return f"<rss version='2.0'><channel><title>f</title>{items}</channel></rss>"


def pages(visit: Visit) -> list[PageRecord | None]:
    assert visit.feed is not None
    return [entry.page for entry in visit.feed.entries]


def html(body: str) -> Any:
    return answer(body, Content_Type="text/html; charset=utf-8")


def test_teasers_get_their_page_and_known_entries_do_not(tmp_path: Path) -> None:
    server = Server()
    server.routes = {
        "/feed": answer(feed(*(server.url(f"/{n}") for n in range(3)))),
        "/0": html(PAGE),
        "/2": html(PAGE),
    }
    visit = crawl(tmp_path, [{"source": 1, "url": server.url("/feed"), "known": ["0"]}], LIMITS)[1]
    known, missing, read = pages(visit)
    assert known is None
    assert missing is not None
    assert (missing.ok, missing.error) == (False, "The server answered 404 Not Found")
    assert read is not None
    assert read.ok
    assert "one frame after another" in read.text
    assert (read.title, read.language) == ("Long read", "en")
    server.close()


def test_full_text_can_be_off_and_has_a_limit(tmp_path: Path) -> None:
    server = Server()
    server.routes = {"/feed": answer(feed(*(server.url(f"/{n}") for n in range(4))))}
    server.routes |= {f"/{n}": html(PAGE) for n in range(4)}
    items = [
        {"source": 1, "url": server.url("/feed"), "full_text": False},
        {"source": 2, "url": server.url("/feed?2")},
    ]
    server.routes["/feed?2"] = server.routes["/feed"]
    visits = crawl(tmp_path, items, LIMITS | {"max_pages": 2})
    assert pages(visits[1]) == [None] * 4
    assert [p is not None for p in pages(visits[2])] == [True, True, False, False]  # the newest two
    server.close()


def test_a_page_that_two_sources_want_is_fetched_once(tmp_path: Path) -> None:
    server = Server()
    body = answer(feed(server.url("/a"), server.url("/a#part")))
    server.routes = {"/f1": body, "/f2": body, "/a": html(PAGE)}
    visits = crawl(tmp_path, [{"source": n, "url": server.url(f"/f{n}")} for n in (1, 2)], LIMITS)
    assert all(p is not None and p.ok for n in (1, 2) for p in pages(visits[n]))
    assert server.paths().count("/a") == 1
    server.close()


def test_robots_are_obeyed_for_pages(tmp_path: Path) -> None:
    server = Server()
    server.routes = {
        "/robots.txt": answer("User-agent: *\nDisallow: /secret", Content_Type="text/plain"),
        "/feed": answer(feed(server.url("/secret/a"), server.url("/open"))),
        "/open": html(PAGE),
        "/secret/a": html(PAGE),
    }
    visit = crawl(tmp_path, [{"source": 1, "url": server.url("/feed")}], LIMITS)[1]
    secret, open_ = pages(visit)
    assert secret is not None
    assert secret.error == "robots.txt does not allow it"
    assert open_ is not None
    assert open_.ok
    assert "/secret/a" not in server.paths()
    server.close()


def test_pages_pass_the_guard_and_the_type_check(tmp_path: Path) -> None:
    server = Server()
    links = [
        "http://10.0.0.1/a",
        "http://169.254.169.254/latest",
        server.url("/paper.pdf"),
        "javascript:alert(1)",
    ]
    server.routes = {
        "/feed": answer(feed(*links)),
        "/paper.pdf": answer(b"%PDF-1.7" * 100, Content_Type="application/pdf"),
    }
    visit = crawl(tmp_path, [{"source": 1, "url": server.url("/feed")}], LIMITS)[1]
    errors = [p.error if p else None for p in pages(visit)]
    assert errors == [
        "The host 10.0.0.1 is on a private network",
        "The host 169.254.169.254 is on a private network",
        "Not an HTML page (application/pdf)",
        None,
    ]
    server.close()


def test_a_host_that_keeps_failing_is_given_up(tmp_path: Path) -> None:
    server = Server()
    dead = [f"http://127.0.0.1:1/{n}" for n in range(8)]
    server.routes = {"/feed": answer(feed(*dead))}
    visit = crawl(tmp_path, [{"source": 1, "url": server.url("/feed")}], LIMITS | {"per_host": 1})[
        1
    ]
    errors = [p.error for p in pages(visit) if p]
    assert errors[:3] == ["The server refused the connection"] * 3
    assert set(errors[3:]) == {"Given up: 127.0.0.1 failed 3 times in a row"}
    server.close()
