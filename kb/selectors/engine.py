"""The index and the encoder of this process, each opened once, when first asked for."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from django.conf import settings
from django.db.models import Count, Max

from kb.core.aliases import Aliases, merge_aliases, read_aliases
from kb.embedding.load import get_encoder, get_space
from kb.embedding.queries import encode_query
from kb.embedding.sentence import load_reranker
from kb.errors import ModelError
from kb.index.reader import IndexReader
from kb.selectors.linker import shown_concepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.embedding.base import Encoder, Reranker, Vectors

T = TypeVar("T")
log = logging.getLogger(__name__)
CACHED_QUERIES = 2048


@lru_cache(maxsize=1)
def bundled_aliases() -> Aliases:
    """Other names of things, from the bundled list. Raises InputError where that cannot be read."""
    return read_aliases((settings.BASE_DIR / "starter" / "aliases.toml").read_text("utf-8"))


def aliases() -> Aliases:
    """Other names of things, from the bundled list and the concepts as they are now."""
    return _aliases(_concepts_version())


def _concepts_version() -> tuple[object, ...]:
    told = shown_concepts().aggregate(changed=Max("updated_at"), count=Count("pk"))
    return told["changed"], told["count"]


@lru_cache(maxsize=1)
def _aliases(_version: tuple[object, ...]) -> Aliases:
    concepts = shown_concepts().only("name", "aliases")
    named = ((c.name, [(a["name"], bool(a.get("ambiguous"))) for a in c.aliases]) for c in concepts)
    return merge_aliases(bundled_aliases(), named)


@lru_cache(maxsize=4)
def _reader(folder: Path, version: tuple[object, ...]) -> IndexReader:
    return IndexReader(folder, _aliases(version))


def reader() -> IndexReader:
    """The reader of the hub's index; it notices new generations, and new names of concepts, by itself."""
    return _reader(Path(settings.INDEX_DIR), _concepts_version())


def space() -> str:
    """The space that queries are encoded in."""
    return get_space(settings.EMBEDDING_MODEL)


def has_vectors() -> bool:
    """Whether the index answers by meaning in the space that queries are encoded in. Raises IndexUnavailable."""
    index = reader()
    return index.passages > 0 and index.ready.vectors and index.space == space()


class Loading(Generic[T]):
    """Something heavy, loaded once, in the background, so that no page waits for it."""

    def __init__(self, name: str, load: Callable[[], T]) -> None:
        self._name, self._load = name, load
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._found: T | None = None
        self.error = ""  # why it could not be loaded

    def warm(self) -> None:
        """Begin to load, once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            self._found = self._load()
        except ModelError as error:
            self.error = str(error)
            log.error("%s", error)  # noqa: TRY400 - foreseen: one line, no traceback

    def get(self, *, wait: bool) -> T | None:
        """What was loaded; None while it loads, or when it cannot be. With `wait`, return when that is settled."""
        self.warm()
        if wait and self._thread:
            self._thread.join()
        return self._found


class QueryEncoder(Loading["Encoder"]):
    """Encodes queries, each once while it is remembered."""

    def __init__(self, names: Callable[[], Aliases] = aliases) -> None:
        super().__init__("load-model", _load_encoder)
        self._names = names
        self._known: OrderedDict[str, Future[Vectors]] = OrderedDict()

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
                future.set_result(encode_query(encoder, text, self._names()))
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
        encoder = self.get(wait=wait)
        return None if encoder is None else self._find(text, encoder)


def _load_encoder() -> Encoder:
    encoder = get_encoder(settings.EMBEDDING_MODEL, settings.EMBEDDING_DEVICE)
    encoder.encode(["warm"])
    return encoder


def _load_reranker() -> Reranker | None:
    if not settings.RERANK_MODEL:
        return None
    return load_reranker(settings.RERANK_MODEL, settings.RERANK_DEVICE)


encoder = QueryEncoder()
reranker = Loading("load-reranker", _load_reranker)
