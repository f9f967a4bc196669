from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading

import pytest
from django.db import connection
from django.utils import timezone

from kb.models import Lease
from kb.services import leases
from kb.services.leases import is_dead, is_free, lease

pytestmark = pytest.mark.django_db(transaction=True)


def test_only_one_holds_it():
    with lease("index") as first, lease("index") as second:
        assert first is not None
        assert second is None
        assert not is_free("index")
    assert is_free("index")


def test_what_a_dead_process_held_is_free_at_once():
    command = [
        sys.executable,
        "-c",
        "import psutil; p = psutil.Process(); print(p.pid, f'{p.create_time():.2f}')",
    ]
    pid, start = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    host = leases._me().rsplit(":", 3)[0]
    Lease.objects.create(
        name="index", holder=f"{host}:{pid}:{start}:x", until=timezone.now() + dt.timedelta(hours=1)
    )
    with lease("index") as held:
        assert held is not None


def test_another_machine_is_judged_by_time_alone():
    assert not is_dead("elsewhere:1:1.00:x")
    Lease.objects.create(
        name="index", holder="elsewhere:1:1.00:x", until=timezone.now() + leases.TTL
    )
    assert not is_free("index")
    Lease.objects.update(until=timezone.now() - dt.timedelta(seconds=1))
    assert is_free("index")


def test_many_threads_never_hold_it_together():
    inside, most, done = [0], [0], []

    def work() -> None:
        for _ in range(5):
            with lease("busy", wait=20) as held:
                assert held is not None
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                inside[0] -= 1
                done.append(1)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most[0], len(done)) == (1, 20)
