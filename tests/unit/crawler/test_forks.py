"""The process that crawlers are forked from: what it says, what it holds, and when it leaves."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from crawler.spool import read_spool
from tests.unit.crawler.conftest import ROOT, clean_environment
from tests.unit.crawler.server import Server, answer, stall

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket
FEED = "<rss version='2.0'><channel><title>f</title><item><title>t</title><guid>g</guid></item></channel></rss>"


class Forking:
    """The process, and how it is asked."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.process, self.control = process, control
        self.lines: list[socket.socket] = []

    def begin(self, *arguments: str) -> tuple[int, socket.socket]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = json.dumps({"arguments": arguments, "environment": {}}).encode()
        with theirs:
            socket.send_fds(self.control, [request], [theirs.fileno()])
        self.lines.append(ours)
        return told(ours), ours


def told(line: socket.socket) -> int:
    (number,) = struct.unpack("!i", line.recv(4))
    return number


@pytest.fixture
def forking() -> Iterator[Forking]:
    with started() as found:
        yield found


@contextmanager
def started() -> Iterator[Forking]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawler", "serve"],
            cwd=ROOT,
            env=clean_environment(),
            stdin=theirs.fileno(),
        )
    with ours, process:
        found = Forking(process, ours)
        yield found
        for line in (ours, *found.lines):
            line.close()
        assert process.wait(10) == 0


def plan(folder: Path, server: Server, path: str) -> list[str]:
    limits = {"delay": 0, "allowed_networks": ["127.0.0.0/8"]}
    items = [{"source": 1, "url": server.url(path)}]
    (folder / "plan").write_text(json.dumps({"items": items, "limits": limits}))
    return ["--plan", str(folder / "plan"), "--out", str(folder / "out"), "--lifeline"]


def test_each_crawler_is_a_new_one_and_its_end_is_told(forking: Forking, tmp_path: Path) -> None:
    server = Server({"/ok": answer(FEED)})
    pids = set()
    for _ in range(2):
        pid, line = forking.begin(*plan(tmp_path, server, "/ok"))
        assert told(line) == 0
        pids.add(pid)
    assert len(pids) == 2
    assert [v.outcome for v in read_spool(tmp_path / "out")] == ["new", "new"]
    (tmp_path / "plan").write_text("no plan")
    assert (
        told(forking.begin("--plan", str(tmp_path / "plan"), "--out", str(tmp_path / "out"))[1])
        == 2
    )
    server.close()


@pytest.mark.parametrize(
    ("way", "status"), [("kill", -signal.SIGKILL), ("term", 143), ("lifeline", 75)]
)
def test_a_crawler_that_is_ended_says_how(
    forking: Forking, tmp_path: Path, way: str, status: int
) -> None:
    server = Server({"/stall": stall})
    pid, line = forking.begin(*plan(tmp_path, server, "/stall"))
    while not server.log:
        assert psutil.pid_exists(pid)
    if way == "lifeline":
        line.shutdown(socket.SHUT_WR)
    else:
        os.kill(pid, signal.SIGKILL if way == "kill" else signal.SIGTERM)
    assert told(line) == status
    server.close()


def test_who_holds_the_line_of_a_crawler_sees_its_end_when_nobody_can_tell(
    forking: Forking, tmp_path: Path
) -> None:
    server = Server({"/stall": stall})
    with started() as other:
        pid, line = other.begin(*plan(tmp_path, server, "/stall"))
        other.begin(*plan(tmp_path, server, "/stall"))
        other.process.kill()
        other.process.wait()
        os.kill(pid, signal.SIGKILL)
        assert line.recv(4) == b""
        other.process.returncode = 0
    server.close()


def test_it_holds_no_thread_and_no_reactor_that_a_fork_would_break() -> None:
    code = (
        "import sys, threading; from crawler.run import load; load(); import os;"
        "assert 'twisted.internet.reactor' not in sys.modules;"
        "assert len(os.listdir('/proc/self/task')) == 1"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
