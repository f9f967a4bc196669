"""The processes that parse: what comes back from them, and what a document that ends one costs."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from crawler.parse.sitemap import NotASitemap, parse_sitemap
from crawler.workers import WorkerLostError, Workers
from tests.unit.crawler.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

STDERR = 2
OWNER = """
import asyncio, os, time
from crawler.workers import Workers
async def main():
    print(await Workers(1).run(os.getpid), flush=True)
    time.sleep(60)
asyncio.run(main())
"""


def use(test: Callable[[Workers], Awaitable[Any]], count: int = 1, seconds: float = 30.0) -> Any:
    async def within() -> Any:
        workers = Workers(count, seconds)
        try:
            return await test(workers)
        finally:
            workers.close()

    return asyncio.run(within())


def descriptors() -> list[str]:
    """What this process has open, beyond the standard streams and the folder that is looked at."""
    places = [p for p in Path("/proc/self/fd").iterdir() if int(p.name) > STDERR]
    return [str(p.readlink()) for p in places if p.is_symlink()]


def meet(folder: Path) -> bool:
    """Whether another process came to the same place."""
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + 20
    while (there := len([*folder.iterdir()])) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    return there == 2


def test_large_results_come_back_whole_and_from_another_process() -> None:
    async def test(workers: Workers) -> None:
        body = os.urandom(8 << 20)
        assert await workers.run(bytes.upper, body) == body.upper()
        assert await workers.run(os.getpid) != os.getpid()

    use(test)


def test_what_is_raised_there_is_raised_here() -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises(NotASitemap, match="HTML"):
            await workers.run(parse_sitemap, b"<html></html>", "https://example.org/", 1000)
        assert await workers.run(abs, -1) == 1

    use(test)


def test_as_many_work_at_a_time_as_there_are(tmp_path: Path) -> None:
    async def test(workers: Workers) -> list[bool]:
        return await asyncio.gather(*(workers.run(meet, tmp_path) for _ in range(2)))

    assert use(test, count=2) == [True, True]


def test_one_that_takes_too_long_costs_itself_alone() -> None:
    async def test(workers: Workers) -> None:
        lost = await workers.run(os.getpid)
        long, other = await asyncio.gather(
            workers.run(time.sleep, 60), workers.run(abs, -1), return_exceptions=True
        )
        assert isinstance(long, TimeoutError)
        assert "longer than 0.5 s" in str(long)
        assert other == 1
        assert not psutil.pid_exists(lost)

    use(test, seconds=0.5)


def test_one_that_brings_its_process_down_costs_itself_alone() -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises(WorkerLostError, match="-11"):
            await workers.run(signal.raise_signal, signal.SIGSEGV)
        assert await workers.run(abs, -1) == 1

    use(test)


def test_nobody_gets_the_answer_to_a_question_that_was_given_up() -> None:
    async def test(workers: Workers) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(workers.run(time.sleep, 1), 0.2)
        assert await workers.run(abs, -1) == 1

    use(test)


def test_a_worker_keeps_nothing_of_the_run_open(tmp_path: Path) -> None:
    async def test(workers: Workers) -> list[str]:
        return [at for at in await workers.run(descriptors) if "/proc/" not in at]

    with (tmp_path / "lock").open("w"):
        line, *null = use(test)
    assert line.startswith("socket:")
    assert set(null) <= {os.devnull}


def test_a_worker_gives_way_to_whoever_stores_what_it_reads() -> None:
    async def test(workers: Workers) -> int:
        niceness: int = await workers.run(os.nice, 0)
        return niceness

    assert use(test) > os.nice(0)


def test_a_worker_does_not_outlive_a_run_that_is_killed() -> None:
    command = [sys.executable, "-c", OWNER]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        worker = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
        psutil.wait_procs([worker], timeout=20)
        assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE
