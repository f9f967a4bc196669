"""A web server of ours or of others on loopback, asked for one page at a time by wrk."""

from __future__ import annotations

import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil

from benchmarks.papers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PATIENCE = 120  # seconds until a server must answer


@dataclass(frozen=True, slots=True)
class Answered:
    """One page: answers a second and per processor second of the servers, milliseconds, and how many were no 200 or 304."""

    page: str
    who: str
    per_second: float
    per_core: float
    p50_ms: float
    p99_ms: float
    wrong: int


@dataclass(frozen=True, slots=True)
class Asking:
    """How a site is asked; `servers` are the processes, with their children, whose processor time counts."""

    site: str
    servers: Sequence[psutil.Process]
    connections: int
    seconds: int

    def ask(self, page: str, path: str, who: str, headers: Mapping[str, str]) -> Answered:
        """The figures of one page, which was asked for once before. Raises subprocess.CalledProcessError where wrk fails."""
        sent = {"Accept-Encoding": "gzip"} | dict(headers)
        given = [part for name, value in sent.items() for part in ("-H", f"{name}: {value}")]
        command = [
            "wrk", "-t1", f"-c{self.connections}", f"-d{self.seconds}s", "--latency", "--timeout", "30s",
            *given, self.site + path,
        ]  # fmt: skip
        # the same request as those that are measured, and not the one that knows the page already
        self.tag(path, {k: v for k, v in sent.items() if k != "If-None-Match"})
        before = self._spent()
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own arguments
        spent = self._spent() - before
        number = int(_found(r"(\d+) requests in", said))
        return Answered(
            page=page,
            who=who,
            per_second=float(_found(r"Requests/sec:\s+([\d.]+)", said)),
            per_core=number / spent if spent else 0.0,
            p50_ms=_milliseconds(_found(r"\n\s+50%\s+(\S+)", said)),
            p99_ms=_milliseconds(_found(r"\n\s+99%\s+(\S+)", said)),
            wrong=int(_found(r"Non-2xx or 3xx responses: (\d+)", said) or 0),
        )

    def tag(self, path: str, headers: Mapping[str, str]) -> str:
        """The validator of a page, "" where it has none."""
        request = urllib.request.Request(self.site + path, headers=dict(headers))  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - as above
            answer.read()
            return str(answer.headers["ETag"] or "")

    def _spent(self) -> float:
        """Processor seconds until now."""
        each = (
            one for server in self.servers for one in (server, *server.children(recursive=True))
        )
        times = [process.cpu_times() for process in each]
        return sum(time.user + time.system for time in times)


def has_wrk() -> bool:
    """Whether wrk can be run."""
    return shutil.which("wrk") is not None


def free_port() -> int:
    """A port that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def running(
    command: Sequence[str], url: str, env: Mapping[str, str] | None = None
) -> Iterator[psutil.Process]:
    """A server that answers at `url`; it is stopped afterwards. Raises RuntimeError where it ends or stays silent."""
    server = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(url):
            if server.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{' '.join(command)} does not answer at {url}")
            time.sleep(0.2)
        yield psutil.Process(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=30).close()  # noqa: S310 - our own address
    except OSError:
        return False
    return True


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _milliseconds(text: str) -> float:
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    match = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    return float(match[1]) * units[match[2]] if match else 0.0
