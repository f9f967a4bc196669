"""Picking the encoder that a setting names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from kb.embedding.hashed import HashedEncoder
from kb.embedding.sentence import load_encoder, model_space
from kb.errors import ModelError

if TYPE_CHECKING:
    from kb.embedding.base import Encoder

Device = Literal["auto", "cpu", "cuda"]


def _hashed(model: str) -> HashedEncoder | None:
    """The twin for "hashed" or "hashed-<dimension>", None for any other name."""
    name, _, size = model.partition("-")
    if name != "hashed":
        return None
    if size and not (size.isascii() and size.isdigit() and 0 < int(size) <= 65536):  # noqa: PLR2004 - more than any model has
        raise ModelError(f"{model!r} is no model; write hashed or hashed-<dimension>.")
    return HashedEncoder(int(size)) if size else HashedEncoder()


def get_encoder(model: str, device: Device = "auto", threads: int | None = None) -> Encoder:
    """The encoder for `model`: "hashed", the bundled model's name, a folder or a hub name.

    Loading takes seconds the first time in a process. Raises ModelError when the model is missing or foreign.
    """
    return _hashed(model) or load_encoder(model, device, threads)


def get_space(model: str) -> str:
    """The space `get_encoder(model)` would encode into, without loading the model. Raises ModelError."""
    hashed = _hashed(model)
    return hashed.space if hashed else model_space(model)
