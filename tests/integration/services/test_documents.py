from __future__ import annotations

import gzip
import json

import pytest

from kb.errors import InputError
from kb.models import Article, Passage
from kb.services.documents import import_documents
from kb.services.passages import cut_batch

pytestmark = pytest.mark.django_db

PAPER = {
    "id": "p1",
    "title": "Alignment-length synchronous decoding",
    "abstract": "Beam search over alignments.\n\nIt is faster.",
    "authors": ["A. One", "B. Two"],
    "year": 2020,
    "month": "5",
    "url": "https://aclanthology.org/2020.x-1.1/",
    "venue": "ICASSP",
}


def write(path, *lines):
    path.write_text(
        "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    )
    return path


def test_documents_become_articles(tmp_path):
    done = import_documents(file=write(tmp_path / "papers.jsonl", PAPER))
    article = Article.objects.get()
    assert (done.added, done.updated, done.unchanged, done.problems) == (1, 0, 0, ())
    assert (article.title, article.venue, article.authors) == (
        PAPER["title"],
        "ICASSP",
        ["A. One", "B. Two"],
    )
    assert (article.published_at.year, article.published_at.month) == (2020, 5)
    assert article.text == "Beam search over alignments.\n\nIt is faster."
    assert cut_batch() == 1
    assert Passage.objects.filter(item=article.pk).count() == 1


def test_bad_lines_are_named_and_the_rest_is_loaded(tmp_path):
    file = write(
        tmp_path / "mixed.jsonl",
        PAPER,
        "{not json",
        [1, 2],
        {"id": "x"},
        {"title": "no id"},
        {"id": "t", "title": "T", "text": 3},
        "",
        {
            "id": "old",
            "title": "Very old",
            "body": "<p>Some <b>HTML</b></p>",
            "published": "the day before",
        },
    )
    done = import_documents(file=file)
    assert done.added == 2
    assert [p.split(":")[0] for p in done.problems] == [
        "line 2",
        "line 3",
        "line 4",
        "line 5",
        "line 6",
    ]
    old = Article.objects.get(title="Very old")
    assert old.date_is_ours
    assert old.text == "Some HTML"


def test_the_same_file_again_changes_nothing_and_an_edit_updates(tmp_path):
    file = write(tmp_path / "papers.jsonl", PAPER)
    import_documents(file=file)
    assert import_documents(file=file).unchanged == 1
    write(file, PAPER | {"title": "Another title"})
    assert import_documents(file=file).updated == 1
    assert Article.objects.get().title == "Another title"


def test_gzip_and_what_is_not(tmp_path):
    packed = tmp_path / "p.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(PAPER).encode()))
    assert import_documents(file=packed).added == 1
    broken = tmp_path / "broken.jsonl.gz"
    broken.write_bytes(b"not gzip")
    with pytest.raises(InputError, match="cannot read"):
        import_documents(file=broken)
    with pytest.raises(InputError, match="not a file"):
        import_documents(file=tmp_path / "absent.jsonl")


def test_a_document_and_a_feed_meet_in_one_article(tmp_path, new_source, visit):
    from kb.core.records import EntryRecord

    import_documents(file=write(tmp_path / "papers.jsonl", PAPER))
    visit(
        new_source(), EntryRecord(id="e", title="ALSD", link="http://aclanthology.org/2020.x-1.1")
    )
    article = Article.objects.get()
    assert article.entries.count() == 2
    assert "Beam search" in article.text
