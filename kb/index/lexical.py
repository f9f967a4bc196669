"""tantivy: the only module that imports it, and only when a function needs it. BM25 over body and title.

The body holds the title too: one field gives a word one frequency, one length and one rarity, where the sum over two
fields counts a rare title word twice and a short title too much. What the title says again counts a little more.

One analyser for every script: a run of letters and digits keeps a trailing + or # (C++, F#), writing without spaces is
cut into characters, then lower case, no accents, English stems. Documents known to be in another language go in
unstemmed (pre-tokenised into the same fields, so that lengths and frequencies stay one statistic), and a query asks for
both forms. A query word of several tokens (RNN-T, 语音识别) is asked as a phrase.
"""
# ruff: noqa: PLC0415 - importing this module must not load tantivy

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Self

import numpy as np

from kb.core.spelling import correct, nearest, other_beginnings, slips
from kb.errors import IndexUnavailable, InputError
from kb.index.terms import Analyse, Clause, Plan, keep_telling, plan_query

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType

    import tantivy

    from kb.core.query import Query
    from kb.index.base import Document, Filters, Ids
    from kb.index.names import Names

_ANALYSER, _PLAIN = "earshot", "earshot-plain"
_ALONE = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = rf"[{_ALONE}]|[[\p{{L}}\p{{N}}\p{{M}}_]--[{_ALONE}]]+[+#]*"
_MAX_TOKEN = 200  # bytes; longer ones are base64, not words
_MEMORY_A_THREAD = 64_000_000
# Of 0 to 1.5, 0.1 to 0.5 are equally good on the development sets (docs/search.md).
_BOOSTS = (("title", 0.25), ("body", 1.0))
_SPELLING = "spelling"  # every word as it is written, to tell what a mistyped one was meant to be
_DICTIONARY = (
    20_000  # the most usual words with one first letter that a mistyped one is compared with
)
_IDS = 2**63  # tantivy would take twice as many, the row tables are signed
_I64 = (-(2**63), 2**63 - 1)


@cache
def analyser(*, stem: bool) -> tantivy.TextAnalyzer:
    """Text -> tokens; shared, it holds nothing that changes."""
    import tantivy
    from tantivy import Filter

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_TOKEN))
    for step in (Filter.remove_long(_MAX_TOKEN), Filter.lowercase(), Filter.ascii_fold()):
        builder = builder.filter(step)
    return (builder.filter(Filter.stemmer("english")) if stem else builder).build()


def clean(text: str) -> str:
    """Without lone surrogates, which cannot cross into Rust; the length stays."""
    return text.encode("utf-8", "replace").decode()


def analysers() -> tuple[Analyse, Analyse]:
    """(stemmed, plain): functions from a text to its tokens."""
    return (
        lambda text: analyser(stem=True).analyze(clean(text)),
        lambda text: analyser(stem=False).analyze(clean(text)),
    )


@cache
def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("item", indexed=True, fast=True)
    builder.add_unsigned_field("source", indexed=True, fast=True)
    builder.add_unsigned_field("kind", indexed=True, fast=True)
    builder.add_integer_field("published", indexed=True, fast=True)
    for field in ("title", "body", "names"):
        builder.add_text_field(field, tokenizer_name=_ANALYSER)
    builder.add_text_field("authors", tokenizer_name=_PLAIN)  # a name has no stem
    builder.add_text_field(_SPELLING, tokenizer_name=_PLAIN, index_option="basic")
    return builder.build()


def _open(folder: Path) -> tantivy.Index:
    import tantivy

    try:
        index = tantivy.Index.open(str(folder))
    except (ValueError, OSError) as error:
        raise IndexUnavailable(
            f"The words in {folder.parent.name} cannot be opened: {error}"
        ) from error
    _register(index)
    return index


def _register(index: tantivy.Index) -> None:
    index.register_tokenizer(_ANALYSER, analyser(stem=True))
    index.register_tokenizer(_PLAIN, analyser(stem=False))


class WordsWriter:
    """Writes the words of one generation, into a new or a hard-linked directory. A context manager: leaving commits."""

    def __init__(self, folder: Path, threads: int = 1) -> None:
        import tantivy

        if (folder / "meta.json").exists():
            self._index = _open(folder)
        else:
            self._index = tantivy.Index(_schema(), path=str(folder))
            _register(self._index)
        self._writer = self._index.writer(_MEMORY_A_THREAD * threads, threads)

    def remove(self, items: Iterable[int]) -> None:
        """Forgets what was added for these items so far."""
        import tantivy

        known = sorted(a for a in items if 0 <= a < _IDS)
        if known:
            # By query: `delete_documents_by_term` makes a signed term of the number and silently deletes nothing.
            query = tantivy.Query.term_set_query(_schema(), "item", known)
            self._writer.delete_documents_by_query(query)

    def add(self, document: Document) -> None:
        """Adds a document. Raises InputError when an id is not from 0 to 2^63 - 1."""
        self._writer.add_document(_convert(document))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Commits unless there was an error; either way no file changes afterwards, merges included."""
        if error is None:
            self._writer.commit()
        else:
            self._writer.rollback()
        self._writer.wait_merging_threads()


def _convert(document: Document) -> tantivy.Document:
    import tantivy

    if not all(0 <= number < _IDS for number in (document.item, *document.sources)):
        raise InputError(f"Item {document.item} or one of its sources has an impossible id.")
    found = tantivy.Document()
    # Only the typed adders: an untyped integer in an unsigned field kills the writer's thread.
    found.add_unsigned("item", document.item)
    for source in dict.fromkeys(document.sources):
        found.add_unsigned("source", source)
    found.add_unsigned("kind", document.kind)
    for field, texts in (("authors", document.authors), ("names", document.names)):
        for text in texts:
            found.add_text(field, clean(text))
    found.add_integer("published", min(max(document.published, _I64[0]), _I64[1]))
    english = document.language[:2].lower() in {"", "en"}
    title, body = clean(document.title), clean(f"{document.title}\n{document.body}")
    found.add_text(_SPELLING, body)
    for field, text in (("title", title), ("body", body)):
        if english:
            found.add_text(field, text)
        else:
            found.add_pre_tokenized_text(field, analyser(stem=False).pre_tokenize(text))
    return found


class Words:
    """The words of a generation, mapped into memory. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        index = _open(folder)
        index.config_reader("manual")  # a generation never changes: no thread needs to watch it
        self._searcher = index.searcher()

    @property
    def count(self) -> int:
        """Number of items."""
        return self._searcher.num_docs

    def search(
        self, query: Query, limit: int, filters: Filters, names: Names | None = None
    ) -> list[tuple[int, float]]:
        """The best items by BM25: (item, score), best first, equal scores by item.

        Filters are part of the search, so they never under-fill. Other names of what is asked count too, unknown words
        as their `corrections`. Raises IndexUnavailable if the files are broken.
        """
        limit = min(limit, self.count)
        query = correct(query, self.corrections(query))
        plan = plan_query(query, *analysers(), names)
        if limit < 1 or not (plan.any_of or plan.all_of):
            return []
        found = self._run(_build(plan, filters), limit)
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def corrections(self, query: Query) -> dict[str, str]:
        """The wanted words that no item has, each with the nearest word that some have; few look-ups where all are known."""
        found = ((word, self._nearest(word)) for word in keep_telling(query.words))
        return {word: near for word, near in found if near}

    def _nearest(self, word: str) -> str | None:
        stemmed, plain = (analyse(word) for analyse in analysers())
        if len(plain) != 1 or not slips(plain[0]):
            return None
        written, count = plain[0], self._searcher.doc_freq
        if count(_SPELLING, written) or count("body", stemmed[0]) or count("body", written):
            return None
        near = self._searcher.terms_with_prefix(_SPELLING, written[0], limit=_DICTIONARY)
        near += [
            (other, n) for other in other_beginnings(written) if (n := count(_SPELLING, other))
        ]
        return nearest(written, near)

    def items(self) -> Ids:
        """The ids of all items, sorted, int64."""
        import tantivy

        found = self._run(tantivy.Query.all_query(), max(self.count, 1))
        return np.sort(np.array([item for item, _ in found], dtype=np.int64))

    def _run(self, query: tantivy.Query, limit: int) -> list[tuple[int, float]]:
        try:
            hits = self._searcher.search(query, limit, count=False).hits
            ids = self._searcher.fast_field_values("item", [place for _, place in hits])
        except ValueError as error:
            raise IndexUnavailable(f"The words cannot be searched: {error}") from error
        return [
            (int(i), float(score)) for i, (score, _) in zip(ids, hits, strict=True) if i is not None
        ]


def _clause(clause: Clause, field: str) -> tantivy.Query:
    from tantivy import Query

    tokens: list[str | tuple[int, str]] = list(clause.tokens)
    if len(tokens) == 1:
        return Query.term_query(_schema(), field, tokens[0], index_option="freq")
    return Query.phrase_query(_schema(), field, tokens)


def _either(clauses: tuple[Clause, ...]) -> tantivy.Query:
    """One wanted thing: the best of its spellings in each field, title and body added up."""
    from tantivy import Occur, Query

    parts = []
    for field, boost in _BOOSTS:
        forms = [Query.boost_query(_clause(c, field), c.weight * boost) for c in clauses]
        best = forms[0] if len(forms) == 1 else Query.disjunction_max_query(forms)
        parts.append((Occur.Should, best))
    return Query.boolean_query(parts)


def _build(plan: Plan, filters: Filters) -> tantivy.Query:
    from tantivy import Occur, Query

    parts = [(Occur.Must, _either(c)) for c in plan.all_of]
    parts += [(Occur.MustNot, _either(c)) for c in plan.none_of]
    wanted = [(Occur.Should, _either(c)) for c in plan.any_of]
    if (
        wanted and not plan.all_of
    ):  # with filters beside them, "should" alone would match everything
        parts.append((Occur.Must, Query.boolean_query(wanted)))
    else:
        parts += wanted
    parts += [(Occur.Must, Query.const_score_query(q, 0.0)) for q in _filters(filters)]
    return Query.boolean_query(parts)


def _filters(filters: Filters) -> list[tantivy.Query]:
    from tantivy import FieldType, Query

    schema, found = _schema(), []
    for field, ids in (("item", filters.allowed), ("source", filters.sources)):
        if ids is not None:
            known = [int(i) for i in ids if 0 <= int(i) < _IDS]
            found.append(
                Query.term_set_query(schema, field, known) if known else Query.empty_query()
            )
    if filters.since is not None or filters.until is not None:
        low = max(_I64[0], _I64[0] if filters.since is None else filters.since)
        high = min(_I64[1], _I64[1] if filters.until is None else filters.until)
        found.append(
            Query.range_query(schema, "published", FieldType.Integer, low, high)
            if low <= high
            else Query.empty_query()
        )
    return found
