"""Search: what was asked, what was found, how to narrow it, keep it and follow it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kb.selectors import search
from web import drawing
from web.pages import parts
from web.pages.results import ResultRow, result_rows

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from kb.selectors.search import Facets, SearchResult
    from web.forms import SearchForm

PER_PAGE = 20
DEEPEST = 50
CLOSEST = 50  # results for a pasted text, on one page: it has no address to turn pages at


@dataclass(frozen=True, slots=True)
class Choice:
    """A box or a button of the form. What the text chooses cannot be unchosen by its box: it is `fixed`."""

    value: str
    label: str
    count: int | None
    chosen: bool
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A year of the results, in a box of 200 x 44: its page has that year alone."""

    x: float
    y: float
    width: float
    height: float
    label: str
    path: str
    latest: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """The form as it was sent. `like` is the item that the results are close to."""

    q: str
    text: str
    since: str
    until: str
    since_error: str
    until_error: str
    error: str
    modes: tuple[Choice, ...]
    sources: tuple[Choice, ...]
    kinds: tuple[Choice, ...]
    years: tuple[Bar, ...]
    span: tuple[str, str]
    sorts: tuple[tuple[str, str, bool], ...]
    sort: str
    like: str
    narrowed: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The page; `summary` is empty before anything is asked. `waiting` is the address that will soon have more, `query`
    and `name` what is saved of a search."""

    asked: Asked
    title: str
    summary: str
    heading: str
    filters: tuple[str, ...]
    like: tuple[str, str]
    notes: tuple[str, ...]
    results: tuple[ResultRow, ...]
    pages: parts.Paging
    feeds: parts.Feeds | None
    plain: str
    waiting: str
    query: str
    name: str
    bars: bool


def criteria(form: SearchForm) -> search.SearchCriteria:
    """What to ask the selector for, from a form."""
    values = form.values()
    return search.SearchCriteria(
        text=values.get("q") or "",
        mode=values.get("mode") or "hybrid",
        filters=form.filters,
        like=form.like,
        sort=values.get("sort") or "relevance",
        limit=PER_PAGE,
    )


def search_page(form: SearchForm, now: dt.datetime, number: int) -> SearchPage:
    """Answer a search, page `number` of it."""
    asked = replace(criteria(form), offset=(min(number, DEEPEST) - 1) * PER_PAGE)
    query = search_query(form)
    result = search.search(asked) if query else None
    return _page(form, query, result, now, number)


def text_page(form: SearchForm, now: dt.datetime) -> SearchPage:
    """What is close to a pasted text, on one page."""
    asked = replace(criteria(form), limit=CLOSEST)
    result = search.search(asked) if asked.text.strip() else None
    page = _page(form, [], result, now, 1)
    return replace(
        page,
        title=_("Close to a text"),
        heading=ngettext("%(n)d closest", "%(n)d closest", len(page.results))
        % {"n": len(page.results)}
        if result
        else "",
        asked=replace(page.asked, q="", text=asked.text, sorts=(), years=()),
    )


def _page(
    form: SearchForm,
    query: list[tuple[str, str]],
    result: SearchResult | None,
    now: dt.datetime,
    number: int,
) -> SearchPage:
    text = form.values().get("q") or ""
    like = (result.like.title, result.like.path) if result and result.like else ("", "")
    about = text or like[0]
    path = reverse("search")
    return SearchPage(
        asked=_asked(form, query, result),
        title=_("Search: %(q)s") % {"q": about} if about else _("Search"),
        summary=_summary(result) if result else "",
        heading=_results(result.total) if result else "",
        filters=result.filters if result else (),
        like=like,
        notes=result.notes if result else (),
        results=result_rows(result, now) if result else (),
        pages=_pages(query, result.rows, number) if result and query else parts.Paging((), ""),
        feeds=_feeds(query, about) if result and query else None,
        plain=parts.with_query(path, [("q", text), ("like", str(form.like or ""))]),
        waiting=parts.with_query(path, _at(query, number)) if result and result.waiting else "",
        query=parts.with_query("", _kept(query)).lstrip("?"),
        name=(about or _("Search"))[:200],
        bars=bool(result and result.mode),
    )


def search_query(form: SearchForm) -> list[tuple[str, str]]:
    """The parts of the address that say what is asked, those that are not the default; [] where nothing is."""
    values = form.values()
    mode, sort = values.get("mode") or "hybrid", values.get("sort") or "relevance"
    since, until = values.get("since"), values.get("until")
    asked = [
        ("q", (values.get("q") or "").strip()),
        ("like", "" if form.like is None else str(form.like)),
        *(("source", source) for source in form.sources),
        *(("kind", kind) for kind in form.kinds),
        ("since", since.isoformat() if since else ""),
        ("until", until.isoformat() if until else ""),
    ]
    if not any(value for _name, value in asked):
        return []
    return [*asked, ("mode", "" if mode == "hybrid" else mode), ("sort", "" if sort == "relevance" else sort)]  # fmt: skip


def _kept(query: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a feed or a saved search keeps: they have an order of their own."""
    return [part for part in query if part[0] != "sort"]


def _at(query: list[tuple[str, str]], number: int) -> list[tuple[str, str]]:
    return [*query, ("page", str(number) if number > 1 else "")]


def _asked(form: SearchForm, query: list[tuple[str, str]], result: SearchResult | None) -> Asked:
    values = form.values()
    mode, sort = values.get("mode") or "hybrid", values.get("sort") or "relevance"
    labels = (("relevance", _("Best"), ""), ("date", _("Newest"), "date"))
    facets = result.facets if result else search.Facets()
    return Asked(
        q=form["q"].value() or "",
        text="",
        since=form["since"].value() or "",
        until=form["until"].value() or "",
        since_error=_problem(form, "since"),
        until_error=_problem(form, "until"),
        error=_problem(form, "q"),
        modes=tuple(
            Choice(value, str(label), None, value == mode)
            for value, label in form.fields["mode"].choices  # type: ignore[attr-defined]  # a choice field has choices
        ),
        sources=_choices(facets.sources),
        kinds=_choices(facets.kinds),
        years=_bars(facets, query),
        span=(str(facets.years[0][0]), str(facets.years[-1][0])) if facets.years else ("", ""),
        sorts=tuple(
            (label, parts.with_query(reverse("search"), [*_kept(query), ("sort", value)]), kind == sort)
            for kind, label, value in labels
        ) if result and result.mode else (),
        sort="" if sort == "relevance" else sort,
        like="" if form.like is None else str(form.like),
        narrowed=bool(form.filters) or mode != "hybrid",
    )  # fmt: skip


def _problem(form: SearchForm, field: str) -> str:
    return " ".join(str(error) for error in form.errors.get(field, ()))


def _choices(facets: Sequence[search.Facet]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            f.value, f.label[:1].upper() + f.label[1:], f.count, bool(f.chosen), f.chosen == "text"
        )
        for f in facets
    )


def _bars(facets: Facets, query: list[tuple[str, str]]) -> tuple[Bar, ...]:
    """The years as bars; each leads to what the search finds in that year."""
    others = [part for part in query if part[0] not in {"since", "until"}]
    path = reverse("search")
    if len(facets.years) == 1:
        return ()
    return tuple(
        Bar(
            *box,
            label=_("%(year)s: %(found)s") % {"year": year, "found": _results(count)},
            path=parts.with_query(
                path, [*others, ("since", f"{year:04}-01-01"), ("until", f"{year:04}-12-31")]
            ),
            latest=year == facets.years[-1][0],
        )
        for (year, count), box in zip(
            facets.years, drawing.columns([n for _y, n in facets.years]), strict=True
        )
        if count
    )


def _results(total: int) -> str:
    return ngettext("%(n)s result", "%(n)s results", total) % {"n": f"{total:,}"}


def _summary(result: SearchResult) -> str:
    """How many, how they were found and how long it took; of those that the index ranks deepest, that they are the best."""
    how = {
        "hybrid": _("by words and meaning"),
        "lexical": _("by words"),
        "semantic": _("by meaning"),
        "": _("by filters alone, newest first,"),
    }
    said = _("The best %(n)s") if result.more else _("%(n)s found")
    took = _("%(n)d ms") % {"n": max(1, round(result.seconds * 1000))}
    return _("%(found)s %(how)s in %(took)s") % {
        "found": said % {"n": f"{result.total:,}"},
        "how": how[result.mode],
        "took": took,
    }


def _pages(query: list[tuple[str, str]], rows: int, number: int) -> parts.Paging:
    path = reverse("search")
    pages = min(DEEPEST, -(-rows // PER_PAGE))
    return parts.paging(number, pages, lambda n: parts.with_query(path, _at(query, n)))


def _feeds(query: list[tuple[str, str]], about: str) -> parts.Feeds:
    kept = parts.with_query("", _kept(query))
    return parts.feeds(_("Search: %(q)s") % {"q": about}, "search_feed", query=kept)
