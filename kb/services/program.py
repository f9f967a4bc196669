"""Starting the crawler, which is a program of its own, and having errands run by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from kb.core.records import CrawlLimits, Plan, PlanItem, Visit, read_visit, to_json
from kb.errors import EarshotError

if TYPE_CHECKING:
    from collections.abc import Sequence

STDERR = 2  # standard output belongs to the command that a person runs
ERRANDS_SECONDS = 1800


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


def start_crawler(*arguments: str) -> subprocess.Popen[bytes]:
    """The crawler as a process that ends itself when ours does: its standard input is a pipe that closes then."""
    env = os.environ | {k: v for k, v in settings.CRAWLER_PROXIES.items() if v}
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "crawler", *arguments, "--lifeline"],
        cwd=settings.BASE_DIR,
        env=env,
        stdin=subprocess.PIPE,
        stdout=STDERR,
    )


def run_crawler(*arguments: str, seconds: float) -> None:
    """Run the crawler to its end. Raises CrawlerError when it ends badly or takes longer."""
    with start_crawler(*arguments) as process:
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise CrawlerError(f"the crawler took longer than {seconds:g} s") from error
    if code:
        raise CrawlerError(f"the crawler ended with exit status {code}")


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
