"""Search: what was asked, what was found, how to narrow it and how to follow it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import articles, search, sources
from web.pages import parts
from web.pages.story import StoryRow, in_list

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kb.selectors.search import Found, SearchResult
    from web.forms import SearchForm

PER_PAGE = 20
DEEPEST = 50
FACETS = 12
STRONG = 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """A box or a button of the form."""

    value: str
    label: str
    count: int | None
    chosen: bool


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One found article. Pieces are (text, is it a found word); weights are 0..1."""

    row: StoryRow
    title: tuple[tuple[str, bool], ...]
    snippet: tuple[tuple[str, bool], ...]
    words: float
    meaning: float
    reason: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent."""

    q: str
    since: str
    until: str
    since_error: str
    until_error: str
    error: str
    modes: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    sorts: tuple[tuple[str, str, bool], ...]
    sort: str
    narrowed: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The page; `summary` is empty before anything is asked."""

    asked: Asked
    title: str
    summary: str
    total: int
    heading: str
    notes: tuple[str, ...]
    results: tuple[ResultRow, ...]
    pages: parts.Paging
    feeds: parts.Feeds | None
    plain: str


def criteria(form: SearchForm) -> search.SearchCriteria:
    """What to ask the selector for, from a form."""
    values = form.values()
    return search.SearchCriteria(
        text=values.get("q") or "",
        mode=values.get("mode") or "hybrid",
        sources=form.sources,
        since=values.get("since"),
        until=values.get("until"),
        sort=values.get("sort") or "relevance",
        limit=PER_PAGE,
    )


def search_page(form: SearchForm, now: dt.datetime, number: int) -> SearchPage:
    """Answer a search, page `number` of it."""
    asked = replace(criteria(form), offset=(min(number, DEEPEST) - 1) * PER_PAGE)
    result = search.search(asked) if asked.text.strip() else None
    query = _query(asked)
    return SearchPage(
        asked=_asked(form, asked, result),
        title=_("Search: %(q)s") % {"q": asked.text} if asked.text else _("Search"),
        summary=_summary(result) if result else "",
        total=result.total if result else 0,
        heading=_results(result.total) if result else "",
        notes=result.notes if result else (),
        results=_rows(result.found, now) if result else (),
        pages=_pages(query, result.total, number) if result else parts.Paging((), ""),
        feeds=_feeds(query, asked.text) if result else None,
        plain=parts.with_query(reverse("search"), [("q", asked.text)]),
    )


def _query(asked: search.SearchCriteria) -> list[tuple[str, str]]:
    """The parts of the address that say what is asked, those that are not the default."""
    return [
        ("q", asked.text),
        *(("source", str(source)) for source in asked.sources),
        ("since", asked.since.isoformat() if asked.since else ""),
        ("until", asked.until.isoformat() if asked.until else ""),
        ("mode", "" if asked.mode == "hybrid" else asked.mode),
        ("sort", "" if asked.sort == "relevance" else asked.sort),
    ]


def _asked(form: SearchForm, asked: search.SearchCriteria, result: SearchResult | None) -> Asked:
    path = reverse("search")
    query = [part for part in _query(asked) if part[0] != "sort"]
    labels = (("relevance", _("Best"), ""), ("date", _("Newest"), "date"))
    return Asked(
        q=form["q"].value() or "",
        since=form["since"].value() or "",
        until=form["until"].value() or "",
        since_error=_problem(form, "since"),
        until_error=_problem(form, "until"),
        error=_problem(form, "q"),
        modes=tuple(
            Choice(value, str(label), None, value == asked.mode)
            for value, label in form.fields["mode"].choices  # type: ignore[attr-defined]  # a choice field has choices
        ),
        sources=_facets(asked.sources, result),
        sorts=tuple(
            (label, parts.with_query(path, [*query, ("sort", value)]), kind == asked.sort)
            for kind, label, value in labels
        ),
        sort="" if asked.sort == "relevance" else asked.sort,
        narrowed=bool(asked.sources or asked.since or asked.until or asked.mode != "hybrid"),
    )


def _problem(form: SearchForm, field: str) -> str:
    return " ".join(str(error) for error in form.errors.get(field, ()))


def _facets(chosen: Sequence[int], result: SearchResult | None) -> tuple[Choice, ...]:
    """The sources with most results, and those that are chosen whatever they have."""
    counted = {source: (name, n) for source, name, n in result.by_source} if result else {}
    missing = sources.names_of([source for source in chosen if source not in counted])
    counted |= {source: (name, 0) for source, name in missing.items()}
    order = sorted(counted, key=lambda source: (source not in chosen, -counted[source][1]))
    return tuple(
        Choice(str(source), counted[source][0], counted[source][1], source in chosen)
        for source in order[: max(FACETS, len(chosen))]
    )


def _results(total: int) -> str:
    return ngettext("%(n)d result", "%(n)d results", total) % {"n": total}


def _summary(result: SearchResult) -> str:
    took = _("%(n)d ms") % {"n": max(1, round(result.seconds * 1000))}
    how = {
        "hybrid": _("by words and meaning"),
        "lexical": _("by words"),
        "semantic": _("by meaning"),
    }
    return _("%(n)d found %(how)s in %(took)s") % {
        "n": result.total,
        "how": how[result.mode],
        "took": took,
    }


def _rows(found: Sequence[Found], now: dt.datetime) -> tuple[ResultRow, ...]:
    told = articles.stories(one.article for one in found)
    return tuple(
        ResultRow(
            row=in_list(story, now),
            title=one.title or ((story.title, False),),
            snippet=one.snippet or ((story.gist, False),),
            words=one.words,
            meaning=one.meaning,
            reason=_reason(one),
        )
        for one, story in zip(found, told, strict=True)
    )


def _reason(one: Found) -> str:
    """What the two bars say, in words."""
    if one.words >= STRONG and one.meaning >= STRONG:
        return _("Words and meaning agree.")
    if one.words > one.meaning:
        return _("By its words.")
    return _("By meaning.") if one.meaning else ""


def _pages(query: list[tuple[str, str]], total: int, number: int) -> parts.Paging:
    path = reverse("search")
    pages = min(DEEPEST, -(-total // PER_PAGE))
    return parts.paging(
        number,
        pages,
        lambda n: parts.with_query(path, [*query, ("page", str(n) if n > 1 else "")]),
    )


def _feeds(query: list[tuple[str, str]], text: str) -> parts.Feeds:
    kept = parts.with_query("", [part for part in query if part[0] != "sort"])
    return parts.feeds(_("Search: %(q)s") % {"q": text}, "search_feed", query=kept)
