"""A whole hub of papers, understood: time and memory of loading, linking and labelling.

    python benchmarks/understanding.py [--papers 38000] [--keep FOLDER] [--json]

Makes a hub with a database of its own in a temporary folder: the starter content, the papers of EARSHOT_DATA/scale
(default ../shared/data) and their vectors from var/benchmarks, encoded where they are not there. Then a process of its own
finds the concepts, another labels, and another searches again after one concept got a new name; each tells its seconds,
processor seconds and peak memory.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
STEPS = ("load", "link", "label", "rename")

if TYPE_CHECKING:
    from collections.abc import Callable


def load(papers: int) -> dict[str, Any]:
    """The starter content and the papers, cut, with their vectors."""
    import numpy as np  # noqa: PLC0415 - only this step needs it
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings

    from benchmarks.papers import load_papers  # noqa: PLC0415 - as above
    from kb.services.documents import import_documents  # noqa: PLC0415 - as above
    from kb.services.embedding import store_vectors  # noqa: PLC0415 - as above
    from kb.services.passages import cut_batch  # noqa: PLC0415 - as above
    from kb.services.pipeline import current_space, embed_all  # noqa: PLC0415 - as above
    from kb.services.starter import load_starter  # noqa: PLC0415 - as above

    call_command("migrate", verbosity=0)
    timed = {}
    began = time.perf_counter()
    load_starter(folder=ROOT / "starter")
    timed["starter_seconds"] = time.perf_counter() - began
    _, found = load_papers(papers)
    began = time.perf_counter()
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for paper in found:
            file.write(json.dumps(paper.said) + "\n")
        file.flush()
        import_documents(file=Path(file.name))
    while cut_batch():
        pass
    timed["papers_seconds"] = time.perf_counter() - began
    for paper in found:
        hashes = [hashlib.sha256(text.encode()).hexdigest() for text in paper.texts]
        store_vectors(hashes=hashes, vectors=np.asarray(paper.vectors), space=current_space())
    timed["encoded_here"] = embed_all()
    return timed


def link(_: int) -> dict[str, Any]:
    """Every article is searched for every concept."""
    from kb.services.pipeline import link_all  # noqa: PLC0415 - needs the settings

    return {"articles": link_all()}


def label(_: int) -> dict[str, Any]:
    """Every article is labelled."""
    from kb.selectors.overview import overview  # noqa: PLC0415 - needs the settings
    from kb.services.pipeline import current_space, label_all  # noqa: PLC0415 - as above

    articles = label_all()
    now = overview(current_space())
    return {"articles": articles, "mentions": now.mentions, "proposals": now.proposals}


def rename(_: int) -> dict[str, Any]:
    """One concept gets another name."""
    from kb.selectors.concepts import concept_card  # noqa: PLC0415 - as above
    from kb.services.concepts import update_concept  # noqa: PLC0415 - needs the settings
    from kb.services.linking import link_pending  # noqa: PLC0415 - as above
    from kb.services.pipeline import current_space, embed_all  # noqa: PLC0415 - as above

    card = concept_card("ctc")
    assert card
    update_concept(
        concept_id=card.id, acting_user=None, aliases=[{"name": "CTC", "ambiguous": True}]
    )
    embed_all()
    began = time.perf_counter()
    return {
        "articles": link_pending(space=current_space()),
        "seconds_alone": time.perf_counter() - began,
    }


def step(name: str, papers: int) -> None:
    """One step in this process; prints what it took."""
    import django  # noqa: PLC0415 - reads DATA_DIR, which the parent sets

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    django.setup()
    steps: dict[str, Callable[[int], dict[str, Any]]] = {
        "load": load,
        "link": link,
        "label": label,
        "rename": rename,
    }
    began = time.perf_counter()
    told = steps[name](papers)
    told |= {
        "seconds": round(time.perf_counter() - began, 1),
        "processor_seconds": round(time.process_time(), 1),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(told))


def main() -> None:
    """Runs the steps and prints what each took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--papers", type=int, default=38000)
    parser.add_argument(
        "--keep", type=Path, help="keep the hub here; steps that were done are not done again"
    )
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.step:
        step(options.step, options.papers)
        return
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        report = {}
        for name in STEPS:
            command = [sys.executable, __file__, "--step", name, "--papers", str(options.papers)]
            done = subprocess.run(  # noqa: S603 - ourselves
                command,
                env=os.environ | {"DATA_DIR": str(place)},
                stdout=subprocess.PIPE,
                text=True,
                check=True,
            )
            report[name] = json.loads(done.stdout.splitlines()[-1])
            if not options.json:
                print(name, report[name], flush=True)
        if options.json:
            print(json.dumps(report))


if __name__ == "__main__":
    main()
