"""Documents a second: our encoder beside plain `SentenceTransformer.encode`, and how near their vectors are.

    python benchmarks/embedding.py [--documents 160] [--rounds 4] [--json]

Both encode the same texts in turns in one process, so that a busy machine slows both. Texts are titles and abstracts
from EARSHOT_DATA/scale/papers.jsonl.gz (default ../shared/data), or generated ones where that file is absent.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from kb.embedding.load import get_encoder  # noqa: E402 - the repository need not be installed
from kb.embedding.weights import DEFAULT_MODEL, find_model  # noqa: E402 - nothing is installed: the checkout comes onto the path first

if TYPE_CHECKING:
    from collections.abc import Callable


def read_texts(count: int) -> tuple[list[str], str]:
    """(texts, where they are from)."""
    folder = Path(os.environ.get("EARSHOT_DATA", ROOT.parent / "shared" / "data"))
    path = folder / "scale" / "papers.jsonl.gz"
    if not path.exists():
        chance = random.Random(1)  # noqa: S311 - the same texts each time
        words = [
            "speech",
            "encoder",
            "of",
            "training",
            "the",
            "model",
            "decoding",
            "data",
            "with",
            "noise",
            "robust",
            "transducer",
        ]
        sizes = (int(chance.lognormvariate(5, 0.4)) for _ in range(count))
        return [" ".join(chance.choices(words, k=size)) for size in sizes], "generated"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        papers = [json.loads(line) for line, _ in zip(lines, range(count), strict=False)]
    return [f"{p['title']}\n{p['abstract']}" for p in papers], path.name


def time_call(call: Callable[[], Any]) -> tuple[float, Any]:
    """(seconds, result)."""
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def measure(texts: list[str], rounds: int, device: str) -> dict[str, float]:
    """Documents a second in the best round of each (the others measure the neighbours), and the smallest cosine."""
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds to import

    ours = get_encoder(DEFAULT_MODEL, device)  # type: ignore[arg-type]  # argparse holds it to the choices
    place = None if device == "auto" else device
    plain = SentenceTransformer(
        str(find_model(DEFAULT_MODEL).folder), device=place, local_files_only=True
    )
    ours.encode(texts[:32])
    plain.encode(texts[:32])
    times: dict[str, list[float]] = {"ours": [], "plain": []}
    cosine = 1.0
    for _ in range(rounds):
        taken, found = time_call(lambda: ours.encode(texts))
        times["ours"].append(taken)
        taken, wanted = time_call(lambda: plain.encode(texts, normalize_embeddings=True))
        times["plain"].append(taken)
        cosine = min(cosine, float((found * wanted).sum(axis=1).min()))
    query = [time_call(lambda: ours.encode(["streaming speech recognition"]))[0] for _ in range(30)]
    speed = {name: len(texts) / min(taken) for name, taken in times.items()}
    return speed | {
        "ratio": speed["ours"] / speed["plain"],
        "smallest_cosine": cosine,
        "query_ms": statistics.median(query) * 1000,
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    options = parser.parse_args()
    texts, origin = read_texts(options.documents)
    found = measure(texts, options.rounds, options.device)
    if options.json:
        print(
            json.dumps(found | {"documents": len(texts), "rounds": options.rounds, "texts": origin})
        )
        return
    print(f"{len(texts)} documents ({origin}), {options.rounds} rounds in turns, the best of each")
    print(f"  ours                       {found['ours']:8.1f} documents/s")
    print(f"  SentenceTransformer.encode {found['plain']:8.1f} documents/s (fp32, batches of 32)")
    print(f"  ratio                      {found['ratio']:8.2f}")
    print(f"  smallest cosine            {found['smallest_cosine']:11.5f}")
    print(f"  one query                  {found['query_ms']:8.1f} ms")


if __name__ == "__main__":
    main()
