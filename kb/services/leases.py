"""Doing one thing alone. Held in the database, so that it works across processes and machines."""

from __future__ import annotations

import datetime as dt
import os
import socket
import time
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psutil
from django.utils import timezone

from kb.models import Lease

if TYPE_CHECKING:
    from collections.abc import Iterator

TTL = dt.timedelta(minutes=5)
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Held:
    """A lease in our hands; `renew` it at least every few minutes of work."""

    name: str
    holder: str

    def renew(self) -> None:
        """Push the end of the lease out again."""
        Lease.objects.filter(name=self.name, holder=self.holder).update(until=timezone.now() + TTL)


def _me() -> str:
    """host:pid:start:unique, so that a holder that died can be told from one that works."""
    process = psutil.Process()
    start = f"{process.create_time():.2f}"
    return f"{socket.gethostname()}:{os.getpid()}:{start}:{uuid.uuid4().hex[:8]}"


def is_dead(holder: str) -> bool:
    """Whether the holder was a process of this machine that is gone. Others are only judged by time."""
    host, pid, start, _ = holder.rsplit(":", 3)
    if host != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.2f}" != start
    except psutil.NoSuchProcess:
        return True


def is_free(name: str) -> bool:
    """Whether nobody holds this lease now."""
    row = Lease.objects.filter(name=name).first()
    return row is None or row.until < timezone.now() or is_dead(row.holder)


def _take(name: str, holder: str) -> bool:
    """Insert the row, or take over one that is over, by comparing and swapping: no lock is held meanwhile."""
    until = timezone.now() + TTL
    mine = Lease(name=name, holder=holder, until=until)
    Lease.objects.bulk_create([mine], ignore_conflicts=True)
    row = Lease.objects.filter(name=name).first()
    if row is None or row.holder == holder:
        return row is not None
    if row.until >= timezone.now() and not is_dead(row.holder):
        return False
    over = Lease.objects.filter(name=name, holder=row.holder, until=row.until)
    return over.update(holder=holder, until=until) == 1


def one_at_a_time(name: str) -> None:
    """Wait until no other transaction is at this point, and keep others from it until ours ends.

    SQLite has one writer anyway; elsewhere two would each choose before either sees what the other took.
    """
    done = timezone.now()
    Lease.objects.select_for_update().get_or_create(
        name=name, defaults={"holder": "-:0:0:-", "until": done}
    )


@contextmanager
def lease(name: str, wait: float = 0.0) -> Iterator[Held | None]:
    """Hold `name` during the block, or get None when somebody else still has it after `wait` seconds.

    A holder that was killed loses it at once on the same machine, and after TTL elsewhere.
    """
    holder = _me()
    deadline = time.monotonic() + wait
    while not (taken := _take(name, holder)) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    if not taken:
        yield None
        return
    try:
        yield Held(name, holder)
    finally:
        Lease.objects.filter(name=name, holder=holder).delete()
