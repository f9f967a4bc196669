"""Concepts as the texts of articles are searched for them."""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from kb.core.concepts import Linker, Subject
from kb.core.items import ItemKind, item_id
from kb.core.senses import Name, Senses, read_senses, told_names
from kb.models import Concept, Prerequisite
from kb.selectors.vectors import mean_vectors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet


def shown_concepts() -> QuerySet[Concept]:
    """Those that readers may see."""
    return Concept.objects.filter(published_at__isnull=False)


def names_of(concept: Concept) -> tuple[Name, ...]:
    """Its name and aliases, each once."""
    named = {concept.name: concept.ambiguous}
    for alias in concept.aliases:
        named.setdefault(alias["name"], bool(alias.get("ambiguous")))
    return told_names(concept.slug, named, senses())


@lru_cache(maxsize=1)
def senses() -> Senses:
    """What is known of names beforehand. Raises InputError where the bundled list cannot be read."""
    return read_senses((settings.BASE_DIR / "starter" / "senses.toml").read_text("utf-8"))


def build_linker(space: str) -> Linker:
    """What finds the published concepts in texts, as they are now, with their vectors in this space."""
    concepts = list(shown_concepts().defer("goals", "open_questions"))
    vectors = mean_vectors([item_id(ItemKind.CONCEPT, c.pk) for c in concepts], space)
    needs, near = _edges()
    return Linker(
        (
            Subject(
                c.pk,
                names_of(c),
                frozenset(needs[c.pk]),
                frozenset(near[c.pk]),
                f"{c.summary}\n{c.body}",
                vectors.get(item_id(ItemKind.CONCEPT, c.pk)),
            )
            for c in concepts
        ),
        senses().everyday,
    )


def name_finder(concepts: Iterable[Concept]) -> Linker:
    """Finds the names of these concepts alone; it judges nothing."""
    return Linker(Subject(c.pk, names_of(c)) for c in concepts)


def _edges() -> tuple[dict[int, set[int]], dict[int, set[int]]]:
    """By concept: what must be known first, and everything that an edge joins it to."""
    needs: dict[int, set[int]] = defaultdict(set)
    near: dict[int, set[int]] = defaultdict(set)
    for one, other in Prerequisite.objects.values_list("concept", "needed"):
        needs[one].add(other)
        near[one].add(other)
        near[other].add(one)
    for one, other in Concept.related.through.objects.values_list("from_concept", "to_concept"):
        near[one].add(other)
    return needs, near
