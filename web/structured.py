"""What a page is about, for machines: JSON-LD in the words of https://schema.org/.

Each kind of page says itself what it is; a page that says nothing has its place in the site, and that alone.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse
from django.utils.html import strip_tags

from web.feeds.document import absolute
from web.pages.article import ArticlePage
from web.pages.concepts import ConceptPage
from web.pages.home import HomePage
from web.pages.impressions import ImpressionPage
from web.pages.lists import ListPage
from web.pages.questions import QuestionPage
from web.pages.resources import ResourcePage
from web.pages.topics import TopicPage

if TYPE_CHECKING:
    from collections.abc import Iterable

    from web.context import Site

Data = dict[str, Any]
# the kinds of resources, and of articles, as schema.org calls them; others are creative works
WORKS = {
    "course": "Course", "lecture": "Course", "book": "Book", "paper": "ScholarlyArticle", "tutorial": "LearningResource",
    "toolkit": "SoftwareSourceCode", "dataset": "Dataset", "article": "Article", "podcast": "PodcastSeries",
    "release": "Article", "episode": "PodcastEpisode", "video": "VideoObject",
}  # fmt: skip


def graph(page: object, site: Site, path: str) -> Data:
    """Everything about a page as one JSON-LD document: what it is, and where it stands in the site."""
    things = [_filled(thing) for thing in (*describe(page), *_crumbs(page, site, path))]
    return {"@context": "https://schema.org", "@graph": things} if things else {}


@singledispatch
def describe(page: object) -> list[Data]:  # noqa: ARG001 - the kinds that are registered read it
    """What kind of page it is, and of what; nothing for a kind that is not registered."""
    return []


@describe.register
def _(page: HomePage) -> list[Data]:
    target = f"{absolute(reverse('search'))}?q={{search_term_string}}"
    search = {
        "@type": "SearchAction",
        "target": {"@type": "EntryPoint", "urlTemplate": target},
        "query-input": "required name=search_term_string",
    }
    site = {"@type": "WebSite", "name": settings.SITE_NAME, "url": absolute(reverse("home")), "potentialAction": search}  # fmt: skip
    rows = [row for day in page.days for row in day.rows]
    return [site, _list((row.title, row.path) for row in rows)]


@describe.register
def _(page: ArticlePage) -> list[Data]:
    work = _work(page.code, page.title, page.writers, page.url)
    published = {"datePublished": page.when.iso, "description": page.description}
    where = {"isPartOf": page.venue and {"@type": "Periodical", "name": page.venue}}
    about = [_thing("DefinedTerm", line.title, line.path) for line in page.concepts]
    language = {"inLanguage": page.language, "about": about}
    return [work | {"headline": page.title, "mainEntityOfPage": absolute(page.path)} | published | where | language]  # fmt: skip


@describe.register
def _(page: ListPage) -> list[Data]:
    items = [item for section in page.sections for item in section.items]
    listed = _list((item.title, item.path or item.outside) for item in items)
    said = {"name": page.title, "description": _plain(page.summary), "url": absolute(page.path)}
    return [listed | said | {"author": _person(page.curator), "datePublished": page.published.iso}]


@describe.register
def _(page: ConceptPage) -> list[Data]:
    terms = {"@type": "DefinedTermSet", "name": settings.SITE_NAME, "url": absolute(reverse("concepts"))}  # fmt: skip
    said = {"description": page.summary, "alternateName": list(page.names)}
    return [_thing("DefinedTerm", page.title, page.path) | said | {"inDefinedTermSet": terms}]


@describe.register
def _(page: QuestionPage) -> list[Data]:
    answer = {
        "@type": "Answer", "text": _plain(page.answer), "url": absolute(page.path), "author": _person(page.author),
        "datePublished": page.when.iso,
    }  # fmt: skip
    asked = {"text": _plain(page.details), "answerCount": 1, "acceptedAnswer": answer}
    return [{"@type": "QAPage", "mainEntity": _thing("Question", page.title, page.path) | asked}]


@describe.register
def _(page: ImpressionPage) -> list[Data]:
    of = _work(page.code, page.title, page.authors, page.url) | {"sameAs": absolute(page.resource)}
    return [
        {
            "@type": "Review", "url": absolute(page.path), "itemReviewed": of, "reviewBody": page.verdict,
            "author": _person(page.author), "datePublished": page.when.iso,
        }
    ]  # fmt: skip


@describe.register
def _(page: ResourcePage) -> list[Data]:
    return [_work(page.code, page.title, page.authors, page.url) | {"mainEntityOfPage": absolute(page.path)}]  # fmt: skip


@describe.register
def _(page: TopicPage) -> list[Data]:
    listed = _list((row.title, row.path) for row in page.newest)
    return [_thing("CollectionPage", page.title, page.path) | {"description": _plain(page.summary), "mainEntity": listed}]  # fmt: skip


def _crumbs(page: object, site: Site, path: str) -> list[Data]:
    """The place in the navigation that a page stands below, then the page."""
    above = [place for place in site.places if place.path != reverse("home") and path.startswith(place.path)]  # fmt: skip
    title = getattr(page, "title", "")
    if not above or path == above[0].path or not title:
        return []
    steps = [(above[0].label, above[0].path), (title, path)]
    return [_list(steps) | {"@type": "BreadcrumbList"}]


def _list(things: Iterable[tuple[str, str]]) -> Data:
    items = [
        {"@type": "ListItem", "position": number, "name": name, "url": path and absolute(path)}
        for number, (name, path) in enumerate(things, start=1)
    ]
    return {"@type": "ItemList", "itemListElement": items}


def _work(code: str, name: str, authors: Iterable[str], url: str) -> Data:
    people = [_person(author) for author in authors]
    return {"@type": WORKS.get(code, "CreativeWork"), "name": name, "author": people, "url": url}


def _thing(kind: str, name: str, path: str) -> Data:
    return {"@type": kind, "name": name, "url": absolute(path)}


def _person(name: str) -> Data:
    return {"@type": "Person", "name": name} if name else {}


def _plain(html: str) -> str:
    return " ".join(strip_tags(html).split())


def _filled(thing: Any) -> Any:
    """The same without what is empty, all the way down."""
    if isinstance(thing, dict):
        kept = {name: _filled(value) for name, value in thing.items()}
        return {name: value for name, value in kept.items() if value not in ("", None, [], {})}
    return [_filled(one) for one in thing] if isinstance(thing, list) else thing
