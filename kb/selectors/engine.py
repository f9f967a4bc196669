"""The index and the encoder of this process, each opened once, when first asked for."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from kb.embedding.load import get_encoder, get_space
from kb.errors import ModelError
from kb.index.reader import IndexReader

if TYPE_CHECKING:
    from kb.embedding.base import Encoder, Vectors

log = logging.getLogger(__name__)
CACHED_QUERIES = 2048


@lru_cache(maxsize=4)
def _reader(folder: Path) -> IndexReader:
    return IndexReader(folder)


def reader() -> IndexReader:
    """The reader of the hub's index; it notices new generations by itself."""
    return _reader(Path(settings.INDEX_DIR))


def space() -> str:
    """The space that queries are encoded in."""
    return get_space(settings.EMBEDDING_MODEL)


def has_vectors() -> bool:
    """Whether the index answers by meaning in the space that queries are encoded in. Raises IndexUnavailable."""
    index = reader()
    return index.passages > 0 and index.ready.vectors and index.space == space()


class QueryEncoder:
    """Encodes queries; loads the model in the background, so that no page waits for it."""

    def __init__(self) -> None:
        self._encoder: Encoder | None = None
        self._error = ""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._known: OrderedDict[str, Future[Vectors]] = OrderedDict()

    def warm(self) -> None:
        """Begin to load the model, once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="load-model", daemon=True)
                self._thread.start()

    def _load(self) -> None:
        try:
            encoder = get_encoder(settings.EMBEDDING_MODEL, settings.EMBEDDING_DEVICE)
            encoder.encode(["warm"])
            self._encoder = encoder
        except ModelError as error:
            self._error = str(error)
            log.error("%s", error)  # noqa: TRY400 - foreseen: one line, no traceback

    def _find(self, text: str, encoder: Encoder) -> Vectors:
        """The vector, encoded by the first who asks; those who ask meanwhile wait for that one."""
        with self._lock:
            future = self._known.get(text)
            mine = future is None
            if future is None:
                future = self._known[text] = Future()
            self._known.move_to_end(text)
            if len(self._known) > CACHED_QUERIES:
                self._known.popitem(last=False)
        if mine:
            try:
                future.set_result(encoder.encode([text])[0])
            except BaseException as error:
                with self._lock:
                    self._known.pop(text, None)
                future.set_exception(error)
                raise
        return future.result()

    def encode(self, text: str, *, wait: bool) -> Vectors | None:
        """The query's vector, shape (dimension,); None while the model loads, or when it cannot be loaded.

        With `wait`, return only when that is settled.
        """
        self.warm()
        if wait and self._thread:
            self._thread.join()
        return None if self._encoder is None else self._find(text, self._encoder)

    @property
    def error(self) -> str:
        """Why the model could not be loaded, or ""."""
        return self._error


encoder = QueryEncoder()
