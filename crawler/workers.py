"""Processes that parse, so that a run reads on all cores while its one thread keeps the deadlines of what it fetches.

They are forked from a process with everything loaded, and share one stream socket with it each. A message is its length
and a pickle: (function, arguments) to a worker, (whether it went well, result or exception) back. A worker ends with the
other side of its socket. One that is lost, to a hostile document that takes too long or brings the parser down, costs
that document alone: another takes its place.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

COMPUTE_SECONDS = 60.0
_MOST = 4  # more than read at once what one thread fetches
_NICENESS = 10  # whoever stores what they read, and the site, go first
_LENGTH = struct.Struct("!Q")
_FIRST_DESCRIPTOR = 3


class WorkerLostError(Exception):
    """What was asked ended the process that did it."""


def usual_count() -> int:
    """As many as there are cores for us, four at most."""
    return min(_MOST, len(os.sched_getaffinity(0)))


@dataclass(slots=True)
class _Worker:
    pid: int
    line: socket.socket


class Workers:
    """`run` functions of modules in other processes, from one event loop.

    A process is forked when it is first needed, since most runs only hear that nothing has changed. There may be threads
    by then. That is no harm: a worker takes no lock that one of them could hold, for it resolves no name and waits for
    no thread.
    """

    def __init__(self, count: int, seconds: float = COMPUTE_SECONDS) -> None:
        self._seconds, self._turns = seconds, asyncio.Semaphore(count)
        self._idle: list[_Worker] = []

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """What `work(*args)` gives or raises. TimeoutError where it takes too long, WorkerLostError where its process
        dies of it."""
        request = pickle.dumps((work, args), pickle.HIGHEST_PROTOCOL)
        async with self._turns:
            worker = self._idle.pop() if self._idle else self._fork()
            try:
                fine, result = pickle.loads(await _ask(worker.line, request))  # noqa: S301 - from our own process
            except (EOFError, ConnectionError):
                raise self._end(worker) from None
            except BaseException:
                self._end(worker)  # its answer is nobody's
                raise
            self._idle.append(worker)
        if not fine:
            raise result
        return result

    def close(self) -> None:
        """End the workers and wait for them; nothing may run any more."""
        for worker in self._idle:
            self._end(worker)

    def _end(self, worker: _Worker) -> Exception:
        """Let a worker go, and say what was wrong where it had ended by itself."""
        worker.line.close()
        os.kill(worker.pid, signal.SIGKILL)
        _, status = os.waitpid(worker.pid, 0)
        ended = os.waitstatus_to_exitcode(status)
        if ended == -signal.SIGALRM:
            return TimeoutError(f"took longer than {self._seconds:g} s to read")
        return WorkerLostError(f"the parser ended with exit status {ended}")

    def _fork(self) -> _Worker:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            _become(theirs, self._seconds)
        theirs.close()
        ours.setblocking(False)
        return _Worker(pid, ours)


def _become(line: socket.socket, seconds: float) -> None:
    """Be a worker, to its end."""
    status = 1
    try:
        # nothing of the run may stay open because we have a copy: no connection, no lock, no other worker's line
        kept = line.fileno()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(_FIRST_DESCRIPTOR, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
            signal.signal(number, signal.SIG_DFL)
        os.nice(_NICENESS)
        _serve(line, seconds)
        status = 0
    finally:
        os._exit(status)


def _serve(line: socket.socket, seconds: float) -> None:
    while request := _receive(line):
        signal.setitimer(signal.ITIMER_REAL, seconds)
        answer = _answer(request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        line.sendall(_LENGTH.pack(len(answer)) + answer)


def _answer(request: bytes) -> bytes:
    try:
        work, args = pickle.loads(request)  # noqa: S301 - from our own process
        said = True, work(*args)
    except Exception as error:  # noqa: BLE001 - it is for whoever asked
        said = False, error
    return pickle.dumps(said, pickle.HIGHEST_PROTOCOL)


def _receive(line: socket.socket) -> bytes:
    """The next request, b"" at the end."""
    head = line.recv(_LENGTH.size, socket.MSG_WAITALL)
    return line.recv(_LENGTH.unpack(head)[0], socket.MSG_WAITALL) if head else b""


async def _ask(line: socket.socket, request: bytes) -> bytearray:
    """Raises EOFError or ConnectionError where the other side ends first."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(line, _LENGTH.pack(len(request)) + request)
    head = await _exactly(loop, line, _LENGTH.size)
    return await _exactly(loop, line, _LENGTH.unpack(head)[0])


async def _exactly(loop: asyncio.AbstractEventLoop, line: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    rest = memoryview(data)
    while rest:
        got = await loop.sock_recv_into(line, rest)
        if not got:
            raise EOFError
        rest = rest[got:]
    return data
