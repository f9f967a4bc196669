"""A process with the crawler's modules loaded, from which crawlers are forked: in milliseconds instead of a second.

Its standard input is a Unix socket. A request is one message there, JSON {"arguments", "environment"}, and with it the
descriptor that becomes the crawler's standard input, its lifeline. On that one, four bytes say the crawler's process id
when it begins and four its exit status when it has ended (a negative one is the signal that killed it). Where the end of
the stream comes first, this process is gone: before a process id nothing was begun, after it the crawler has ended with
a status that nobody knows. No reactor is installed and no thread started here, so that forking is safe.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import struct
import traceback
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Main = Callable[[Sequence[str]], int]

IDLE_SECONDS = 600.0  # its memory is given back when nobody crawls
_NUMBER = struct.Struct("!i")
_LONGEST_REQUEST = 1 << 16
_FAILED = 1
_CHILD_ENDS = {signal.SIGCHLD}


class Forks:
    """Forks crawlers that run `main`, and tells their ends to those who asked for them."""

    def __init__(self, main: Main) -> None:
        self._main = main
        self._lines: dict[int, socket.socket] = {}

    def serve(self, control: socket.socket) -> None:
        """Answer requests until the other side is gone, or has been silent for `IDLE_SECONDS`."""
        control.settimeout(IDLE_SECONDS)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, lambda *_: self._tell_ends())
        gc.collect()
        gc.freeze()  # what is loaded stays shared with the crawlers
        while True:
            try:
                message, descriptors, _, _ = socket.recv_fds(control, _LONGEST_REQUEST, 1)
            except TimeoutError:
                if self._lines:
                    continue
                return
            if not message:
                return
            self._begin(json.loads(message), socket.socket(fileno=descriptors[0]))

    def _begin(self, request: dict[str, Any], line: socket.socket) -> None:
        # no end is noticed before it is known whose it is
        signal.pthread_sigmask(signal.SIG_BLOCK, _CHILD_ENDS)
        pid = os.fork()
        if pid == 0:
            self._become(request, line)
        self._lines[pid] = line
        # whoever asked may be gone already, and then the crawler leaves
        with contextlib.suppress(OSError):
            line.send(_NUMBER.pack(pid))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _CHILD_ENDS)

    def _become(self, request: dict[str, Any], line: socket.socket) -> None:
        """Be the crawler, to its end."""
        status = _FAILED
        try:
            for other in self._lines.values():
                other.close()
            os.dup2(line.detach(), 0)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _CHILD_ENDS)
            os.environ.update(request["environment"])
            status = self._main(request["arguments"])
        except BaseException:  # noqa: BLE001 - nothing may return into the process that serves
            traceback.print_exc()
        finally:
            os._exit(status)

    def _tell_ends(self) -> None:
        while self._lines:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            with self._lines.pop(pid) as line, contextlib.suppress(OSError):
                line.send(_NUMBER.pack(os.waitstatus_to_exitcode(status)))


def serve(main: Main) -> int:
    """Load the crawler, then fork it whenever standard input asks; returns when that ends."""
    from crawler.run import load  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    load()
    Forks(main).serve(socket.socket(fileno=0))
    return 0
