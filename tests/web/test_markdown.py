"""Formulas and links by name in what people write."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from kb.core.items import ItemKind
from kb.selectors.wiki import Target
from web import html, markdown, maths


def leads(path="/concepts/beam-search/", *, by_slug=True):
    row = SimpleNamespace(get_absolute_url=lambda: path)
    return Target(1, ItemKind.CONCEPT, "Beam search", "beam search", by_slug=by_slug, row=row)


def shown(text, **more):
    return markdown.render(text, links=lambda _name: leads(**more)).html


def test_a_formula_in_a_line_and_one_set_apart():
    out = markdown.render("So $e^{i\\pi}$ is\n\n$$\\sum_{i=1}^n x_i$$\n").html
    assert "So <math><msup><mi>e</mi>" in out
    assert '<math display="block"><munderover><mo' in out


def test_a_block_may_span_lines_and_stand_in_a_list():
    out = markdown.render("- one\n\n  $$\n  a\n  = b\n  $$\n").html
    assert out.count('<math display="block">') == 1


@pytest.mark.parametrize("text", ["It costs $5 or $6.", "`$x$`", "```\n$x$\n```", "\\$x\\$"])
def test_prices_and_code_are_no_formulas(text):
    assert "<math" not in markdown.render(text).html


def test_the_side_of_a_cell_is_a_class_since_styles_are_not_allowed():
    out = markdown.render("$$\\begin{cases}1 & x\\\\ 0 & y\\end{cases}$$").html
    assert '<mtd class="left">' in out
    assert " style=" not in out


def test_a_formula_that_cannot_be_set_is_shown_as_typed_and_told_to_its_writer():
    text = "Fine $x$, not $\\foo{x}$, nor\n\n$$\\frac{1$$"
    assert "<code>\\foo{x}</code>" in markdown.render(text).html
    first, second = markdown.troubles(text)
    assert first.startswith("\\foo{x}: ")
    assert second.startswith("\\frac{1: ")
    assert markdown.troubles("$x$ [[a]]") == []


def test_a_formula_in_a_note_is_set_too():
    (note,) = markdown.render("A.[^1]\n\n[^1]: See $x$ in [[a]].", links=lambda _: leads()).notes
    assert "<math><mi>x</mi></math>" in note.html
    assert '<a href="/concepts/beam-search/"' in note.html


def test_a_link_by_slug_shows_the_name_as_the_sentence_wants_it():
    assert ">beam search</a>" in shown("It is a [[beam-search]].")
    assert shown("[[beam-search]] is.").startswith("<p><a")
    assert ">Beam search</a>" in shown("[[beam-search]] is.")
    assert ">Beam search</a>" in shown("So. [[beam-search]] is.")


def test_a_link_by_name_shows_what_was_typed_and_words_win():
    assert ">beams</a>" in shown("Of [[beam-search|beams]].")
    assert ">beam decoding</a>" in shown("Of [[beam decoding]].", by_slug=False)


def test_a_link_that_leads_nowhere_is_words():
    assert markdown.render("Of [[nowhere]] and [[x|that]].").html == "<p>Of nowhere and that.</p>\n"


def test_code_holds_no_links_and_tables_do():
    assert "<a" not in shown("`[[x]]`\n\n    [[x]]\n")
    assert ">y</a></td>" in shown("| a |\n|---|\n| [[x\\|y]] |\n")


ALLOWED = markdown._TAGS


class Looks(HTMLParser):
    """The tags and attributes of an answer, as a browser reads them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        if tag not in ALLOWED:
            self.bad.append(tag)
        for name, value in attrs:
            said = f"{name}={value}"
            if name.startswith("on") or name in {"style", "src", "xlink:href", "srcdoc"}:
                self.bad.append(said)
            if name == "href" and tag != "a":
                self.bad.append(said)
            if name == "href" and not re.match(r"https?://|mailto:|/|#", value or ""):
                self.bad.append(said)


# ways in which cleaned MathML was made to hold script in other cleaners, and in others' converters
HOSTILE = [
    '<math><mtext><table><mglyph><style><!--</style><img title="--><img src=1 onerror=alert(1)>">',
    '<math><mtext><table><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    '<math><annotation-xml encoding="text/html"><style><img src=x onerror=alert(1)></style></annotation-xml></math>',
    '<math href="javascript:alert(1)"><mi>x</mi></math>',
    '<math><mrow href="javascript:alert(1)" xlink:href="javascript:alert(1)"><mi>x</mi></mrow></math>',
    '<math><maction actiontype="statusline#http://x" xlink:href="javascript:alert(1)">x</maction></math>',
    '<math><mi style="position:fixed" onclick="alert(1)">x</mi></math>',
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<math><mtext></p><script>alert(1)</script></mtext></math>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
]  # fmt: skip
TEX = [
    r"\text{<img src=x onerror=alert(1)>}",
    r"\text{</mtext></math><script>alert(1)</script>}",
    r"\href{javascript:alert(1)}{x}",
    r"\url{javascript:alert(1)}",
    r"\style{position:fixed}{x}",
    r"\class{\" onclick=\"alert(1)}{x}",
    r"\htmlData{onclick=alert(1)}{x}",
    r"\unicode{x3c}script\unicode{x3e}",
    r"\mathrm{<style>}",
    r"x\newcommand{\a}{\a\a}\a",
    r"<!--\text{-->}<script>",
    r"\color{red;background:url(//x)}{x}",
    r"\operatorname{<noscript><p title='</noscript><img src=x onerror=alert(1)>'>}",
]


@pytest.mark.parametrize(
    "text", [*HOSTILE, *(f"${tex}$" for tex in TEX), *(f"$${tex}$$" for tex in TEX)]
)
def test_nothing_active_comes_out_of_what_is_written(text):
    hostile = text.replace("|", "\\|")
    for text_of in (text, f"[[{hostile.replace('[', '').replace(']', '')[:150]}|{hostile}]]"):
        out = markdown.render_whole(text_of, links=lambda _: leads('/"><script>x</script>'))
        assert Looks(out).bad == []


@pytest.mark.parametrize("hostile", HOSTILE)
def test_the_cleaner_alone_lets_nothing_active_through_as_mathml(hostile, monkeypatch):
    monkeypatch.setattr(maths, "mathml", lambda tex, *, display: hostile)
    out = markdown.render("So $x$, and\n\n$$y$$").html
    assert Looks(out).bad == []
    # and reading it again, as a browser does, brings nothing forth
    assert Looks(html.for_page(out)).bad == []


@pytest.mark.parametrize(
    "broken", ["\\" * 50, "{" * 500, "}" * 50, "\\begin{x}", "^" * 50, "\x00", "&" * 30]
)
def test_no_formula_breaks_a_page(broken):
    assert markdown.render(f"${broken}$").html
