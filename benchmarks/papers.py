"""The papers that benchmarks/search.py and benchmarks/crash.py index: cut, encoded once, and kept under var/benchmarks."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from rich import progress
from rich.console import Console

from kb.core.chunking import passages
from kb.embedding.load import get_encoder, get_space
from kb.embedding.weights import DEFAULT_MODEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data"))
CACHE = ROOT / "var" / "benchmarks"
T = TypeVar("T")
BLOCK = 2048  # papers encoded and kept at once


def track(steps: Iterable[T], doing: str, total: float | None = None) -> Iterable[T]:
    """The steps with a bar on standard error: standard output is for the figures."""
    return progress.track(steps, doing, total=total, console=Console(stderr=True))


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as the file has it, the passages it is cut into, and their vectors, float16, (len(texts), dimension)."""

    said: dict[str, Any]
    texts: tuple[str, ...]
    vectors: NDArray[np.float16]


def read_papers(count: int) -> Iterator[dict[str, Any]]:
    """The first `count` papers of EARSHOT_DATA/scale (default ../shared/data)."""
    with gzip.open(DATA / "scale" / "papers.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, islice(lines, count))


def load_papers(count: int) -> tuple[str, list[Paper]]:
    """(space, papers with their vectors). A block whose passages and model are as before comes from the cache."""
    space, found = get_space(DEFAULT_MODEL), []
    said = list(
        read_papers(math.ceil(count / BLOCK) * BLOCK)
    )  # whole blocks, so that all counts share them
    blocks = [said[start : start + BLOCK] for start in range(0, len(said), BLOCK)]
    for block in track(blocks, "Papers encoded"):
        texts = [tuple(passages(p["title"], p["abstract"])) for p in block]
        matrix = _vectors([text for cut in texts for text in cut], space)
        ends = np.cumsum([len(cut) for cut in texts])[:-1]
        rows = zip(block, texts, np.split(matrix, ends), strict=True)
        found += [Paper(*row) for row in rows]
    return space, found[:count]


def load_questions(count: int) -> tuple[list[str], NDArray[np.float32]]:
    """What people ask (EARSHOT_DATA/search/hub-dev) and titles of papers, with unit vectors."""
    asked = (DATA / "search" / "hub-dev" / "queries.jsonl").read_text(encoding="utf-8")
    texts = [json.loads(line)["text"] for line in asked.splitlines()]
    texts += [paper["title"] for paper in islice(read_papers(10**6), 0, None, 150)]
    texts = texts[:count]
    return texts, _vectors(texts, get_space(DEFAULT_MODEL)).astype(np.float32)


def perturb(vectors: NDArray[np.float16], cosine: float, seed: int) -> NDArray[np.float16]:
    """Unit vectors at this cosine to the given ones, in directions of chance."""
    chance, rows = np.random.default_rng(seed), vectors.astype(np.float32)
    aside = chance.standard_normal(rows.shape).astype(np.float32)
    aside -= (aside * rows).sum(axis=1, keepdims=True) * rows
    aside /= np.linalg.norm(aside, axis=1, keepdims=True)
    found: NDArray[np.float32] = cosine * rows + math.sqrt(1 - cosine**2) * aside
    return found.astype(np.float16)


def _vectors(texts: list[str], space: str) -> NDArray[np.float16]:
    digest = hashlib.sha256("\0".join((space, *texts)).encode()).hexdigest()
    path = CACHE / f"{digest[:32]}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        aside = path.with_suffix(f".{os.getpid()}.npy")
        np.save(aside, get_encoder(DEFAULT_MODEL).encode(texts).astype(np.float16))
        aside.replace(path)
    return np.asarray(np.load(path), dtype=np.float16)
