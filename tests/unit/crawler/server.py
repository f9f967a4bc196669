"""A web server that misbehaves on request: raw sockets, one thread a connection, a log of what was asked."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

Conn = socket.socket


@dataclass
class Asked:
    """One request as it came in."""

    path: str
    headers: dict[str, str]
    at: float


Route = Callable[[Conn, Asked], None]


def answer(body: bytes | str = b"", status: str = "200 OK", **headers: str) -> Route:
    """A route that answers as told; header names are given with underscores."""
    data = body.encode() if isinstance(body, str) else body
    head = {"Content-Length": str(len(data)), "Content-Type": "application/xml"}
    head |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    raw = f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + data
    return lambda conn, _: conn.sendall(raw)


def redirect(location: str, status: str = "302 Found") -> Route:
    return answer(status=status, Location=location)


def drip(conn: Conn, _: Asked) -> None:
    """A byte now and then, for longer than anybody should wait."""
    conn.sendall(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: 100000\r\n\r\n"
    )
    for _byte in range(200):
        conn.sendall(b"<")
        time.sleep(0.1)


def endless_headers(conn: Conn, _: Asked) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(200_000):
        conn.sendall(b"X-%d: %s\r\n" % (number, b"y" * 1000))


def endless_body(conn: Conn, _: Asked) -> None:
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n\r\n")
    while True:
        conn.sendall(b"<!-- more -->" * 5000)


def short(conn: Conn, _: Asked) -> None:
    """Promises more than it sends."""
    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n<rss>")


def stall(_: Conn, __: Asked) -> None:
    time.sleep(8)


@dataclass
class Server:
    """Serves `routes` on a port of its own, over TLS when given a context."""

    routes: dict[str, Route] = field(default_factory=dict)
    log: list[Asked] = field(default_factory=list)
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.log]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                conn, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn: Conn) -> None:
        with contextlib.suppress(OSError), contextlib.closing(conn):
            if self.tls:
                conn = self.tls.wrap_socket(conn, server_side=True)
            with conn:
                for asked in _requests(conn):
                    self.log.append(asked)
                    route = self.routes.get(asked.path, answer(b"", "404 Not Found"))
                    route(conn, asked)
                    if route in {drip, endless_headers, endless_body, short, stall}:
                        return


def _requests(conn: Conn) -> Iterator[Asked]:
    """The requests on a connection, one after the other."""
    waiting = b""
    while True:
        while b"\r\n\r\n" not in waiting:
            more = conn.recv(65536)
            if not more:
                return
            waiting += more
        head, _, waiting = waiting.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        yield Asked(first.split(" ")[1], headers, time.monotonic())
