"""How each kind of item is filtered and shown in results; what it says, and who may see it, is in FINDABLE.

Another kind is another entry in KINDS.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.html import strip_tags
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from kb.core.items import ItemKind, item_id, split
from kb.models import Article, Entry, ReadingListItem
from kb.selectors import articles, lists
from kb.selectors.findable import FINDABLE
from kb.selectors.search.criteria import Card

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrPromise

Names = Mapping[str, tuple["str | _StrPromise", Q]]
EVERY, NONE = Q(pk__isnull=False), Q(pk__in=())


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind is filtered and shown.

    `names` are the values of `kind:` with their labels and rows; `match` says for a filter's field which rows have a
    value, as its resolver understood it (a field that is not there matches none); `cards` shows rows by id, `label` says
    what a row is. Columns: `story` folds rows into one, `dated` is when it was published, `seen` when the hub had it,
    `changed` when it last changed; `heavy` ones are not read for a list of links.
    """

    names: Names
    match: Mapping[str, Callable[[Any], Q]]
    cards: Callable[[Sequence[int]], Iterable[Card]]
    label: Callable[[Any], str]
    story: str = ""
    title: str = "title"
    dated: str = "published_at"
    seen: str = "published_at"
    changed: str = "updated_at"
    heavy: tuple[str, ...] = ()

    def matching(self, field: str, value: Any) -> Q:
        """The rows that have this value in this field."""
        if field == "kind":
            return self.names[value][1] if value in self.names else NONE
        if field in {"before", "after"}:
            return Q(**{f"{self.dated}__{'lt' if field == 'before' else 'gte'}": value})
        return self.match[field](value) if field in self.match else NONE


def _from_sources(ids: Iterable[int]) -> Q:
    said = Entry.objects.filter(source__in=list(ids), article__isnull=False)
    return Q(pk__in=said.values("article"))


def _written_by(name: str) -> Q:
    """Each word of the name begins a word in one of the authors' names: "Dan Povey", "D. Povey" and "Povey" find Daniel
    Povey, "li" does not find Oliver."""
    words = re.findall(r"[^\s.,\"]+", name)
    if not words:
        return NONE
    # SQLite keeps JSON as text, with escapes
    forms = ({re.escape(word), re.escape(json.dumps(word)[1:-1])} for word in words)
    ahead = "".join(rf'(?=([^"]*[^"A-Za-z])?({"|".join(sorted(form))}))' for form in forms)
    # plain words first: they spare most rows the pattern, which SQLite asks Python for
    plain = (Q(authors__icontains=word) for word in words if word.isascii())
    return reduce(and_, plain, Q()) & Q(authors__iregex=rf'"{ahead}')


def _in_language(code: str) -> Q:
    """English takes in what names no language: so does the index."""
    found = Q(language__iexact=code) | Q(language__istartswith=f"{code}-")
    return found | Q(language="") if code == "en" else found


def _article_is(_what: str) -> Q:
    """The one thing to be is curated: in a list that readers can see."""
    readings = ReadingListItem.objects.filter(
        reading_list__published_at__isnull=False, article__isnull=False
    )
    return Q(pk__in=readings.values("article"))


def _article_cards(pks: Sequence[int]) -> Iterable[Card]:
    rows = articles.published().filter(pk__in=pks)
    kinds = {row.pk: row for row in rows}
    for story in articles.stories(kinds.values()):
        row = kinds[story.id]
        yield Card(
            item=item_id(ItemKind.ARTICLE, story.id),
            kind=row.kind,
            label=row.get_kind_display(),
            path=story.path,
            url=story.url,
            title=story.title,
            language=story.language,
            gist=story.gist,
            published_at=story.published_at,
            first_seen=story.first_seen,
            updated_at=story.updated_at,
            who=story.source,
            source_id=story.source_id,
            people=story.authors,
            venue=story.venue,
            copies=len(story.heard),
            lists=story.lists,
        )


def _made_by(name: str) -> Q:
    found = Q()
    for word in name.split():
        names = ("first_name", "last_name", "username")
        said = Q()
        for column in names:
            said |= Q(**{f"curator__{column}__istartswith": word})
        found &= said
    return found or NONE


def _list_cards(pks: Sequence[int]) -> Iterable[Card]:
    for card in lists.published_lists(among=pks):
        yield Card(
            item=item_id(ItemKind.LIST, card.id),
            kind="list",
            label=str(_("list")),
            path=card.path,
            url="",
            title=card.title,
            language="",
            gist=Truncator(strip_tags(card.summary)).words(30),
            published_at=card.published_at,
            first_seen=card.published_at,
            updated_at=card.updated_at,
            who=card.curator,
        )


KINDS: dict[ItemKind, Kind] = {
    ItemKind.ARTICLE: Kind(
        names={name: (label, Q(kind=name)) for name, label in Article.Kind.choices},
        match={
            "source": _from_sources,
            "author": _written_by,
            "lang": _in_language,
            "is": _article_is,
        },
        cards=_article_cards,
        label=lambda row: str(row.get_kind_display()),
        story="story",
        seen="first_seen",
        heavy=("html", "text"),
    ),
    ItemKind.LIST: Kind(
        names={"list": (_("list"), EVERY)},
        match={"author": _made_by, "is": lambda _what: EVERY},
        cards=_list_cards,
        label=lambda _row: str(_("list")),
    ),
}


def kind_names() -> dict[str, str]:
    """The values of `kind:` with their labels, of every kind."""
    return {name: str(label) for kind in KINDS.values() for name, (label, _q) in kind.names.items()}


def shown(kind: ItemKind) -> QuerySet[Any]:
    """The rows of a kind that readers may see now."""
    return FINDABLE[kind].shown()


def by_kind(items: Iterable[int]) -> dict[ItemKind, list[int]]:
    """Row ids by kind; kinds that nobody can show are left out."""
    found: dict[ItemKind, list[int]] = defaultdict(list)
    for item in items:
        kind, pk = split(item)
        found[kind].append(pk)
    return {kind: pks for kind, pks in found.items() if kind in KINDS}


def cards(items: Iterable[int]) -> dict[int, Card]:
    """Items as cards; those that readers may not see are left out."""
    groups = by_kind(items).items()
    return {card.item: card for kind, pks in groups for card in KINDS[kind].cards(pks)}


def links(items: Iterable[int]) -> list[tuple[str, str, str]]:
    """(title, what it is, path) of those items that readers may see, in the order given. One query a kind."""
    order = list(items)
    found = {
        item_id(kind, row.pk): (getattr(row, of.title), of.label(row), row.get_absolute_url())
        for kind, pks in by_kind(order).items()
        for of in (KINDS[kind],)
        for row in shown(kind).filter(pk__in=pks).defer(*of.heavy)
    }
    return [found[item] for item in order if item in found]
