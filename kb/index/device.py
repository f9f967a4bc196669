"""The rows of one file on a GPU, beside the mapped file: what is compared there, and when the CPU must do it."""

from __future__ import annotations

import logging
import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.index.base import Floats, Ids, Mask

_MOST = 2048  # rows that FAISS gives back from a GPU
_SPARE = 64  # rows more than wanted: the query is rounded to float16 there, so the last ones may be others

log = logging.getLogger(__name__)


class GpuRows:
    """The rows of a FAISS index, copied by the first query, and there as long as this object.

    `copy` gives the copy, None where there is no GPU, and raises RuntimeError where there is no room.
    """

    def __init__(self, index: Any, copy: Callable[[Any], Any]) -> None:
        self._index, self._make = index, copy
        self._copy: Any = None
        self._tried = False
        self._lock = threading.Lock()

    def search(
        self, vector: Floats, limit: int, allowed: int, mask: Mask | None = None
    ) -> Ids | None:
        """Allowed rows, roughly best first, the best `limit` among them: who asks scores them again and cuts.

        `allowed` is how many rows the mask allows. None where the CPU must do it: there is no GPU or it failed, a filter
        leaves too few rows (a GPU knows no masks), or another thread is at it (FAISS takes one at a time there).
        """
        wanted = math.ceil(limit * int(self._index.ntotal) / max(allowed, 1))
        if wanted > _MOST or not self._lock.acquire(blocking=False):
            return None
        try:
            rows = self._ask(vector, min(wanted + _SPARE, _MOST, int(self._index.ntotal)))
        except RuntimeError as error:
            log.warning("Vectors are compared on the CPU: the GPU said: %s", error)
            self._copy = None
            return None
        finally:
            self._lock.release()
        if rows is None:
            return None
        kept = rows if mask is None else rows[mask[rows]]
        return kept if len(kept) >= limit else None

    def _ask(self, vector: Floats, count: int) -> Ids | None:
        if not self._tried:
            self._tried = True
            self._copy = self._make(self._index)
            if self._copy is not None:
                log.info("%d vectors are compared on the GPU.", self._index.ntotal)
        if self._copy is None:
            return None
        query = np.ascontiguousarray(vector, np.float32).reshape(1, -1)
        found: Ids = self._copy.search(query, count)[1][0]
        return found[found >= 0]
