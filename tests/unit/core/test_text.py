from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.text import clean_title, first_sentence, is_summary_only, plain_text, storable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<br>b</p><p>c</p>", "a\nb\n\nc"),
        ("one<script>two</script><style>x</style> three", "one three"),
        ("a &amp; b &lt;c&gt; &#233;", "a & b <c> é"),
        ("<td>1</td><td>2</td>", "1 2"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ('<a title="x > y">link</a>', "link"),
        ("<!-- no --><b>yes</b>", "yes"),
        ("a\n   b", "a\nb"),
        ("<p>a\n   b</p>", "a b"),
        ("", ""),
    ],
)
def test_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    "piece",
    [
        "<div>",
        "<a href='",
        "<!--",
        "<",
        "<x y",
        "&",
        "</",
        "<?",
        "<![CDATA[",
        "<script>",
        "<x a='>",
    ],
)
def test_plain_text_is_linear(piece: str) -> None:
    began = time.process_time()
    plain_text(piece * (500_000 // len(piece)))
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("said", "title"),
    [
        ("<b>A</b> &amp; B\x00\n  c", "A & B c"),
        ("List<T> and x < y", "List<T> and x < y"),
        ("&lt;i&gt;deep&lt;/i&gt;", "deep"),
        ("\u202eevil", "evil"),
        ("", ""),
    ],
)
def test_titles(said: str, title: str) -> None:
    assert clean_title(said) == title


def test_titles_are_cut_at_a_word() -> None:
    title = clean_title("word " * 1000)
    assert len(title) <= 500
    assert title.endswith("word…")


@given(st.text(st.characters(codec=None)))
def test_what_is_storable_can_be_encoded_and_has_no_controls(text: str) -> None:
    kept = storable(text)
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert storable(kept) == kept


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        ("First one. Second one.", "First one."),
        ("We follow Smith et al. (2019) here. More.", "We follow Smith et al. (2019) here."),
        (
            "See e.g. Fig. 3 for WER of 5.1 percent. More.",
            "See e.g. Fig. 3 for WER of 5.1 percent.",
        ),
        ("By J. Smith and A. B. Lee. More.", "By J. Smith and A. B. Lee."),
        ("Really? Yes.", "Really?"),
        ("no end at all", "no end at all"),
        ("", ""),
    ],
)
def test_first_sentence(text: str, gist: str) -> None:
    assert first_sentence(text) == gist


def test_a_long_first_sentence_is_cut_between_words() -> None:
    assert first_sentence("word " * 100, words=5) == "word word word word word…"


@pytest.mark.parametrize(
    ("summary", "content", "teaser"),
    [
        ("<p>short</p>", "", True),
        ("", "", True),
        ("<p>" + "word " * 400 + "</p>", "", False),
        ("short", "<p>" + "word " * 400 + "</p>", False),
        ("<p>" + "word " * 300 + "[…]</p>", "", True),
        ("same", "same", True),
    ],
)
def test_teasers(summary: str, content: str, teaser: bool) -> None:
    assert is_summary_only(summary, content) is teaser
