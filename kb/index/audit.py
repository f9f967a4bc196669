"""Checking a generation against its manifest, byte by byte and id by id."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kb.errors import IndexUnavailable
from kb.index.lexical import Words
from kb.index.manifest import check_file, find_strangers, read_current
from kb.index.rows import open_rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kb.index.base import Ids
    from kb.index.manifest import Manifest


def find_differences(directory: Path) -> list[str]:
    """A sentence for everything wrong with the index in `directory`; [] when it is sound."""
    try:
        manifest = read_current(directory)
    except IndexUnavailable as problem:
        return [str(problem)]
    folder = directory / manifest.name
    checked = [check_file(folder, n, info, whole=True) for n, info in manifest.files.items()]
    wrong = [*filter(None, checked), *find_strangers(folder, manifest)]
    if wrong:
        return wrong
    try:
        return list(_differing(folder, manifest))
    except IndexUnavailable as problem:
        return [str(problem)]


def _differing(folder: Path, manifest: Manifest) -> Iterator[str]:
    rows, words = open_rows(folder, manifest), Words(folder / "words").items()
    passages, items = rows.passages(), rows.items()
    if len(passages) != manifest.passages:
        yield f"{len(passages):,} passages live, the manifest says {manifest.passages:,}."
    if len(words) != manifest.items:
        yield f"The words hold {len(words):,} items, the manifest says {manifest.items:,}."
    yield from _repeated("Passage", passages)
    yield from _repeated("Item", words)
    orphans = np.setdiff1d(items, words)
    if len(orphans):
        yield f"Items with vectors but without words: {_some(orphans)}."


def _repeated(kind: str, ids: Ids) -> Iterator[str]:
    found, counts = np.unique(ids, return_counts=True)
    if len(found) < len(ids):
        yield f"{kind} ids stored more than once: {_some(found[counts > 1])}."


def _some(ids: Ids, most: int = 10) -> str:
    shown = ", ".join(str(i) for i in ids[:most])
    return shown if len(ids) <= most else f"{shown} and {len(ids) - most:,} more"
