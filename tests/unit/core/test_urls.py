from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core import urls
from kb.core.urls import absolute_url, canonical_url, host_of, is_web_url


@pytest.mark.parametrize(
    "same",
    [
        [
            "https://example.org/a?a=1&b=2", "http://www.example.org:80/a/?b=2&a=1#top", "https://m.example.org/a?a=1&b=2&utm_source=x",
            "https://example.org/a/index.html?fbclid=1&a=1&b=2", "HTTPS://EXAMPLE.ORG/a?a=1&amp;b=2", "https://example.org/%61?b=2&a=1&ref=rss",
            "https://example.org/a/amp/?a=1&b=2", "https://example.org/a?amp=1&b=2&a=1", "https://amp.example.org/a?a=1&b=2",
            "https://www.google.com/amp/s/example.org/a?a=1&b=2", "https://example-org.cdn.ampproject.org/c/s/example.org/a?a=1&b=2",
        ],
        [
            "arxiv:2401.12345", "https://arxiv.org/abs/2401.12345", "http://arxiv.org/pdf/2401.12345v3.pdf", "https://arxiv.org/html/2401.12345v1",
            "https://export.arxiv.org/abs/2401.12345", "https://ar5iv.labs.arxiv.org/html/2401.12345", "https://www.alphaxiv.org/abs/2401.12345",
            "https://huggingface.co/papers/2401.12345", "https://doi.org/10.48550/arXiv.2401.12345", "arXiv:2401.12345v2",
        ],
        ["https://doi.org/10.1109/TASLP.2020.1", "http://dx.doi.org/10.1109/taslp.2020.1", "doi:10.1109/TASLP.2020.1", "10.1109/taslp.2020.1"],
        ["https://youtu.be/dQw4w9WgXcQ?t=3", "https://www.youtube.com/watch?v=dQw4w9WgXcQ&feature=share", "https://youtube.com/embed/dQw4w9WgXcQ"],
        ["https://müller.example/ä", "https://xn--mller-kva.example/%C3%A4", "https://MÜLLER.example/%c3%a4/"],
    ],
)  # fmt: skip
def test_one_article_has_one_identity(same: list[str]) -> None:
    assert len({canonical_url(url) for url in same}) == 1, [(u, canonical_url(u)) for u in same]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/?p=1", "https://example.org/?p=2"),
        ("https://example.org/a?source=dataset", "https://example.org/a?source=other"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://example.org/#!/a", "https://example.org/#!/b"),
        ("https://example.org/A", "https://example.org/a"),
        ("https://example.org:8080/a", "https://example.org/a"),
        ("https://blog.example.org/a", "https://example.org/a"),
        ("https://arxiv.org/abs/2401.12345", "https://arxiv.org/abs/2401.12346"),
    ],
)
def test_identity_is_kept(one: str, other: str) -> None:
    assert canonical_url(one) != canonical_url(other)


@pytest.mark.parametrize(
    "url",
    [
        "mailto:a@b",
        "javascript:1",
        "data:text/html,x",
        "ftp://example.org/",
        "http://",
        "http://[::1",
        "",
        "   ",
    ],
)
def test_what_is_not_of_the_web_is_empty(url: str) -> None:
    assert canonical_url(url) == ""
    assert not is_web_url(url)


def test_junk_is_stable() -> None:
    assert canonical_url("  some words ") == "some words"


@given(
    st.text(max_size=200)
    | st.text(alphabet="htps:/.?#&=%wamp1é\\@[]", max_size=80).map(lambda t: "http://" + t)
)
def test_identity_of_an_identity_is_itself_and_nothing_raises(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    host_of(url)
    absolute_url("https://example.org/", url)


@pytest.mark.parametrize(
    ("base", "link", "whole"),
    [
        ("https://example.org/a/b", "c", "https://example.org/a/c"),
        ("https://example.org/a/b", "//cdn.example/x", "https://cdn.example/x"),
        ("https://example.org/", "javascript:alert(1)", ""),
        ("https://example.org/", "java\nscript:alert(1)", ""),
        ("https://example.org/", "%20javascript:alert(1)", ""),
        ("https://example.org/", "mailto:a@b", ""),
        ("https://example.org/", "", ""),
        ("", "a/b", "a/b"),
        ("", "https://example.org/", "https://example.org/"),
        ("https://example.org/", "http://[::1", ""),
    ],
)
def test_links_become_whole(base: str, link: str, whole: str) -> None:
    assert absolute_url(base, link) == whole


def test_hosts() -> None:
    assert host_of("https://WWW.Example.org.:443/x") == "www.example.org"
    assert host_of("https://müller.example/") == "xn--mller-kva.example"
    assert host_of("nothing") == ""


PIECES = [
    "http://", "https://", "HTTP://", "a.example", "127.0.0.1", "[::1]", ":80", ":99999", "/", "//", "..", "?", "#", ";", "x=1",
    "&", "%2f", "é", "\\", " ", "\t", "@", "u:p@", "'", '"', "javascript:", "mailto:a@b", "<", "|", "A", "\x00", "\u200b", "-", ".",
]  # fmt: skip


@given(
    base=st.sampled_from(["", "https://base.example/d/e?f#g", "http://a.example"]),
    start=st.sampled_from(["", "http://a.example", "https://b.example/c"]),
    rest=st.lists(st.sampled_from(PIECES), max_size=7).map("".join),
)
def test_addresses_that_need_no_second_look_come_out_as_with_one(base, start, rest):
    link = start + rest
    quick = absolute_url(base, link), is_web_url(link), host_of(link)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(urls, "_plain_host", lambda _: "")
        assert (absolute_url(base, link), is_web_url(link), host_of(link)) == quick
