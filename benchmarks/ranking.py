"""How the choices behind hybrid search were made, and how much each matters.

    python benchmarks/ranking.py [hub-dev csfcube-dev …]

Reads EARSHOT_DATA/search (default ../shared/data). For each set: nDCG@10 of words, meaning and both; both under other
methods of fusion; the share of words chosen with each set left out in turn; and both under other values of each
parameter. Everything runs through the hub's own index and ranking. Encoding takes minutes, so the indexes stay in the
temporary folder, named by what is in them, and a second run takes a few minutes.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import django

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
django.setup()

from rich.console import Console  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from rich.table import Table  # noqa: E402 - nothing is installed: the checkout comes onto the path first

from kb.core.evaluation import average, measure  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.fusion import WORDS, fuse  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.embedding.load import get_encoder  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.embedding.weights import DEFAULT_MODEL  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.index import lexical, terms  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.index.reader import IndexReader  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.selectors.engine import bundled_aliases  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.services.evaluation import (  # noqa: E402 - nothing is installed: the checkout comes onto the path first
    build_index,
    encode_with,
    find_candidates,
    read_test_set,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.index.base import Hit

    Sides = tuple[list[Hit], list[Hit]]
    Fusion = Callable[[list[Hit], list[Hit]], list[tuple[int, float]]]

FOLDER = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data")) / "search"
SETS = ("hub-dev", "csfcube-dev", "cacm", "cranfield", "npl", "doris-mae-best1")
SHARES = (0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.8)
# what is tried: (what, module, name, values)
PARAMETERS: tuple[tuple[str, Any, str, tuple[Any, ...]], ...] = (
    ("title", lexical, "_BOOSTS", tuple((("title", t), ("body", 1.0)) for t in (0.1, 0.5, 1.0))),
    ("neighbours", terms, "_PAIR", (0.0, 0.05, 0.2)),
    ("hyphenated parts", terms, "_PART", (0.0, 0.1, 0.5)),
    ("other names", terms, "_NAME", (0.25, 0.35, 0.7)),
)


class Subject:
    """A set with its index, and what each query finds in it."""

    def __init__(self, name: str) -> None:
        self.name, self.test = name, read_test_set(FOLDER / name)
        self.ids = [document.id for document in self.test.documents]
        encoder = get_encoder(DEFAULT_MODEL)
        content = (FOLDER / name / "corpus.jsonl.gz").read_bytes() + encoder.space.encode()
        code = b"".join(
            (ROOT / "kb" / p).read_bytes() for p in ("index/lexical.py", "core/chunking.py")
        )
        place = (
            Path(tempfile.gettempdir()) / f"earshot-{hashlib.sha256(content + code).hexdigest()}"
        )
        if not (place / "CURRENT").exists():
            print(f"encoding {name} …", file=sys.stderr)
            build_index(place, self.test.documents, encoder, lambda *_: None)
        self.place, self.encode = place, cache(encode_with(encoder))

    def candidates(self, *, names: bool = True) -> list[Sides]:
        """(words, meaning) of each query, under whatever is patched now."""
        reader = IndexReader(self.place, bundled_aliases() if names else None)
        return [find_candidates(reader, q, self.encode, self.ids) for q, _ in self.test.queries]

    def ndcg(self, found: list[Sides], fusion: Fusion = fuse) -> float:
        """Mean nDCG@10."""
        measures = [
            measure([self.ids[i] for i, _ in fusion(*sides)], grades)
            for sides, (_, grades) in zip(found, self.test.queries, strict=True)
        ]
        return average(measures).ndcg


def at_share(share: float) -> Fusion:
    """The hub's own fusion with another share of words."""
    return lambda words, meaning: fuse(words, meaning, share)


def reciprocal(k: int) -> Fusion:
    """Reciprocal rank fusion: Cormack, Clarke and Buettcher, SIGIR 2009."""

    def joined(words: list[Hit], meaning: list[Hit]) -> list[tuple[int, float]]:
        scores: dict[int, float] = {}
        for hits in (words, meaning):
            for rank, hit in enumerate(hits, start=1):
                scores[hit.item] = scores.get(hit.item, 0.0) + 1 / (k + rank)
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))

    return joined


def shallow(depth: int) -> Fusion:
    """The hub's own fusion of fewer candidates."""
    return lambda words, meaning: fuse(words[:depth], meaning[:depth])


FUSIONS: dict[str, Fusion] = {
    "words": lambda words, _: fuse(words, []),
    "meaning": lambda _, meaning: fuse([], meaning),
    "both": fuse,
    "reciprocal rank, k 60": reciprocal(60),
    "reciprocal rank, k 20": reciprocal(20),
    **{f"share of words {share}": at_share(share) for share in SHARES if share != WORDS},
    **{f"{depth} candidates": shallow(depth) for depth in (50, 100, 200)},
}


def leave_one_out(scores: dict[str, list[float]], subjects: list[Subject]) -> None:
    """The share with the best mean gain on the other sets, and what it gives on the one left out."""
    better = [max(pair) for pair in zip(scores["words"], scores["meaning"], strict=True)]
    gains = {
        share: [
            s.ndcg(found, at_share(share)) / b - 1
            for s, found, b in zip(subjects, FOUND.values(), better, strict=True)
        ]
        for share in SHARES
    }
    for number, subject in enumerate(subjects):
        rest = {h: sum(g) - g[number] for h, g in gains.items()}
        share = max(rest, key=lambda h: rest[h])
        print(f"without {subject.name}: share {share}, on it {100 * gains[share][number]:+.1f} %")


FOUND: dict[str, list[Any]] = {}


def main() -> None:
    """Prints the tables."""
    subjects = [Subject(name) for name in (sys.argv[1:] or SETS)]
    FOUND.update({s.name: s.candidates() for s in subjects})
    table = Table("nDCG@10", *FOUND, "mean")
    scores: dict[str, list[float]] = {}

    def row(label: str, values: list[float]) -> None:
        scores[label] = values
        table.add_row(label, *(f"{v:.3f}" for v in (*values, sum(values) / len(values))))

    for label, fusion in FUSIONS.items():
        row(label, [s.ndcg(FOUND[s.name], fusion) for s in subjects])
    for what, module, name, values in PARAMETERS:
        for value in values:
            with ExitStack() as stack:
                stack.enter_context(patch.object(module, name, value))
                shown = value[0][1] if isinstance(value, tuple) else value
                row(f"{what} {shown}", [s.ndcg(s.candidates()) for s in subjects])
    row("other names 0", [s.ndcg(s.candidates(names=False)) for s in subjects])
    Console(width=160).print(table)
    leave_one_out(scores, subjects)


if __name__ == "__main__":
    main()
