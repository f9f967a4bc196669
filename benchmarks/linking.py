"""How well concepts are found in articles: precision and recall on sentences labelled by hand.

    python benchmarks/linking.py [--fit] [--wrong] [--speed COUNT] [--json]

Reads tests/data/linking.jsonl (references into EARSHOT_DATA/scale, default ../shared/data, and whether the concept is
meant there; never text), the starter files (EARSHOT_STARTER, default starter) and links with the hub's own code. Half of
the texts, chosen by a hash of their id, are there to develop on; the others are reported apart. `--fit` prints weights
fitted on the first half, for kb/core/concepts.py; `--wrong` shows what goes wrong there. `--speed` links so many papers
with their vectors and measures time and memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.field import Field, mean_vectors, read_field, text_of  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from benchmarks.papers import load_papers  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.concepts import MEANT, Place  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.logistic import fit  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.senses import folded_name  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.sentences import sentence_at, sentence_span  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from numpy.typing import NDArray

PENALTY, SHRINK = 2.0, 3.0  # chosen by cross-validation on the half to develop on
TELLING = 0.3  # log-odds; less about a name is not worth a line
LABELS = ROOT / "tests" / "data" / "linking.jsonl"


@dataclass(frozen=True, slots=True)
class Labelled:
    """A place in a text, a concept, and whether it is meant there."""

    key: tuple[str, str]
    start: int
    end: int
    concept: str
    meant: bool
    sample: str

    @property
    def to_develop(self) -> bool:
        """Which half it is in."""
        return hashlib.sha256(self.key[1].encode()).digest()[0] % 2 == 0


@dataclass(frozen=True, slots=True)
class Text:
    """A text as the hub links it."""

    text: str
    vector: NDArray[np.float32] | None


def read_labels() -> list[Labelled]:
    """The labels, checked against the texts that they point into. Raises ValueError where one has changed."""
    found = []
    for row in map(json.loads, LABELS.read_text("utf-8").splitlines()):
        key = row["set"], row["id"]
        title, body = text_of(*key)
        text = f"{title}\n\n{body}"
        first, last = sentence_span(text, row["start"], row["end"])
        if hashlib.sha256(text[first:last].encode()).hexdigest()[:12] != row["hash"]:
            raise ValueError(
                f"{key}: the sentence at {row['start']} is not the one that was labelled"
            )
        found.append(
            Labelled(key, row["start"], row["end"], row["concept"], row["meant"], row["sample"])
        )
    return found


def read_texts(labels: list[Labelled], *, meaning: bool) -> dict[tuple[str, str], Text]:
    """The texts that labels point into."""
    keys = sorted({row.key for row in labels})
    said = [text_of(*key) for key in keys]
    vectors = mean_vectors(said) if meaning else [None] * len(keys)
    return {
        key: Text(f"{title}\n\n{body}", vector)
        for key, (title, body), vector in zip(keys, said, vectors, strict=True)
    }


def found_at(row: Labelled, places: list[Place], slugs: tuple[str, ...]) -> bool:
    """Whether the concept is taken to be meant at a place that overlaps the labelled one."""
    return any(
        slugs[p.concept] == row.concept
        and p.start < row.end
        and p.end > row.start
        and p.score >= MEANT
        for p in places
    )


def measure(rows: list[tuple[Labelled, bool]]) -> dict[str, float]:
    """Precision and recall of what was said of labelled places."""
    both = sum(said and row.meant for row, said in rows)
    said, true = sum(said for _, said in rows), sum(row.meant for row, _ in rows)
    return {
        "rows": len(rows),
        "meant": true,
        "precision": both / max(1, said),
        "recall": both / max(1, true),
    }


def half_and_half(
    ambiguous: list[tuple[Labelled, bool]], plain: list[tuple[Labelled, bool]]
) -> dict[str, float]:
    """Precision and recall where names that mean other things too and names that do not weigh the same in sum.

    The sample has more of the former, because they are harder.
    """
    said = true = both = 0.0
    for rows in (ambiguous, plain):
        for row, answer in rows:
            weight = 1 / len(rows)
            said += weight * answer
            true += weight * row.meant
            both += weight * (answer and row.meant)
    rows = [*ambiguous, *plain]
    return measure(rows) | {"precision": both / max(said, 1e-9), "recall": both / max(true, 1e-9)}


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of the features, and by concept and folded name how much likelier than others it is meant."""

    weights: dict[str, float]
    odds: dict[str, dict[str, float]]


def fitted(field: Field, labels: list[Labelled], texts: dict[tuple[str, str], Text]) -> Fitted:
    """Fitted on what there is to develop on: the features, and one more for each ambiguous name (a random effect)."""
    truth = {(r.key, r.concept, r.start): r.meant for r in labels if r.to_develop}
    features, meant, names = [], [], []
    for key in {r.key for r in labels if r.to_develop}:
        text = texts[key]
        for place, told in field.linker.features(text.text, text.vector):
            slug = field.slugs[place.concept]
            said = truth.get((key, slug, place.start))
            if said is not None and not (told["spelt"] or told["spelt otherwise"]):
                features.append(told)
                meant.append(said)
                names.append(
                    ""
                    if told["plain"]
                    else f"{slug} {folded_name(text.text[place.start : place.end])}"
                )
    kinds = [
        name for name in features[0] if name not in {"bias", "usual", "spelt", "spelt otherwise"}
    ]
    known = sorted(set(names) - {""})
    rows = np.array([[told[name] for name in kinds] for told in features], np.float32)
    spread = np.maximum(rows.std(axis=0), 0.05)
    effects = np.array([[SHRINK * (name == one) for one in known] for name in names], np.float32)
    model = fit(np.hstack([rows / spread, effects]), np.array(meant, np.float32), l2=PENALTY)
    print(f"fitted on {len(meant)} places, {sum(meant)} of them meant", file=sys.stderr)
    weights = {
        n: round(float(w / s), 2) for n, w, s in zip(kinds, model.weights, spread, strict=False)
    }
    odds: dict[str, dict[str, float]] = defaultdict(dict)
    for name, value in zip(known, model.weights[len(kinds) :], strict=False):
        slug, _, said_as = name.partition(" ")
        if abs(value * SHRINK) >= TELLING:
            odds[slug][said_as] = round(float(value * SHRINK), 1)
    return Fitted({"bias": round(float(model.weights[-1]), 2), "usual": 1.0, **weights}, odds)


def print_fitted(found: Fitted) -> None:
    """Weights for kb/core/concepts.py, odds for starter/senses.toml."""
    print(json.dumps(found.weights, indent=4), "\n\n[odds]")
    for slug, names in found.odds.items():
        print(f"{slug} = {{ {', '.join(f'{json.dumps(n)} = {v}' for n, v in names.items())} }}")


def evaluate(
    field: Field, labels: list[Labelled], texts: dict[tuple[str, str], Text]
) -> list[tuple[Labelled, bool]]:
    """What the hub says of each labelled place."""
    places = {key: field.linker.places(t.text, t.vector) for key, t in texts.items()}
    return [(row, found_at(row, places[row.key], field.slugs)) for row in labels]


def is_ambiguous(field: Field, row: Labelled, texts: dict[tuple[str, str], Text]) -> bool:
    """Whether the name at a labelled place means other things too."""
    name = folded_name(texts[row.key].text[row.start : row.end])
    names = field.linker.subjects[field.slugs.index(row.concept)].names
    return any(n.ambiguous and folded_name(n.text) == name for n in names)


def show_wrong(
    rows: list[tuple[Labelled, bool]], field: Field, texts: dict[tuple[str, str], Text]
) -> None:
    """What goes wrong on the half to develop on, with its features."""
    for row, said in rows:
        if said == row.meant or not row.to_develop:
            continue
        text = texts[row.key]
        told = [
            (round(p.score, 2), {n: round(v, 2) for n, v in f.items() if v and n != "bias"})
            for p, f in field.linker.features(text.text, text.vector)
            if p.start == row.start and field.slugs[p.concept] == row.concept
        ]
        print(
            "missed" if row.meant else "taken ",
            row.concept,
            "|",
            sentence_at(text.text, row.start, row.end)[:240],
        )
        print("       ", told)


def time_papers(field: Field, count: int) -> dict[str, float]:
    """Links papers with their vectors, as the hub would."""
    _, papers = load_papers(count)
    texts = [(f"{p.said['title']}\n\n{p.said['abstract']}", p.vectors) for p in papers]
    process, began, worked = psutil.Process(), time.perf_counter(), time.process_time()
    before = process.memory_info().rss
    found: Counter[int] = Counter()
    for text, vectors in texts:
        found.update(
            f.concept for f in field.linker.link(text, vectors.astype(np.float32).mean(axis=0))
        )
    return {
        "papers": len(texts),
        "seconds": time.perf_counter() - began,
        "processor_seconds": time.process_time() - worked,
        "grown_mib": (process.memory_info().rss - before) / 2**20,
        "mentions": sum(found.values()),
        "concepts": len(found),
    }


def main() -> None:
    """Prints the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--speed", type=int, default=0)
    options = parser.parse_args()
    field = read_field()
    if options.speed:
        print(json.dumps(time_papers(field, options.speed)))
        return
    labels = read_labels()
    unknown = {r.concept for r in labels} - set(field.slugs)
    if unknown:
        print(
            f"no such concept in the starter files: {', '.join(sorted(unknown))}", file=sys.stderr
        )
    labels = [r for r in labels if r.concept not in unknown]
    texts = read_texts(labels, meaning=True)
    if options.fit:
        print_fitted(fitted(field, labels, texts))
        return
    report = compare(field, labels, texts)
    if options.wrong:
        show_wrong(evaluate(field, labels, texts), field, texts)
    if options.json:
        print(json.dumps(report))
    else:
        print_report(report)


def compare(
    field: Field, labels: list[Labelled], texts: dict[tuple[str, str], Text]
) -> dict[str, dict[str, float]]:
    """The hub's own linking, the same without vectors, and every name taken at its word; each by half and by kind."""
    blind, unread = read_field(meaning=False), read_texts(labels, meaning=False)
    runs = {
        "": evaluate(field, labels, texts),
        ", no vectors": evaluate(blind, labels, unread),
        ", every name taken": [(r, _any_name(r, field, texts)) for r in labels],
    }
    report: dict[str, dict[str, float]] = {}
    for how, said in runs.items():
        parts: dict[str, list[tuple[Labelled, bool]]] = defaultdict(list)
        for row, answer in said:
            half = "to develop on" if row.to_develop else "to test on"
            name = "ambiguous" if is_ambiguous(field, row, texts) else "plain"
            for kind in ("all", f"sampled by {row.sample}", name):
                parts[f"{half}: {kind}{how}"].append((row, answer))
        report |= {name: measure(parts[name]) for name in sorted(parts)}
        for half in ("to develop on", "to test on"):
            sides = (parts[f"{half}: {kind}{how}"] for kind in ("ambiguous", "plain"))
            report[f"{half}: half ambiguous, half plain{how}"] = half_and_half(*sides)
    return report


def print_report(report: dict[str, dict[str, float]]) -> None:
    """As a table."""
    table = Table("places", "rows", "meant", "precision", "recall")
    for name, m in report.items():
        table.add_row(
            name,
            f"{m['rows']:.0f}",
            f"{m['meant']:.0f}",
            f"{m['precision']:.3f}",
            f"{m['recall']:.3f}",
        )
    Console(width=120).print(table)


def _any_name(row: Labelled, field: Field, texts: dict[tuple[str, str], Text]) -> bool:
    """What one would say who takes every name at its word."""
    every = [
        Place(p.concept, p.start, p.end, 1.0) for p in field.linker.places(texts[row.key].text)
    ]
    return found_at(row, every, field.slugs)


if __name__ == "__main__":
    main()
