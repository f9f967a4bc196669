"""Our whole path from feed to rows beside the `reader` library, on the recorded web over real sockets.

    pip install -e .[benchmark]
    python benchmarks/ingest.py [--rounds 3] [--copies 1] [--proxy http://127.0.0.1:8900] [--json]

Each round starts both programs anew, in turns, on empty SQLite databases, and lets them update the same feeds: cold
(all new) and then unchanged (the server answers 304). Ours is the crawler program and the ingest into articles and index
changes beside it; full text and the delay between requests are off. reader runs with 10 workers. Both have their modules
loaded when a round begins, as a worker has that waits for work; every crawler's own start is in the figures. Entries/s
and feeds/s are medians over rounds, by the clock and by processor time: the clock depends on what else the machine does,
all the more for programs that use both cores. Memory is the highest peak of resident memory, for ours the hub's and that
of the largest process of the crawler added up.

Without a proxy the feeds are served here, each host at a loopback address of its own; with one, both programs ask it for
them under their own names, by plain HTTP (shared/tools/recorded_web.py).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.recorded_web import feed_urls, named_urls, serving  # noqa: E402 - need not be installed

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS = ("ours", "reader")
UNCHANGED_RUNS = 5
_WORKERS = 10
_MIB = 1024


def _cpu() -> float:
    """Seconds of processor time, that of children and of what they forked added."""
    own = psutil.Process()
    return sum(sum(process.cpu_times()[:4]) for process in [own, *own.children()])


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """(seconds, processor seconds)."""
    began, spent = time.perf_counter(), _cpu()
    call()
    return time.perf_counter() - began, _cpu() - spent


def _peak() -> float:
    """MiB of resident memory at the peak, that of the largest process that we waited for added."""
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(resource.getrusage(kind).ru_maxrss for kind in kinds) / _MIB


def _report(
    update: Callable[[], object], count: Callable[[], tuple[int | None, int | None]]
) -> None:
    cold, cold_cpu = _timed(update)
    same = [_timed(update) for _ in range(UNCHANGED_RUNS)]
    feeds, entries = count()
    found = {"cold": cold, "cold_cpu": cold_cpu, "peak_mib": _peak()}
    found["unchanged"] = statistics.median(wall for wall, _ in same)
    found["unchanged_cpu"] = statistics.median(cpu for _, cpu in same)
    print(json.dumps(found | {"feeds": feeds, "entries": entries}))


def update_ours(urls: list[str], folder: str) -> None:
    """Measure our path and print what was found."""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings.prod",
        "DATA_DIR": folder,
        "DATABASE_URL": "",
        "CRAWLER_DELAY": "0",
        "CRAWLER_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    import django  # noqa: PLC0415 - after the settings are chosen

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - only this part needs it, and it takes a moment to load
    from django.utils import timezone  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    from kb.core.urls import host_of  # noqa: PLC0415 - not part of the start of reader's half
    from kb.models import Entry, Source  # noqa: PLC0415 - only this part needs it, and it takes a moment to load
    from kb.services.crawls import check_sources  # noqa: PLC0415 - only this part needs it, and it takes a moment to load
    from kb.services.program import let_forks_end, prepare_crawler  # noqa: PLC0415 - as above

    prepare_crawler()
    call_command("migrate", verbosity=0)
    now = timezone.now()
    rows = [
        Source(url=u, host=host_of(u), next_check_at=now, created_at=now, full_text=False)
        for u in urls
    ]
    Source.objects.bulk_create(rows)
    ids = list(Source.objects.values_list("pk", flat=True))

    def count() -> tuple[int, int]:
        let_forks_end()  # a process tells how large it was when it has ended
        return Source.objects.filter(failures=0).count(), Entry.objects.count()

    _report(lambda: check_sources(source_ids=ids, on_visit=lambda _: None), count)


def update_reader(urls: list[str], folder: str) -> None:
    """Measure reader's and print what was found."""
    from reader import make_reader  # noqa: PLC0415 - a dependency of the benchmark only

    store = make_reader(str(Path(folder, "reader.sqlite")))
    for url in urls:
        store.add_feed(url)
    _report(
        lambda: store.update_feeds(scheduled=False, workers=_WORKERS),
        lambda: (store.get_feed_counts(broken=False).total, store.get_entry_counts().total),
    )


def run_once(program: str, urls: list[str], proxy: str) -> dict[str, float]:
    """One program, in a process of its own, on an empty database."""
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        command = [sys.executable, __file__, "--program", program, "--folder", folder]
        environment = os.environ | ({"http_proxy": proxy, "HTTP_PROXY": proxy} if proxy else {})
        done = subprocess.run(  # noqa: S603 - our own program
            command,
            input=json.dumps(urls).encode(),
            stdout=subprocess.PIPE,
            check=True,
            env=environment,
        )
        found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return found


def summary(runs: list[dict[str, float]], feeds: int) -> dict[str, float]:
    """Medians over rounds."""
    entries = runs[0]["entries"]
    return {
        "feeds": runs[0]["feeds"],
        "entries": entries,
        "entries_per_s_cold": statistics.median(entries / r["cold"] for r in runs),
        "feeds_per_s_unchanged": statistics.median(feeds / r["unchanged"] for r in runs),
        "entries_per_cpu_s_cold": statistics.median(entries / r["cold_cpu"] for r in runs),
        "feeds_per_cpu_s_unchanged": statistics.median(feeds / r["unchanged_cpu"] for r in runs),
        "peak_mib": max(r["peak_mib"] for r in runs),
    }


def measure(rounds: int, copies: int, proxy: str = "") -> dict[str, Any]:
    """What each program managed, and the ratios."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in PROGRAMS}
    with serving() if not proxy else nullcontext(0) as port:
        urls = urls_of(named_urls() if proxy else feed_urls(port), copies)
        for _ in range(rounds):
            for name in PROGRAMS:
                runs[name].append(run_once(name, urls, proxy))
    feeds = len(urls)
    found: dict[str, Any] = {name: summary(runs[name], feeds) for name in PROGRAMS}
    ours, other = found["ours"], found["reader"]
    speeds = [name for name in ours if "_per_" in name]
    return found | {"served": feeds, "ratio": {s: ours[s] / other[s] for s in speeds}}


def urls_of(urls: list[str], copies: int) -> list[str]:
    """The feeds' addresses, each under `copies` names."""
    return urls + [f"{url}?copy={n}" for n in range(1, copies) for url in urls]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--copies", type=int, default=1, help="each feed under so many addresses")
    parser.add_argument(
        "--proxy", default="", help="ask this proxy for the feeds, by their own names"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    for hidden in ("--program", "--folder"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.program:
        update = update_ours if options.program == "ours" else update_reader
        update(json.load(sys.stdin), options.folder)
        return
    found = measure(options.rounds, options.copies, options.proxy)
    if options.json:
        print(json.dumps(found))
        return
    print(f"{found['served']} feeds, {options.rounds} rounds in turns")
    for name in PROGRAMS:
        numbers = "  ".join(f"{key} {value:,.0f}" for key, value in found[name].items())
        print(f"  {name:7} {numbers}")
    print("  ratio   " + "  ".join(f"{key} {value:.2f}" for key, value in found["ratio"].items()))


if __name__ == "__main__":
    main()
