"""One work, many copies; one event, many articles: how well the hub's own code finds them.

    python benchmarks/duplicates.py [--json] [--only articles|papers|stories]

Reads EARSHOT_DATA/duplicates (default ../shared/data). Works: pairwise precision and recall of `kb.core.urls` and
`kb.core.dedupe` exactly as the hub applies them (address first, then candidates by key, then decisions). Stories:
B-cubed precision, recall and F1 (Bagga and Baldwin, "Entity-based cross-document coreferencing", 1998) of
`kb.core.stories` with the hub's thresholds, beside two baselines whose threshold is chosen on the very same data, which
favours them: words shared with the first text of a group (NewsBlur's rule: at least 3 in common, of at least 5) and
single-pass TF-IDF cosine to the centroid. Vectors are kept in a temporary file, so that a second run takes seconds.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gzip
import hashlib
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.core.dedupe import Record, candidates, decide, groups, keys  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.identifiers import identify, mentioned  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.stories import Item, cluster  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.urls import canonical_url, host_of  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.usual import background, significant  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.embedding.load import get_encoder  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.embedding.weights import DEFAULT_MODEL  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from numpy.typing import NDArray

FOLDER = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data")) / "duplicates"
MOMENT = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)  # the set has no dates: one window holds it all
FEWEST, SHARED = (
    5,
    3,
)  # NewsBlur: significant words of a title, and how many of them two have in common
Rows = list[dict[str, Any]]


def read(name: str) -> Rows:
    """The records of one set."""
    with gzip.open(FOLDER / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def pairwise(found: Sequence[Hashable], gold: Sequence[Hashable]) -> dict[str, float]:
    """Precision and recall over pairs of records that share a label."""
    both = _pairs(Counter(zip(found, gold, strict=True)))
    said, true = _pairs(Counter(found)), _pairs(Counter(gold))
    return {"precision": both / max(1, said), "recall": both / max(1, true), "pairs": true}


def _pairs(counts: Counter[Any]) -> int:
    return sum(n * (n - 1) // 2 for n in counts.values())


def bcubed(found: Sequence[Hashable], gold: Sequence[Hashable]) -> dict[str, float]:
    """B-cubed precision, recall and F1."""
    both = Counter(zip(found, gold, strict=True))
    said, true = Counter(found), Counter(gold)
    precision = sum(n * n / said[f] for (f, _), n in both.items()) / len(found)
    recall = sum(n * n / true[g] for (_, g), n in both.items()) / len(found)
    f1 = 2 * precision * recall / (precision + recall)
    return {"precision": precision, "recall": recall, "f1": f1, "groups": len(said)}


def works(records: Sequence[Record]) -> list[int]:
    """A label a record: the hub's decisions over its candidates."""
    by_id = {r.id: r for r in records}
    pairs = candidates({r.id: keys(r) for r in records})
    decided = (decide(by_id[a], by_id[b]) for a, b in pairs)
    label = {r.id: r.id for r in records}
    for head, members in groups(d for d in decided if d).items():
        label.update(dict.fromkeys(members, head))
    return [label[r.id] for r in records]


def _post(number: int, row: dict[str, Any], home: str) -> Record:
    names = frozenset(n for n in [identify(row["url"])] if n)
    return Record(
        number, row["title"], names=names, mentions=mentioned(row["summary"]) - names,
        homes=frozenset({home, f"feed:{row['feed']}"}), text=row["summary"],
    )  # fmt: skip


def articles(rows: Rows) -> dict[str, float]:
    """Articles of several feeds: one address is one article, as in ingest; then copies among the articles."""
    address = [canonical_url(r["url"]) for r in rows]
    first: dict[str, int] = {}
    for number, key in enumerate(address):
        first.setdefault(key, number)
    records = [_post(n, rows[n], host_of(rows[n]["url"])) for n in first.values()]
    label = dict(zip(first, works(records), strict=True))
    return pairwise([label[key] for key in address], [r["cluster"] for r in rows])


def papers(rows: Rows) -> dict[str, float]:
    """Papers of two sources: no address is known, so title, authors, year and abstract decide."""
    records = [
        Record(
            n, r["title"], tuple(r["authors"]), r["year"], homes=frozenset({f"feed:{r['source']}"}),
            text=r["abstract"],
        )
        for n, r in enumerate(rows)
    ]  # fmt: skip
    return pairwise(works(records), [r["cluster"] for r in rows])


def vectors(texts: Sequence[str]) -> NDArray[np.float32]:
    """Real embeddings of the texts, from the temporary file where it has them."""
    digest = hashlib.sha256("\0".join([DEFAULT_MODEL, *texts]).encode()).hexdigest()[:16]
    file = Path(tempfile.gettempdir()) / f"earshot-duplicates-{digest}.npy"
    if not file.exists():
        np.save(file, get_encoder(DEFAULT_MODEL).encode(texts))
    found: NDArray[np.float32] = np.load(file)
    return found


def ours(texts: Sequence[str]) -> list[int]:
    """A label a text: the hub's story clustering with its own thresholds."""
    encoded = vectors(texts)
    items = [Item(n, encoded[n], text, MOMENT) for n, text in enumerate(texts)]
    label = list(range(len(texts)))
    for group in cluster(items, background(encoded, texts)):
        for member in group.members:
            label[member] = group.members[0]
    return label


def shared_words(texts: Sequence[str], least: float) -> list[int]:
    """NewsBlur's rule: a text joins the first group whose opening text it shares enough words with."""
    holders: dict[str, list[int]] = defaultdict(list)
    words: dict[int, set[str]] = {}
    label = []
    for number, text in enumerate(texts):
        own = set(significant(text))
        common = Counter(head for word in own for head in holders[word])
        fits = (
            head for head in sorted(common)
            if common[head] >= SHARED and common[head] / min(len(own), len(words[head])) >= least
        )  # fmt: skip
        head = next(fits, number) if len(own) >= FEWEST else number
        label.append(head)
        if head == number:
            words[number] = own
            for word in own if len(own) >= FEWEST else ():
                holders[word].append(number)
    return label


def _tfidf(texts: Sequence[str]) -> list[dict[str, float]]:
    counts = [Counter(significant(text)) for text in texts]
    df = Counter(word for found in counts for word in found)
    rows = []
    for found in counts:
        raw = {w: (1 + math.log(n)) * math.log(len(texts) / df[w]) for w, n in found.items()}
        length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        rows.append({w: v / length for w, v in raw.items()})
    return rows


def single_pass(rows: Sequence[dict[str, float]], least: float) -> list[int]:
    """TF-IDF, one pass: a text joins the group with the nearest centroid, or opens one."""
    holders: dict[str, dict[int, float]] = defaultdict(dict)
    squares: list[float] = []
    label = []
    for row in rows:
        scores: dict[int, float] = defaultdict(float)
        for word, weight in row.items():
            for group, sum_ in holders[word].items():
                scores[group] += weight * sum_
        best = max(scores, key=lambda g: (scores[g] / math.sqrt(squares[g]), -g), default=-1)
        if best < 0 or scores[best] / math.sqrt(squares[best]) < least:
            best = len(squares)
            squares.append(0.0)
        squares[best] += 2 * scores.get(best, 0.0) + sum(v * v for v in row.values())
        for word, weight in row.items():
            holders[word][best] = holders[word].get(best, 0.0) + weight
        label.append(best)
    return label


def best_of(
    method: Callable[[float], list[int]], gold: list[str], cuts: Sequence[float]
) -> dict[str, float]:
    """The best F1 that any of the thresholds gives."""
    tried = [bcubed(method(c), gold) | {"threshold": c} for c in cuts]
    return max(tried, key=lambda result: result["f1"])


def stories(rows: Rows) -> dict[str, dict[str, float]]:
    """Ours and the baselines."""
    gold = [r["cluster"] for r in rows]
    texts = [" ".join(filter(None, [r["title"], r["text"]])) for r in rows]
    weighted = _tfidf(texts)
    return {
        "ours": bcubed(ours(texts), gold),
        "words shared, 0.6": bcubed(shared_words(texts, 0.6), gold),
        "words shared, best": best_of(lambda c: shared_words(texts, c), gold, (0.2, 0.3, 0.4)),
        "TF-IDF one pass, best": best_of(
            lambda c: single_pass(weighted, c), gold, (0.06, 0.08, 0.1, 0.12, 0.15, 0.2)
        ),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", choices=("articles", "papers", "stories"))
    options = parser.parse_args()
    sets: dict[str, tuple[str, Callable[[Rows], Any]]] = {
        "articles": ("same-article-across-feeds", articles),
        "papers": ("papers-two-sources", papers),
        "stories": ("googlenews-stories", stories),
    }
    found: dict[str, Any] = {}
    for name, (file, measure) in sets.items():
        if options.only in {None, name}:
            began, rows = time.perf_counter(), read(file)
            figures = measure(rows)
            found[name] = {
                "set": file, "records": len(rows), "seconds": round(time.perf_counter() - began, 2),
                "result": figures,
            }  # fmt: skip
    print(json.dumps(found) if options.json else table(found))


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = []
    for one in found.values():
        lines.append(f"{one['set']}: {one['records']} records, {one['seconds']} s")
        result = one["result"]
        named = result if "ours" in result else {"ours": result}
        for method, figures in named.items():
            told = "  ".join(
                f"{k} {v:.4f}" if v <= 1 else f"{k} {v:.0f}" for k, v in figures.items()
            )
            lines.append(f"  {method:22} {told}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
