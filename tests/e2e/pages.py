"""One table of the kinds of pages: what is looked at, measured and judged is taken from here."""

from __future__ import annotations

from tests.web import factories


def page_kinds(hub, knowledge) -> dict[str, str]:
    """kind -> address, of pages that anybody may see; `hub` and `knowledge` are the fixtures of that name."""
    return {
        "home": "/", "article": hub[0].get_absolute_url(), "list": "/lists/who-waits/", "lists": "/lists/",
        "search-empty": "/search/", "search-filters": "/search/?q=kind%3Aarticle+after%3A2020",
        "search-notes": "/search/?q=beam+source%3Anosuch", "search-none": "/search/?q=zebra&mode=lexical",
        "search-like": f"/search/?like={hub[0].pk}", "search": "/search/?q=beam+search",
        "sources": "/sources/", "source": factories.source_path(hub[3].source_id),
        "topics": "/topics/", "topic": knowledge["topic"], "concepts": "/concepts/", "concept": knowledge["concept"],
        "path": f"{knowledge['concept']}path/", "resource": knowledge["resource"], "impressions": "/impressions/",
        "impression": knowledge["impression"], "questions": "/questions/", "question": knowledge["question"],
        "ask": "/questions/ask/", "list-path": knowledge["path"], "list-top": knowledge["top"],
        "month": f"/archive/{hub[0].published_at:%Y/%m}/", "day": f"/archive/{hub[0].published_at:%Y/%m/%d}/",
        "issues": "/issues/", "issue": "/issues/week-34/", "authors": "/authors/", "author": "/authors/ada/",
        "archive": "/archive/", "year": f"/archive/{hub[0].published_at.year}/", "map": "/map/",
        "sign-in": "/me/sign-in/", "sign-up": "/me/sign-up/", "offline": "/offline/",
        "subscribe": "/subscribe/", "latest": "/latest/", "about": "/about/", "moderation": "/moderation/",
        "missing": "/nothing-here/",
    }  # fmt: skip
