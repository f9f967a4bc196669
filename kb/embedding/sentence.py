"""Sentence-transformers models: with `bert`, the only module that imports torch, and only when asked.

Why not `SentenceTransformer.encode`: on a CPU with bf16 instructions the layers run in bf16 (cosine to fp32 above 0.9999),
models of the BERT family compute nothing for padding (`kb.embedding.bert`), and each core has a batch of its own instead of
meeting the others after every layer. Texts are tokenised once, while the model works on those before them.
Pooling and normalisation stay in fp32, because sums over 256 bf16 tokens would lose the third digit.
"""
# ruff: noqa: PLC0415 - importing this module must not load torch

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.embedding.weights import DEFAULT_MODEL, ModelFiles, find_model
from kb.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer

    from kb.embedding.base import Encoder, Reranker, Vectors
    from kb.embedding.bert import Bert

# A core's batch stays in its cache; a GPU wants to be filled.
_TOKENS_A_BATCH = {"cpu": 1024, "cuda": 65536}
_TEXTS_A_CHUNK = {"cpu": 128, "cuda": 4096}  # tokenised and sorted at once
_CUDA_WORKERS = 2  # one prepares a batch while the other's is computed
_CHARS_A_TOKEN = 64  # what is beyond the window is not worth tokenising
_FEW = 2  # texts for which no thread is started

_loaded: dict[tuple[str, str], Encoder] = {}
_loading = threading.Lock()


def model_space(model: str) -> str:
    """The space that `load_encoder(model)` encodes into, found without torch. Raises ModelError."""
    return find_model(model).space


def load_encoder(
    model: str = DEFAULT_MODEL, device: str = "auto", threads: int | None = None
) -> Encoder:
    """The encoder for a bundled name, a folder or a hub name, loaded once a process.

    `device` is "auto", "cpu" or "cuda"; `threads` is how many cores may compute (None: all).
    Raises ModelError when the weights are missing, foreign or cannot be read, or the device is not there.
    """
    with _loading:
        key = (model, device)
        if key not in _loaded:
            _loaded[key] = _load(find_model(model), device, threads)
        return _loaded[key]


def _load(files: ModelFiles, device: str, threads: int | None) -> Encoder:
    # The folder is complete: nothing may ask the hub for a newer revision, and no progress bar belongs in a log.
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
    try:
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging
    except ImportError as error:
        raise ModelError(f"The embedding packages are not installed completely: {error}") from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # it carries no types
    place = _pick_device(device, has_cuda=torch.cuda.is_available())
    try:
        model = SentenceTransformer(str(files.folder), device=place, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelError(f"The model in {files.folder} cannot be loaded: {error}") from error
    workers = (threads or torch.get_num_threads()) if place == "cpu" else _CUDA_WORKERS
    return SentenceEncoder(model, files.space, place, workers)


def load_reranker(model: str, device: str = "auto") -> Reranker | None:
    """The cross-encoder in a folder or of a hub name; None where `device` is "auto" and no CUDA device answers.

    On a CPU it takes a second or more for a page, so there it must be asked for. Raises ModelError when the weights are
    missing or cannot be read, give more than one score, or the device is not there.
    """
    files = find_model(model)
    try:
        import torch
        from safetensors import SafetensorError
        from sentence_transformers import CrossEncoder
    except ImportError as error:
        raise ModelError(f"The embedding packages are not installed completely: {error}") from error
    if device == "auto" and not torch.cuda.is_available():
        return None
    place = _pick_device(device, has_cuda=torch.cuda.is_available())
    try:
        found = CrossEncoder(str(files.folder), device=place, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelError(f"The model in {files.folder} cannot be loaded: {error}") from error
    if found.num_labels != 1:
        raise ModelError(
            f"The model in {files.folder} gives {found.num_labels} scores; to re-rank it must give one."
        )
    return SentenceReranker(found)


def _pick_device(device: str, *, has_cuda: bool) -> str:
    if device not in {"auto", "cpu", "cuda"}:
        raise ModelError(f"{device!r} is no device; write auto, cpu or cuda.")
    if device == "cuda" and not has_cuda:
        raise ModelError(
            "No CUDA device answers; use auto or cpu, or install a CUDA build of torch."
        )
    return "cuda" if device != "cpu" and has_cuda else "cpu"


def cpu_has_bf16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether this CPU multiplies bf16 itself; emulated, bf16 is slower than fp32. False where it cannot be told."""
    try:
        text = cpuinfo.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # not Linux: fp32 is always right, only slower
    flags = next((line.split() for line in text.splitlines() if line.startswith("flags")), [])
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags)


def _half_type(place: str) -> torch.dtype | None:
    """The fastest type that keeps the answers, or None for fp32."""
    import torch

    if place == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.bfloat16 if cpu_has_bf16() else None


class SentenceEncoder:
    """One loaded model. Threads may share it: after loading nothing in it changes."""

    def __init__(self, model: SentenceTransformer, space: str, place: str, workers: int) -> None:
        self._place = place
        self._workers = workers
        self.space = space
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 512)
        half = _half_type(place)
        layers, *self._rest = model.eval()
        self._layers: Any = layers.to(half) if half is not None else layers
        self._bert = _packed(self._layers) if place == "cpu" else None
        if self._bert:
            self._layers = None  # its weights are held once, as the packed layers want them
        self._prompt = model.prompts.get(model.default_prompt_name or "") or ""
        tokenizer: Any = model.tokenizer
        if not hasattr(tokenizer, "backend_tokenizer"):
            raise ModelError(
                f"{space} has no fast tokenizer (tokenizer.json), which is needed here."
            )
        self._pad = int(tokenizer.pad_token_id or 0)
        self._types = "token_type_ids" in tokenizer.model_input_names
        # The Rust tokenizer itself, set up once: the Python one changes its padding on every call, which is slow and
        # fails with "Already borrowed" between threads.
        self._tokenizer = tokenizer.backend_tokenizer
        self._tokenizer.enable_truncation(self.max_tokens)
        self._tokenizer.no_padding()

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> Vectors:
        """Unit vectors, float32, shape (len(texts), dimension); what is beyond the window is not read.

        `progress` is told after each batch, in the caller's thread, how many more texts are done. Raises ModelError if
        the model gives something that is no number.
        """
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for rows, vectors in self._run_all(self._batches(texts), few=len(texts) <= _FEW):
            found[rows] = vectors
            if progress:
                progress(len(rows))
        if not np.isfinite(found).all():
            raise ModelError(
                f"{self.space} gave vectors that are no numbers; its weights are broken."
            )
        return found

    def _batches(self, texts: Sequence[str]) -> Iterator[tuple[list[int], list[list[int]]]]:
        """(row numbers, their tokens), a chunk tokenised when the batches before it are on their way."""
        size = _TEXTS_A_CHUNK[self._place]
        for start in range(0, len(texts), size):
            ids = self._tokenise(texts[start : start + size])
            for rows in _batches([len(i) for i in ids], _TOKENS_A_BATCH[self._place]):
                yield [start + row for row in rows], [ids[row] for row in rows]

    def _run_all(
        self, batches: Iterator[tuple[list[int], list[list[int]]]], *, few: bool
    ) -> Iterator[tuple[list[int], Vectors]]:
        """(row numbers, vectors) in order; so many batches are under way that no worker ever waits for tokens."""
        if few:
            yield from ((rows, self._forward(ids)) for rows, ids in batches)
            return
        waiting: deque[tuple[list[int], Future[Vectors]]] = deque()
        with ThreadPoolExecutor(self._workers, "encode") as pool:
            for rows, ids in batches:
                waiting.append((rows, pool.submit(self._forward, ids)))
                if len(waiting) > 2 * self._workers:
                    done, future = waiting.popleft()
                    yield done, future.result()
            yield from ((done, future.result()) for done, future in waiting)

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        most = self.max_tokens * _CHARS_A_TOKEN
        clean = [_clean(self._prompt + t[:most]) for t in texts]
        return [e.ids or [self._pad] for e in self._tokenizer.encode_batch_fast(clean)]

    def _forward(self, ids: list[list[int]]) -> Vectors:
        import torch

        if self._place == "cpu" and torch.get_num_threads() != 1:
            # In OpenMP the setting is the thread's own. Two threads on one batch meet at a barrier a hundred times;
            # beside a busy worker that made a query of 8 ms take up to 490.
            torch.set_num_threads(1)
        with torch.inference_mode():
            if not self._bert:
                return self._pool(self._run_padded(ids))
            found = self._pool(self._run_packed(ids, careful=False))
            if not np.isfinite(found).all():
                found = self._pool(self._run_packed(ids, careful=True))
            return found

    def _run_packed(self, ids: list[list[int]], *, careful: bool) -> dict[str, Any]:
        import torch
        from torch.nn.utils.rnn import pad_sequence

        states = [s.float() for s in self._bert(ids, careful=careful)] if self._bert else []
        masks = [torch.ones(len(row), dtype=torch.int64) for row in ids]
        return {
            "token_embeddings": pad_sequence(states, batch_first=True),
            "attention_mask": pad_sequence(masks, batch_first=True),
        }

    def _run_padded(self, ids: list[list[int]]) -> dict[str, Any]:
        import torch

        shape = (len(ids), max(len(row) for row in ids))
        tokens = np.full(shape, self._pad, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for number, row in enumerate(ids):
            tokens[number, : len(row)] = row
            mask[number, : len(row)] = 1
        features = {"input_ids": self._move(tokens), "attention_mask": self._move(mask)}
        if self._types:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        found: dict[str, Any] = self._layers(features)
        return {
            name: value.float()
            if isinstance(value, torch.Tensor) and value.is_floating_point()
            else value
            for name, value in found.items()
        }

    def _move(self, numbers: np.ndarray) -> torch.Tensor:
        """To the device; to a GPU from pinned memory, so that the copy runs beside the batch before."""
        import torch

        tensor = torch.from_numpy(numbers)
        return tensor if self._place == "cpu" else tensor.pin_memory().to("cuda", non_blocking=True)

    def _pool(self, features: dict[str, Any]) -> Vectors:
        import torch

        for module in self._rest:
            features = module(features)
        vectors = torch.nn.functional.normalize(features["sentence_embedding"].float(), dim=1)
        return np.asarray(vectors.cpu().numpy(), dtype=np.float32)


class SentenceReranker:
    """A cross-encoder: query and text are read together, which no stored vector can replace, so only for the best few.

    Nogueira and Cho, "Passage re-ranking with BERT", arXiv:1901.04085.
    """

    def __init__(self, model: CrossEncoder) -> None:
        self._model = model
        self._one = threading.Lock()  # its tokeniser's settings change while it works

    def score(self, query: str, texts: Sequence[str]) -> Vectors:
        """How well each text answers, float32, shape (len(texts),). Raises ModelError for what is no number."""
        if not texts:
            return np.empty(0, dtype=np.float32)
        pairs = [(_clean(query), _clean(text)) for text in texts]
        try:
            with self._one:
                found = np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float32)
        except RuntimeError as error:  # a full GPU
            raise ModelError(f"The re-ranking model failed: {error}") from error
        if not np.isfinite(found).all():
            raise ModelError("The re-ranking model gave scores that are no numbers; use another.")
        return found


def _clean(text: str) -> str:
    """Without what cannot cross into Rust (half an emoji, from broken feeds)."""
    return text.encode("utf-8", "replace").decode()


def _packed(layers: Any) -> Bert | None:
    """The layers without padding, where they are of a family whose arithmetic is known."""
    from kb.embedding.bert import Bert, is_supported

    inner = getattr(layers, "model", None)
    return Bert(inner) if inner is not None and is_supported(inner) else None


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Rows by length, longest first (running out of memory shows at once), at most `budget` padded tokens a batch."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    start = 0
    while start < len(order):
        size = max(budget // lengths[order[start]], 1)
        yield order[start : start + size]
        start += size
