"""What the head of each page says to other programs."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest

from kb.core.items import ItemKind, item_id
from tests.web import factories
from web.feeds import sitemap

pytestmark = pytest.mark.django_db
HOSTILE = '</script><script>alert("1")</script> & <!--'


def head(client, path: str) -> tuple[dict[str, str], dict[str, dict]]:
    """OpenGraph properties and the things of the JSON-LD by type."""
    page = client.get(path).content.decode()
    told = dict(re.findall(r'<meta property="og:([a-z_]+)" content="([^"]*)">', page))
    data = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    things = json.loads(data[0])["@graph"] if data else []
    assert page.count('rel="canonical"') == (len(data) or page.count('rel="canonical"'))
    return {name: unescape(value) for name, value in told.items()}, {
        thing["@type"]: thing for thing in things
    }


@pytest.fixture
def written(at):
    """One of each kind: (what it should be, address)."""
    concept = factories.concept("RNN transducer", aliases=[{"name": "RNN-T", "ambiguous": False}])
    book = factories.resource("Speech and Language", kind="book", authors=["Dan", "Jim"])
    question = factories.question("CTC or transducer?", concept)
    topic = factories.topic("End-to-end models", summary="From *audio* to text.")
    made = factories.article(
        HOSTILE, kind="paper", authors=["Ada"], venue="Interspeech", gist=HOSTILE
    )
    factories.mention(made, concept)
    factories.label(made.pk, topic)
    listed = factories.reading_list("Five papers", made)
    factories.item(listed, item=item_id(ItemKind.RESOURCE, book.pk), position=1)
    rows = {"DefinedTerm": concept, "Book": book, "QAPage": question, "CollectionPage": topic}
    rows |= {"ScholarlyArticle": made, "ItemList": listed, "Review": factories.impression(book)}
    return {kind: row.get_absolute_url() for kind, row in rows.items()} | {"WebSite": "/"}


def test_every_page_says_what_it_is_and_where(client, written):
    for kind, path in written.items():
        told, things = head(client, path)
        assert kind in things, path
        assert set(told) == {"title", "description", "type", "url", "site_name", "image"}, path
        assert told["url"] == f"http://localhost:8000{path}"
        assert told["image"].startswith("http://localhost:8000/static/web/share")
        assert told["image"].endswith(".png")
    assert client.get("/static/web/share.png").status_code in {200, 404}


def test_what_an_article_says_is_whole_and_stays_inside_its_element(client, written):
    told, things = head(client, written["ScholarlyArticle"])
    article = things["ScholarlyArticle"]
    assert told["title"] == told["description"] == article["headline"] == " ".join(HOSTILE.split())
    assert article["author"] == [{"@type": "Person", "name": "Ada"}]
    assert article["isPartOf"]["name"] == "Interspeech"
    assert article["about"][0]["name"] == "RNN transducer"


def test_other_kinds_say_what_they_are_about(client, written):
    assert head(client, written["Review"])[1]["Review"]["itemReviewed"]["@type"] == "Book"
    assert head(client, written["DefinedTerm"])[1]["DefinedTerm"]["alternateName"] == ["RNN-T"]
    asked = head(client, written["QAPage"])[1]["QAPage"]["mainEntity"]
    assert asked["acceptedAnswer"]["text"].startswith("No.")
    crumbs = head(client, written["CollectionPage"])[1]["BreadcrumbList"]["itemListElement"]
    assert [step["name"] for step in crumbs] == ["Topics", "End-to-end models"]
    listed = head(client, written["ItemList"])[1]["ItemList"]["itemListElement"]
    assert [step["position"] for step in listed] == [1, 2]
    assert "{search_term_string}" in head(client, "/")[1]["WebSite"]["potentialAction"]["target"]["urlTemplate"]  # fmt: skip


def test_a_page_has_one_address_whatever_was_asked(client, at):
    factories.article()
    for asked, canonical in (
        ("/latest/?utm_source=x", "/latest/"), ("/latest/?page=1", "/latest/"), ("/concepts/?level=basic", "/concepts/"),
        ("/?before=2026-08-01", "/?before=2026-08-01"), ("/search/?q=x", "/search/"),
    ):  # fmt: skip
        assert f'<link rel="canonical" href="http://localhost:8000{canonical}">' in client.get(asked).content.decode()  # fmt: skip
    for missing in ("/nothing/", "/concepts/nothing/"):
        page = client.get(missing).content.decode()
        assert 'rel="canonical"' not in page
        assert "og:url" not in page


def test_a_large_hub_has_several_sitemaps(client, at, monkeypatch):
    made = [factories.article(f"About {n}") for n in range(5)]
    for path in (one.get_absolute_url() for one in made):
        assert path in client.get("/sitemap.xml").content.decode()
    monkeypatch.setattr(sitemap, "LIMIT", 2)
    index = client.get("/sitemap.xml").content.decode()
    files = re.findall(r"<loc>http://localhost:8000(/[^<]+)</loc>", index)
    assert files == [f"/sitemap-{n}.xml" for n in range(4)]
    listed = "".join(client.get(file).content.decode() for file in files)
    assert all(listed.count(one.get_absolute_url()) == 1 for one in made)
    assert client.get("/sitemap-4.xml").status_code == 404
