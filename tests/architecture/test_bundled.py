"""The content that comes with the hub: enough of it, whole, and linked."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from kb.core.source_options import check_options
from kb.core.urls import canonical_url
from kb.core.wiki import parted
from kb.selectors.prose import links_in
from kb.services.starter import read_folder
from web.markdown import troubles

if TYPE_CHECKING:
    from kb.core.starter import Content, Entry

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def content() -> Content:
    return read_folder(ROOT / "starter")


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def everything(content: Content) -> list[Entry]:
    return [entry for some in content.entries.values() for entry in some]


def test_nothing_is_wrong_with_the_files(content):
    assert content.problems == ()


def test_there_is_enough_to_visit_on_the_first_day(content):
    least = {
        "topic": 30, "source": 150, "resource": 1, "concept": 160, "impression": 15, "question": 15, "list": 15,
    }  # fmt: skip
    counts = {kind: len(some) for kind, some in content.entries.items()}
    assert {kind: counts[kind] for kind in least if counts[kind] < least[kind]} == {}
    items = [item for entry in content.entries["list"] for item in entry.said["item"]]
    assert len([item for item in items if item["commentary"].strip()]) >= 150


def test_the_prerequisites_are_one_connected_graph(content):
    near: dict[str, set[str]] = defaultdict(set)
    for entry in content.entries["concept"]:
        for needed in entry.said.get("requires", ()):
            near[entry.slug].add(needed)
            near[needed].add(entry.slug)
    start = content.entries["concept"][0].slug
    reached, fresh = {start}, [start]
    while fresh:
        new = near[fresh.pop()] - reached
        reached |= new
        fresh += new
    assert {entry.slug for entry in content.entries["concept"]} - reached == set()


def test_names_of_concepts_are_told_apart(content):
    names: dict[str, str] = {}
    for entry in content.entries["concept"]:
        said = entry.said
        known = {said["name"], *said.get("aliases", ())}
        assert set(said.get("ambiguous", ())) <= known, entry.place
        assert names.setdefault(said["name"].casefold(), entry.place) == entry.place


def test_every_link_by_name_leads_somewhere(content):
    known = defaultdict(set)
    for entry in everything(content):
        titles = [entry.slug, entry.said.get("name", ""), entry.said.get("title", "")]
        for name in [*titles, *entry.said.get("aliases", ())]:
            known[entry.kind].add(name.casefold())
    for impression in content.entries["impression"]:
        known["impression"].add(impression.said["resource"])
    anywhere = set().union(*known.values())
    broken = [
        f"{entry.place}: [[{link.name}]]"
        for entry in everything(content)
        for link in links_in(strings(dict(entry.said)))
        if parted(link.name)[1].casefold() not in known.get(parted(link.name)[0], anywhere)
    ]
    assert broken == []


def test_every_formula_can_be_set(content):
    wrong = [
        f"{entry.place}: {trouble}"
        for entry in everything(content)
        for text in strings(dict(entry.said))
        for trouble in troubles(text)
    ]
    assert wrong == []


def test_addresses_are_well_formed_and_sources_stand_once(content):
    addresses = [
        (entry.place, said["url"])
        for entry in everything(content)
        for said in (entry.said, *entry.said.get("item", ()))
        if said.get("url")
    ]
    for place, url in addresses:
        parts = urlsplit(url)
        assert "." in (parts.hostname or ""), place
        assert not set(url) & set(' <>"{}|\\^`'), place
    sources = content.entries["source"]
    for source in sources:
        check_options(source.said["kind"], source.said.get("options", {}))
    assert len({canonical_url(s.said["url"]) for s in sources}) == len(sources)
