"""Where a site keeps its feeds, told from an address alone: rules for known sites, and paths that many share.

Nothing is fetched here. The more useful place comes first; what does not exist is found out by who asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from kb.core.arxiv import is_category, is_query, query_url

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kb.core.records import SourceKind

_FEEDLIKE = re.compile(
    r"\.(?:atom2?|rss|rdf|xml|json|gz)$|/(?:feed|rss|atom)/?$|/(?:feed|rss)/", re.IGNORECASE
)
_SITEMAP = re.compile(r"/(?:[\w-]*sitemap[\w-]*)\.(?:xml|txt)(?:\.gz)?$", re.IGNORECASE)
_COMMON = (
    "feed.xml",
    "atom.xml",
    "rss.xml",
    "index.xml",
    "feed",
    "rss",
    "feed.json",
    "blog/feed.xml",
    "blog/feed",
)
_GITHUB_PAGES = frozenset(
    {"about", "apps", "blog", "collections", "enterprise", "explore", "features", "issues", "login", "marketplace",
     "orgs", "pricing", "pulls", "search", "settings", "sponsors", "topics", "trending"}
)  # fmt: skip
_GITLAB_HOSTS = frozenset({"gitlab.com", "gitlab.inria.fr", "gitlab.gnome.org", "salsa.debian.org"})
_NO_MASTODON = frozenset(
    {
        "youtube.com",
        "medium.com",
        "tiktok.com",
        "threads.net",
        "threads.com",
        "substack.com",
        "flipboard.com",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address that may be followed, how, and why we think so."""

    url: str
    why: str
    kind: SourceKind = "feed"
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Address:
    host: str
    parts: tuple[str, ...]
    query: dict[str, list[str]]
    origin: str

    def at(self, number: int) -> str:
        return self.parts[number] if number < len(self.parts) else ""


def _youtube(at: _Address) -> list[Place]:
    feed = "https://www.youtube.com/feeds/videos.xml"
    if at.at(0) == "channel" and at.at(1).startswith("UC"):
        return [Place(f"{feed}?channel_id={quote(at.at(1))}", "the videos of this YouTube channel")]
    if names := at.query.get("list"):
        return [
            Place(f"{feed}?playlist_id={quote(names[0])}", "the videos of this YouTube playlist")
        ]
    if at.at(0) == "user" and at.at(1):
        return [Place(f"{feed}?user={quote(at.at(1))}", "the videos of this YouTube user")]
    return []  # a handle says nothing about the channel's id: its page does


def _github(at: _Address) -> list[Place]:
    owner, name = at.at(0), at.at(1)
    if not owner or owner in _GITHUB_PAGES:
        return []
    if not name:
        return [Place(f"{at.origin}/{owner}.atom", "what this GitHub account does in public")]
    repo = f"{at.origin}/{owner}/{name.removesuffix('.git')}"
    found = [
        Place(f"{repo}/releases.atom", "the releases of this GitHub repository", "releases"),
        Place(f"{repo}/tags.atom", "the tags of this GitHub repository", "releases"),
        Place(f"{repo}/commits.atom", "the commits of this GitHub repository"),
    ]
    if at.at(2) in {"tags", "commits"}:
        found.sort(key=lambda place: f"/{at.at(2)}.atom" not in place.url)
    return found


def _gitlab(at: _Address) -> list[Place]:
    project = at.parts[: at.parts.index("-")] if "-" in at.parts else at.parts
    if len(project) < 2:  # noqa: PLR2004 - a group and a project
        return []
    base = f"{at.origin}/{'/'.join(project)}/-"
    return [
        Place(f"{base}/releases.atom", "the releases of this GitLab project", "releases"),
        Place(f"{base}/tags?format=atom", "the tags of this GitLab project", "releases"),
    ]


def _reddit(at: _Address) -> list[Place]:
    who = {"r": "this subreddit", "user": "this Reddit user", "u": "this Reddit user"}.get(at.at(0))
    if not who or not at.at(1) or at.at(2) == "comments":
        return []
    folder = "r" if at.at(0) == "r" else "user"
    sort = f"{at.at(2)}/" if at.at(2) in {"new", "top", "hot", "rising"} else ""
    return [Place(f"https://www.reddit.com/{folder}/{at.at(1)}/{sort}.rss", f"the posts of {who}")]


def _medium(at: _Address) -> list[Place]:
    if at.host != "medium.com":
        return [Place(f"{at.origin}/feed", "the posts of this Medium publication")]
    name = at.at(1) if at.at(0) == "feed" else at.at(0)
    return (
        [Place(f"https://medium.com/feed/{name}", "the posts of this Medium account")]
        if name
        else []
    )


def _arxiv_listing(at: _Address) -> list[Place]:
    categories = [c for c in at.at(1).split("+") if is_category(c)]
    if not categories:
        return []
    names = " and ".join(categories)
    return [
        Place(query_url(categories), f"new papers in {names}, asked of arXiv", "arxiv"),
        Place(
            f"https://rss.arxiv.org/rss/{'+'.join(categories)}", f"arXiv's daily feed of {names}"
        ),
    ]


def _arxiv(at: _Address) -> list[Place]:
    if at.at(0) in {"list", "archive"}:
        return _arxiv_listing(at)
    if at.at(0) == "a" and at.at(1):
        name = at.at(1).removesuffix(".html")
        return [Place(f"https://arxiv.org/a/{name}.atom2", "the papers of this author on arXiv")]
    if at.at(0) == "search" and (terms := at.query.get("query")):
        found = query_url((), terms)
        return [Place(found, "papers with these words, asked of arXiv", "arxiv")] if found else []
    return []


def _bluesky(at: _Address) -> list[Place]:
    name = at.at(1)
    return (
        [Place(f"https://bsky.app/profile/{name}/rss", "the posts of this Bluesky account")]
        if name
        else []
    )


def _devto(at: _Address) -> list[Place]:
    return (
        [Place(f"https://dev.to/feed/{at.at(0)}", "the posts of this dev.to account")]
        if at.at(0)
        else []
    )


def _fixed(path: str, why: str) -> Callable[[_Address], list[Place]]:
    return lambda at: [Place(at.origin + path, why)]


def _hugging_face(at: _Address) -> list[Place]:
    if at.at(0) != "blog" or at.at(1):
        return []
    return [Place("https://huggingface.co/blog/feed.xml", "the posts of the Hugging Face blog")]


_BY_HOST: dict[str, Callable[[_Address], list[Place]]] = {
    "youtube.com": _youtube,
    "m.youtube.com": _youtube,
    "github.com": _github,
    "reddit.com": _reddit,
    "old.reddit.com": _reddit,
    "new.reddit.com": _reddit,
    "medium.com": _medium,
    "arxiv.org": _arxiv,
    "export.arxiv.org": _arxiv,
    "huggingface.co": _hugging_face,
    "bsky.app": _bluesky,
    "dev.to": _devto,
    "news.ycombinator.com": _fixed("/rss", "the front page of Hacker News"),
}
_BY_ENDING: tuple[tuple[str, Callable[[_Address], list[Place]]], ...] = (
    (".substack.com", _fixed("/feed", "the posts of this Substack")),
    (".medium.com", _medium),
    (".hashnode.dev", _fixed("/rss.xml", "the posts of this Hashnode blog")),
    (".wordpress.com", _fixed("/feed/", "the posts of this WordPress blog")),
    (".blogspot.com", _fixed("/feeds/posts/default", "the posts of this Blogger blog")),
    (".tumblr.com", _fixed("/rss", "the posts of this Tumblr blog")),
)


def _mastodon(at: _Address) -> list[Place]:
    """A profile of Mastodon and its kin, on whatever host."""
    name = at.at(0)
    if not re.fullmatch(r"@\w+", name) or at.host in _NO_MASTODON:
        return []
    return [Place(f"{at.origin}/{name}.rss", "the posts of this Mastodon profile")]


def _parsed(url: str) -> _Address:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().removeprefix("www.")
    steps = tuple(step for step in parts.path.split("/") if step)
    return _Address(host, steps, parse_qs(parts.query), f"{parts.scheme}://{parts.netloc}")


def known_places(url: str) -> list[Place]:
    """What a known site offers for an address, the best first; [] for other sites, and for what looks like a feed."""
    if is_query(url):
        return [Place(url, "a query of arXiv", "arxiv")]
    if _FEEDLIKE.search(urlsplit(url).path):
        return []
    at = _parsed(url)
    rule = _BY_HOST.get(at.host) or (_gitlab if at.host in _GITLAB_HOSTS else None)
    if rule is None:
        rule = next((rule for ending, rule in _BY_ENDING if at.host.endswith(ending)), _mastodon)
    return rule(at)


def feed_kind(url: str) -> SourceKind:
    """How to read an address that answered with a feed: as releases where it is a list of versions."""
    at = _parsed(url)
    last = at.parts[-1] if at.parts else ""
    if at.host == "github.com" and last in {"releases.atom", "tags.atom"}:
        return "releases"
    if at.parts[:2] == ("rss", "project") and last == "releases.xml":  # an index of packages
        return "releases"
    return "releases" if "-" in at.parts and last in {"releases.atom", "tags"} else "feed"


def is_sitemap(url: str) -> bool:
    """Whether an address is called as sitemaps are."""
    return bool(_SITEMAP.search(urlsplit(url).path))


def common_places(url: str) -> list[Place]:
    """Where sites usually keep their feed: beside the page first, then at the root."""
    folder = urljoin(url, "./")
    root = urljoin(url, "/")
    near: Sequence[str] = [urljoin(folder, name) for name in _COMMON[:6]] if folder != root else []
    every = [*near, *(urljoin(root, name) for name in _COMMON)]
    return [Place(one, "a feed where sites usually keep it") for one in dict.fromkeys(every)]


def below(url: str) -> dict[str, Any]:
    """Options that keep a sitemap to the part of the site that an address stands for."""
    path = urlsplit(url).path
    folder = (
        path
        if path.endswith("/")
        else (path.rsplit("/", 1)[0] + "/" if "." in path.rsplit("/", 1)[-1] else path + "/")
    )
    return {"include": [f"{folder}*"]} if folder != "/" else {}
