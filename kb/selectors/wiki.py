"""Where `[[name]]` leads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from kb.core.items import ItemKind, item_id, split
from kb.core.wiki import Link, in_sentence, parted
from kb.models import (
    Article,
    Concept,
    Impression,
    OldSlug,
    Question,
    ReadingList,
    Resource,
    Topic,
)
from kb.selectors.prose import links_in
from kb.selectors.works import roots

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import Model


@dataclass(frozen=True, slots=True)
class Target:
    """What a name leads to. `words` are its title as it stands within a sentence; `by_slug`: it was named by its address
    or its number."""

    item: int
    kind: ItemKind
    title: str
    words: str
    by_slug: bool
    row: Any

    @property
    def path(self) -> str:
        """The page of it."""
        return str(self.row.get_absolute_url())

    def called(self, link: Link, *, starts: bool = False) -> str:
        """What a link to it shows: the writer's words, else the name as it was typed, but a slug or a number is no name.
        `starts`: the link begins a sentence."""
        if link.words or not self.by_slug:
            return link.plain
        return self.title if starts else self.words


Resolver = Callable[[str], Target | None]
_PUBLISHED = Q(published_at__isnull=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """A table that names are looked up in: which rows readers may see, and the column of their titles."""

    model: type[Model]
    title: str
    shown: Q = _PUBLISHED

    def rows(self, *, drafts: bool = False) -> QuerySet[Any]:
        return QuerySet(self.model).filter(Q() if drafts else self.shown).order_by("pk")


# in the order in which they are asked for a bare name; an article has no name but its number
PLACES = {
    ItemKind.CONCEPT: _Place(Concept, "name"),
    ItemKind.LIST: _Place(ReadingList, "title"),
    ItemKind.QUESTION: _Place(Question, "title"),
    ItemKind.IMPRESSION: _Place(Impression, "resource__title"),
    ItemKind.TOPIC: _Place(Topic, "name", Q()),
    ItemKind.RESOURCE: _Place(Resource, "title", Q()),
}
# which texts of a kind may hold links
TEXTS: dict[ItemKind, tuple[str, ...]] = {
    ItemKind.CONCEPT: ("body", "summary"),
    ItemKind.LIST: ("summary",),
    ItemKind.QUESTION: ("details", "answer"),
    ItemKind.IMPRESSION: ("notes", "for_whom", "prerequisites", "liked", "disliked"),
    ItemKind.TOPIC: ("summary", "about"),
}


def resolver(*texts: str) -> Resolver:
    """Looks up all that these texts link to at once, and answers name by name without another query."""
    return resolve(link.name for link in links_in(texts)).get


def words_of(texts: Iterable[str]) -> dict[str, str]:
    """Name as written -> what stands for it within a sentence, for the links of these texts that lead somewhere."""
    found = resolve(link.name for link in links_in(texts)).items()
    return {name: target.called(Link(name, "")) for name, target in found}


def titles(items: Iterable[int], *, drafts: bool = False) -> dict[int, str]:
    """Item -> its title, for those but articles that readers may see, or drafts. One query a kind."""
    found: dict[int, str] = {}
    groups: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        groups[kind].append(pk)
    for kind in groups.keys() & PLACES.keys():
        rows = PLACES[kind].rows(drafts=drafts).filter(pk__in=groups[kind])
        told = rows.values_list("pk", PLACES[kind].title)
        found |= {item_id(kind, pk): title for pk, title in told}
    return found


def names_of(items: Iterable[int]) -> dict[int, str]:
    """Item -> the name that always leads to it, with its kind: `concept:ctc`. Drafts too, articles not."""
    groups: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        groups[kind].append(pk)
    return {
        item_id(kind, pk): f"{kind.name.lower()}:{slug}"
        for kind in groups.keys() & PLACES.keys()
        for pk, slug in PLACES[kind]
        .rows(drafts=True)
        .filter(pk__in=groups[kind])
        .values_list("pk", "slug")
    }


def resolve(names: Iterable[str], *, drafts: bool = False) -> dict[str, Target]:
    """Name as written -> what it leads to, for those that lead to something that readers may see, or a draft.

    A name may be a slug, a title or an alias, in any case, with or without its kind before it (`question:…`); articles
    are named by number (`article:123`). Where two things have one name, concepts win, then lists, questions,
    impressions, topics, resources.
    """
    wanted = {name: _kind_and_name(name) for name in names}
    found = dict(_articles(wanted))
    for kind, place in PLACES.items():
        asked = {
            name: bare
            for name, (said, bare) in wanted.items()
            if name not in found and said in {None, kind}
        }
        found |= _named(kind, place, asked, drafts=drafts) if asked else {}
    return found


def _kind_and_name(name: str) -> tuple[ItemKind | None, str]:
    """What stands before the colon, where that is a kind: a title may have a colon of its own."""
    prefix, bare = parted(name)
    kind = ItemKind.__members__.get(prefix.upper())
    return (None, name) if kind is None else (kind, bare)


def _articles(wanted: dict[str, tuple[ItemKind | None, str]]) -> Iterator[tuple[str, Target]]:
    asked = {
        name: int(bare)
        for name, (kind, bare) in wanted.items()
        if kind == ItemKind.ARTICLE and bare.isascii() and bare.isdigit() and len(bare) < 15  # noqa: PLR2004 - within 48 bits
    }
    now = roots(asked.values()) if asked else {}
    rows = Article.objects.filter(pk__in=now.values(), state=Article.State.PUBLISHED)
    told = {row.pk: row for row in rows.only("title")} if asked else {}
    for name, pk in asked.items():
        if row := told.get(now[pk]):
            yield (
                name,
                Target(row.pk, ItemKind.ARTICLE, row.title, row.title, by_slug=True, row=row),
            )


def _named(
    kind: ItemKind, place: _Place, asked: dict[str, str], *, drafts: bool
) -> dict[str, Target]:
    """The rows of one kind by slug, then title, then alias, then an address that they had."""
    low = {bare.casefold() for bare in asked.values()}
    rows = place.rows(drafts=drafts).annotate(shown_title=F(place.title), low=Lower(place.title))
    near = list(
        rows.filter(Q(slug__in=low) | Q(low__in=low) | Q(**{f"{place.title}__in": asked.values()}))
    )
    slugs = {row.slug: row for row in near}
    keys = {row.shown_title.casefold(): row for row in reversed(near)} | slugs
    if kind == ItemKind.CONCEPT and low - keys.keys():
        _add_aliases(rows, low, keys)
    if missing := low - keys.keys():
        old = OldSlug.objects.filter(kind=kind, slug__in=missing)
        now = dict(old.values_list("slug", "pk_now"))
        moved = rows.in_bulk(now.values()) if now else {}
        slugs |= {slug: moved[pk] for slug, pk in now.items() if pk in moved}
        keys |= slugs
    return {
        name: _target(kind, keys[bare.casefold()], by_slug=bare in slugs)
        for name, bare in asked.items()
        if bare.casefold() in keys
    }


def _add_aliases(rows: QuerySet[Any], low: Collection[str], keys: dict[str, Any]) -> None:
    """Aliases stand in JSON, so all are read; there are some hundred concepts."""
    said = {
        alias["name"].casefold(): pk
        for pk, aliases in list(rows.values_list("pk", "aliases"))[::-1]
        for alias in aliases
    }
    chosen = {key: said[key] for key in low if key in said and key not in keys}
    found = rows.in_bulk(chosen.values()) if chosen else {}
    keys |= {key: found[pk] for key, pk in chosen.items()}


def _target(kind: ItemKind, row: Any, *, by_slug: bool) -> Target:
    title = row.shown_title
    words = title
    if kind == ItemKind.CONCEPT:
        said = " ".join([row.summary, row.body, *(alias["name"] for alias in row.aliases)])
        words = in_sentence(title, said)
    return Target(item_id(kind, row.pk), kind, title, words, by_slug=by_slug, row=row)


@dataclass(frozen=True, slots=True)
class Broken:
    """A link that leads nowhere, and the written thing that it stands in."""

    kind: ItemKind
    pk: int
    title: str
    name: str
    why: str


def broken_links() -> list[Broken]:
    """Every link by name, in drafts too, that leads nowhere or to a draft. Reads all that is written."""
    texts = list(_texts())
    names = {name for *_rest, names in texts for name in names}
    good = resolve(names)
    drafts = resolve(names - good.keys(), drafts=True)
    return [
        Broken(
            kind, pk, title, name, _("a draft") if name in drafts else _("nothing has this name")
        )
        for kind, pk, title, names in texts
        for name in names
        if name not in good
    ]


def _texts() -> Iterator[tuple[ItemKind, int, str, tuple[str, ...]]]:
    """(kind, row id, title, names linked to) of all that is written and links to anything."""
    for kind, columns in TEXTS.items():
        model = PLACES[kind].model
        rows: QuerySet[Any] = QuerySet(model).order_by("pk")
        if kind in {ItemKind.LIST, ItemKind.CONCEPT}:
            rows = rows.prefetch_related("items" if kind == ItemKind.LIST else "resources")
        if kind == ItemKind.IMPRESSION:
            rows = rows.select_related("resource")
        for row in rows:
            said = [getattr(row, column) for column in columns] + _inner(kind, row)
            names = tuple(dict.fromkeys(link.name for link in links_in(said)))
            if names:
                yield kind, row.pk, str(row), names


def _inner(kind: ItemKind, row: Any) -> list[str]:
    """The texts of a row that stand in rows or objects of its own."""
    if kind == ItemKind.LIST:
        return [item.commentary for item in row.items.all()]
    if kind == ItemKind.CONCEPT:
        return [choice.why for choice in row.resources.all()]
    if kind == ItemKind.QUESTION:
        return [str(said) for one in row.misconceptions for said in one.values()]
    return []
