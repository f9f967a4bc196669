"""What benchmarks/linking.py and benchmarks/topics.py share: the bundled concepts and topics, texts by reference, vectors."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.papers import CACHE, DATA, ROOT
from crawler.parse.feed import parse_feed
from kb.core.chunking import passages
from kb.core.concepts import Linker, Subject
from kb.core.senses import Senses, read_senses, told_names
from kb.core.text import plain_text
from kb.embedding.load import get_encoder, get_space
from kb.embedding.weights import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from kb.core.records import EntryRecord

STARTER = Path(os.environ.get("EARSHOT_STARTER", ROOT / "starter"))
BLOCK = 512  # passages encoded and kept at once


@dataclass(frozen=True, slots=True)
class Field:
    """The concepts of the starter files: what searches texts for them, and their slugs by the ids it uses."""

    linker: Linker
    slugs: tuple[str, ...]


def read_tables(name: str, table: str) -> list[dict[str, Any]]:
    """The rows of `table` in all starter files that match `name`. The folder is EARSHOT_STARTER, else `starter`."""
    found: list[dict[str, Any]] = []
    for path in sorted(STARTER.glob(name)):
        found += tomllib.loads(path.read_text("utf-8")).get(table, [])
    return found


def known_senses() -> Senses:
    """What the bundled list knows of names."""
    return read_senses((ROOT / "starter" / "senses.toml").read_text("utf-8"))


def read_field(*, meaning: bool = True) -> Field:
    """The linker over the bundled concepts; without `meaning`, as long as no concept has a vector."""
    rows = read_tables("concepts/*.toml", "concept")
    ids = {row["slug"]: number for number, row in enumerate(rows)}
    near: dict[str, set[str]] = {slug: set() for slug in ids}
    for row in rows:
        for other in {*row.get("requires", []), *row.get("related", [])} & ids.keys():
            near[row["slug"]].add(other)
            near[other].add(row["slug"])
    texts = [(row["name"], f"{row['summary']}\n\n{row['body']}") for row in rows]
    vectors = mean_vectors(texts) if meaning else [None] * len(rows)
    senses = known_senses()
    subjects = [
        Subject(
            ids[row["slug"]],
            told_names(
                row["slug"],
                {n: n in row.get("ambiguous", []) for n in (row["name"], *row.get("aliases", []))},
                senses,
            ),
            frozenset(ids[slug] for slug in row.get("requires", []) if slug in ids),
            frozenset(ids[slug] for slug in near[row["slug"]]),
            text[1],
            vector,
        )
        for row, text, vector in zip(rows, texts, vectors, strict=True)
    ]
    return Field(Linker(subjects, senses.everyday), tuple(ids))


@cache
def _read(name: str) -> dict[str, dict[str, Any]]:
    with gzip.open(DATA / "scale" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return {str(row["id"]): row for row in map(json.loads, lines)}


@cache
def _entries(path: str) -> tuple[EntryRecord, ...]:
    return parse_feed((DATA / path).read_bytes(), "https://feed.example.org/", {}).entries


def text_of(name: str, key: str) -> tuple[str, str]:
    """(title, plain text) of a paper or a post of EARSHOT_DATA/scale, or of "<file of EARSHOT_DATA>#<entry>" of a feed."""
    if name == "feeds":
        path, _, number = key.rpartition("#")
        entry = _entries(path)[int(number)]
        return entry.title or "", plain_text(entry.content or entry.summary or "")
    row = _read(name)[key]
    return row["title"], plain_text(row.get("abstract") or row.get("body") or "")


def mean_vectors(texts: Sequence[tuple[str, str]]) -> list[NDArray[np.float32]]:
    """The mean of the vectors of each text's passages, (title, body) each, as the hub has it; kept under var/benchmarks."""
    cut = [passages(title, body) for title, body in texts]
    known = encode(piece for pieces in cut for piece in pieces)
    found = [np.mean([known[piece] for piece in pieces], axis=0) for pieces in cut]
    return [(v / np.linalg.norm(v)).astype(np.float32) for v in found]


def encode(texts: Iterable[str]) -> dict[str, NDArray[np.float32]]:
    """The vector of each text; what was encoded before comes from the cache."""
    path = CACHE / f"field-{hashlib.sha256(get_space(DEFAULT_MODEL).encode()).hexdigest()[:12]}.npz"
    held: dict[str, NDArray[np.float16]] = {}
    if path.exists():
        with np.load(path) as stored:
            held = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))
    wanted = {hashlib.sha256(text.encode()).hexdigest()[:24]: text for text in texts}
    missing = [key for key in wanted if key not in held]
    for at in range(0, len(missing), BLOCK):
        keys = missing[at : at + BLOCK]
        print(f"encoding {at + len(keys)} of {len(missing)} …", flush=True)
        rows = get_encoder(DEFAULT_MODEL).encode([wanted[key] for key in keys])
        held.update(zip(keys, rows.astype(np.float16), strict=True))
        CACHE.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{os.getpid()}.npz")
        np.savez(aside, keys=np.array(list(held)), vectors=np.stack(list(held.values())))
        aside.replace(path)
    return {text: held[key].astype(np.float32) for key, text in wanted.items()}
