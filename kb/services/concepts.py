"""Concepts: writing them, saying what must be known first, choosing what to read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.db import transaction

from kb.core.prerequisites import cycle
from kb.errors import InputError
from kb.models import Concept, ConceptResource, Prerequisite, Resource
from kb.services import written
from kb.services.written import Relation, Words, several

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from kb.models import User

# what articles are searched by; when it changes, they are searched again
_NAMING = {"name", "aliases", "ambiguous", "summary"}


class Alias(TypedDict):
    """Another name; an ambiguous one is an ordinary word, or means other things too."""

    name: str
    ambiguous: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """A resource of a concept, and why it is good, in Markdown."""

    resource_id: int
    why: str = ""


class ConceptWords(Words, total=False):
    """What a concept is made of. `needs` and `related` are row ids of concepts, sorted; `resources` stand in order."""

    name: str
    aliases: Sequence[Alias]
    ambiguous: bool
    summary: str
    body: str
    level: str
    goals: Sequence[str]
    open_questions: Sequence[str]
    needs: Sequence[int]
    related: Sequence[int]
    resources: Sequence[Chosen]


@transaction.atomic
def add_concept(
    *,
    acting_user: User | None,
    now: dt.datetime | None = None,
    **words: Unpack[ConceptWords],
) -> Concept:
    """A new draft. InputError without a name, for one that another concept has, and as `update_concept`."""
    tidy = _tidy(words)
    columns = {k: v for k, v in tidy.items() if k not in {*RELATIONS, "slug"}}
    made = Concept(author=acting_user, **columns)
    written.add(made, slug=words.get("slug") or made.name, acting_user=acting_user, now=now)
    for field in RELATIONS.keys() & tidy.keys():
        RELATIONS[field].put(made, tidy[field])
    return made


@transaction.atomic
def update_concept(
    *, concept_id: int, acting_user: User | None, note: str = "", **words: Unpack[ConceptWords]
) -> Concept:
    """Change what is given; `note` tells readers why.

    InputError for prerequisites that would close a circle, whose way is told, for concepts or resources that there are
    not, and for what a field does not take.
    """
    found = written.locked(Concept, concept_id)
    before = written.change(
        found, _tidy(words), acting_user=acting_user, note=note, relations=RELATIONS
    )
    if _NAMING & before.keys():
        _search_again(found)
    return found


@transaction.atomic
def publish_concept(
    *,
    concept_id: int,
    acting_user: User | None,
    published: bool = True,
    now: dt.datetime | None = None,
) -> Concept:
    """Show a concept to readers, or make it a draft again."""
    found = written.locked(Concept, concept_id)
    if written.publish(found, published=published, acting_user=acting_user, now=now):
        _search_again(found)
    return found


def _search_again(concept: Concept) -> None:
    concept.linked_at = None
    concept.save(update_fields=["linked_at"])


def _tidy(words: ConceptWords) -> dict[str, Any]:
    tidy: dict[str, Any] = dict(words)
    if "aliases" in words:
        tidy["aliases"] = [_alias(one) for one in words["aliases"]]
    for field in {"goals", "open_questions"} & tidy.keys():
        tidy[field] = written.sentences(tidy[field], field)
    for field in {"needs", "related"} & tidy.keys():
        tidy[field] = sorted(set(tidy[field]))
    if "resources" in words:
        tidy["resources"] = list(words["resources"])
    return tidy


def _alias(given: Mapping[str, Any]) -> dict[str, Any]:
    name = given.get("name")
    if not isinstance(name, str) or not name.strip():
        raise InputError("an alias must have a name")
    return {"name": name.strip(), "ambiguous": bool(given.get("ambiguous"))}


def _needs(concept: Concept) -> list[int]:
    return sorted(concept.prerequisites.values_list("needed", flat=True))


def _put_needs(concept: Concept, ids: Iterable[int]) -> None:
    # one writer of the graph at a time: two edges that are harmless alone may close a circle together
    names = dict(Concept.objects.select_for_update().order_by("pk").values_list("pk", "name"))
    edges: dict[int, list[int]] = defaultdict(list)
    for one, needed in Prerequisite.objects.exclude(concept=concept).values_list(
        "concept", "needed"
    ):
        edges[one].append(needed)
    for needed in ids:
        if needed not in names:
            raise InputError(f"there is no concept with the number {needed}")
        if circle := cycle(edges, concept.pk, needed):
            way = " → ".join(names[pk] for pk in circle)
            raise InputError(f"{way}: a concept cannot be needed for itself")
    concept.prerequisites.exclude(needed__in=ids).delete()
    had = set(_needs(concept))
    Prerequisite.objects.bulk_create(
        Prerequisite(concept=concept, needed_id=pk) for pk in ids if pk not in had
    )


def _choices(concept: Concept) -> list[Chosen]:
    return [
        Chosen(row.resource_id, row.why) for row in concept.resources.order_by("position", "pk")
    ]


def _put_resources(concept: Concept, chosen: Sequence[Chosen]) -> None:
    ids = [one.resource_id for one in chosen]
    written.existing(Resource, ids)
    if len(set(ids)) < len(ids):
        raise InputError("a resource is chosen twice")
    concept.resources.exclude(resource__in=ids).delete()
    for position, one in enumerate(chosen):
        ConceptResource.objects.update_or_create(
            concept=concept,
            resource_id=one.resource_id,
            defaults={"why": one.why, "position": position},
        )


def _said_choices(concept: Concept) -> list[dict[str, Any]]:
    rows = concept.resources.select_related("resource").order_by("position", "pk")
    return [{"resource": row.resource.title, "why": row.why} for row in rows]


RELATIONS = {
    "needs": Relation(
        now=_needs,
        put=_put_needs,
        said=lambda concept: list(concept.needs.order_by("name").values_list("name", flat=True)),
    ),
    "related": several("related"),
    "resources": Relation(now=_choices, put=_put_resources, said=_said_choices),
}
