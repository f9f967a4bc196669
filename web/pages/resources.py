"""One resource: its facts, and what the hub says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from kb.core.items import ItemKind, item_id
from kb.selectors import lists, resources
from kb.selectors.topics import TopicRef, topics_of
from web.pages import parts
from web.pages.lines import Line, lines, list_lines
from web.pages.prose import Prose

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from kb.selectors.resources import Facts


@dataclass(frozen=True, slots=True)
class Use:
    """A concept that a resource is good for, and why."""

    name: str
    path: str
    why: SafeString


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """Facts, then our words. `article` is the same work among the articles."""

    title: str
    path: str
    kind: str
    code: str
    authors: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    url: str
    host: str
    article: str
    topics: tuple[TopicRef, ...]
    uses: tuple[Use, ...]
    impressions: tuple[Line, ...]
    lists: tuple[Line, ...]


def resource_page(slug: str) -> ResourcePage | None:
    """A resource, or None."""
    found = resources.resource(slug)
    if found is None:
        return None
    facts = found.facts
    item = item_id(ItemKind.RESOURCE, facts.id)
    prose = Prose(use.words for use in found.uses)
    url = parts.outside(facts.url)
    return ResourcePage(
        title=facts.title,
        path=facts.path,
        kind=facts.label[:1].upper() + facts.label[1:],
        code=facts.kind,
        authors=facts.authors,
        facts=tuple(_facts(facts)),
        url=url,
        host=parts.host(url),
        article=facts.article,
        topics=topics_of([item])[item],
        uses=tuple(
            Use(use.thing.title, use.thing.path, prose.html(use.words, f"u{use.thing.item}"))
            for use in found.uses
        ),
        impressions=lines(found.impressions),
        lists=list_lines(lists.standings(item)),
    )


def _facts(facts: Facts) -> list[tuple[str, str]]:
    """What is known, each with its name."""
    said = (
        (_("By"), ", ".join(facts.authors)),
        (_("Year"), str(facts.year or "")),
        (_("Where"), facts.venue),
        (_("Licence"), facts.licence),
        (_("Takes"), parts.took(facts.minutes) if facts.minutes else ""),
    )
    return [(name, value) for name, value in said if value]
