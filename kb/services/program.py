"""Starting the crawler, which is a program of its own, and having errands run by it."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings

from kb.core.records import CrawlLimits, Plan, PlanItem, Visit, read_visit, to_json
from kb.errors import EarshotError

if TYPE_CHECKING:
    from collections.abc import Sequence

STDERR = 2  # standard output belongs to the command that a person runs
ERRANDS_SECONDS = 1800
STOP_SECONDS = 5.0
# the crawler has ended, and who could have said how has ended before
UNKNOWN_STATUS = -1
_NUMBER = struct.Struct("!i")


class CrawlerError(EarshotError):
    """The crawler ended without doing what it was asked to."""


def spool_folder() -> Path:
    """Where plans, spools and deliveries lie; made when it is not there."""
    path = Path(settings.SPOOL_DIR)
    path.mkdir(parents=True, exist_ok=True)
    return path


def usual_limits() -> CrawlLimits:
    """How the crawler behaves by this hub's settings."""
    return CrawlLimits(
        user_agent=settings.CRAWLER_USER_AGENT,
        timeout=settings.CRAWLER_TIMEOUT,
        delay=settings.CRAWLER_DELAY,
        allowed_networks=tuple(settings.CRAWLER_ALLOWED_NETWORKS),
        gate=str(spool_folder() / "gate"),
    )


class Crawler:
    """A crawler at work. It ends itself when we do, because its standard input is our side of a socket."""

    def __init__(self, line: socket.socket, pid: int) -> None:
        self._line, self.pid = line, pid
        self.status: int | None = None
        """How it ended, a negative number for a signal; None while it runs."""

    def ended(self, seconds: float | None) -> bool:
        """Whether it has ended, after waiting for that at most so long (None: until it has)."""
        if self.status is None:
            self._line.settimeout(seconds)
            try:
                self.status = _number(self._line, UNKNOWN_STATUS)
            except TimeoutError:
                return False
        return True

    def stop(self) -> None:
        """Have it leave at once: by the end of its standard input, and by force where that is not enough."""
        if self.status is None:
            self._line.shutdown(socket.SHUT_WR)
            if not self.ended(STOP_SECONDS):
                os.kill(self.pid, signal.SIGKILL)
                self.ended(None)
        self._line.close()

    def __enter__(self) -> Self:
        """Nothing more than what `start_crawler` did."""
        return self

    def __exit__(self, *_: object) -> None:
        """Leave none behind."""
        self.stop()


def _number(line: socket.socket, otherwise: int) -> int:
    """What `crawler.forks` says next, or `otherwise` where it is gone."""
    try:
        said = line.recv(_NUMBER.size)
    except ConnectionError:
        said = b""
    return int(_NUMBER.unpack(said)[0]) if said else otherwise


class _Forks:
    """The process of ours that crawlers are forked from (`crawler.forks`): started when needed, and anew when gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self, request: bytes) -> Crawler | None:
        """A new crawler, or None where the process did not survive being asked for it."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self._lock:
            control = self._start() if self._control is None else self._control
            with theirs:
                try:
                    socket.send_fds(control, [request], [theirs.fileno()])
                except ConnectionError:
                    pid = 0
                else:
                    pid = _number(ours, 0)
            if pid:
                return Crawler(ours, pid)
            ours.close()
            self._close()
        return None

    def prepare(self) -> None:
        """Have it loading, if it is not there."""
        with self._lock:
            if self._control is None:
                self._start()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "crawler", "serve"],
                cwd=settings.BASE_DIR,
                stdin=theirs.fileno(),
                stdout=STDERR,
            )
        self._control = ours
        return ours

    def _close(self) -> None:
        """Let it end, and start another the next time."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.wait()
        self._control = self._process = None

    def leave_to_parent(self) -> None:
        """After we were forked: the process belongs to our parent, whose end it must see."""
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            self._process.returncode = 0  # nobody here waits for it
        self._lock = threading.Lock()  # another thread may have held it
        self._control = self._process = None

    def close(self) -> None:
        """Let it end, when no crawler is just about to begin."""
        with self._lock:
            self._close()


_FORKS = _Forks()
os.register_at_fork(after_in_child=_FORKS.leave_to_parent)


def prepare_crawler() -> None:
    """Have what crawlers are forked from loading before the first is asked for, which would wait half a second for it."""
    _FORKS.prepare()


def let_forks_end() -> None:
    """Give back what waits to fork crawlers; it comes again with the next crawler."""
    _FORKS.close()


atexit.register(let_forks_end)


def start_crawler(*arguments: str) -> Crawler:
    """The crawler, at work on what the command line `arguments` ask for. Raises CrawlerError where it does not start."""
    proxies = {k: v for k, v in settings.CRAWLER_PROXIES.items() if v}
    asked = {"arguments": [*arguments, "--lifeline"], "environment": proxies}
    request = json.dumps(asked).encode()
    # the first may just have been killed, or may have left because nobody asked it for long
    for _ in range(2):
        if crawler := _FORKS.begin(request):
            return crawler
    raise CrawlerError("the crawler does not start; the log says why")


def run_crawler(*arguments: str, seconds: float) -> None:
    """Run the crawler to its end. Raises CrawlerError when it ends badly or takes longer."""
    with start_crawler(*arguments) as crawler:
        if not crawler.ended(seconds):
            raise CrawlerError(f"the crawler took longer than {seconds:g} s")
    if crawler.status:
        raise CrawlerError(f"the crawler ended with exit status {crawler.status}")


def look(what: str, url: str, *, seconds: float) -> dict[str, Any]:
    """What `python -m crawler WHAT URL` says of one address, by this hub's settings. Raises CrawlerError."""
    limits = usual_limits()
    options = {"user-agent": limits.user_agent, "timeout": limits.timeout, "delay": limits.delay}
    command = [sys.executable, "-m", "crawler", what, url]
    command += [f"--{name}={value}" for name, value in options.items()]
    command += [f"--allow-network={network}" for network in limits.allowed_networks]
    env = os.environ | {k: v for k, v in settings.CRAWLER_PROXIES.items() if v}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            cwd=settings.BASE_DIR,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CrawlerError(f"the crawler took longer than {seconds:g} s") from error
    if done.returncode or not done.stdout.strip():
        raise CrawlerError(f"the crawler ended early (exit status {done.returncode})")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[0])
    return said


def run_errands(items: Sequence[PlanItem], limits: CrawlLimits) -> list[Visit]:
    """Ask whether addresses answer, or send forms to them, one `Visit` each. Raises CrawlerError."""
    if not items:
        return []
    plan = spool_folder() / f"{uuid.uuid4().hex}.plan.json"
    spool = plan.with_suffix(".jsonl")
    plan.write_text(json.dumps(to_json(Plan(tuple(items), limits))))
    try:
        run_crawler("--plan", str(plan), "--out", str(spool), "--errands", seconds=ERRANDS_SECONDS)
        return read_visits(spool)
    finally:
        plan.unlink(missing_ok=True)
        spool.unlink(missing_ok=True)


def read_visits(spool: Path) -> list[Visit]:
    """The whole lines of a spool that nobody writes to any more."""
    lines = spool.read_bytes().splitlines(keepends=True)
    return [read_visit(json.loads(line)) for line in lines if line.endswith(b"\n")]
