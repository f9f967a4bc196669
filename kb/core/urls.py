"""What a web address names: one article, however its link was decorated on the way here.

`canonical_url` is an identity, not an address to fetch: two links to one article give one string.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import unicodedata
from urllib.parse import quote, unquote_to_bytes, urljoin, urlsplit

WEB_SCHEMES = ("http", "https")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MAX_URL = 8192
_UNWRAP_LIMIT = 3

# Names that no site uses as identity. `ref`, `source` and `via` are dropped by value only: on some sites they are one.
_TRACKING = re.compile(
    r"""^(?: utm_.* | mtm_.* | pk_(?:campaign|kwd|source|medium|content) | piwik_.* | hsa_.* | stm_.*
    | fbclid | gclid | gclsrc | dclid | gbraid | wbraid | msclkid | yclid | twclid | ttclid | igshid | igsh | li_fat_id
    | mc_cid | mc_eid | ml_subscriber(?:_hash)? | _hsenc | _hsmi | __hs[a-z]+ | hsctatracking | mkt_tok | vero_id
    | oly_(?:enc|anon)_id | _openstat | s_cid | ncid | cmpid | ref_src | ref_url | spm | scm | wt_?mc | _ga | _gl
    | trk | trkinfo | at_campaign | at_medium | wickedid | rb_clickid | __twitter_impression | feature | share_id
    | guccounter | guce_referrer(?:_sig)? | sh_kit | sr_share | cmp | epik | srsltid | xtor | ns_(?:source|campaign) )$""",
    re.VERBOSE | re.IGNORECASE,
)
_REFERRERS = re.compile(
    r"^(?:rss|feed|atom|feedburner|newsletter|email|mail|twitter|x|t\.co|facebook|fb|linkedin|reddit|hn|hackernews|"
    r"hacker-?news|news\.ycombinator\.com|ycombinator|producthunt|github|google|medium|substack|homepage|home|share|"
    r"social|mastodon|bluesky|bsky|weekly|digest|rss[-_].*|.*[-_]rss|.*\.(?:com|org|net|io|co|dev|ai))$",
    re.IGNORECASE,
)
_BY_VALUE = frozenset({"ref", "source", "via", "src", "from", "referrer", "referer"})
_AMP_QUERY = frozenset({"amp", "outputtype", "_amp"})
_AMP_VALUES = frozenset({"", "1", "true", "amp", "yes"})

_ARXIV_ID = r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?"
_ARXIV_HOSTS = frozenset(
    {
        "arxiv.org",
        "export.arxiv.org",
        "ar5iv.org",
        "alphaxiv.org",
        "browse.arxiv.org",
        "es.arxiv.org",
        "cn.arxiv.org",
    }
    | {"xxx.lanl.gov", "ar5iv.labs.arxiv.org", "lanl.arxiv.org", "arxiv-vanity.com"}
)
_ARXIV_PATH = re.compile(
    rf"^/(?:abs|pdf|html|format|ps|e-print|src|tex|overview|papers|list)/{_ARXIV_ID}(?:\.pdf)?/?$",
    re.IGNORECASE,
)
_HF_PAPER = re.compile(rf"^/papers/{_ARXIV_ID}/?$", re.IGNORECASE)
_DOI = re.compile(r"^/?(10\.\d{4,9}/\S+)$")
_DOI_ARXIV = re.compile(rf"^10\.48550/arxiv\.{_ARXIV_ID}$", re.IGNORECASE)
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|xhtml)$", re.IGNORECASE)
_AMP_TAIL = re.compile(r"(?:/amp|\.amp|/amp\.html?)/?$", re.IGNORECASE)
_AMP_HEAD = re.compile(r"^/amp(?=/.)", re.IGNORECASE)
_YOUTUBE = re.compile(r"^/(?:embed|v|shorts|live)/([\w-]{6,})/?$")
_SAFE_PATH = "/:@!$&'()*+,;=~-._"
_SAFE_QUERY = "/:@!$'()*,;~-._?"
_SPACE_INSIDE = re.compile(r"[\t\r\n]")
# Schemes that run something, also when spaces, escapes or invisible marks are mixed in to pass as a relative link.
_RUNS = re.compile(
    r"(?:javascript|vbscript|livescript|mocha|data|file|view-source):", re.IGNORECASE
)
_INVISIBLE = re.compile(
    r"%[0-9a-fA-F]{2}|[\s\x00-\x20\x7f-\xa0\xad\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"
)
# An address that is already as every function here would have it, which nearly all are: [1] is its host.
_PLAIN = re.compile(
    r"https?://([a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?)(?::\d{1,4})?"
    r"(?:/[\w/.~%@!$&'()*+,:=-]*)?(?:\?[\w/.~%@!$&'()*+,:=?-]+)?(?:#[\w/.~%@!$&'()*+,:=?-]+)?",
    re.ASCII,
)
_CONTROLS = re.compile(r"[\x00-\x20\x7f]+")


def _scrub(url: str) -> str:
    """As a browser reads it: ends stripped, tabs and newlines gone, lone surrogates and controls out."""
    text = _SPACE_INSIDE.sub("", url.strip().strip("\x00"))
    return text.encode("utf-8", "ignore").decode("utf-8").strip()


def _split(url: str) -> tuple[str, str, int | None, str, str, str] | None:
    """(scheme, host, port, path, query, fragment), or None for what is not a web address."""
    if not url or len(url) > _MAX_URL:
        return None
    try:
        # browsers read a backslash as a slash, but not within the query
        place, mark, query = url.partition("?")
        parts = urlsplit(place.replace("\\", "/") + mark + query)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme.lower() not in WEB_SCHEMES or not host.strip(".") or _CONTROLS.search(host):
        return None
    return parts.scheme.lower(), host, port, parts.path, parts.query, parts.fragment


def _ascii_host(host: str) -> str:
    """Lower case, no trailing dot, international names in their ASCII form."""
    host = unicodedata.normalize("NFKC", host).lower().rstrip(".")
    if host.isascii():
        return host
    labels = []
    for label in host.split("."):
        with contextlib.suppress(UnicodeError):
            # Per label: one that the codec refuses must not cost the others their form.
            labels.append(label.encode("idna").decode("ascii"))
            continue
        labels.append(label)
    return ".".join(labels)


def _plain_host(url: str) -> str:
    """The host of an address that needs no second look, else ""."""
    found = _PLAIN.fullmatch(url) if len(url) <= _MAX_URL else None
    return found[1] if found else ""


def is_web_url(url: str) -> bool:
    """Whether `url` is an absolute http or https address with a host."""
    return bool(_plain_host(url)) or _split(_scrub(url)) is not None


def host_of(url: str) -> str:
    """The host name in lower-case ASCII without a port, or "" for what is no web address."""
    if host := _plain_host(url):
        return host
    parts = _split(_scrub(url))
    return _ascii_host(parts[1]) if parts else ""


def absolute_url(base: str, link: str) -> str:
    """`link` as seen from `base`; unchanged when there is no base, "" when it cannot be read or is not for the web.

    mailto:, data:, javascript: and other schemes give "".
    """
    if _plain_host(link):
        return link
    link = _scrub(link)
    if not link or len(link) > _MAX_URL or _RUNS.match(_INVISIBLE.sub("", link)):
        return ""
    try:
        joined = urljoin(base, link) if base else link
        scheme = urlsplit(joined).scheme.lower()
    except ValueError:
        return ""
    if scheme:
        return joined if scheme in WEB_SCHEMES and is_web_url(joined) else ""
    return "" if base else joined


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _fold_host(host: str) -> str:
    """Without `www.`, `m.`, `mobile.` or `amp.`, as long as a real name is left."""
    host = _ascii_host(host)
    for prefix in ("www.", "m.", "mobile.", "amp."):
        rest = host.removeprefix(prefix)
        if rest != host and "." in rest and not _is_ip(rest):
            host = rest
    return host


def _normal_escapes(text: str, safe: str) -> str:
    """One spelling for every percent-encoding; what is reserved stays encoded."""
    kept = re.sub(r"%(?=2[fF]|3[fF]|23|26|3[dD]|2[bB]|25)", "%25", text)
    raw = unquote_to_bytes(kept).decode("utf-8", "surrogateescape")
    encoded = quote(raw, safe=safe + "%", errors="surrogateescape")
    return re.sub(r"%([0-9a-fA-F]{2})", lambda m: "%" + m[1].upper(), encoded)


def _clean_path(path: str) -> str:
    path = re.sub(r"/{2,}", "/", path) if "://" not in path else path
    path = re.sub(r";jsessionid=[^/?]*", "", path, flags=re.IGNORECASE)
    path = _INDEX.sub("/", _normal_escapes(path, _SAFE_PATH))
    path = _AMP_TAIL.sub("", _AMP_HEAD.sub("", path))
    return _INDEX.sub("/", path).rstrip("/")


def _is_noise(name: str, value: str) -> bool:
    low = name.lower()
    if _TRACKING.match(low):
        return True
    if low in _BY_VALUE:
        return bool(_REFERRERS.match(value))
    return low in _AMP_QUERY and value.lower() in _AMP_VALUES


def _clean_query(query: str) -> str:
    pairs = []
    for piece in re.split(r"&(?:amp;)?", query):
        name, mark, value = piece.partition("=")
        name, value = (
            _normal_escapes(name, _SAFE_QUERY),
            _normal_escapes(value.replace("+", "%20"), _SAFE_QUERY),
        )
        if (name or value) and not _is_noise(name, value):
            pairs.append((name, mark, value))
    return "&".join(f"{n}{m}{v}" for n, m, v in sorted(pairs))


def _unwrapped(host: str, path: str) -> str | None:
    """The address inside an AMP cache or viewer address."""
    if host == "google.com" and path.startswith("/amp/"):
        rest, secure = path[5:], path.startswith("/amp/s/")
        return ("https://" + rest[2:]) if secure else "http://" + rest
    if host == "cdn.ampproject.org" or host.endswith(".cdn.ampproject.org"):
        found = re.match(r"^/(?:c|v|i|wp)/(s/)?(.+)$", path)
        return f"http{'s' if found[1] else ''}://{found[2]}" if found else None
    return None


def _paper(host: str, path: str) -> str | None:
    """`arxiv:ID` or `doi:10.…` for the sites that show papers under these names."""
    if host in _ARXIV_HOSTS and (found := _ARXIV_PATH.match(path)):
        return "arxiv:" + found[1].lower()
    if host in {"huggingface.co", "hf.co"} and (found := _HF_PAPER.match(path)):
        return "arxiv:" + found[1].lower()
    if host in {"doi.org", "dx.doi.org"}:
        name = unquote_to_bytes(path).decode("utf-8", "replace").strip("/ ").lower()
        if found := _DOI_ARXIV.match(name):
            return "arxiv:" + found[1].lower()
        if found := _DOI.match(name):
            return "doi:" + found[1]
    return None


def _video(host: str, path: str, query: str) -> tuple[str, str, str]:
    """YouTube's ways to say one video, as its watch page."""
    if host == "youtu.be" and (found := re.match(r"^/([\w-]{6,})/?$", path)):
        return "youtube.com", "/watch", "v=" + found[1]
    if host not in {"youtube.com", "youtube-nocookie.com", "music.youtube.com"}:
        return host, path, query
    if found := _YOUTUBE.match(path):
        return "youtube.com", "/watch", "v=" + found[1]
    if path == "/watch" and (found := re.search(r"(?:^|&)v=([\w-]+)", query)):
        return "youtube.com", path, "v=" + found[1]
    return host, path, query


def _bare_paper(text: str) -> str | None:
    """`arXiv:2401.12345v2`, `doi:10.1/x` and bare DOIs, as people write them without an address."""
    low = text.lower()
    if found := re.match(rf"^arxiv:\s*{_ARXIV_ID}$", low):
        return "arxiv:" + found[1]
    if found := re.match(r"^(?:doi:\s*)?(10\.\d{4,9}/\S+)$", low):
        twin = _DOI_ARXIV.match(found[1])
        return f"arxiv:{twin[1].lower()}" if twin else "doi:" + found[1]
    return None


def canonical_url(url: str) -> str:
    """The identity of the article that `url` leads to: "https://example.org/a?id=1", "arxiv:2401.12345" or
    "doi:10.1145/1".

    Scheme, `www.`, default port, tracking, AMP, index pages, slashes and the fragment (but `#!`) do not count. What is
    not a web address gives "" (mailto:, data:), or its own stripped text when it has no scheme at all. Never raises.
    """
    text = _scrub(url)
    for _ in range(_UNWRAP_LIMIT):
        if paper := _bare_paper(text):
            return paper
        parts = _split(text)
        if parts is None:
            return _leftover(text)
        inner = _unwrapped(_fold_host(parts[1]), parts[3])
        if inner is None:
            break
        text = inner + ("?" + parts[4] if parts[4] else "")
    else:
        return text
    return _identity(parts)


def _leftover(text: str) -> str:
    if len(text) > _MAX_URL or re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*:", text):
        return ""
    return text


def _identity(parts: tuple[str, str, int | None, str, str, str]) -> str:
    scheme, raw_host, port, path, query, fragment = parts
    host = _fold_host(raw_host)
    if paper := _paper(host, path):
        return paper
    host, path, query = _video(host, path, query)
    if ":" in host:
        host = f"[{host}]"
    if port and port != _DEFAULT_PORTS[scheme] and port not in _DEFAULT_PORTS.values():
        host = f"{host}:{port}"
    cleaned = _clean_query(query)
    tail = ("?" + cleaned) if cleaned else ""
    if fragment.startswith("!"):
        tail += "#" + _normal_escapes(fragment, _SAFE_PATH + "?")
    return "https://" + host + _clean_path(path) + tail
