"""How many pages a second the site gives, per core, as `manage.py up` starts it, with the papers in it.

40,000 papers come through the real import, into SQLite or PostgreSQL; what was prepared is kept under var/benchmarks. Then wrk asks
for one page at a time on loopback: as anybody, as somebody whose browser has the page (304), as who is signed in. A core is
what the site's process could use while it was asked: its processor seconds are read before and after.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

# this file's folder comes first otherwise, and its name is that of our package
sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.papers import CACHE, ROOT, read_papers  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 8


@dataclass(frozen=True, slots=True)
class Answered:
    """One page: answers a second and per processor second of the server, milliseconds, and how many were no 200 or 304."""

    page: str
    who: str
    per_second: float
    per_core: float
    p50_ms: float
    p99_ms: float
    wrong: int


def main() -> None:
    """Print the figures, or with --json one document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=40_000)
    parser.add_argument("--seconds", type=int, default=8, help="how long each page is asked for")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not shutil.which("wrk"):
        parser.error("wrk is not on PATH; install it (apt-get install wrk)")
    database = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    found = measure_hub(
        given.papers, given.seconds, CACHE / f"web-{database.lower()}-{given.papers}"
    )
    load = os.getloadavg()[0]
    if given.json:
        print(
            json.dumps(
                {"database": database, "load": load, "pages": [asdict(one) for one in found]}
            )
        )
        return
    print(f"{database}, {given.papers:,} papers, load average {load:.1f} on {os.cpu_count()} cores")
    for one in found:
        print(f"{one.page:<14}{one.who:<12}{one.per_second:8.1f}/s{one.per_core:8.1f} per core{one.p50_ms:8.1f} ms p50{one.p99_ms:8.1f} ms p99  {one.wrong} wrong")  # fmt: skip


def measure_hub(papers: int, seconds: int, folder: Path) -> list[Answered]:
    """Ours: home, an article, a topic and a search."""
    folder.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod", "DATA_DIR": str(folder), "BROKER_URL": "",
        "SITE_URL": f"http://localhost:{port}", "EMBEDDING_MODEL": "hashed",
    }  # fmt: skip
    import django  # noqa: PLC0415 - after the settings are chosen

    django.setup()
    paths = _fill(folder, papers)
    cookie = _sign_in()
    with _running(
        [sys.executable, "manage.py", "up", "--only", "web", "--port", str(port)], port, "/healthz"
    ) as server:
        site = f"http://localhost:{port}"
        found = [
            _ask(site, path, name, "anybody", {}, seconds, server) for name, path in paths.items()
        ]
        for name in ("home", "article"):
            with urllib.request.urlopen(site + paths[name]) as answer:  # noqa: S310 - our own address
                tag = answer.headers["ETag"]
            found.append(
                _ask(site, paths[name], name, "304", {"If-None-Match": tag}, seconds, server)
            )
        for name, path in paths.items():
            found.append(_ask(site, path, name, "signed in", {"Cookie": cookie}, seconds, server))
    return found


def _fill(folder: Path, papers: int) -> dict[str, str]:
    """The pages to ask for; the papers are imported, indexed and put into a topic where that was not done before."""
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.utils import timezone  # noqa: PLC0415 - as above

    from kb.models import Article, Label, Topic  # noqa: PLC0415 - as above
    from kb.services.documents import import_documents  # noqa: PLC0415 - as above
    from kb.services.pipeline import finish  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    if Article.objects.count() < papers * 0.9:
        file = folder / "papers.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            lines.writelines(json.dumps(paper) + "\n" for paper in read_papers(papers))
        import_documents(file=file)
        # comparing, grouping, linking and labelling are measured elsewhere
        now = timezone.now()
        Article.objects.update(compared_at=now, clustered_at=now, linked_at=now, labelled_at=now)
        finish()
    topic, made = Topic.objects.get_or_create(slug="papers", defaults={"name": "Papers"})
    if made:
        ids = Article.objects.values_list("pk", flat=True)[: papers // 20]
        Label.objects.bulk_create(
            Label(item=pk, name=f"topic:{topic.slug}", origin="curator", at=timezone.now())
            for pk in ids
        )
    article = Article.objects.exclude(text="").order_by("pk")[papers // 2]
    return {
        "home": "/", "article": article.get_absolute_url(), "topic": topic.get_absolute_url(),
        "search": "/search/?q=streaming+speech+recognition",
    }  # fmt: skip


def _sign_in() -> str:
    """A cookie of a reader's session."""
    from django.conf import settings  # noqa: PLC0415 - needs Django set up
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: PLC0415 - as above
    from django.contrib.sessions.backends.db import SessionStore  # noqa: PLC0415 - as above

    from kb.models import User  # noqa: PLC0415 - as above

    user, _ = User.objects.get_or_create(username="reader")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def _running(command: list[str], port: int, path: str) -> Iterator[psutil.Process]:
    """A server that answers at `path`; it is stopped afterwards."""
    server = subprocess.Popen(  # noqa: S603 - our own program
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"http://localhost:{port}{path}", timeout=30).close()
                break
            except OSError:
                time.sleep(0.2)
        yield psutil.Process(server.pid)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait()


def _spent(server: psutil.Process) -> float:
    """Processor seconds of a server and all of its processes."""
    times = [process.cpu_times() for process in (server, *server.children(recursive=True))]
    return sum(time.user + time.system for time in times)


def _ask(  # noqa: PLR0913, PLR0917 - one line of the table
    site: str,
    path: str,
    page: str,
    who: str,
    headers: dict[str, str],
    seconds: int,
    server: psutil.Process,
) -> Answered:
    """wrk on one page."""
    given = [part for name, value in ({"Accept-Encoding": "gzip"} | headers).items() for part in ("-H", f"{name}: {value}")]  # fmt: skip
    command = [
        "wrk",
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{seconds}s",
        "--latency",
        "--timeout",
        "30s",
        *given,
        site + path,
    ]
    urllib.request.urlopen(site + path, timeout=60).close()  # noqa: S310 - our own address
    before = _spent(server)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own arguments
    spent = _spent(server) - before
    number = int(_found(r"(\d+) requests in", said))
    wrong = int(_found(r"Non-2xx or 3xx responses: (\d+)", said) or 0)
    return Answered(
        page, who, float(_found(r"Requests/sec:\s+([\d.]+)", said)), number / spent if spent else 0.0,
        _milliseconds(_found(r"50%\s+(\S+)", said)), _milliseconds(_found(r"99%\s+(\S+)", said)), wrong,
    )  # fmt: skip


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    return match[1] if match else ""


def _milliseconds(text: str) -> float:
    units = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    match = re.fullmatch(r"([\d.]+)(us|ms|s)", text)
    return float(match[1]) * units[match[2]] if match else 0.0


if __name__ == "__main__":
    main()
