"""A feed server that counts manners as rachelbythebay.com/w/2024/06/28/fsr does, on a clock that tests move."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.unit.crawler.server import Server, answer

if TYPE_CHECKING:
    from tests.unit.crawler.server import Asked, Conn

FORBIDDEN = ("cookie", "referer", "authorization", "if-range", "range")


class Score:
    """One feed with a version a `period`. `gives` are the validators that it sends: "etag", "last-modified".

    A `stuck` server answers "not modified" whatever it is asked with.
    """

    def __init__(
        self,
        now: dt.datetime,
        *,
        gives: tuple[str, ...] = ("etag", "last-modified"),
        period: float = 6.0,
        stuck: bool = False,
    ) -> None:
        self.now, self.began, self.gives, self.stuck = now, now, gives, stuck
        self.period = dt.timedelta(hours=period)
        self.counts: Counter[str] = Counter()
        self.times: list[dt.datetime] = []
        self.given: dict[str, list[str]] = {"etag": [], "last-modified": []}
        self.server = Server()
        self.server.routes = _Everything(self)
        self.url = self.server.url("/feed")

    def ask(self, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Count one request and answer it: status, headers, body."""
        self.times.append(self.now)
        self.counts["requests"] += 1
        self.counts["query"] += bool(urlsplit(path).query)
        self.counts["invented address"] += urlsplit(path).path != "/feed"
        for name in FORBIDDEN:
            self.counts[name] += name in headers
        asked = {"etag": headers.get("if-none-match"), "last-modified": headers.get("if-modified-since")}  # fmt: skip
        for name, value in asked.items():
            if value is not None:
                self.counts[f"{name} {self._judge(name, value)}"] += 1
        conditional = any(value is not None for value in asked.values())
        self.counts["unconditional"] += not conditional
        now = self._validators()
        fresh = conditional and (
            self.stuck or all(v is None or v == now[name] for name, v in asked.items())
        )
        sent = {name: now[name] for name in self.gives}
        for name, value in sent.items():
            self.given[name].append(value)
        sent["set-cookie"] = "track=1"
        return (304, sent, b"") if fresh else (200, sent, self._body())

    def closest(self) -> float:
        """Seconds between the two requests that were nearest to each other."""
        return min(
            (b - a).total_seconds() for a, b in zip(self.times, self.times[1:], strict=False)
        )

    def _judge(self, name: str, value: str) -> str:
        given = self.given[name]
        if value not in given:
            return "made up"
        return "good" if value == given[-1] else "out of sequence"

    def _version(self) -> int:
        return (self.now - self.began) // self.period

    def _validators(self) -> dict[str, str]:
        at = self.began + self._version() * self.period
        return {"etag": f'W/"{self._version()}, é"', "last-modified": format_datetime(at, usegmt=True)}  # fmt: skip

    def _body(self) -> bytes:
        newest = range(max(0, self._version() - 9), self._version() + 1)
        rows = "".join(
            f"<item><title>{n}</title><guid>{n}</guid><description>{'word ' * 400}</description>"
            f"<pubDate>{format_datetime(self.began + n * self.period)}</pubDate></item>"
            for n in newest
        )
        return f"<rss version='2.0'><channel><title>f</title>{rows}</channel></rss>".encode()


class _Everything(dict):  # type: ignore[type-arg]  # generic only to the type checker
    """Every path of the server, asked or invented, goes through the counters."""

    def __init__(self, score: Score) -> None:
        self._score = score

    def get(self, path: str, default: object = None) -> object:
        del default

        def route(conn: Conn, asked: Asked) -> None:
            status, headers, body = self._score.ask(path, asked.headers)
            words = {200: "200 OK", 304: "304 Not Modified"}[status]
            answer(body, words, **{k.replace("-", "_"): v for k, v in headers.items()})(conn, asked)

        return route
