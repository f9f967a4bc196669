"""One address for all spellings of a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.authors import LONGEST, author_name, author_slug


@pytest.mark.parametrize(
    ("written", "name", "slug"),
    [
        ("Daniel Povey", "Daniel Povey", "daniel-povey"),
        ("Povey, Daniel", "Daniel Povey", "daniel-povey"),
        ("  DANIEL   POVEY ", "DANIEL POVEY", "daniel-povey"),
        ("noreply@blogger.com (Ada King)", "Ada King", "ada-king"),
        ("by Ada King", "Ada King", "ada-king"),
        ("Ada King (CMU)", "Ada King", "ada-king"),
        ("Ada King*", "Ada King", "ada-king"),
        ("Søren Łukasz Müller-Groß", "Søren Łukasz Müller-Groß", "soren-lukasz-muller-gross"),
        ("D. O’Shaughnessy", "D. O’Shaughnessy", "d-oshaughnessy"),
        ("张三", "张三", "张三"),
        ("Юрий", "Юрий", "юрий"),
        ("Ada King, Ben Ray, Cy Orr", "Ada King, Ben Ray, Cy Orr", "ada-king-ben-ray-cy-orr"),
        ("ada@x.org", "", ""),
        ("—", "", ""),
    ],
)
def test_spellings_meet(written, name, slug):
    assert author_name(written) == name
    assert author_slug(written) == slug


@given(st.text(max_size=300))
def test_an_address_is_short_and_plain(text):
    slug = author_slug(text)
    assert len(slug) <= LONGEST
    assert not set(slug) & set("/?#% \n.")
