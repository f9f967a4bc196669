"""What the query language, its facets and the suggestions cost in a filled hub.

    export DATA_DIR=/tmp/querying EMBEDDING_MODEL=hashed
    python manage.py migrate && python manage.py documents import papers.jsonl.gz --wait
    python benchmarks/querying.py

Reads the hub at DATA_DIR, changes nothing, and prints milliseconds: the median, the ninth decile, and the median of the
processor's time, which a busy machine changes less.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.prod")

import django

django.setup()

from django.utils import timezone  # noqa: E402 - Django is set up first

from kb.models import Article  # noqa: E402 - as above
from kb.selectors import suggestions  # noqa: E402 - as above
from kb.selectors.search import SearchCriteria, search  # noqa: E402 - as above

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 20
TYPED = (
    "a",
    "s",
    "sp",
    "speech",
    "speech rec",
    "neural machine tr",
    "on the",
    "source:pa",
    "of the in",
)
ASKED = (
    "speech", "kind:article", "after:2020", "before:2015 -kind:list", "author:wang", "is:curated",
    "speech after:2020", "speech author:li", '"speech recognition" -neural', "source:papers beam search",
)  # fmt: skip


def measure(ask: Callable[[], object]) -> str:
    """What ROUNDS calls took, after a first one."""
    ask()
    took, worked = [], []
    for _ in range(ROUNDS):
        began, at_work = time.perf_counter(), time.process_time()
        ask()
        took.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - at_work))
    took.sort()
    worked.sort()
    return f"{took[ROUNDS // 2]:8.2f} {took[ROUNDS * 9 // 10]:8.2f} {worked[ROUNDS // 2]:8.2f}"


def main() -> None:
    """Print a line a query."""
    today = timezone.now().date()
    began = time.perf_counter()
    suggestions.memory.known()
    took = time.perf_counter() - began
    print(f"{Article.objects.count():,} articles; titles read in {took:.2f} s")
    for typed in TYPED:
        figures = measure(partial(suggestions.suggest, typed, today))
        print(f"suggest {typed!r:32} {figures}")
    for text in ASKED:
        asked = SearchCriteria(text, wait=True)
        print(
            f"search  {text!r:32} {measure(partial(search, asked))}  {search(asked).total:,} found"
        )


if __name__ == "__main__":
    main()
