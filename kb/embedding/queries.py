"""Encoding what is looked for: a question, or a pasted text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kb.core.aliases import QUESTION, Aliases, spell_out
from kb.core.chunking import passages

if TYPE_CHECKING:
    from kb.embedding.base import Encoder, Vectors

_MOST = 16  # passages of a pasted text; about 4,000 words


def encode_query(encoder: Encoder, text: str, aliases: Aliases) -> Vectors:
    """The direction of `text`, float32, unit length, shape (dimension,).

    In a question known acronyms are spelled out beside themselves. A pasted text of more than 40 words is cut as articles
    are, and its direction is that of all passages together: one vector of its beginning would forget the rest.
    """
    if len(text.split()) <= QUESTION:
        return encoder.encode([spell_out(text, aliases)])[0]  # type: ignore[no-any-return]  # indexing an array gives Any
    total = encoder.encode(passages("", text, limit=_MOST) or [text]).sum(axis=0)
    return np.asarray(total / max(float(np.linalg.norm(total)), 1e-9), dtype=np.float32)
