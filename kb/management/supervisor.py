"""Starting the parts of the hub as processes, keeping them up, and stopping every one of them."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PR_SET_PDEATHSIG = 1
GRACE_SECONDS = 3.0
QUIT_SECONDS = 1.5
BROKER_SECONDS = 3.0
MAX_STARTS, PER_SECONDS = 6, 120.0


@dataclass
class Part:
    """One process of the hub. `secret` is written to its standard input as one line.

    `orphaned` is the signal it gets when the supervisor itself was killed: at once, since a worker that is asked
    politely would first wait for a broker that is gone.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    orphaned: signal.Signals = signal.SIGKILL
    process: subprocess.Popen[bytes] | None = None
    starts: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_STARTS))

    @property
    def keeps_dying(self) -> bool:
        """Whether it was started too often in too short a time to be worth another try."""
        return len(self.starts) == MAX_STARTS and self.starts[-1] - self.starts[0] < PER_SECONDS


def _die_with_parent(number: signal.Signals) -> None:
    # Linux only: a killed supervisor takes its parts along
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)


class Supervisor:
    """Runs parts, each in a process group of its own, with its log in a file."""

    def __init__(self, *, folder: Path, logs: Path) -> None:
        self.folder, self.logs = folder, logs
        self.parts: list[Part] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, part: Part) -> None:
        """Start one part; its output is appended to its log."""
        part.starts.append(time.monotonic())
        with (self.logs / f"{part.name}.log").open("ab") as log:
            part.process = subprocess.Popen(  # noqa: S603 - our own programs
                part.command,
                cwd=self.folder,
                env=os.environ | part.env,
                stdin=subprocess.PIPE if part.secret else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=partial(_die_with_parent, part.orphaned),  # noqa: PLW1509 - no threads run yet in the child
            )
        if part.secret and part.process.stdin:
            part.process.stdin.write(part.secret.encode() + b"\n")
            part.process.stdin.close()
        if part not in self.parts:
            self.parts.append(part)

    def tend(self) -> list[str]:
        """Start again what has died; returns a sentence for each. Raises RuntimeError for what cannot stay up."""
        said = []
        for part in self.parts:
            if part.process is None or part.process.poll() is None:
                continue
            _signal(part, signal.SIGKILL, whole_group=True)  # what it left behind
            if part.keeps_dying:
                raise RuntimeError(
                    f"{part.name} cannot stay up; its last words are in {self.logs / part.name}.log"
                )
            said.append(
                f"{part.name} ended (status {part.process.returncode}) and was started again"
            )
            self.start(part)
        return said

    def stop(self) -> None:
        """End every part within ten seconds: asked, then told, then killed; the broker last of all.

        Nothing is lost by that: every task can be cut at any instant and run again.
        """
        others = [p for p in self.parts if p.name != "broker"]
        broker = [p for p in self.parts if p.name == "broker"]
        _end(others, signal.SIGTERM, GRACE_SECONDS)
        _end(others, signal.SIGQUIT, QUIT_SECONDS)
        _end(broker, signal.SIGTERM, BROKER_SECONDS)
        for part in self.parts:
            _signal(part, signal.SIGKILL, whole_group=True)
            if part.process:
                part.process.wait()


def _running(parts: Sequence[Part]) -> list[Part]:
    return [p for p in parts if p.process and p.process.poll() is None]


def _end(parts: Sequence[Part], number: signal.Signals, seconds: float) -> None:
    for part in _running(parts):
        _signal(part, number)
    end = time.monotonic() + seconds
    while _running(parts) and time.monotonic() < end:
        time.sleep(0.05)


def _signal(part: Part, number: signal.Signals, *, whole_group: bool = False) -> None:
    if part.process is None:
        return
    try:
        if whole_group:
            os.killpg(part.process.pid, number)
        else:
            part.process.send_signal(number)
    except ProcessLookupError:
        return
