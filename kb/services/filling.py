"""What the index should hold, read from the database."""

from __future__ import annotations

from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from kb.core.items import split
from kb.index.base import Document
from kb.models import Embedding, Passage
from kb.selectors.findable import read_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from kb.selectors.findable import Text

BATCH = 1000


def chunks(ids: Iterable[int], size: int = BATCH) -> Iterator[list[int]]:
    """`ids` in lists of at most `size`."""
    rest = iter(ids)
    while chunk := list(islice(rest, size)):
        yield chunk


def documents(items: Iterable[int], space: str, size: int) -> Iterator[Document]:
    """What the index should hold of these items: those in sight, with the vectors there are.

    `size` is the length of a vector, 0 where none was stored when the work began: those that arrive meanwhile come
    with a change of their own, and are left to it.
    """
    for ids in chunks(items):
        vectors = _vectors(ids, space) if size else {}
        for text in read_texts(ids, shown=True):
            yield _document(text, vectors.get(text.item, []))


def _vectors(items: list[int], space: str) -> dict[int, list[tuple[int, bytes]]]:
    passages = list(
        Passage.objects.filter(item__in=items)
        .order_by("item", "ordinal")
        .values_list("pk", "item", "hash")
    )
    hashes = {h for _, _, h in passages}
    stored = dict(
        Embedding.objects.filter(space=space, hash__in=hashes).values_list("hash", "vector")
    )
    found: dict[int, list[tuple[int, bytes]]] = defaultdict(list)
    for pk, item, digest in passages:
        if digest in stored:
            found[item].append((pk, bytes(stored[digest])))
    return found


def _document(text: Text, rows: list[tuple[int, bytes]]) -> Document:
    matrix: NDArray[np.float16] = np.frombuffer(b"".join(v for _, v in rows), dtype="<f2")
    return Document(
        item=text.item,
        title=text.title,
        body=text.body,
        sources=text.sources,
        published=int(text.published.timestamp()),
        language=text.language,
        passages=tuple(pk for pk, _ in rows),
        vectors=matrix.reshape(len(rows), -1) if rows else np.empty((0, 0), np.float16),
        kind=split(text.item)[0],
        authors=text.authors,
        names=text.names,
    )


def dimension(space: str) -> int:
    """Length of the vectors of a space; 0 while there is none."""
    row = Embedding.objects.filter(space=space).values_list("vector", flat=True).first()
    return len(bytes(row)) // 2 if row else 0
