"""kill -9 at random moments while the index is written, under queries.

    python benchmarks/crash.py [--rounds 100] [--readers 2] [--seed 1] [--json]

A writer, in a process of its own, applies batches, folds, and builds whole indexes aside and adopts them, over and
over; each round it is killed in the middle of one of these, chosen by chance. Meanwhile reader processes search by
words and by vectors and count what fails: an exception, too few results, a generation that goes back. After each kill
the index must open, be clean byte by byte, hold exactly what the last change that is in says, and have every change
that the writer reported as done.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


from benchmarks.papers import track  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.query import parse_query  # noqa: E402 - as above
from kb.index.base import Document  # noqa: E402 - as above
from kb.index.reader import IndexReader  # noqa: E402 - as above
from kb.index.snapshot import Snapshot  # noqa: E402 - as above
from kb.index.store import IndexStore  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator

SPACE, DIMENSION = "crash@1", 16
STAYING = 200  # items that are always there, and rewritten in turn
PASSAGES = 3
COMING = 4  # how many of the items that come are there at a time
EXACT_ROWS = 300  # small, so that bases lie in cells
STEPS = ("apply", "fold", "build")
LIMIT = 10
_CENTRES = np.random.default_rng(5).standard_normal((30, DIMENSION))


@dataclass
class Report:
    """What happened. `kills` counts by what the writer was at; `wrong` says what should not have been."""

    rounds: int = 0
    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STEPS, 0))
    changes: int = 0
    generations: int = 0
    queries: int = 0
    failed_queries: int = 0
    wrong: list[str] = field(default_factory=list)


def document(item: int, version: int) -> Document:
    """An item whose words, passages and vectors depend on item and version alone."""
    first = (item * 1_000_000 + version) * PASSAGES
    chance = np.random.default_rng(first)
    rows = _CENTRES[chance.integers(0, len(_CENTRES), PASSAGES)]
    rows = rows + 0.3 * chance.standard_normal(rows.shape)
    return Document(
        item=item,
        title=f"Item {item}",
        body=f"speech in version {version}",
        sources=(1,),
        published=version,
        language="en",
        passages=tuple(range(first, first + PASSAGES)),
        vectors=(rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16),
    )


def state(change: int) -> list[Document]:
    """What the index holds after so many changes: change c rewrites one item that stays, brings one, and takes one."""
    turns = {n: change - (change - n) % STAYING for n in range(STAYING)}
    staying = [document(n, max(version, 0)) for n, version in turns.items()]
    return staying + [
        document(STAYING + c, c) for c in range(max(change - COMING, 0) + 1, change + 1)
    ]


def write(folder: Path) -> None:
    """Changes the index for ever, saying what it is at and which change is in."""
    store = IndexStore(folder, exact_rows=EXACT_ROWS)
    for step in range(1_000_000):
        now = store.current()
        assert now is not None, store.check()
        kind = STEPS[1 + step // 5 % 2] if step % 5 == 4 else "apply"  # noqa: PLR2004 - every fifth step is a long one
        print(kind, flush=True)
        if kind == "apply":
            change = now.last_change + 1
            new = [document(change % STAYING, change), document(STAYING + change, change)]
            gone = [STAYING + change - COMING] if change > COMING else []
            store.apply(SPACE, DIMENSION, new, gone, change)
            print("in", change, flush=True)
        elif kind == "fold":
            store.fold()
        else:
            aside = IndexStore(folder / "next", exact_rows=EXACT_ROWS)
            aside.build(SPACE, DIMENSION, state(now.last_change), now.last_change)
            store.adopt(aside)


def read(folder: Path) -> None:
    """Searches until standard input ends, then prints how often, and what failed."""
    reader, queries, failed, last = IndexReader(folder), 0, list[str](), 0
    vectors = [document(n, 0).vectors[0].astype(np.float32) for n in range(20)]
    ended = threading.Thread(target=sys.stdin.read, daemon=True)
    ended.start()
    while ended.is_alive():
        try:
            found = [
                reader.search_words(parse_query("speech version"), LIMIT),
                reader.search_vectors(vectors[queries % len(vectors)], LIMIT),
                reader.similar(queries % STAYING, LIMIT),
            ]
            queries += len(found)
            failed += [f"{len(hits)} results" for hits in found if len(hits) != LIMIT]
            generation = reader.generation
            if generation < last:
                failed.append(f"generation {generation} after {last}")
            last = generation
        except Exception as error:  # noqa: BLE001 - every failure is what is counted here
            failed.append(repr(error))
    print(json.dumps({"queries": queries, "failed": failed}))


@contextmanager
def _reading(folder: Path, report: Report) -> Iterator[None]:
    command = [sys.executable, __file__, "--read", str(folder)]
    readers = subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield
    finally:
        said = json.loads(readers.communicate()[0])
        report.queries += said["queries"]
        report.failed_queries += len(said["failed"])
        report.wrong += said["failed"][:3]


def _kill_once(folder: Path, chance: random.Random, typical: dict[str, float]) -> tuple[str, int]:
    """Let a writer work for a while and kill it; (what it was at, the last change it reported)."""
    command = [sys.executable, __file__, "--write", str(folder)]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    assert writer.stdout is not None
    wanted, passes, reported, kind = chance.choice(STEPS), chance.randrange(2), 0, ""
    began = time.monotonic()
    for line in writer.stdout:
        name, _, number = line.strip().partition(" ")
        if name == "in":
            reported = int(number)
            continue
        if kind:
            typical[kind] = max(time.monotonic() - began, 0.001)
        kind, began = name, time.monotonic()
        if kind == wanted:
            passes -= 1
        if passes < 0:
            break
    time.sleep(chance.uniform(0, 1.1) * typical.get(kind, 0.05))
    writer.kill()
    rest = writer.communicate()[0].split("\n")[
        :-1
    ]  # what it said before it died counts; half a line does not
    reported = max([reported, *(int(line[3:]) for line in rest if line.startswith("in "))])
    return next((line for line in reversed(rest) if line in STEPS), kind), reported


def _find_wrong(store: IndexStore, reported: int) -> list[str]:
    now = store.current()
    if now is None:
        return [store.check()]
    wrong = [*Snapshot(store.directory, now).broken.values(), *store.verify()]
    if now.last_change < reported:
        wrong.append(f"change {reported} was in, now {now.last_change} is the last")
    contents, wanted = store.contents(), state(now.last_change)
    items = sorted(d.item for d in wanted)
    if not contents.word_items.tolist() == contents.vector_items.tolist() == items:
        wrong.append(f"other items than after change {now.last_change}")
    if contents.passages.tolist() != sorted(p for d in wanted for p in d.passages):
        wrong.append(f"other passages than after change {now.last_change}")
    return wrong


def crash(folder: Path, rounds: int, readers: int = 2, seed: int = 1) -> Report:
    """Kill a writer so many times and look at what is left each time."""
    store, chance = IndexStore(folder, exact_rows=EXACT_ROWS), random.Random(seed)  # noqa: S311 - no secret
    store.build(SPACE, DIMENSION, state(0), 0)
    report, typical = Report(), dict[str, float]()
    with ExitStack() as stack:
        for _ in range(readers):
            stack.enter_context(_reading(folder, report))
        for _ in track(range(rounds), "Kills"):
            kind, reported = _kill_once(folder, chance, typical)
            report.rounds += 1
            report.kills[kind] += 1
            report.wrong += _find_wrong(store, reported)
    now = store.current()
    if now is not None:
        report.changes, report.generations = now.last_change, now.number
        store.apply(SPACE, DIMENSION, [document(0, now.last_change + 1)], [], now.last_change + 1)
    report.wrong += [*store.verify(), *(f"{p.name} is left" for p in folder.glob("*.part"))]
    return report


def main() -> None:
    """Measures and prints; exits with 1 when anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--readers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    for hidden in ("--write", "--read"):
        parser.add_argument(hidden, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write or options.read:
        write(options.write) if options.write else read(options.read)
        return
    with tempfile.TemporaryDirectory(prefix="earshot-crash-") as folder:
        report = crash(Path(folder) / "index", options.rounds, options.readers, options.seed)
    if options.json:
        print(json.dumps(asdict(report)))
    else:
        kills = ", ".join(f"{count} in {kind}" for kind, count in report.kills.items())
        print(
            f"{report.rounds} kills ({kills}), {report.changes} changes, generation {report.generations}"
        )
        print(
            f"{report.queries:,} queries, {report.failed_queries} failed; {len(report.wrong)} wrong"
        )
        print("\n".join(report.wrong))
    sys.exit(bool(report.wrong))


if __name__ == "__main__":
    main()
