from __future__ import annotations

import pytest

from kb.core.decide import entry_hash
from kb.core.kinds import entry_kind
from kb.core.records import Enclosure, EntryRecord, read_entry, read_plan, to_json
from kb.core.source_options import read_options
from kb.errors import InputError


@pytest.mark.parametrize(
    ("link", "types", "kind"),
    [
        ("https://example.org/post", [], "article"),
        ("", [], "article"),
        ("https://example.org/1", ["audio/mpeg"], "episode"),
        ("https://example.org/1", ["video/mp4", "audio/mpeg"], "video"),
        ("https://example.org/1", ["application/pdf"], "article"),
        ("https://www.youtube.com/watch?v=abcdefghijk", [], "video"),
        ("https://arxiv.org/abs/2401.12345", [], "paper"),
        ("https://doi.org/10.1145/1", [], "paper"),
        ("https://ar5iv.org/html/2401.12345", [], "paper"),
        ("https://huggingface.co/papers/2401.12345", [], "paper"),
        ("https://xxx.lanl.gov/abs/2401.12345", [], "paper"),
        ("https://www.google.com/amp/s/arxiv.org/abs/2401.12345", [], "paper"),
        ("https://aclanthology.org/2024.acl-long.1/", [], "paper"),
        ("https://github.com/k2-fsa/icefall/releases/tag/v1.2", [], "release"),
        ("https://github.com/k2-fsa/icefall/commit/abc", [], "article"),
        ("https://packages.example/project/lhotse/1.0/", [], "release"),
        ("https://gitlab.example/a/b/-/tags/v1", [], "release"),
    ],
)
def test_kinds_are_told_from_links_and_files(link, types, kind):
    assert entry_kind(link, [Enclosure("https://e.example/f", t) for t in types]) == kind


def test_new_fields_leave_old_hashes_alone():
    old = EntryRecord(id="1", title="t", link="https://e.example/")
    # what version 1 gave before there were kinds
    assert entry_hash(old) == "1:66f31c0ddf4a6276ca47682acac88607f194eb87ded607a703be338111c79ea4"
    assert entry_hash(old) != entry_hash(EntryRecord(id="1", title="t", link="https://e.example/", kind="paper"))  # fmt: skip


def test_records_of_older_writers_are_read():
    entry = read_entry({"id": "1"})
    assert (entry.kind, entry.duration, entry.transcript, entry.transcripts) == ("article", None, None, ())  # fmt: skip
    assert read_entry(to_json(entry)) == entry
    (item,) = read_plan({"items": [{"source": 1, "url": "https://e.example/"}]}).items
    assert (item.kind, item.options, item.transcribed) == ("feed", {}, ())


def test_options_are_read_from_text():
    assert read_options("sitemap", ["include=/a/*, /b/*", "include=/c/*"]) == {"include": ["/a/*", "/b/*", "/c/*"]}  # fmt: skip
    assert read_options("releases", ["prereleases=False"]) == {"prereleases": False}
    assert read_options("arxiv", ["max_results=50", "terms=who spoke when"]) == {"max_results": 50, "terms": ["who spoke when"]}  # fmt: skip
    for kind, pair in [("listing", "item"), ("feed", "x=1"), ("arxiv", "max_results=9999")]:
        with pytest.raises(InputError):
            read_options(kind, [pair])
