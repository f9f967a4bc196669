"""The best results read once more, together with the query, where a cross-encoder is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from kb.core.ranking import reorder
from kb.errors import ModelError
from kb.models import Passage
from kb.selectors import engine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kb.core.query import Query

RERANKED = 50
Ranking = list[tuple[int, float]]


def rerank(
    query: Query, ranked: Ranking, passages: Mapping[int, int], *, wait: bool
) -> tuple[Ranking, tuple[str, ...]]:
    """`ranked` with its best 50 in the order of the cross-encoder, and notes for the reader.

    `passages` names the passage nearest to the query, by item; of others the first is read. While the model loads, and
    where there is none or it fails, the order stays. Never raises ModelError.
    """
    if not (settings.RERANK_MODEL and query.plain and ranked):
        return ranked, ()
    model = engine.reranker.get(wait=wait)
    if model is None:
        return ranked, _why_not()
    texts = _texts([item for item, _ in ranked[:RERANKED]], passages)
    try:
        scores = model.score(query.plain, list(texts.values()))
    except ModelError as error:
        return ranked, (f"Not re-ranked: {error}",)
    return reorder(ranked, dict(zip(texts, scores.tolist(), strict=True))), ()


def _why_not() -> tuple[str, ...]:
    return (f"Not re-ranked: {engine.reranker.error}",) if engine.reranker.error else ()


def _texts(items: Sequence[int], passages: Mapping[int, int]) -> dict[int, str]:
    """The passage to read of each item that has one."""
    nearest = [passages[item] for item in items if item in passages]
    others = [item for item in items if item not in passages]
    rows = Passage.objects.filter(pk__in=nearest) | Passage.objects.filter(
        item__in=others, ordinal=0
    )
    return dict(rows.values_list("item", "text"))
