"""Sentence-transformers models: the only module that imports torch and sentence_transformers, and only when asked.

Why not `SentenceTransformer.encode`: on a CPU with bf16 instructions the layers run in bf16 (more than twice as fast,
cosine to fp32 above 0.9999), batches are made by tokens instead of texts, and every text is tokenised once.
Pooling and normalisation stay in fp32, because sums over 256 bf16 tokens would lose the third digit.
"""
# ruff: noqa: PLC0415 - importing this module must not load torch

from __future__ import annotations

import os
import threading
from contextlib import contextmanager
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

# Few enough that a batch's activations stay in the cache of two cores; a GPU wants more.
_TOKENS_A_BATCH = {"cpu": 4096, "cuda": 65536}
_QUERY_TOKENS = 64  # up to this, work is not shared between threads
_CHARS_A_TOKEN = 64  # what is beyond the window is not worth tokenising
_CHUNK = 4096  # texts tokenised at once, so that progress is told early and memory stays flat

_loaded: dict[tuple[str, str], Encoder] = {}
_loading = threading.Lock()


def model_space(model: str) -> str:
    """The space that `load_encoder(model)` encodes into, found without torch. Raises ModelError."""
    return find_model(model).space


def load_encoder(
    model: str = DEFAULT_MODEL, device: str = "auto", threads: int | None = None
) -> Encoder:
    """The encoder for a bundled name, a folder or a hub name, loaded once a process.

    `device` is "auto", "cpu" or "cuda"; `threads` is how many CPU threads torch may use (None: its own choice).
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
    if threads:
        torch.set_num_threads(threads)
    place = _pick_device(device, has_cuda=torch.cuda.is_available())
    try:
        model = SentenceTransformer(str(files.folder), device=place, local_files_only=True)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        raise ModelError(f"The model in {files.folder} cannot be loaded: {error}") from error
    return SentenceEncoder(model, files.space, place)


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

    def __init__(self, model: SentenceTransformer, space: str, place: str) -> None:
        self._model = model.eval()
        self._place = place
        self.space = space
        self.dimension = int(model.get_embedding_dimension() or 0)
        self.max_tokens = int(model.max_seq_length or 512)
        self._layers: Any = model[0]
        self._rest: list[Any] = list(model)[1:]
        half = _half_type(place)
        if half is not None:
            self._layers.to(half)
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

        `progress` is told after each batch how many more texts are done. Raises ModelError if the model gives
        something that is no number.
        """
        found = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for start in range(0, len(texts), _CHUNK):
            ids = self._tokenise(texts[start : start + _CHUNK])
            for rows in _batches([len(i) for i in ids], _TOKENS_A_BATCH[self._place]):
                found[[start + row for row in rows]] = self._forward([ids[row] for row in rows])
                if progress:
                    progress(len(rows))
        if not np.isfinite(found).all():
            raise ModelError(
                f"{self.space} gave vectors that are no numbers; its weights are broken."
            )
        return found

    def _tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        most = self.max_tokens * _CHARS_A_TOKEN
        clean = [_clean(self._prompt + t[:most]) for t in texts]
        return [e.ids or [self._pad] for e in self._tokenizer.encode_batch_fast(clean)]

    def _forward(self, ids: list[list[int]]) -> Vectors:
        import torch

        shape = (len(ids), max(len(row) for row in ids))
        tokens = np.full(shape, self._pad, dtype=np.int64)
        mask = np.zeros(shape, dtype=np.int64)
        for number, row in enumerate(ids):
            tokens[number, : len(row)] = row
            mask[number, : len(row)] = 1
        with torch.inference_mode(), _few_threads(tokens.size):
            return self._run(torch.from_numpy(tokens), torch.from_numpy(mask))

    def _run(self, tokens: torch.Tensor, mask: torch.Tensor) -> Vectors:
        import torch

        features: dict[str, Any] = {
            "input_ids": tokens.to(self._place),
            "attention_mask": mask.to(self._place),
        }
        if self._types:
            features["token_type_ids"] = torch.zeros_like(features["input_ids"])
        features = self._layers(features)
        for name, value in features.items():
            if isinstance(value, torch.Tensor) and value.is_floating_point():
                features[name] = value.float()
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


@contextmanager
def _few_threads(tokens: int) -> Iterator[None]:
    """One thread for a query: two answer in 6 ms instead of 8 on an idle machine, but meet at a barrier a hundred
    times, and beside a busy worker that took up to 490 ms against 30. In OpenMP the setting is the thread's own."""
    import torch

    before = torch.get_num_threads()
    if tokens > _QUERY_TOKENS or before == 1:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Rows by length, longest first (running out of memory shows at once), at most `budget` padded tokens a batch."""
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    start = 0
    while start < len(order):
        size = max(budget // lengths[order[start]], 1)
        yield order[start : start + size]
        start += size
