"""`manage.py duplicates`: find, list, explain, undo, each with --json."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from kb.core.records import EntryRecord
from kb.models import Article, Merge

pytestmark = pytest.mark.django_db


def run(*words: object, as_json: bool = True) -> object:
    out = StringIO()
    call_command("duplicates", *map(str, words), *(["--json"] if as_json else []), stdout=out)
    return json.loads(out.getvalue()) if as_json else out.getvalue()


@pytest.fixture
def copies(new_source, visit):
    for host in ("one", "two"):
        link = f"https://{host}.example.org/post"
        entry = EntryRecord(
            id=host,
            title="Where the latency of a recogniser goes",
            link=link,
            authors=("Ada Lovelace",),
        )
        visit(new_source(f"https://{host}.example.org/feed"), entry)
    return list(Article.objects.order_by("pk").values_list("pk", flat=True))


def test_a_merge_is_found_listed_explained_and_undone(copies):
    assert run("find") == {"merged": 1}
    (row,) = run("list")
    assert (row["article"], row["copy"], row["automatic"]) == (*copies, True)
    told = run("explain", *copies)
    assert told["one_work"]["reason"] == "same title and authors"
    assert "one work" in run("explain", *copies, as_json=False)
    assert "authors" in run("list", as_json=False)
    assert run("undo", row["id"])["undone"]
    assert run("find") == {"merged": 0}
    assert run("explain", *copies)["parted_by_curator"] is True
    assert "parted" in run("explain", *copies, as_json=False)
    assert Merge.objects.get().undone_at


def test_what_is_not_there_is_said_in_one_line(db):
    with pytest.raises(CommandError, match="no such merge"):
        run("undo", 7)
    with pytest.raises(CommandError, match="two articles"):
        run("explain", 7, 8)
