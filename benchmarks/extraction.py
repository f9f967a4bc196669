"""Article text beside plain trafilatura and readability-lxml on pages whose text is known.

    pip install -e .[benchmark]
    python benchmarks/extraction.py [--rounds 1] [--pages NAME] [--json]

Three kinds of gold in EARSHOT_DATA/extraction (default ../shared/data), each measured its own way:

* article-extraction-benchmark: precision and recall of 4-word shingles, each page's true and false ones normalised so
  that long pages count no more than short ones, averaged over pages; F1 of the two averages. That is how
  https://github.com/scrapinghub/article-extraction-benchmark (evaluate.py) defines it: a page for which nothing was
  found counts for recall only.
* mozilla-readability: mean F1 of words.
* trafilatura-eval: phrases that must and must not be there; F1 over all phrases, as trafilatura's evaluation does.

All read the same pages in turns in one process; seconds a page are given as ratios.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import statistics
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import trafilatura  # noqa: E402 - the repository need not be installed

from crawler.extract.page import extract_page  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.text import plain_text  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_SHINGLE = 4
_WORD = re.compile(r"\w+")


def ours(html: bytes, url: str) -> str:
    """What the hub stores."""
    return extract_page(html, url, {}).text


def plain_trafilatura(html: bytes, url: str) -> str:
    """trafilatura as it comes, without readers' comments, which are in no gold text."""
    return trafilatura.extract(html, url=url or None, include_comments=False) or ""


def readability(html: bytes, url: str) -> str:
    """readability-lxml's summary as text."""
    from readability import Document  # noqa: PLC0415 - a dependency of the benchmark only
    from readability.readability import Unparseable  # noqa: PLC0415 - only this part needs it, and it takes a moment to load

    try:
        return plain_text(Document(html.decode("utf-8", "replace"), url=url or None).summary())
    except (Unparseable, ValueError):
        return ""


EXTRACTORS: dict[str, Callable[[bytes, str], str]] = {
    "ours": ours,
    "trafilatura": plain_trafilatura,
    "readability-lxml": readability,
}


def shingles(text: str, size: int) -> Counter[tuple[str, ...]]:
    """How often each run of `size` words is in a text; a text shorter than that is one run."""
    words = _WORD.findall(text)
    return Counter(
        run for i in range(max(1, len(words) - size + 1)) if (run := tuple(words[i : i + size]))
    )


def overlap(gold: str, found: str, size: int) -> tuple[float, float, float]:
    """(true positives, false positives, false negatives) of runs of `size` words; they add up to 1 (or to 0)."""
    wanted, got = shingles(gold, size), shingles(found, size)
    counts = ((wanted & got).total(), (got - wanted).total(), (wanted - got).total())
    whole = sum(counts) or 1
    return counts[0] / whole, counts[1] / whole, counts[2] / whole


def f1_of(precision: float, recall: float) -> float:
    """The harmonic mean, 0 where both are."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def shingle_scores(pages: Iterable[tuple[dict[str, Any], str]]) -> dict[str, float]:
    """article-extraction-benchmark's precision, recall and F1."""
    hits = [overlap(gold["gold_text"], text, _SHINGLE) for gold, text in pages]
    precision = statistics.mean(tp / (tp + fp) for tp, fp, _ in hits if tp + fp)
    recall = statistics.mean(tp / (tp + fn) for tp, _, fn in hits if tp + fn)
    return {"precision": precision, "recall": recall, "f1": f1_of(precision, recall)}


def word_scores(pages: Iterable[tuple[dict[str, Any], str]]) -> dict[str, float]:
    """Mean precision, recall and F1 of words."""
    rows = []
    for gold, text in pages:
        tp, fp, fn = overlap(gold["gold_text"], text, 1)
        precision, recall = tp / (tp + fp or 1), tp / (tp + fn or 1)
        rows.append((precision, recall, f1_of(precision, recall)))
    names = ("precision", "recall", "f1")
    return {n: statistics.mean(r[i] for r in rows) for i, n in enumerate(names)}


def phrase_scores(pages: Iterable[tuple[dict[str, Any], str]]) -> dict[str, float]:
    """Precision, recall and F1 of the phrases that must, and must not, be in the text."""
    tp = fp = fn = 0
    for gold, text in pages:
        kept = sum(phrase in text for phrase in gold["must_contain"])
        tp, fn = tp + kept, fn + len(gold["must_contain"]) - kept
        fp += sum(phrase in text for phrase in gold["must_not_contain"])
    precision, recall = tp / (tp + fp or 1), tp / (tp + fn or 1)
    return {"precision": precision, "recall": recall, "f1": f1_of(precision, recall)}


MEASURES = {
    "article-extraction-benchmark": shingle_scores,
    "mozilla-readability": word_scores,
    "trafilatura-eval": phrase_scores,
}


def read_pages(name: str) -> list[dict[str, Any]]:
    """The gold rows, each with its page as `html`; those whose file has `name` in it."""
    folder = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data")) / "extraction"
    rows = [json.loads(line) for line in (folder / "gold.jsonl").open(encoding="utf-8")]
    chosen = [row for row in rows if name in row["file"]]
    return [row | {"html": gzip.decompress((folder / row["file"]).read_bytes())} for row in chosen]


def run(
    pages: Sequence[dict[str, Any]], rounds: int
) -> tuple[dict[str, list[str]], dict[str, float]]:
    """(texts by extractor, median over rounds of the mean seconds a page by extractor)."""
    texts: dict[str, list[str]] = {name: [] for name in EXTRACTORS}
    seconds: dict[str, list[float]] = defaultdict(list)
    for turn in range(rounds):
        taken = dict.fromkeys(EXTRACTORS, 0.0)
        for page in pages:
            for name, extract in EXTRACTORS.items():
                began = time.perf_counter()
                text = extract(page["html"], page.get("url") or "")
                taken[name] += time.perf_counter() - began
                if not turn:
                    texts[name].append(text)
        for name, spent in taken.items():
            seconds[name].append(spent / len(pages))
    return texts, {name: statistics.median(spent) for name, spent in seconds.items()}


def measure(pages: Sequence[dict[str, Any]], rounds: int) -> dict[str, Any]:
    """Scores by kind of gold and extractor, and seconds a page."""
    texts, seconds = run(pages, rounds)
    scores: dict[str, dict[str, dict[str, float]]] = {}
    for source, score in MEASURES.items():
        at = [i for i, page in enumerate(pages) if page["source"] == source]
        if at:
            scores[source] = {
                name: score((pages[i], found[i]) for i in at) for name, found in texts.items()
            }
    counts = Counter(page["source"] for page in pages)
    ratios = {name: spent / seconds["trafilatura"] for name, spent in seconds.items()}
    return {
        "pages": counts,
        "scores": scores,
        "seconds_per_page": seconds,
        "times_trafilatura": ratios,
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1, help="repetitions, for the seconds")
    parser.add_argument("--pages", default="", metavar="NAME", help="only files with this in them")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    found = measure(read_pages(options.pages), options.rounds)
    if options.json:
        print(json.dumps(found))
        return
    for source, rows in found["scores"].items():
        print(f"{source} ({found['pages'][source]} pages)")
        for name, row in rows.items():
            numbers = "  ".join(f"{key} {value:.4f}" for key, value in row.items())
            print(f"  {name:18} {numbers}")
    print("seconds a page")
    for name, spent in found["seconds_per_page"].items():
        ratio = found["times_trafilatura"][name]
        print(f"  {name:18} {spent:.4f}  {ratio:.2f} × trafilatura")


if __name__ == "__main__":
    main()
