"""Start the whole hub, or some parts of it, and keep it up until Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.request
from typing import IO, TYPE_CHECKING, Any

import psutil
from celery import Celery
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from kb.management.base import progress_bar
from kb.management.static import collect_static
from kb.management.supervisor import Part, Supervisor
from kb.selectors.progress import embedding_progress
from kb.selectors.queues import broker_url
from kb.services.accounts import first_admin
from kb.services.pipeline import current_space, has_pending_passages

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from pathlib import Path

PARTS = ("broker", "web", "worker", "beat")
NODES: dict[str, tuple[str, str, int, *tuple[str, ...]]] = {
    # crawl tasks only wait for the crawler, so threads do; the others compute, and a parent that never
    # imports torch may fork a child that uses CUDA
    "worker-crawl": ("crawl", "threads", 2),
    "worker-ingest": ("ingest", "prefork", 2),
    # two, since folding a large index takes a while, in which changes must go on becoming findable
    "worker-index": ("index", "prefork", 2),
    # a new process would load the model anew, with articles waiting: this one is replaced far less often than others
    "worker-embed": ("embed", "prefork", 1, "--max-tasks-per-child", "100000"),
}
FIRST_ANSWER_SECONDS = 60
TICK_SECONDS = 0.5


class Command(BaseCommand):
    help = "Start the hub and keep it up until Ctrl-C. Example: manage.py up --port 8001"
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--port", type=int, default=8000, help="port of the site (default 8000)"
        )
        parser.add_argument(
            "--host", default="127.0.0.1", help="address to listen on (default loopback)"
        )
        parser.add_argument(
            "--starter",
            action="store_true",
            help="load the bundled content; what was edited here is left alone",
        )
        parser.add_argument(
            "--only", default=",".join(PARTS), help=f"parts to start, of {','.join(PARTS)}"
        )

    def handle(self, *_: Any, **options: Any) -> None:
        self.console = Console(soft_wrap=True)
        parts = _chosen(options["only"])
        locks = [_lock(name) for name in parts]
        if "web" in parts:
            _check_port(options["host"], options["port"])
            os.environ.setdefault("SITE_URL", f"http://localhost:{options['port']}")
        # a flag, not an exception: one that is raised inside a destructor would be lost
        self.stopping = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        supervisor = Supervisor(folder=settings.BASE_DIR, logs=settings.DATA_DIR / "logs")
        try:
            self._start(supervisor, parts, options)
            self._watch(supervisor)
            self.console.print("Stopping …")
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        finally:
            supervisor.stop()
            if "broker" in parts and not settings.BROKER_URL:
                settings.BROKER_FILE.unlink(missing_ok=True)
            for lock in locks:
                lock.close()
        self.console.print("Stopped.")

    def _start(self, supervisor: Supervisor, parts: list[str], options: dict[str, Any]) -> None:
        if "broker" in parts and not settings.BROKER_URL:
            supervisor.start(_broker())
        elif {"worker", "beat"} & set(parts) and not broker_url():
            raise CommandError(
                "BROKER_URL is not set and no embedded broker runs; add broker to --only"
            )
        if "web" in parts:
            call_command("migrate", interactive=False, verbosity=0)
            if options["starter"]:
                call_command("starter")
            collect_static()
            supervisor.start(_web(options["host"], options["port"]))
        if "worker" in parts:
            for name, (queues, pool, count, *more) in NODES.items():
                supervisor.start(_node(name, queues, pool, count, *more))
        if "beat" in parts:
            supervisor.start(_beat())
        if "web" in parts:
            self._greet(options["host"], options["port"], supervisor)
        if "worker" in parts and not self.stopping.is_set():
            _kick()

    def _greet(self, host: str, port: int, supervisor: Supervisor) -> None:
        self._wait_for(f"http://{_reachable(host)}:{port}/healthz", supervisor)
        if self.stopping.is_set():
            return
        self.console.print(f"[bold]{settings.SITE_NAME}[/bold] is at http://localhost:{port}/")
        login = first_admin()
        kept = settings.DATA_DIR / "admin-login"
        if login:
            kept.touch(mode=0o600)
            kept.write_text(f"{login[0]} {login[1]}\n")
            self.console.print(
                f"Admin: http://localhost:{port}/admin/  user [bold]{login[0]}[/bold]  password "
                f"[bold]{login[1]}[/bold]  (kept in {kept})"
            )
        else:
            self.console.print(f"Admin: http://localhost:{port}/admin/")
        self.console.print(f"Logs: {supervisor.logs}   Stop: Ctrl-C")

    def _wait_for(self, url: str, supervisor: Supervisor) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + FIRST_ANSWER_SECONDS
        while time.monotonic() < deadline and not self.stopping.is_set():
            try:
                with opener.open(url, timeout=5):
                    return
            except OSError:
                self._tend(supervisor, 0.1)
        if not self.stopping.is_set():
            raise RuntimeError(
                f"the site did not answer in {FIRST_ANSWER_SECONDS} s; see {supervisor.logs}/web.log"
            )

    def _watch(self, supervisor: Supervisor) -> None:
        space = current_space()
        while not self.stopping.is_set():
            if not has_pending_passages():  # counting them looks at all there are
                self._tend(supervisor, 2.0)
                continue
            total, done = embedding_progress(space)
            with progress_bar(self.console, transient=True) as progress:
                bar = progress.add_task("Passages understood", total=total, completed=done)
                while done < total and not self.stopping.is_set():
                    self._tend(supervisor, 1.0)
                    total, done = embedding_progress(space)
                    progress.update(bar, total=total, completed=done)
            if done >= total:
                self.console.print(
                    f"{total:,} passages understood; everything is searchable by meaning."
                )

    def _tend(self, supervisor: Supervisor, seconds: float) -> None:
        for said in supervisor.tend():
            self.console.print(said)
        self.stopping.wait(seconds)


def _chosen(only: str) -> list[str]:
    names = [name.strip() for name in only.split(",") if name.strip()]
    wrong = [name for name in names if name not in PARTS]
    if wrong or not names:
        raise CommandError(
            f"--only takes {','.join(PARTS)}; {','.join(wrong) or 'nothing'} is not one"
        )
    return [name for name in PARTS if name in names]


def _lock(name: str) -> IO[str]:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    file = (settings.DATA_DIR / f"{name}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CommandError(
            f"The {name} of this hub is running already (data in {settings.DATA_DIR}). "
            "Stop it, or give another DATA_DIR."
        ) from None
    return file


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} on {host} is taken{_owner(port)} ({error.strerror}). "
                f"Choose another: make run PORT={port + 1}, or manage.py up --port {port + 1}"
            ) from error


def _owner(port: int) -> str:
    for connection in psutil.net_connections("tcp"):
        if connection.laddr and connection.laddr.port == port and connection.pid:
            return f" by {psutil.Process(connection.pid).name()}, process {connection.pid}"
    return ""


def _broker() -> Part:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(24)
    file: Path = settings.BROKER_FILE
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(f"redis://:{password}@127.0.0.1:{port}/0")
    folder = settings.DATA_DIR / "valkey"
    command = [sys.executable, "-m", "kb.management.broker", str(port), str(folder)]
    return Part("broker", command, secret=password, orphaned=signal.SIGTERM)


def _web(host: str, port: int) -> Part:
    command = [
        sys.executable, "-m", "gunicorn", "web.wsgi:application", "--bind", f"{host}:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", str(settings.WEB_THREADS),
        "--graceful-timeout", "2", "--timeout", "120", "--no-control-socket", "--config", "python:web.server",
    ]  # fmt: skip
    return Part("web", command, env={"TOKENIZERS_PARALLELISM": "false"})


def _node(name: str, queues: str, pool: str, count: int, *more: str) -> Part:
    command = [
        sys.executable, "-m", "celery", "-A", "tasks.app", "worker", "-n", f"{name}@%h", "-Q", queues,
        "-P", pool, "-c", str(count), "-l", "INFO", "--without-gossip", "--without-mingle", *more,
    ]  # fmt: skip
    return Part(name, command)


def _beat() -> Part:
    schedule = settings.DATA_DIR / "beat-schedule"
    command = [
        sys.executable, "-m", "celery", "-A", "tasks.app", "beat", "-l", "INFO", "-s", str(schedule),
        "--pidfile", "",
    ]  # fmt: skip
    return Part("beat", command)


def _kick() -> None:
    """Pick up what the last run left, and check what is due, without waiting for the full minute."""
    app = Celery(broker=broker_url(), set_as_current=False)
    for task in ("tasks.schedule.resume", "tasks.schedule.check_due"):
        app.send_task(task, queue="ingest", ignore_result=True)


def _reachable(host: str) -> str:
    return "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
