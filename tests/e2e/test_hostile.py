"""Entries that want to run a script or to call home, through the real ingest, in a real browser.

Every vector is the title, author, body, link and enclosure of one entry of a JSON Feed and of one of an RSS feed. Nothing may
run, nothing may be asked of another host, and the policy must have had nothing to refuse: it is the second wall.
"""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import urlsplit
from xml.sax.saxutils import escape, quoteattr

import pytest
from django.core.cache import cache
from django.urls import reverse

from crawler.parse.feed import parse_feed
from kb.core.records import Visit
from kb.models import Article, Crawl, Source
from kb.services.ingest import store_visit
from kb.services.pipeline import finish

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
# what XML cannot carry in any spelling
NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
TRAPS = """
  globalThis.__ran = [];
  for (const name of ["alert", "prompt", "confirm", "print", "open"])
    Object.defineProperty(globalThis, name, { value: (...said) => { __ran.push(`${name}(${said})`); }, writable: false });
  addEventListener("securitypolicyviolation", event => __ran.push(`${event.violatedDirective} refused ${event.blockedURI} ${event.sample}`), true);
  for (const name of ["error", "load"]) addEventListener(name, event => { if (event.target?.getAttribute?.("on" + name)) __ran.push(`on${name}`); }, true);
"""
SEEN = """() => ({
  ran: __ran,
  names: Object.keys(globalThis),
  links: [...document.querySelectorAll("a[href], area[href], form[action]")].map(one => one.href?.baseVal ?? one.href ?? one.action).filter(href => !/^(https?:|mailto:|about:blank#|#)/.test(href)),
  handlers: [...document.querySelectorAll("*")].flatMap(one => [...one.attributes]).filter(one => /^on/i.test(one.name)).map(one => one.name),
})"""
# whole documents, one after the other, through the parser as if the server had sent them together
WRITE = """async paths => {
  const pages = await Promise.all(paths.map(async path => (await fetch(path)).text()));
  document.open();
  document.write(pages.join("\\n"));
  document.close();
}"""
BATCH = 25
# what each format calls HTML
BODIES = """async base => {
  const { items } = await (await fetch(base + "feed.json")).json();
  const read = async (kind, names) => {
    const feed = new DOMParser().parseFromString(await (await fetch(base + "feed." + kind)).text(), "application/xml");
    return [...feed.querySelectorAll(names)].map(one => one.textContent);
  };
  return [...items.map(item => item.content_html ?? ""), ...await read("rss", "item > description, item > encoded"), ...await read("atom", "entry > summary, entry > content")];
}"""


@pytest.fixture
def vectors(earshot_data) -> list[str]:
    file = earshot_data / "sanitize" / "xss-vectors.json"
    if not file.is_file():
        pytest.skip(f"no {file}")
    return [row["input"] for row in json.loads(file.read_text(encoding="utf-8"))]


def moment(number: int) -> dt.datetime:
    """Forty a day, so that Today and the days before it show them all."""
    return NOW - dt.timedelta(days=number // 40, minutes=number % 40 + 1)


def json_feed(vectors: list[str]) -> bytes:
    items = [
        {
            "id": f"json-{n}", "url": text, "external_url": text, "title": text, "content_html": text, "summary": text,
            "authors": [{"name": text, "url": text}], "image": text, "tags": [text],
            "attachments": [{"url": text, "mime_type": "audio/mpeg"}],
            "date_published": moment(n).isoformat(),
        }
        for n, text in enumerate(vectors)
    ]  # fmt: skip
    head = {"version": "https://jsonfeed.org/version/1.1", "title": vectors[-1]}
    return json.dumps(head | {"items": items}).encode()


def rss_feed(vectors: list[str]) -> bytes:
    """Bodies are escaped HTML; links are whole addresses that carry the vector, or the vector itself."""
    items = []
    for n, raw in enumerate(vectors):
        text = raw.translate(NO_XML).encode("utf-8", "replace").decode()
        plain, quoted = escape(text), quoteattr(text)
        link = escape(f"https://evil.example/{n}?{text}") if n % 2 else plain
        items.append(
            f"<item><guid isPermaLink='false'>rss-{n}</guid><title>{plain}</title><link>{link}</link>"
            f"<dc:creator>{plain}</dc:creator><description>{plain}</description>"
            f"<content:encoded>{plain}</content:encoded><category>{plain}</category>"
            f"<enclosure url={quoted} type='image/png' length='9'/><media:thumbnail url={quoted}/>"
            f"<pubDate>{moment(n):%a, %d %b %Y %H:%M:%S} GMT</pubDate></item>"
        )
    spaces = (
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
    )
    head = escape(vectors[0].translate(NO_XML))
    return f'<rss version="2.0" {spaces}><channel><title>{head}</title>{"".join(items)}</channel></rss>'.encode()


@pytest.fixture
def hostile(transactional_db, tmp_path, settings, vectors):
    """The sources whose feeds hold the vectors, stored and indexed."""
    cache.clear()
    settings.INDEX_DIR = tmp_path / "index"
    made = []
    for name, body in (("a.json", json_feed(vectors)), ("b.xml", rss_feed(vectors))):
        url = f"https://{name[0]}.evil.example/{name}"
        source = Source.objects.create(url=url, next_check_at=NOW, created_at=NOW)
        feed = parse_feed(body, url, {})
        assert feed.ok, feed.error
        crawl = Crawl.objects.create(started_at=NOW, begun_at=NOW, spool=name)
        visit = Visit(source.pk, url, "new", NOW.isoformat(), status=200, feed=feed)
        check = store_visit(visit=visit, crawl=crawl, now=NOW)
        assert check
        assert check.new > len(vectors) * 0.9
        made.append(source)
    finish()
    return made


@pytest.fixture
def visitor(chromium, live_server):
    """Opens addresses; what ran, was asked for or was refused is in `troubles`."""
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})  # fmt: skip
    context.add_init_script(TRAPS)
    ours = urlsplit(live_server.url).netloc
    troubles: list[str] = []

    def guard(route):
        if urlsplit(route.request.url).netloc == ours:
            route.continue_()
        else:
            troubles.append(f"asked for {route.request.url[:200]}")
            route.abort()

    page = context.new_page()
    # a handler on every request costs as much as the page: only what goes elsewhere is caught
    context.route(lambda url: urlsplit(url).netloc != ours, guard)
    page.on(
        "dialog", lambda dialog: (troubles.append(f"dialog {dialog.message}"), dialog.dismiss())
    )
    page.on("request", lambda request: urlsplit(request.url).netloc in {ours, ""} or troubles.append(f"asked for {request.url[:200]}"))  # fmt: skip
    page.on("popup", lambda popup: troubles.append(f"popup {popup.url}"))
    page.goto("/about/")
    known = set(page.evaluate(SEEN)["names"])

    def look(path: str) -> None:
        seen = page.evaluate(SEEN)
        new = set(seen["names"]) - known
        for kind in ("ran", "links", "handlers"):
            troubles.extend(f"{path}: {kind} {what}" for what in seen[kind])
        troubles.extend(f"{path}: global {name}" for name in new - {"htmx", "__ran"})

    def visit(path: str) -> None:
        page.goto(path, wait_until="load")
        look(path)

    visit.page, visit.troubles, visit.look = page, troubles, look
    yield visit
    context.close()


def list_pages(hostile: list[Source]) -> list[str]:
    """Everywhere that rows of the entries stand."""
    first = Article.objects.order_by("pk").first()
    paths = ["/", "/subscribe/", "/sources/", f"/search/?like={first.pk}"]
    paths += [f"{reverse('source', args=[source.pk])}?page=2" for source in hostile]
    for number in range(1, 7):
        paths += [f"/latest/?page={number}", f"/search/?q=kind%3Aarticle&page={number}"]
    paths += [f"/search/?q={word}" for word in ("alert", "script", "svg", "onerror", "javascript")]
    for day in range(7):
        date = NOW - dt.timedelta(days=day)
        paths += [f"/?before={date:%Y-%m-%d}", f"/archive/{date:%Y/%m/%d}/"]
    return paths


def look_at_articles(hostile: list[Source], visitor) -> None:
    """Many whole pages are parsed as one; each has its heading, so none was swallowed by the one before."""
    told = Article.objects.filter(source=hostile[0]).order_by("pk")
    more = Article.objects.filter(source=hostile[1]).order_by("pk")[::9]
    paths = [article.get_absolute_url() for article in (*told, *more)]
    visitor(paths[0])
    for start in range(0, len(paths), BATCH):
        some = paths[start : start + BATCH]
        visitor.page.evaluate(WRITE, some)
        visitor.page.wait_for_load_state("load")
        assert visitor.page.locator("h1").count() == len(some)
        visitor.look(f"articles from {some[0]}")


def look_at_feeds(hostile: list[Source], visitor) -> None:
    """The feed itself, and what a reader shows of it: all its bodies in a page without a policy, pictures and all."""
    page = visitor.page
    for base in ("/", *(reverse("source", args=[source.pk]) for source in hostile)):
        for kind in ("rss", "atom", "json"):
            visitor(f"{base}feed.{kind}")
        assert visitor.troubles == []
        page.goto("/about/")
        bodies = page.evaluate(BODIES, base)
        assert len(bodies) > 150
        page.goto("about:blank")
        page.set_content("".join(f"<section>{body}</section>" for body in bodies))
        seen = page.evaluate(SEEN)
        assert (seen["ran"], seen["handlers"], seen["links"]) == ([], [], [])
        visitor.troubles.clear()


def test_nothing_runs_and_nothing_is_asked_of_others(hostile, visitor):
    for path in list_pages(hostile):
        visitor(path)
    look_at_articles(hostile, visitor)
    assert visitor.troubles == []
    look_at_feeds(hostile, visitor)
