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


def _rows() -> list[dict[str, str]]:
    with (DATA / "web" / "MANIFEST.csv").open(newline="", encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["format"] != "none"]


def recorded_feeds() -> dict[tuple[str, str], Path]:
    """(loopback address, path) -> file, of every recorded feed."""
    rows = _rows()
    hosts = {host: f"127.0.1.{n}" for n, host in enumerate(sorted({r["host"] for r in rows}), 1)}
    return {(hosts[r["host"]], r["feed_path"]): _file(r) for r in rows}


def _file(row: dict[str, str]) -> Path:
    place = DATA / "web" / row["host"] / row["feed_path"].lstrip("/")
    choices = [place, place / "index.xml", Path(str(place).replace("?", "_")), place / "index.html"]
    return next(path for path in choices if path.is_file())


def feed_urls(port: int) -> list[str]:
    """Where `serving` offers the feeds."""
    return [f"http://{host}:{port}{path}" for host, path in recorded_feeds()]


def named_urls() -> list[str]:
    """The feeds under the names of their hosts, for a proxy that has them."""
    return [f"http://{row['host']}{row['feed_path']}" for row in _rows()]


class _Site:
    """The answers, made once."""

    def __init__(self) -> None:
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
        try:
            while True:
                writer.write(self.answer(host, await reader.readuntil(b"\r\n\r\n")))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


async def _serve(port: int) -> None:
    hosts = sorted({host for host, _ in recorded_feeds()})
    server = await asyncio.start_server(_Site().talk, hosts, port)
    print("ready", flush=True)
    await server.serve_forever()


@contextmanager
def serving() -> Iterator[int]:
    """The port under which the feeds are served during the block, by another process."""
    port = _free_port()
    command = [sys.executable, __file__, str(port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - this file
        try:
            assert process.stdout is not None
            if process.stdout.readline() != b"ready\n":
                raise RuntimeError("the server of the recorded web did not start")
            yield port
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
