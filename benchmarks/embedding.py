"""Documents a second: our encoder beside plain `SentenceTransformer.encode`, and how near their vectors are.

    python benchmarks/embedding.py [--documents 160] [--rounds 4] [--json]

Both encode the same texts in turns in one process, so that a busy machine slows both; processor seconds are given too. The
limit is how fast a core (or the GPU) does one large product in the same type, over the products that the model needs. Texts
are titles and abstracts from EARSHOT_DATA/scale/papers.jsonl.gz (default ../shared/data), or generated ones where that file is absent.
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

MAX_TOKENS = 256
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


def read_tokens(texts: list[str]) -> list[int]:
    """How many tokens of each text the model reads."""
    from tokenizers import Tokenizer  # noqa: PLC0415 - as the model itself, only where it is needed

    tokenizer = Tokenizer.from_file(str(find_model(DEFAULT_MODEL).folder / "tokenizer.json"))
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return [len(found.ids) for found in tokenizer.encode_batch(texts)]


def count_operations(lengths: list[int], plain: Any) -> float:
    """Multiplications and additions in the products of all texts, none of them for padding."""
    config = plain[0].auto_model.config
    width, inner, layers = config.hidden_size, config.intermediate_size, config.num_hidden_layers
    weights = 4 * width * width + 2 * width * inner
    return float(sum(2 * layers * n * (weights + 2 * width * n) for n in lengths))


def measure_limit(place: str) -> float:
    """Operations a second of one large product in the type that our encoder uses: of the GPU, or of one core in
    processor time."""
    import torch  # noqa: PLC0415 - seconds to import

    from kb.embedding.sentence import _half_type  # noqa: PLC0415 - the very type, not a copy of the rule

    size, clock = (8192, time.perf_counter) if place == "cuda" else (2048, time.process_time)
    side = torch.rand(size, size, device=place).to(_half_type(place) or torch.float32)
    torch.set_num_threads(1)
    best = float("inf")
    for _ in range(8):
        start = clock()
        float((side @ side)[0, 0])  # reading a number waits for the GPU
        best = min(best, clock() - start)
    return 2 * size**3 / best


def measure(texts: list[str], rounds: int, device: str) -> dict[str, float | str]:
    """Documents a second in the best round of each (the others measure the neighbours), wall and processor; the
    smallest cosine; and how much of what the machine can multiply ours uses."""
    import psutil  # noqa: PLC0415 - beside the libraries below
    import torch  # noqa: PLC0415 - seconds to import
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415 - seconds to import

    place = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
    cores = torch.get_num_threads()
    ours = get_encoder(DEFAULT_MODEL, device)  # type: ignore[arg-type]  # argparse holds it to the choices
    memory = psutil.Process().memory_info().rss
    plain = SentenceTransformer(
        str(find_model(DEFAULT_MODEL).folder), device=place, local_files_only=True
    )

    def encode_plainly() -> Any:
        torch.set_num_threads(cores)  # ours gives each core a batch of its own
        return plain.encode(texts, normalize_embeddings=True)

    calls = {"ours": lambda: ours.encode(texts), "plain": encode_plainly}
    best = {f"{name}{kind}": float("inf") for name in calls for kind in ("", "_cpu")}
    found: dict[str, Any] = {}
    ours.encode(texts[:32])
    for _ in range(rounds):
        for name, call in calls.items():
            before = time.process_time()
            taken, found[name] = time_call(call)
            spent = time.process_time() - before
            best[name], best[f"{name}_cpu"] = (
                min(best[name], taken),
                min(best[f"{name}_cpu"], spent),
            )
    torch.set_num_threads(cores)
    lengths = read_tokens(texts)
    limit = measure_limit(place) / count_operations(lengths, plain) * sum(lengths)
    query = [time_call(lambda: ours.encode(["streaming speech recognition"]))[0] for _ in range(30)]
    speed = {name: len(texts) / seconds for name, seconds in best.items()}
    return {
        **speed,
        "ratio": speed["ours"] / speed["plain"],
        "ratio_cpu": speed["ours_cpu"] / speed["plain_cpu"],
        "smallest_cosine": float((found["ours"] * found["plain"]).sum(axis=1).min()),
        "tokens": sum(lengths) / best["ours" if place == "cuda" else "ours_cpu"],
        "tokens_limit": limit,
        "query_ms": statistics.median(query) * 1000,
        "memory_mib": memory / 2**20,
        "place": torch.cuda.get_device_name() if place == "cuda" else f"{cores} cores",
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
    print(
        f"{len(texts)} documents ({origin}), {options.rounds} rounds in turns, the best of each; {found['place']}"
    )
    print("                             documents/s   a processor second")
    print(f"  ours                       {found['ours']:11.1f}   {found['ours_cpu']:18.1f}")
    print(
        f"  SentenceTransformer.encode {found['plain']:11.1f}   {found['plain_cpu']:18.1f}   (fp32, batches of 32)"
    )
    print(f"  ratio                      {found['ratio']:11.2f}   {found['ratio_cpu']:18.2f}")
    print(f"  smallest cosine            {found['smallest_cosine']:14.5f}")
    print(
        f"  tokens/s of a core, or GPU {found['tokens']:11,.0f}   of {found['tokens_limit']:,.0f}, were there only products"
    )
    print(f"  one query                  {found['query_ms']:11.1f} ms")
    print(f"  memory with the model      {found['memory_mib']:11.0f} MiB")


if __name__ == "__main__":
    main()
