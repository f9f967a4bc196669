"""How many pages a second the site gives, per core, as `manage.py up` starts it, with the papers in it.

The papers come through the real import, into SQLite, or with --postgres into a PostgreSQL of its own; what was prepared is
kept under var/benchmarks. Then wrk asks for one page at a time on loopback: as anybody, as somebody whose browser has the page
(304), as who is signed in. A core is what the site's processes, and PostgreSQL's, could use while they were asked: their
processor seconds are read before and after.

With --reader the same is asked of the list of entries of reader's own web application with the same papers. It keeps no pages
and knows no accounts, so its peer is our list of what is new, as who is signed in gets it.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

# this file's folder comes first otherwise, and its name is that of our package
sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.loopback import Answered, Asking, free_port, has_wrk, running  # noqa: E402 - as above
from benchmarks.papers import CACHE, ROOT, read_papers  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 8  # of the peer, as many as ours has


def main() -> None:
    """Print the figures, or with --json one document."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--papers", type=int, default=40_000, help="at most; there are 37,926")
    parser.add_argument("--seconds", type=int, default=8, help="how long each page is asked for")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--postgres", action="store_true", help="instead of SQLite")
    parser.add_argument(
        "--reader", type=Path, metavar="PYTHON", help="an interpreter with reader[app] and gunicorn"
    )
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if not has_wrk():
        parser.error("wrk is not on PATH; install it (apt-get install wrk)")
    load = os.getloadavg()[0]
    found = list(measure_hub(given))
    if given.reader and _has_reader(given.reader):
        found += measure_reader(given)
    else:
        print(
            "reader is left out: --reader wants a Python with reader[app] and gunicorn",
            file=sys.stderr,
        )
    _tell(given, load, found)


def _tell(given: argparse.Namespace, load: float, found: list[Answered]) -> None:
    database = "PostgreSQL" if given.postgres else "SQLite"
    if given.json:
        pages = [asdict(one) for one in found]
        print(
            json.dumps(
                {
                    "database": database,
                    "connections": given.connections,
                    "load": load,
                    "pages": pages,
                }
            )
        )
        return
    print(
        f"{database}, at most {given.papers:,} papers, {given.connections} connections, "
        f"load {load:.1f} before and {os.getloadavg()[0]:.1f} after, {os.cpu_count()} cores"
    )
    for one in found:
        print(f"{one.page:<14}{one.who:<12}{one.per_second:8.1f}/s{one.per_core:8.1f} per core{one.p50_ms:8.1f} ms p50{one.p99_ms:8.1f} ms p99  {one.wrong} wrong")  # fmt: skip


def measure_hub(given: argparse.Namespace) -> Iterator[Answered]:
    """Ours: home, the list of what is new, an article, a topic and a search."""
    kind = "postgresql" if given.postgres else "sqlite"
    folder = CACHE / f"web-{kind}-{given.papers}"
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    site = f"http://localhost:{port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod", "DATA_DIR": str(folder), "BROKER_URL": "",
        "SITE_URL": site, "EMBEDDING_MODEL": "hashed", "DATABASE_URL": "",
    }  # fmt: skip
    with ExitStack() as stack:
        servers = [_postgres(folder / "postgres", stack)] if given.postgres else []
        import django  # noqa: PLC0415 - after the settings are chosen

        django.setup()
        paths = _fill(folder, given.papers)
        cookie = _sign_in()
        command = [sys.executable, "manage.py", "up", "--only", "web", "--port", str(port)]
        servers.append(stack.enter_context(running(command, f"{site}/healthz")))
        asking = Asking(site, servers, given.connections, given.seconds)
        for name, path in paths.items():
            yield asking.ask(name, path, "anybody", {})
        for name in ("home", "article"):
            tag = asking.tag(paths[name], {"Accept-Encoding": "gzip"})
            yield asking.ask(name, paths[name], "304", {"If-None-Match": tag})
        for name, path in paths.items():
            yield asking.ask(name, path, "signed in", {"Cookie": cookie})


def measure_reader(given: argparse.Namespace) -> list[Answered]:
    """The first page of reader's web application; gunicorn runs it as it runs ours."""
    folder = CACHE / f"web-reader-{given.papers}"
    folder.mkdir(parents=True, exist_ok=True)
    store, config = folder / "reader.sqlite", folder / "config.toml"
    config.write_text(f"[reader]\nurl = {json.dumps(str(store))}\n", encoding="utf-8")
    lines = "".join(json.dumps(paper) + "\n" for paper in read_papers(given.papers))
    filling = [str(given.reader), str(ROOT / "benchmarks" / "reader_store.py"), str(store)]
    subprocess.run(filling, input=lines, text=True, check=True)  # noqa: S603 - our own program
    port = free_port()
    command = [
        str(given.reader), "-m", "gunicorn", "reader._app.wsgi:app", "--bind", f"127.0.0.1:{port}",
        "--worker-class", "gthread", "--workers", "1", "--threads", str(THREADS), "--no-control-socket",
    ]  # fmt: skip
    site = f"http://localhost:{port}"
    with running(command, site, os.environ | {"READER_CONFIG": str(config)}) as server:
        asking = Asking(site, [server], given.connections, given.seconds)
        return [asking.ask("reader's list", "/", "anybody", {})]


def _has_reader(python: Path) -> bool:
    """Whether this interpreter can run the peer."""
    try:
        asked = subprocess.run(  # noqa: S603 - the interpreter that was named
            [python, "-c", "import reader._app, gunicorn"], check=False, capture_output=True
        )
    except OSError:
        return False
    return not asked.returncode


def _postgres(folder: Path, stack: ExitStack) -> psutil.Process:
    """A PostgreSQL of our own with its tables in `folder`, for as long as the stack is open; DATABASE_URL names it."""
    import pgserver  # noqa: PLC0415 - only this way of measuring needs it

    server = pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
    stack.callback(server.cleanup)
    os.environ["DATABASE_URL"] = server.get_uri()
    return psutil.Process(server.get_pid())


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
        "home": "/", "latest": "/latest/", "article": article.get_absolute_url(), "topic": topic.get_absolute_url(),
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


if __name__ == "__main__":
    main()
