"""The bad inputs that docs/crawler.md numbers, each through a real crawler and real sockets."""

from __future__ import annotations

import contextlib
import gzip
import json
import subprocess
import sys
import textwrap
import time
from typing import TYPE_CHECKING, Any

import pytest
from backports import zstd

from tests.unit.crawler.conftest import ROOT, clean_environment, crawl
from tests.unit.crawler.server import Server, answer, redirect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kb.core.records import Visit
    from tests.unit.crawler.server import Asked, Conn, Route

pytestmark = pytest.mark.enable_socket

FEED = "<rss version='2.0'><channel><title>f</title>{}<item><title>kept</title><guid>g</guid></item></channel></rss>"
LIMITS: dict[str, Any] = {"timeout": 20.0, "delay": 0.0, "per_host": 32, "allowed_networks": ["127.0.0.0/8"]}  # fmt: skip
INNER = {
    1: "http://0/", 2: "http://0x7f.1/", 3: "http://[::ffff:169.254.169.254]/", 4: "http://[64:ff9b::a9fe:a9fe]/",
    5: "http://[2002:7f00:1::]/", 6: "http://[::127.0.0.1]/", 7: "http://[fec0::1]/", 8: "http://100.64.0.1/",
    70: "http://[ff02::1]/", 71: "http://224.0.0.1/", 20: "http://2130706433/", 21: "http://0177.0.0.1/",
}  # fmt: skip


def test_1_to_8_addresses_that_stand_for_inner_ones(tmp_path: Path) -> None:
    items = [{"source": number, "url": url} for number, url in INNER.items()]
    visits = crawl(tmp_path, items, {"timeout": 5.0, "delay": 0.0})
    for number, visit in visits.items():
        assert visit.error.endswith("is on a private network"), (number, visit.error)
    assert (tmp_path / "spool.asked").read_text() == ""  # nothing went out


def with_names(folder: Path, names: dict[str, list[list[str]]], items: list[Any]) -> list[str]:
    """Errors of a crawl whose resolver answers `names`: each name's answers in turn, the last one for good."""
    limits = {"timeout": 5.0, "delay": 0.0, "per_host": 1, "allowed_networks": ["127.0.0.2/32"]}
    (folder / "plan").write_text(json.dumps({"items": items, "limits": limits}))
    program = f"""
    import socket, sys
    names, real = {names!r}, socket.getaddrinfo
    def fake(host, port, *rest, **more):
        name = host.decode() if isinstance(host, bytes) else host
        if name not in names:
            return real(host, port, *rest, **more)
        turns = names[name]
        answer = turns.pop(0) if len(turns) > 1 else turns[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answer]
    socket.getaddrinfo = fake
    from crawler.__main__ import main
    sys.exit(main(["--plan", "plan", "--out", "out"]))
    """
    command = [sys.executable, "-c", textwrap.dedent(program)]
    env = clean_environment(PYTHONPATH=str(ROOT))
    subprocess.run(command, cwd=folder, env=env, check=True, timeout=60)
    visits = map(json.loads, (folder / "out").read_text().splitlines())
    return [v["error"] for v in sorted(visits, key=lambda v: v["source"])]


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    """The same port at an address that may be contacted (127.0.0.2) and at one that may not (127.0.0.1)."""
    import socket

    inner = Server()
    outer = Server()
    outer._listener.close()
    outer._listener = socket.create_server(("127.0.0.2", inner.port))
    outer.port = inner.port
    import threading

    threading.Thread(target=outer._accept, daemon=True).start()
    for server in (inner, outer):
        feed = answer(FEED.format(""), Connection="close")
        server.routes = {"/1": feed, "/2": feed}
    yield inner, outer
    inner.close()
    outer.close()


def test_9_a_name_that_changes_its_mind(tmp_path: Path, pair: tuple[Server, Server]) -> None:
    inner, outer = pair
    items = [{"source": n, "url": outer.url(f"/{n}", "rebind.example")} for n in (1, 2)]
    errors = with_names(tmp_path, {"rebind.example": [["127.0.0.2"], ["127.0.0.1"]]}, items)
    assert sorted(errors) == ["", "The host rebind.example is on a private network"]
    assert (len(outer.log), inner.log) == (1, [])


def test_10_a_name_with_a_public_and_a_private_address(
    tmp_path: Path, pair: tuple[Server, Server]
) -> None:
    inner, outer = pair
    items = [{"source": n, "url": outer.url(f"/{n}", "mixed.example")} for n in (1, 2)]
    errors = with_names(tmp_path, {"mixed.example": [["127.0.0.1", "127.0.0.2"]]}, items)
    assert (errors, inner.log) == (["", ""], [])
    outer.close()


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def test_11_and_12_redirects_to_where_nobody_may_go(tmp_path: Path, server: Server) -> None:
    targets = ["http://10.0.0.1/", "http://0x0a000001/", "file:///etc/passwd", "gopher://x.example/", "ftp://x.example/"]  # fmt: skip
    server.routes = {f"/{at}": redirect(target) for at, target in enumerate(targets)}
    items = [{"source": at, "url": server.url(f"/{at}")} for at in range(len(targets))]
    visits = crawl(tmp_path, items, LIMITS)
    assert all("private network" in visits[at].error for at in (0, 1))
    assert all("leads to no web address" in visits[at].error for at in (2, 3, 4))


def test_13_names_that_only_look_like_another_host(tmp_path: Path, server: Server) -> None:
    port = server.port
    urls = [
        f"http://example.org@127.0.0.1:{port}/",
        f"http://example.org:80@127.0.0.1:{port}/",
        f"http://127.0.0.1:{port}\\@example.invalid/",
        f"http://127.0.0.1:{port}\\.example.invalid/",
        f"http://example.invalid#@127.0.0.1:{port}/",
    ]
    items = [{"source": at, "url": url} for at, url in enumerate(urls)]
    visits = crawl(tmp_path, items, {"timeout": 3.0, "delay": 0.0})
    assert server.log == []
    assert all(v.outcome == "failed" and v.error for v in visits.values())


def test_21_answers_whose_length_is_a_lie(tmp_path: Path, server: Server) -> None:
    body = FEED.format("")
    server.routes = {
        "/short": answer(body, Content_Length=str(len(body) + 500), Connection="close"),
        "/long": answer(body, Content_Length=str(len(body) - 10)),
        "/words": answer(body, Content_Length="many"),
        "/negative": answer(body, Content_Length="-5"),
    }
    server.routes["/short"] = lambda conn, asked, send=server.routes["/short"]: (
        send(conn, asked),
        conn.shutdown(2),
    )
    items = [{"source": at, "url": server.url(path)} for at, path in enumerate(server.routes)]
    visits = crawl(tmp_path, items, LIMITS | {"timeout": 3.0})
    assert visits[0].error == "The answer broke off before its end"
    assert all(v.error or v.outcome == "new" for v in visits.values())


def test_22_credentials_are_never_sent(tmp_path: Path, server: Server) -> None:
    other = Server({"/f": answer(FEED.format(""))})
    secret = other.url("/f", "name:word@localhost")
    server.routes = {"/f": redirect(other.url("/f", "localhost")), "/g": redirect(secret)}
    urls = [server.url("/f"), server.url("/g"), server.url("/f", "name:word@127.0.0.1"), secret]
    items = [{"source": at, "url": url} for at, url in enumerate(urls)]
    visits = crawl(tmp_path, items, LIMITS)
    assert [visits[at].outcome for at in range(4)] == ["new", "failed", "failed", "failed"]
    assert all("has a password in it" in visits[at].error for at in (1, 2, 3))
    assert (other.paths(), sorted(server.paths())) == (["/f"], ["/f", "/g"])
    assert not any("authorization" in asked.headers for asked in other.log + server.log)
    other.close()


def sends(raw: bytes) -> Route:
    """A route that answers these very bytes and hangs up."""

    def send(conn: Conn, _: Asked) -> None:
        conn.sendall(raw)
        conn.shutdown(2)

    return send


def slow_headers(conn: Conn, _: Asked) -> None:
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 1000:
            conn.sendall(bytes([byte]))
            time.sleep(0.1)


def again_and_again(conn: Conn, _: Asked) -> None:
    with contextlib.suppress(OSError):
        while True:
            conn.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)


def endless_chunks(conn: Conn, _: Asked) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    with contextlib.suppress(OSError):
        while True:
            conn.sendall(b"1;" + b"e" * 2000 + b"\r\na\r\n")


BYTES = FEED.format("").encode()
TWICE = gzip.compress(gzip.compress(bytes(50_000_000)))
HTTP: dict[str, tuple[Route, str]] = {
    # what a server does -> a piece of what is said of it; "" where the feed is read all the same
    "16 gzip in gzip": (answer(TWICE, Content_Encoding="gzip, gzip"), "Larger than"),
    "16 gzip, not said to be": (answer(gzip.compress(BYTES)), "Not a feed"),
    "16 gzip, cut short": (answer(gzip.compress(BYTES)[:-12], Content_Encoding="gzip"), ""),
    "17 zstd": (answer(zstd.compress(bytes(50_000_000)), Content_Encoding="zstd"), "Larger than"),
    "18 headers, byte by byte": (slow_headers, "Took longer than"),
    "19 100 Continue for ever": (again_and_again, "closed the connection"),
    "19 chunk extensions for ever": (endless_chunks, "broke off"),
    "20 redirect to itself by nothing": (redirect(""), "More than 10 redirects"),
    "20 redirect to no address": (redirect("http://[::1"), "cannot be read"),
    "20 redirect to no port": (redirect("http://127.0.0.1:99999/"), "cannot be read"),
    "20 redirect to a script": (redirect("javascript:alert(1)"), "cannot be read"),
    "20 redirect of 300 kB": (redirect("/" + "a" * 300_000), "closed the connection"),
    "21 two lengths": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\n" + BYTES), "closed the connection"),
    "21 a length of 10^23": (sends(b"HTTP/1.1 200 OK\r\nContent-Length: 1" + b"0" * 23 + b"\r\n\r\n" + BYTES), "Larger than"),
    "21 a negative chunk": (sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n" + BYTES), "broke off"),
    "21 no HTTP at all": (sends(BYTES), "closed the connection"),
    "21 a status of letters": (sends(b"HTTP/1.1 abc OK\r\n\r\n"), "closed the connection"),
    "25 infinite patience": (answer("", "503 x", Retry_After="1e400"), "503 Service Unavailable"),
    "25 a superscript": (answer("", "503 x", Retry_After="\xb2"), "503 Service Unavailable"),
    "30 NUL in a validator": (sends(b'HTTP/1.1 200 OK\r\nETag: "a\x00b"\r\nContent-Length: %d\r\n\r\n' % len(BYTES) + BYTES), ""),
    "31 a charset that is none": (answer(BYTES, Content_Type="text/xml; charset=zlib_codec"), ""),
    "43 a script in the status": (answer("", "404 <script>"), "404 Not Found"),
}  # fmt: skip


@pytest.fixture(scope="module")
def misled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Visit]]:
    server = Server({f"/{at}": route for at, (route, _) in enumerate(HTTP.values())})
    items = [{"source": at, "url": server.url(f"/{at}")} for at in range(len(HTTP))]
    limits = LIMITS | {"timeout": 4.0, "max_bytes": 1_000_000}
    yield crawl(tmp_path_factory.mktemp("misled"), items, limits)
    server.close()


@pytest.mark.parametrize("what", HTTP)
def test_16_to_25_answers_that_mean_harm(misled: dict[int, Visit], what: str) -> None:
    visit, words = misled[list(HTTP).index(what)], HTTP[what][1]
    assert words in visit.error
    assert (visit.outcome == "new") == (not words)
    assert "Error" not in visit.error
    assert "\x00" not in visit.etag
    assert visit.retry_after is None


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
BODIES: dict[int, tuple[bytes, bool]] = {
    # number -> (body, whether the entry "kept" must come through it)
    26: ((LAUGHS + "]>" + FEED.format("<description>&i;</description>")).encode(), True),
    27: (("<!DOCTYPE x [<!ENTITY a '" + "a" * 50_000 + "'>]>" + FEED.format("<description>" + "&a;" * 5000 + "</description>")).encode(), True),
    28: (f"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{FEED.format('<description>&a;</description>')}".encode(), True),
    29: (FEED.format("<item><guid>n</guid><description>" + "<div>" * 200_000 + "</description></item>").encode(), False),
    30: (FEED.format("<description>a\x00b\x08c&#0;&#8;</description>").encode(), True),
    31: (b'<?xml version="1.0" encoding="utf-7"?>' + FEED.format("<description>+ADw-b+AD4- \xe9</description>").encode("latin-1"), True),
    310: (FEED.format("<description>&#xD800;</description>").encode() + b"\xed\xa0\x80", True),
    32: (FEED.format("<description>A & B &nope; <b></description>").encode(), False),
    33: (FEED.format("<item><guid>y</guid><pubDate>Fri, 31 Dec 9999 23:59:59 GMT</pubDate></item><item><guid>z</guid><pubDate>0000-00-00</pubDate></item>").encode(), True),
    34: (FEED.format("<item><guid>t</guid><title>" + "long " * 2_000_000 + "</title></item>").encode(), True),
    35: (FEED.format("".join(f"<item><guid>{n}</guid><title>{n}</title></item>" for n in range(50_000))).encode(), False),
    36: (FEED.format("<item><guid>d</guid><link>/1</link></item>" * 3 + "<item><guid>d</guid><link>/2</link></item>").encode(), True),
    37: (FEED.format(f"<description>{'<a' * 20_000}{'&' * 20_000}{'<!--' * 9_000}</description><pubDate>{'1 ' * 20_000}</pubDate>").encode(), False),
}  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, Visit]]:
    server = Server({f"/{number}": answer(body) for number, (body, _) in BODIES.items()})
    items = [{"source": number, "url": server.url(f"/{number}")} for number in BODIES]
    yield crawl(tmp_path_factory.mktemp("hostile"), items, LIMITS)
    server.close()


@pytest.mark.parametrize("number", BODIES)
def test_26_to_37_documents_that_mean_harm(hostile: dict[int, Visit], number: int) -> None:
    visit = hostile[number]
    if visit.feed is None:
        assert visit.error, "a failure says why"
        assert not BODIES[number][1]
        return
    titles = [entry.title for entry in visit.feed.entries]
    assert ("kept" in titles) or not BODIES[number][1]
    text = json.dumps([e.summary + e.content + e.title for e in visit.feed.entries])
    assert "root:" not in text
    assert "\\u0000" not in text
    assert len(visit.feed.entries) <= 5000
    assert all(len(entry.title) <= 10_000 for entry in visit.feed.entries)
