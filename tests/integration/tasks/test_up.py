"""The whole hub as `make run` starts it: a real broker, real workers, the real site, and what happens when they are killed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import psutil
import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def words_of(process: psutil.Process) -> list[str]:
    """Its command line; nothing for one that ended while we looked."""
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:  # a zombie is one of these
        return []


class Hub:
    """A hub of its own: data folder, database, port."""

    def __init__(self, folder: Path, database_url: str) -> None:
        self.folder, self.port = folder, free_port()
        given = {
            k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG", "EARSHOT_DATA"}
        }
        self.env = given | {
            "DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "EMBEDDING_MODEL": "hashed",
            "CRAWLER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "CRAWLER_DELAY": "0",
        }
        self.process: subprocess.Popen[str] | None = None
        self.seen: dict[int, psutil.Process] = {}

    def manage(self, *args: str, check: bool = True) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *args], cwd=ROOT, env=self.env, capture_output=True, text=True, check=False
        )  # fmt: skip
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(self.port)],
            cwd=ROOT, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.wait(self.answers, "the site to answer")

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            assert self.process.poll() is None, self.process.stdout.read()
            return False

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as answer:
            return answer.status, answer.read().decode()

    def processes(self) -> list[psutil.Process]:
        for process in psutil.Process(self.process.pid).children(recursive=True):
            self.seen[process.pid] = process
        return [
            p for p in self.seen.values() if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
        ]

    def named(self, word: str) -> list[psutil.Process]:
        return [p for p in self.processes() if any(word in part for part in words_of(p))]

    def status(self) -> dict:
        return json.loads(self.manage("status", "--json"))

    def settled(self, entries: int) -> bool:
        now = self.status()
        return (
            now["entries"] == entries and now["pending"] == 0 and now["indexed"] == now["passages"]
        )

    def wait(self, is_so, what: str, seconds: float = 90) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, f"waited {seconds} s for {what}\n{self.logs()}"
            time.sleep(0.3)

    def logs(self) -> str:
        return "\n".join(
            f"{p.name}\n{p.read_text()[-1500:]}" for p in (self.folder / "logs").glob("*.log")
        )

    def stop(self) -> float:
        self.processes()
        began = time.monotonic()
        self.process.send_signal(signal.SIGINT)
        self.process.wait(30)
        return time.monotonic() - began


@pytest.fixture
def database_url(tmp_path):
    """SQLite in the test's folder, or a new database in the PostgreSQL that the tests run on."""
    if connection.vendor == "sqlite":
        yield ""
        return
    name = f"hub_{uuid.uuid4().hex[:12]}"
    base = os.environ["DATABASE_URL"]
    import psycopg

    with psycopg.connect(base, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    head, _, query = base.partition("?")
    yield f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(base, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def hub(tmp_path, database_url):
    running = Hub(tmp_path / "data", database_url)
    running.manage("migrate", "--verbosity", "0")
    yield running
    if running.process:
        running.process.kill()
        running.process.wait()
        running.process.stdout.close()
    for process in running.seen.values():
        if process.is_running():
            process.kill()


def test_the_hub_starts_works_survives_kills_and_stops_clean(hub, site):
    hub.manage(
        "sources",
        "add",
        site.feed("/one", [(f"Post {n}", f"About lattice {n}.") for n in range(5)]),
    )
    hub.start()
    # the first due sources are checked without anybody asking
    hub.wait(lambda: hub.settled(5), "the first feed to be searchable")
    assert "Post <mark>3</mark>" in hub.get("/search/?q=lattice+3")[1]

    # every worker killed in mid-crawl: supervisor and database bring it to the same end
    gate = threading.Event()
    hub.manage(
        "sources",
        "add",
        site.feed("/two", [(f"Slow {n}", f"About vocoder {n}.") for n in range(4)]),
    )
    site.pages["/two"].wait = gate
    asking = threading.Thread(target=hub.manage, args=("crawl", "--wait", "--json"))
    asking.start()
    hub.wait(lambda: any(path == "/two" for path, _ in site.asked), "the crawl to begin")
    for process in hub.named("celery"):
        process.kill()
    gate.set()
    asking.join()
    hub.wait(lambda: hub.settled(9), "the second feed to be searchable")
    assert hub.manage("index", "verify").startswith("database, vectors and words agree")
    hub.wait(lambda: len(hub.named("celery")) >= 4, "the workers to be back")

    took = hub.stop()
    assert took < 10
    _, alive = psutil.wait_procs(list(hub.seen.values()), timeout=2)
    assert not [p.cmdline() for p in alive]
    assert "Stopped." in hub.process.stdout.read()


def test_everything_killed_at_once_in_mid_crawl_ends_the_same(hub, site):
    gate = threading.Event()
    for name in ("a", "b", "c"):
        hub.manage(
            "sources", "add", site.feed(f"/{name}", [(f"{name} {n}", "Text.") for n in range(3)])
        )
    site.pages["/c"].wait = gate
    hub.start()
    hub.wait(lambda: any(path == "/c" for path, _ in site.asked), "the crawl to begin")
    for process in [*hub.processes(), psutil.Process(hub.process.pid)]:
        process.kill()
    hub.process.wait()
    hub.process.stdout.close()
    gate.set()
    site.pages["/c"].wait = None
    hub.start()
    hub.wait(lambda: hub.settled(9), "everything to be searchable")
    assert hub.manage("index", "verify").startswith("database, vectors and words agree")
    titles = json.loads(hub.manage("search", "text", "--limit", "50", "--json"))["results"]
    assert len(titles) == 9

    # killed alone, `up` takes its parts along
    hub.processes()
    hub.process.kill()
    _, alive = psutil.wait_procs(list(hub.seen.values()), timeout=15)
    assert not [p.cmdline() for p in alive]


def test_a_taken_port_and_a_second_hub_are_told(hub, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hub.port))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "manage.py", "up", "--port", str(hub.port)],
            cwd=ROOT, env=hub.env, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert f"Port {hub.port}" in done.stderr
    assert f"--port {hub.port + 1}" in done.stderr
    assert hub.manage("up", "--only", "nonsense", check=False) == ""


def test_a_page_is_answered_with_found_words_marked_and_a_feed_follows(hub, site):
    hub.manage(
        "sources",
        "add",
        site.feed("/one", [("A post", "About lattices and <script>alert(1)</script> loss.")]),
    )
    assert json.loads(hub.manage("crawl", "--all", "--wait", "--json"))["new"] == 1
    hub.start()
    status, page = hub.get("/search/?q=lattice")
    assert status == 200
    assert "<mark>" in page
    assert "<script>alert" not in page
    status, feed = hub.get("/search/feed.rss?q=lattice")
    assert "A post" in feed
    with pytest.raises(urllib.error.HTTPError):
        hub.get("/articles/999999/nothing/")
    hub.stop()
