"""How results part by source, kind and year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.db.models import Count

from kb.core.items import ItemKind
from kb.models import Entry
from kb.selectors.search.answer import Answer, answer_query
from kb.selectors.search.criteria import Facet, Facets
from kb.selectors.search.kinds import KINDS, kind_names
from kb.selectors.sources import names_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

    from kb.core.query import Query
    from kb.selectors.search.criteria import SearchCriteria
    from kb.selectors.search.filters import Conditions

SOURCES = 12
Rows = Callable[[ItemKind], "QuerySet[Any]"]


def facets(
    query: Query, conditions: Conditions, criteria: SearchCriteria, answer: Answer
) -> Facets:
    """How the results part. A field that is chosen shows what it could be beside that: as if it were not chosen."""

    def beside(*fields: str) -> Answer:
        other = conditions
        for field in fields:
            other = other.without(field)
        if len(other.chosen) == len(conditions.chosen):
            return answer
        if answer.listing is not None:
            return Answer(total=1, listing=other)
        return answer_query(query, other, criteria)

    return Facets(
        sources=_sources(beside("source").rows, _chosen(conditions, "source")),
        kinds=_kinds(beside("kind").rows, _chosen(conditions, "kind")),
        years=_years(beside("before", "after")),
    )


def _sources(rows: Rows, chosen: Mapping[int, str]) -> tuple[Facet, ...]:
    """The sources with most results, chosen ones first. An article counts for each source that carried it."""
    articles = rows(ItemKind.ARTICLE).order_by().values("pk")
    said = Entry.objects.filter(article__in=articles).order_by().values("source")
    counts = dict(said.annotate(n=Count("article", distinct=True)).values_list("source", "n"))
    order = sorted({*counts, *chosen}, key=lambda pk: (pk not in chosen, -counts.get(pk, 0), pk))
    order = order[: max(SOURCES, len(chosen))]
    names = names_of(order)
    return tuple(
        Facet(str(pk), names[pk], counts.get(pk, 0), chosen.get(pk, ""))
        for pk in order
        if pk in names
    )


def _kinds(rows: Rows, chosen: Mapping[str, str]) -> tuple[Facet, ...]:
    """The kinds that there are among the results, and those that are chosen."""
    # papers are articles and resources: kinds share names
    counts: Counter[str] = Counter()
    for kind, of in KINDS.items():
        found = rows(kind).order_by()
        if found.query.is_empty():
            continue  # Django would compile the question before it sees that
        each = {f"n{i}": Count("pk", filter=q) for i, (_, q) in enumerate(of.names.values())}
        told = found.aggregate(**each)
        counts.update(dict(zip(of.names, told.values(), strict=True)))
    return tuple(
        Facet(name, label, counts[name], chosen.get(name, ""))
        for name, label in kind_names().items()
        if counts[name] or name in chosen
    )


def _years(answer: Answer) -> tuple[tuple[int, int], ...]:
    """(year, results) from the first year to the last, those without any too."""
    counts = answer.years()
    if not counts:
        return ()
    return tuple((year, counts[year]) for year in range(min(counts), max(counts) + 1))


def _chosen(conditions: Conditions, field: str) -> dict[Any, str]:
    """The values of a field that are wanted, and who chose each: "text" or "form"."""
    found: dict[Any, str] = {}
    for one in conditions.chosen:
        if one.filter.field == field and not one.filter.negated:
            value = one.meaning.value
            values: Iterable[Any] = value if isinstance(value, tuple) else (value,)
            found |= dict.fromkeys(values, "text" if one.typed else "form")
    return found
