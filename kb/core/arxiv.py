"""arXiv's query API as addresses: what to ask, and which pages of the answer.

A source's address is its whole query (`search_query`), so that two sources with the same address ask the same.
See https://info.arxiv.org/help/api/user-manual.html: one request per three seconds, at most 2,000 results an answer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

API = "https://export.arxiv.org/api/query"
SECONDS_BETWEEN = 3.0
PAGE_SIZE = 100
DEFAULT_RESULTS = 200
MAX_RESULTS = 2000
_ARCHIVES = frozenset(
    {"astro-ph", "cond-mat", "cs", "econ", "eess", "gr-qc", "hep-ex", "hep-lat", "hep-ph", "hep-th", "math", "math-ph",
     "nlin", "nucl-ex", "nucl-th", "physics", "q-bio", "q-fin", "quant-ph", "stat"}
)  # fmt: skip
_CATEGORY = re.compile(r"^([a-z-]+)(?:\.[A-Za-z-]{2,17})?$")
_VERSION = re.compile(r"(?<=\d)v\d{1,3}$")


def is_category(text: str) -> bool:
    """Whether a text is a category ("cs.SD") or an archive ("eess") of arXiv."""
    found = _CATEGORY.match(text)
    return bool(found and found[1] in _ARCHIVES)


def _quoted(term: str) -> str:
    """A term for the API: several words are a phrase; what would end it is left out."""
    words = " ".join(re.sub(r'["()\\]', " ", term).split())
    return f'all:"{words}"' if " " in words else f"all:{words}"


def _any_of(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"


def query_url(categories: Iterable[str] = (), terms: Iterable[str] = ()) -> str:
    """The address that asks for papers in any of the categories and with any of the terms; "" for neither.

    An archive ("eess") asks for all its categories.
    """
    where = [f"cat:{c}" if "." in c else f"cat:{c}*" for c in sorted(set(categories))]
    what = [_quoted(term) for term in sorted(set(terms)) if term.strip()]
    query = " AND ".join(_any_of(group) for group in (where, what) if group)
    return f"{API}?{urlencode({'search_query': query})}" if query else ""


def page_url(address: str, start: int, size: int) -> str:
    """The address of one page of a query's answer, newest papers first.

    What the address says of paging and order itself is replaced. ValueError when it asks for nothing.
    """
    parts = urlsplit(address)
    asked = parse_qs(parts.query)
    query = (asked.get("search_query") or [""])[0]
    if not query.strip():
        raise ValueError("The address has no search_query")
    said = {
        "search_query": query,
        "sortBy": "submittedDate",
        "sortOrder": "descending",
        "start": start,
        "max_results": size,
    }
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(said), ""))


def is_query(address: str) -> bool:
    """Whether an address asks the API for anything."""
    parts = urlsplit(address)
    return parts.path.endswith("/api/query") and "search_query" in parse_qs(parts.query)


def query_name(address: str) -> str:
    """What a query asks for, as a title: "arXiv: cs.SD or eess.AS, with speech"."""
    asked = (parse_qs(urlsplit(address).query).get("search_query") or [""])[0]
    words = re.sub(r"\b(?:cat|all|ti|abs|au):", "", asked).replace(" OR ", " or ")
    return f"arXiv: {re.sub(r'[()*]', '', words.replace(' AND ', ', with '))}"


def wanted_results(options: dict[str, object]) -> int:
    """How many of the newest papers a query may bring in one visit: its `max_results`, within bounds."""
    said = options.get("max_results")
    return max(1, min(said, MAX_RESULTS)) if isinstance(said, int) else DEFAULT_RESULTS


def without_version(address: str) -> str:
    """https://arxiv.org/abs/2401.12345v2 -> …/abs/2401.12345, over https: one paper, whichever version."""
    plain = _VERSION.sub("", address)
    return "https" + plain.removeprefix("http") if plain.startswith("http://") else plain
