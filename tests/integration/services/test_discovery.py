"""Adding a source by any address: what is found, what is chosen, what is refused."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from kb.errors import InputError
from kb.models import AuditEntry, Source
from kb.services.discovery import Candidate, Discovery, choose, discover
from kb.services.sources import add_source
from tests.site import Answer

pytestmark = [pytest.mark.django_db, pytest.mark.enable_socket]


def add(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("sources", "add", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def page(site):
    """A page that names two feeds."""
    names = [site.feed(f"/{n}.rss", [(f"{n} one", "Text.")], title=n) for n in ("posts", "papers")]
    links = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{url}">' for url in names
    )
    site.pages["/"] = Answer(f"<html><head>{links}</head></html>".encode(), "text/html")
    return site.url("/")


def test_a_page_offers_its_feeds(page, site):
    found = discover(url=page)
    assert (found.url, found.error, found.reached) == (page, "", True)
    assert [c.url for c in found.candidates] == [site.url("/posts.rss"), site.url("/papers.rss")]
    assert found.candidates[0].sample == ("posts one",)
    with pytest.raises(InputError, match="not a web address"):
        discover(url="--out=x y")


def test_choosing():
    first, second = Candidate("https://a.example/1"), Candidate("https://a.example/2")
    found = Discovery("https://a.example/", (first, second), reached=True)
    assert choose(found).candidate == first
    assert choose(found, 2).candidate == second
    with pytest.raises(InputError, match="no candidate 3; 2 were found"):
        choose(found, 3)
    down = choose(Discovery("https://a.example/feed", error="No such host"))
    assert (down.candidate.url, down.candidate.kind) == ("https://a.example/feed", "feed")
    assert "No such host" in down.note
    for hopeless in ({"reached": True}, {"final": True}):
        with pytest.raises(InputError, match="nothing to follow"):
            choose(Discovery("https://a.example/", error="Neither", **hopeless))


def test_the_command_takes_the_best_or_the_chosen(page, site):
    out, _ = add(page)
    assert "papers one" in out
    assert out.splitlines()[-1].startswith("Added: ")
    assert Source.objects.get().url == site.url("/posts.rss")
    out, _ = add(page, "--choose", "2", "--json")
    said = json.loads(out)
    assert (said["url"], said["added"], said["kind"]) == (site.url("/papers.rss"), True, "feed")
    assert len(said["candidates"]) == 2
    assert "Known already" in add(site.url("/papers.rss"))[0]


def test_a_feed_is_added_as_it_is(site):
    url = site.feed("/feed", [("One", "First.")])
    assert json.loads(add(url, "--json")[0])["url"] == url
    assert AuditEntry.objects.get(action="add source").detail["kind"] == "feed"


def test_what_is_down_is_added_and_what_is_no_source_is_refused(site):
    site.pages["/down"] = Answer(b"", status=503)
    site.pages["/page"] = Answer(b"<html><p>Only words.</p></html>", "text/html")
    out, err = add(site.url("/down"))
    assert "Added" in out
    assert "503 Service Unavailable" in err
    with pytest.raises(CommandError, match=r"nothing to follow.*--no-discovery"):
        add(site.url("/page"))
    for nowhere, error in ((site.url("/none"), "404"), ("http://10.0.0.1/f", "private network")):
        with pytest.raises(CommandError, match=rf"{error}.*--no-discovery"):
            add(nowhere)
    assert Source.objects.count() == 1
    assert "Added" in add(site.url("/page"), "--no-discovery")[0]
    assert Source.objects.count() == 2


def test_kinds_and_options_are_checked(site):
    asked = len(site.asked)
    url = site.url("/blog/")
    add(url, "--kind", "listing", "--option", "item=article", "--option", "date=time")
    made = Source.objects.get()
    assert (made.kind, made.options) == ("listing", {"item": "article", "date": "time"})
    add("https://arxiv.org/", "--kind", "arxiv", "--option", "categories=cs.SD,eess.AS")
    query = Source.objects.get(kind="arxiv")
    assert query.url.endswith("search_query=%28cat%3Acs.SD+OR+cat%3Aeess.AS%29")
    assert query.options == {}
    add(site.url("/map.xml"), "--kind", "sitemap", "--option", "include=/a/*", "--option", "include=/b/*")  # fmt: skip
    assert Source.objects.get(kind="sitemap").options == {"include": ["/a/*", "/b/*"]}
    assert len(site.asked) == asked
    for wrong in (["--kind", "listing", "--option", "colour=red"], ["--kind", "arxiv"]):
        with pytest.raises(CommandError):
            add("https://b.example/", *wrong)
    with pytest.raises(InputError, match="no kind of source"):
        add_source(url="https://c.example/", kind="gopher")
    with pytest.raises(InputError, match="true or false"):
        add_source(url="https://c.example/", kind="releases", options={"prereleases": "no"})
    with pytest.raises(InputError, match="no category"):
        add_source(url="https://c.example/", kind="arxiv", options={"categories": ["sound"]})
