"""`manage.py evaluate`: any folder, the hub's own index and ranking, no tables."""

from __future__ import annotations

import gzip
import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

DOCUMENTS = {
    "p/1": ("Beam search", "Prefix beam search merges prefixes in CTC decoding."),
    "2": ("", "A vocoder turns mel spectrograms into a waveform."),
    "ü 3": ("Streaming transducers", ""),
    "4": ("", ""),
    "5": ("Beam search again", "Beam search in CTC decoding, told in other words."),
}


@pytest.fixture
def folder(tmp_path, settings):
    settings.EMBEDDING_MODEL = "hashed"

    def write(
        documents=DOCUMENTS,
        queries=({"id": 1, "text": "beam search"}, {"id": "v", "text": "vocoder waveform"}),
        judgments=(("1", "p/1", 2), ("v", "2", 1), ("v", "p/1", 0)),
    ):
        rows = [{"id": i, "title": title, "text": text} for i, (title, text) in documents.items()]
        with gzip.open(tmp_path / "corpus.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)))
        table = [("query_id", "doc_id", "grade"), *judgments]
        (tmp_path / "qrels.tsv").write_text("".join("\t".join(map(str, r)) + "\n" for r in table))
        return tmp_path

    return write


def run(folder, *words):
    out, err = StringIO(), StringIO()
    call_command("evaluate", str(folder), "--json", *words, stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def test_it_measures_each_mode_and_prints_exactly_what_is_promised(folder):
    found, notes = run(folder())
    assert found.keys() == {"docs", "queries", "modes", "seconds"}
    assert (found["docs"], found["queries"], notes) == (5, 2, "")
    assert list(found["modes"]) == ["lexical", "semantic", "hybrid"]
    for measures in found["modes"].values():
        assert measures.keys() == {"ndcg@10", "recall@100", "mrr"}
        assert measures["recall@100"] == 1
        assert measures["mrr"] >= 0.5


def test_only_the_modes_asked_for_and_words_need_no_model(folder, settings):
    settings.EMBEDDING_MODEL = "no-such-model"
    assert list(run(folder(), "--mode", "lexical")[0]["modes"]) == ["lexical"]
    with pytest.raises(CommandError, match="no model"):
        run(folder(), "--mode", "lexical", "--mode", "hybrid")


def test_a_query_does_not_find_the_document_it_was_made_from(folder):
    query = {
        "id": "q",
        "text": "Beam search. Prefix beam search merges prefixes.",
        "paper_id": "p/1",
    }
    place = folder(queries=[query], judgments=[("q", "p/1", 3), ("q", "5", 1)])
    for measures in run(place)[0]["modes"].values():
        assert measures == {"ndcg@10": 1, "recall@100": 1, "mrr": 1}


def test_each_query_is_listed_on_request(folder):
    found, _ = run(folder(), "--per-query")
    assert [row["id"] for row in found["per_query"]] == ["1", "v"]
    assert found["per_query"][1]["hybrid"]["ndcg@10"] == 1
    out = StringIO()
    call_command("evaluate", str(folder()), "--per-query", stdout=out, stderr=StringIO())
    assert "vocoder waveform" in out.getvalue()
    assert "nDCG@10" in out.getvalue()


def test_what_does_not_fit_together_is_counted(folder):
    place = folder(
        queries=[{"id": "a", "text": "beam"}, {"id": "b", "text": "x"}, {"id": "c", "text": "y"}],
        judgments=[("a", "p/1", 1), ("a", "gone", 1), ("b", "p/1", 0), ("z", "p/1", 1)],
    )
    found, notes = run(place)
    assert found["queries"] == 1
    assert found["modes"]["lexical"]["recall@100"] == 0.5
    assert "2 queries have no judgment above 0" in notes
    assert "1 judgments name documents that are not in the corpus" in notes
    assert "1 judged query ids are not among the queries" in notes


def test_a_bad_folder_says_what_to_do(folder, tmp_path):
    with pytest.raises(CommandError, match=r"has no corpus\.jsonl\.gz, queries\.jsonl, qrels\.tsv"):
        run(tmp_path / "nowhere")
    place = folder()
    (place / "queries.jsonl").write_text('{"id": 1, "text": "x"}\n{"id"\n')
    with pytest.raises(CommandError, match=r"queries\.jsonl, line 2"):
        run(place)
    with pytest.raises(CommandError, match="at least one of each"):
        run(folder(judgments=[]))
    whole = (place / "corpus.jsonl.gz").read_bytes()
    for broken in (whole[:-20], b"no gzip"):
        (place / "corpus.jsonl.gz").write_bytes(broken)
        with pytest.raises(CommandError, match=r"corpus\.jsonl\.gz cannot be read"):
            run(place)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ndcg"), [("hub-dev", 0.55), ("cacm", 0.50), ("cranfield", 0.54)])
def test_words_are_as_good_as_the_documentation_says(name, ndcg, earshot_data):
    found, _ = run(earshot_data / "search" / name, "--mode", "lexical")
    assert found["modes"]["lexical"]["ndcg@10"] >= ndcg
