"""What the values of filters mean, looked up in the hub: one resolver a field.

A field of its own, or one whose table has come, is another entry in FIELDS.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from kb.core.dates import EXAMPLES, first_day
from kb.models import Source
from kb.selectors.concepts import concept_names
from kb.selectors.search.kinds import KINDS, kind_names, shown
from kb.selectors.topics import all_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NEAREST = 3
MAX_DIGITS = 19  # of a row id


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value means to `Kind.matching`, and how a reader would call it."""

    value: Any
    label: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that means nothing here: why, and whether it does more good as words."""

    note: str
    as_words: bool = False


Resolver = Callable[[str, dt.date], Meaning | Unknown]


def _near(value: str, names: Iterable[str]) -> str:
    """The names that were perhaps meant, as the end of a sentence."""
    folded = {name.casefold(): name for name in names if name}
    close = get_close_matches(value.casefold(), folded, NEAREST, 0.5)
    if not close and len(folded) <= 2 * NEAREST:
        close = sorted(folded)
    shown_names = _(" or ").join(_("“%(name)s”") % {"name": folded[name]} for name in close)
    return " " + _("Perhaps %(names)s?") % {"names": shown_names} if shown_names else ""


def _source(value: str, _today: dt.date) -> Meaning | Unknown:
    """By id; else by exact name; else every source whose name or host has all the words."""
    if value.isdecimal() and len(value) < MAX_DIGITS:
        one = Source.objects.filter(pk=int(value)).first()
        if one:
            return Meaning((one.pk,), one.name)
    rows = Source.objects.values_list("pk", "custom_title", "title", "url", "host")
    named = {pk: (custom or title or url, host) for pk, custom, title, url, host in rows}
    wanted = value.casefold()
    exact = [pk for pk, (name, host) in named.items() if wanted in {name.casefold(), host}]
    found = exact or [
        pk
        for pk, names in named.items()
        if all(word in " ".join(names).casefold() for word in wanted.split())
    ]
    if not found:
        near = _near(value, (name for names in named.values() for name in names))
        return Unknown(
            _("No source is called “%(value)s”, so this filter was left out.") % {"value": value}
            + near
        )
    names = sorted(named[pk][0] for pk in found)
    return Meaning(tuple(found), names[0] if len(names) == 1 else value)


def _kind(value: str, _today: dt.date) -> Meaning | Unknown:
    """In the singular or the plural."""
    names = kind_names()
    wanted = value.lower()
    name = next((n for n in names if wanted in {n, f"{n}s", names[n].lower()}), "")
    if name:
        return Meaning(name, names[name])
    near = _near(value, names) or " " + _("Kinds are %(all)s.") % {"all": ", ".join(names)}
    return Unknown(
        _("There is no kind “%(value)s”, so this filter was left out.") % {"value": value} + near
    )


def _language(value: str, _today: dt.date) -> Meaning | Unknown:
    """By code (de, pt-BR) or by name, its own or in English."""
    wanted = value.lower()
    for code, info in LANG_INFO.items():
        if wanted in {code, str(info.get("name", "")).lower(), info.get("name_local", "").lower()}:
            return Meaning(code, str(info.get("name", code)))
    names = [str(info["name"]) for info in LANG_INFO.values() if "name" in info]
    near = _near(value, names) or " " + _("Use a code such as en, de or zh.")
    return Unknown(
        _("“%(value)s” is no language that is known, so this filter was left out.")
        % {"value": value}
        + near
    )


def _day(value: str, today: dt.date) -> Meaning | Unknown:
    day = first_day(value, today)
    if day is None:
        return Unknown(
            _("“%(value)s” is no date, so this filter was left out. Use %(examples)s.")
            % {"value": value, "examples": EXAMPLES}
        )
    return Meaning(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC), value)


def _author(value: str, _today: dt.date) -> Meaning | Unknown:
    """Anybody who wrote something that readers can find."""
    if any(shown(kind).filter(of.matching("author", value)).exists() for kind, of in KINDS.items()):
        return Meaning(value, value)
    return Unknown(
        _("Nobody called “%(value)s” wrote anything here, so this filter was left out.")
        % {"value": value}
    )


def _is(value: str, _today: dt.date) -> Meaning | Unknown:
    if value.lower() == "curated":
        return Meaning("curated", "curated")
    return Unknown(
        _("“is:%(value)s” means nothing here, so it was left out; there is is:curated.")
        % {"value": value}
    )


def _topic(value: str, _today: dt.date) -> Meaning | Unknown:
    """By name or by the end of its address; with everything that is below it."""
    wanted = value.casefold()
    nodes = list(all_nodes())
    found = next((n for n in nodes if wanted in {n.ref.slug, n.ref.name.casefold()}), None)
    if found:
        return Meaning(found.slugs, found.ref.name)
    near = _near(value, (node.ref.name for node in nodes))
    return Unknown(
        _("No topic is called “%(value)s”, so it was searched as words.") % {"value": value} + near,
        as_words=True,
    )


def _concept(value: str, _today: dt.date) -> Meaning | Unknown:
    """By name, by any other name that it has, or by the end of its address."""
    wanted = value.casefold()
    names = concept_names()
    found = tuple(pk for pk, said in names.items() if wanted in {name.casefold() for name in said})
    if found:
        # the first is its name, the last the end of its address
        return Meaning(found, names[found[0]][0])
    near = _near(value, (name for said in names.values() for name in said[:-1]))
    return Unknown(_("No concept is called “%(value)s”, so it was searched as words.") % {"value": value} + near, as_words=True)  # fmt: skip


FIELDS: Mapping[str, Resolver] = {
    "source": _source,
    "topic": _topic,
    "concept": _concept,
    "kind": _kind,
    "author": _author,
    "lang": _language,
    "before": _day,
    "after": _day,
    "is": _is,
}
