"""The whole site as `manage.py up` starts it, with the papers in it, asked by readers while articles come in.

Papers are imported as documents, their vectors come from the cache, and broker, site and workers are started. Readers
ask for pages of results, with a pause between; each second two articles are stored as a feed would bring them, the
workers are told as the ingest task tells them, and two clocks run from the commit: until a page of results shows the
article, and until its vector is in the index.
"""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.papers import ROOT, load_papers, load_questions, read_papers, track

if TYPE_CHECKING:
    from collections.abc import Iterator

PAUSE = 0.2  # seconds a reader looks at a page
EVERY = 1.0  # seconds between arrivals
TOGETHER = 2  # articles that arrive at once
PATIENCE = 120.0


@dataclass
class Seen:
    """Milliseconds of every page, and seconds from commit to being found; None where it took too long."""

    pages: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    words: list[float | None] = field(default_factory=list)
    meaning: list[float | None] = field(default_factory=list)


def measure_site(papers: int, readers: int, seconds: float) -> dict[str, Any]:
    """Everything about the site; see the head of this file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="earshot-site-", dir="/var/tmp") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings.prod",
            "DATA_DIR": folder,
            "DATABASE_URL": "",
            "BROKER_URL": "",
            "SITE_URL": f"http://localhost:{port}",
        }
        import django  # noqa: PLC0415 - after the settings are chosen

        django.setup()
        began = time.perf_counter()
        _fill(Path(folder), papers)
        filled = time.perf_counter() - began
        with _up(port):
            seen = _watch(port, readers, seconds)
    return {
        "papers": papers,
        "readers": readers,
        "prepared_s": filled,
        "pages": len(seen.pages),
        "failed": len(seen.failed),
        "page_ms": _spread(seen.pages),
        "found_by_words_s": _spread(seen.words),
        "found_by_meaning_s": _spread(seen.meaning),
    }


def _spread(times: list[float] | list[float | None]) -> dict[str, float]:
    known = [t for t in times if t is not None]
    if not known:
        return {"missing": len(times)}
    p50, p99 = np.percentile(known, [50, 99])
    return {
        "p50": float(p50),
        "p99": float(p99),
        "max": max(known),
        "missing": len(times) - len(known),
    }


def _fill(folder: Path, papers: int) -> None:
    """A hub with the papers, encoded and indexed."""
    from django.core.management import call_command  # noqa: PLC0415 - needs Django set up
    from django.utils import timezone  # noqa: PLC0415 - as above

    from kb.models import Article  # noqa: PLC0415 - as above
    from kb.services.documents import import_documents  # noqa: PLC0415 - as above
    from kb.services.embedding import store_vectors  # noqa: PLC0415 - as above
    from kb.services.pipeline import finish  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    file = folder / "papers.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(paper) + "\n" for paper in read_papers(papers))
    space, known = load_papers(papers)
    for paper in track(known, "Vectors stored"):
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in paper.texts]
        store_vectors(hashes=digests, vectors=paper.vectors, space=space)
    import_documents(file=file)
    # comparing and grouping are measured elsewhere
    Article.objects.update(compared_at=timezone.now(), clustered_at=timezone.now())
    finish()


@contextmanager
def _up(port: int) -> Iterator[None]:
    command = [
        sys.executable,
        "manage.py",
        "up",
        "--only",
        "broker,web,worker",
        "--port",
        str(port),
    ]
    hub = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603 - our own program
    try:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if _ask(port, "/healthz")[0] == 200:  # noqa: PLR2004 - the HTTP status
                    break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        hub.send_signal(signal.SIGTERM)
        hub.wait()


def _ask(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("localhost", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _search(port: int, text: str) -> tuple[int, str]:
    return _ask(port, f"/search/?{urlencode({'q': text})}")


def _watch(port: int, readers: int, seconds: float) -> Seen:
    texts, _ = load_questions(300)
    seen, stop = Seen(), threading.Event()
    while "words alone" in _search(port, texts[0])[1]:
        time.sleep(0.5)  # the model is still being loaded
    threads = [
        threading.Thread(target=_read, args=(port, texts[n::readers], seen, stop))
        for n in range(readers)
    ]
    for thread in threads:
        thread.start()
    try:
        threads += _bring(port, seconds, seen)
    finally:
        stop.set()
    for thread in threads:
        thread.join()
    return seen


def _read(port: int, texts: list[str], seen: Seen, stop: threading.Event) -> None:
    for number in count():
        if stop.wait(PAUSE):
            return
        began = time.perf_counter()
        status, page = _search(port, texts[number % len(texts)])
        seen.pages.append((time.perf_counter() - began) * 1000)
        if status != 200 or "words alone" in page:  # noqa: PLR2004 - the HTTP status
            seen.failed.append(f"{status}")


def _bring(port: int, seconds: float, seen: Seen) -> list[threading.Thread]:
    """Articles, two each second, and for each arrival a thread that looks for it."""
    from django.db import connection, transaction  # noqa: PLC0415 - needs Django set up
    from django.utils import timezone  # noqa: PLC0415 - as above

    from kb.core.records import EntryRecord  # noqa: PLC0415 - as above
    from kb.models import Entry, Source  # noqa: PLC0415 - as above
    from kb.services.entries import (  # noqa: PLC0415 - as above
        Telling,
        draft_entries,
        write_drafts,
    )
    from tasks.embed import embed  # noqa: PLC0415 - as above, and the broker runs by now
    from tasks.index import index  # noqa: PLC0415 - as above

    now = timezone.now()
    source = Source.objects.create(
        url="https://news.example/feed", next_check_at=now, created_at=now
    )
    abstracts = [paper["abstract"] for paper in read_papers((int(seconds / EVERY) + 1) * TOGETHER)]

    def arrive(turn: int) -> tuple[str, int, float]:
        names = [f"arrival{turn}x{n}" for n in range(TOGETHER)]
        entries = [
            EntryRecord(id=name, title=f"The {name} model", link=f"https://news.example/{name}",
                        content=f"<p>{abstracts[turn * TOGETHER + n]}</p>")
            for n, name in enumerate(names)
        ]  # fmt: skip
        with transaction.atomic():
            telling = Telling(source, entries, whole=False)
            write_drafts(draft_entries([telling], timezone.now()), timezone.now())
        committed = time.monotonic()
        index.delay()
        embed.delay()
        pk = Entry.objects.get(source=source, guid=names[-1]).article_id or 0
        return names[-1], pk, committed

    _look(port, *arrive(0), Seen())  # the worker has its model afterwards
    looking: list[threading.Thread] = []
    for turn in track(range(1, int(seconds / EVERY) + 1), "Arrivals"):
        began = time.monotonic()
        looking.append(threading.Thread(target=_look, args=(port, *arrive(turn), seen)))
        looking[-1].start()
        time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    connection.close()
    return looking


def _look(port: int, name: str, article: int, committed: float, seen: Seen) -> None:
    from kb.selectors import engine  # noqa: PLC0415 - needs Django set up

    words = meaning = None
    while time.monotonic() - committed < PATIENCE and (words is None or meaning is None):
        if meaning is None and engine.reader().vector(article) is not None:
            meaning = time.monotonic() - committed
        if words is None and f"{name}" in _search(port, name)[1].partition("<main")[2].replace(
            "<mark>", ""
        ):
            words = time.monotonic() - committed
        time.sleep(0.1)
    seen.words.append(words)
    seen.meaning.append(meaning)
