"""How well topics are proposed and relevance is judged: cold, after 200 corrections, and beside TF-IDF with a linear SVM.

    python benchmarks/topics.py [--fit] [--wrong] [--json]

Reads tests/data/topics.jsonl (references into EARSHOT_DATA, default ../shared/data, with topics and whether it is about the
field; never text) and the starter files (EARSHOT_STARTER, default starter). Half of the items, chosen by a hash of their
id, are there to develop on: the cold weights are fitted there (`--fit` prints them), and the 200 corrections are taken
from it, five times by chance; all are measured on the other half. A topic implies those above it. The baseline needs
scikit-learn (`pip install .[benchmark]`) and is left out without it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.field import mean_vectors, read_field, read_tables, text_of  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.labels import PROPOSED, RELEVANCE, Content, Guess, Theme, Themes  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.logistic import fit, roc_auc, sigmoid  # noqa: E402 - nothing is installed: the checkout comes onto the path first
from kb.core.teaching import Lesson, apply, teach  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LABELS = ROOT / "tests" / "data" / "topics.jsonl"
CORRECTIONS, ROUNDS = 200, 5
FEWEST = 2  # items to test on that a topic needs to be counted
EVEN = 0.5  # more likely than not


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled item, its text and vector, and the cold guesses: topics in order, relevance last."""

    key: str
    text: str
    vector: Floats
    topics: frozenset[str]
    relevant: bool
    guesses: tuple[Guess, ...]

    @property
    def to_develop(self) -> bool:
        """Which half it is in."""
        return hashlib.sha256(self.key.encode()).digest()[0] % 2 == 0


def above() -> dict[str, set[str]]:
    """Topic -> itself and those above it."""
    parents = {row["slug"]: row.get("parent", "") for row in read_tables("topics.toml", "topic")}
    found: dict[str, set[str]] = {}
    for slug in parents:
        chain, at = set(), slug
        while at:
            chain.add(at)
            at = parents[at]
        found[slug] = chain
    return found


def read_items() -> tuple[Themes, list[Item]]:
    """The topics and the labelled items. Raises ValueError where a text is not the one that was labelled."""
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    texts = [text_of(row["set"], row["id"]) for row in rows]
    for row, (title, _) in zip(rows, texts, strict=True):
        if hashlib.sha256(title.encode()).hexdigest()[:12] != row["hash"]:
            raise ValueError(f"{row['id']} is not the item that was labelled")
    topics = read_tables("topics.toml", "topic")
    about = mean_vectors([(t["name"], f"{t['summary']}\n\n{t['about']}") for t in topics])
    themes = Themes(
        [
            Theme(t["slug"], f"{t['name']} {t['summary']} {t['about']}", v)
            for t, v in zip(topics, about, strict=True)
        ]
    )
    field, up = read_field(), above()
    filing = {
        row["slug"]: row.get("topics", []) for row in read_tables("concepts/*.toml", "concept")
    }
    items = []
    for row, (title, body), vector in zip(rows, texts, mean_vectors(texts), strict=True):
        text = f"{title}\n\n{body}"
        found = [field.slugs[f.concept] for f in field.linker.link(text, vector)]
        filed = Counter(topic for slug in found for topic in filing[slug])
        content = Content(text, vector, len(found), filed)
        guesses = themes.guess(content)
        told = frozenset(t for topic in row["topics"] for t in up[topic])
        guesses.append(themes.relevance(content, guesses))
        items.append(Item(row["id"], text, vector, told, row["relevant"], tuple(guesses)))
    return themes, items


def truth_of(items: Sequence[Item], name: str) -> Floats:
    """1 where a topic, or relevance, holds."""
    told = [i.relevant if name == RELEVANCE else name in i.topics for i in items]
    return np.array(told, np.float32)


def margins_of(items: Sequence[Item], at: int) -> Floats:
    """Cold log-odds."""
    return np.array([i.guesses[at].margin for i in items], np.float32)


def f1(said: NDArray[np.bool_], truth: Floats) -> float:
    """Harmonic mean of precision and recall; 0 where nothing is right."""
    right = float((said * truth).sum())
    return 2 * right / max(float(said.sum() + truth.sum()), 1e-9)


def with_parents(scores: dict[str, Floats]) -> dict[str, Floats]:
    """A topic is at least as sure as those below it."""
    found = dict(scores)
    for slug, chain in above().items():
        for parent in chain:
            found[parent] = np.maximum(found[parent], scores[slug])
    return found


def measure(scores: dict[str, Floats], test: Sequence[Item], threshold: float) -> dict[str, float]:
    """Macro-F1 over topics that the test half has often enough, and how relevance ranks."""
    scores = with_parents(scores)
    counted = [n for n in scores if n != RELEVANCE and truth_of(test, n).sum() >= FEWEST]
    each = {n: f1(scores[n] >= threshold, truth_of(test, n)) for n in counted}
    relevant = truth_of(test, RELEVANCE)
    return {
        "macro-F1": float(np.mean(list(each.values()))),
        "topics": len(counted),
        "mean AUC of topics": float(
            np.mean([roc_auc(scores[n], truth_of(test, n)) for n in counted])
        ),
        "AUC of relevance": roc_auc(scores[RELEVANCE], relevant),
        "F1 of relevance": f1(scores[RELEVANCE] >= EVEN, relevant),
    }


def cold(themes: Themes, test: Sequence[Item]) -> dict[str, Floats]:
    """Chances without any correction."""
    names = [*themes.names, RELEVANCE]
    return {name: sigmoid(margins_of(test, at)) for at, name in enumerate(names)}


def taught(
    themes: Themes, lessons: Sequence[Item], others: Sequence[Item], test: Sequence[Item]
) -> dict[str, Floats]:
    """Chances after corrections; `others` are articles that nobody has judged."""
    rows = [*lessons, *others]
    vectors = np.stack([i.vector for i in rows])
    said = np.arange(len(rows)) < len(lessons)
    found = {}
    for at, name in enumerate([*themes.names, RELEVANCE]):
        counts = np.ones(len(rows), np.float32)
        model = teach(Lesson(vectors, margins_of(rows, at), truth_of(rows, name), said, counts))
        margins = margins_of(test, at)
        if model and model.loss < model.cold_loss:
            margins = apply(model.weights, np.stack([i.vector for i in test]), margins)
        found[name] = sigmoid(margins)
    return found


def baseline(
    themes: Themes, lessons: Sequence[Item], test: Sequence[Item]
) -> dict[str, Floats] | None:
    """TF-IDF of words and pairs with a linear SVM a topic; its margins through the logistic function. None without it."""
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 - only where it is installed
        from sklearn.svm import LinearSVC  # noqa: PLC0415 - only where it is installed
    except ImportError:
        return None
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), min_df=2, stop_words="english")
    seen, new = (
        words.fit_transform([i.text for i in lessons]),
        words.transform([i.text for i in test]),
    )
    found = {}
    for name in (*themes.names, RELEVANCE):
        truth = truth_of(lessons, name)
        known = 0 < truth.sum() < len(truth)
        margins = (
            LinearSVC(class_weight="balanced").fit(seen, truth).decision_function(new)
            if known
            else -np.ones(len(test))
        )
        found[name] = sigmoid(np.asarray(margins, np.float32))
    return found


def fitted(themes: Themes, items: Sequence[Item]) -> dict[str, dict[str, float]]:
    """Cold weights, one set for all topics and one for relevance."""
    found = {}
    for what, places in (("topics", range(len(themes.names))), (RELEVANCE, [len(themes.names)])):
        told = [(i.guesses[at], i) for i in items for at in places]
        kinds = [k for k in told[0][0].features if k not in {"bias", "source"}]
        rows = np.array([[g.features[k] for k in kinds] for g, _ in told], np.float32)
        truth = np.array(
            [i.relevant if g.name == RELEVANCE else g.name in i.topics for g, i in told], np.float32
        )
        spread = np.maximum(rows.std(axis=0), 1e-3)
        model = fit(rows / spread, truth, l2=1.0)
        weights = {
            k: round(float(w / s), 2) for k, w, s in zip(kinds, model.weights, spread, strict=False)
        }
        found[what] = {"bias": round(float(model.weights[-1]), 2), **weights}
    return found


def show_wrong(items: Sequence[Item]) -> None:
    """What goes wrong on the half to develop on."""
    for item in items:
        said = {g.name for g in item.guesses[:-1] if g.margin > 0}
        chance = float(sigmoid(np.array([item.guesses[-1].margin], np.float32))[0])
        if said != item.topics or (chance > EVEN) != item.relevant:
            title = item.text.split("\n")[0][:70]
            print(
                f"{chance:.2f} {'+' if item.relevant else '-'} {title} | more {sorted(said - item.topics)} less {sorted(item.topics - said)}"
            )


def compare(themes: Themes, items: Sequence[Item]) -> dict[str, dict[str, float]]:
    """Cold once, the others as means over the draws of corrections."""
    develop = [i for i in items if i.to_develop]
    test = [i for i in items if not i.to_develop]
    runs: dict[str, list[dict[str, float]]] = defaultdict(list)
    runs["cold"].append(measure(cold(themes, test), test, PROPOSED))
    for seed in range(ROUNDS):
        order = np.random.default_rng(seed).permutation(len(develop))
        lessons = [develop[at] for at in order[:CORRECTIONS]]
        others = [develop[at] for at in order[CORRECTIONS:]]
        runs[f"after {CORRECTIONS} corrections"].append(
            measure(taught(themes, lessons, others, test), test, PROPOSED)
        )
        found = baseline(themes, lessons, test)
        if found:
            runs[f"TF-IDF and linear SVM, the same {CORRECTIONS}"].append(
                measure(found, test, PROPOSED)
            )
    return {
        how: {k: float(np.mean([m[k] for m in found])) for k in found[0]}
        for how, found in runs.items()
    }


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    themes, items = read_items()
    if options.fit or options.wrong:
        develop = [i for i in items if i.to_develop]
        if options.fit:
            print(json.dumps(fitted(themes, develop), indent=4))
        else:
            show_wrong(develop)
        return
    report = compare(themes, items)
    if options.json:
        print(json.dumps(report))
        return
    table = Table("", *next(iter(report.values())))
    for how, measures in report.items():
        table.add_row(how, *(f"{v:.3f}" if v < 2 else f"{v:.0f}" for v in measures.values()))  # noqa: PLR2004 - a count
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
