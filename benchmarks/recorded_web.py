"""A small web server for the recorded web: keep-alive, validators, one loopback address a host.

Each host of EARSHOT_DATA/web answers on an address of its own (127.0.1.1, 127.0.1.2, …), so that limits a host apply
as they would outside. Everything is in memory; only feeds are served. Runs in a process of its own: see `serving`.
"""

from __future__ import annotations

import asyncio
import csv
import hashlib
import os
import socket
import subprocess
import sys
from contextlib import contextmanager
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data"))
_KINDS = {".json": "application/feed+json", ".rss": "application/rss+xml"}
_RECORDED = formatdate(1_760_000_000, usegmt=True)


def recorded_feeds() -> dict[tuple[str, str], Path]:
    """(loopback address, path) -> file, of every recorded feed."""
    with (DATA / "web" / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] != "none"]
    hosts = {host: f"127.0.1.{n}" for n, host in enumerate(sorted({r["host"] for r in rows}), 1)}
    return {(hosts[r["host"]], r["feed_path"]): _file(r) for r in rows}


def _file(row: dict[str, str]) -> Path:
    place = DATA / "web" / row["host"] / row["feed_path"].lstrip("/")
    choices = [place, place / "index.xml", Path(str(place).replace("?", "_")), place / "index.html"]
    return next(path for path in choices if path.is_file())


def feed_urls(port: int) -> list[str]:
    """Where `serving` offers the feeds."""
    return [f"http://{host}:{port}{path}" for host, path in recorded_feeds()]


class _Site:
    """The answers, made once, each given after the round trips of a network (seconds)."""

    def __init__(self, round_trip: float) -> None:
        self._round_trip = round_trip
        self._answers: dict[tuple[str, str], tuple[str, bytes, bytes]] = {}
        for (host, path), file in recorded_feeds().items():
            body = file.read_bytes()
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            kind = _KINDS.get(file.suffix, "application/xml")
            head = f"ETag: {tag}\r\nLast-Modified: {_RECORDED}\r\nContent-Type: {kind}\r\n"
            full = f"HTTP/1.1 200 OK\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
            same = f"HTTP/1.1 304 Not Modified\r\n{head}\r\n".encode()
            self._answers[host, path] = (tag, full, same)

    def answer(self, host: str, request: bytes) -> bytes:
        """The bytes to send for a request's head."""
        lines = request.decode("latin-1").split("\r\n")
        path = lines[0].split(" ")[1].removesuffix("?").split("?copy=")[0]
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        asked = {name.lower(): value for name, value in headers.items()}.get("if-none-match")
        tag, full, same = self._answers.get((host, path), ("", b"", b""))
        if not tag:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        return same if asked == tag else full

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until the other side is done."""
        host = writer.get_extra_info("sockname")[0]
        trips = 2  # the handshake, which the kernel has answered already, and the request
        try:
            while True:
                request = await reader.readuntil(b"\r\n\r\n")
                if self._round_trip:
                    await asyncio.sleep(trips * self._round_trip)
                writer.write(self.answer(host, request))
                await writer.drain()
                trips = 1
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def _serve(port: int, round_trip: float) -> None:
    hosts = sorted({host for host, _ in recorded_feeds()})
    server = await asyncio.start_server(_Site(round_trip).talk, hosts, port)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def serving(round_trip: float = 0.0) -> Iterator[int]:
    """The port under which the feeds are served during the block, by another process, so many seconds away."""
    port = _free_port()
    command = [sys.executable, __file__, str(port), str(round_trip)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - this file
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the server of the recorded web did not start")
            yield port
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
