from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from kb.core.decide import (
    Known,
    article_keys,
    decide_entries,
    entry_hash,
    entry_key,
    parse_time,
    plausible,
)
from kb.core.records import EntryRecord, PageRecord
from kb.core.urls import canonical_url

POST = EntryRecord(id="p1", title="A post", link="https://example.org/p1", summary="<p>Short.</p>")
SEEN = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)


def known(entry: EntryRecord, pk: int = 7, *, has_page: bool = False) -> Known:
    return Known(pk, entry_key(entry.id), entry_hash(entry), entry.link, has_page)


def test_a_new_entry_is_added():
    (intent,) = decide_entries([], [POST])
    assert (intent.action, intent.pk, intent.entry) == ("add", None, POST)


def test_unchanged_entry_yields_no_intent():
    assert decide_entries([known(POST)], [POST]) == []


def test_an_edit_updates_its_row():
    (intent,) = decide_entries([known(POST)], [replace(POST, title="A better post")])
    assert (intent.action, intent.pk) == ("update", 7)


def test_an_entry_that_left_the_feed_is_kept():
    assert decide_entries([known(POST)], []) == []


def test_a_new_id_on_the_same_link_is_the_same_entry():
    (intent,) = decide_entries([known(POST)], [replace(POST, id="other")])
    assert (intent.action, intent.pk, intent.key) == ("update", 7, entry_key("other"))


def test_a_new_id_beside_the_old_one_is_another_entry():
    intents = decide_entries([known(POST)], [POST, replace(POST, id="other")])
    assert [i.action for i in intents] == ["add"]


def test_a_page_read_for_a_known_entry_is_an_update_once():
    read = replace(POST, page=PageRecord(ok=True, url=POST.link, text="long"))
    assert [i.action for i in decide_entries([known(POST)], [read])] == ["update"]
    assert decide_entries([known(POST, has_page=True)], [read]) == []


def test_a_new_empty_field_changes_no_hash():
    assert entry_hash(POST) == entry_hash(replace(POST, venue="", authors=()))
    assert entry_hash(POST) != entry_hash(replace(POST, venue="Interspeech"))


def test_entries_that_share_a_link_stand_alone():
    show = [
        EntryRecord(id="a", link="https://pod.example/"),
        EntryRecord(id="b", link="https://pod.example/"),
    ]
    keys = article_keys("https://pod.example/feed", [*show, POST])
    assert len(set(keys.values())) == 3
    assert keys["p1"] == canonical_url(POST.link)


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("2026-10-31T23:59:59Z", True),
        ("2026-11-01T20:00:00Z", True),
        ("1952-05-01T00:00:00Z", True),
        ("2026-11-03T00:00:00Z", False),
        ("1970-01-01T00:00:00Z", False),
        ("0001-01-01T00:00:00Z", False),
        ("9999-12-31T23:59:59Z", False),
        (None, False),
    ],
)
def test_what_dates_are_possible(text, possible):
    assert plausible(parse_time(text), SEEN) is possible


def test_no_time_that_a_record_can_carry_breaks_the_reading():
    assert parse_time("0001-01-01T00:00:00+14:00") is None
    assert parse_time("yesterday") is None
    assert parse_time("2026-02-30T00:00:00Z") is None
