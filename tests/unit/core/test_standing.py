"""What a story weighs, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.standing import Signals, parts, voice, weight

QUIET = Signals(relevance=0.5, hours=6)


def test_four_sources_outweigh_two_and_two_outweigh_one():
    found = [weight(Signals(voices=n, relevance=0.5, hours=6)) for n in (1, 2, 4)]
    assert found == sorted(found)
    assert found[2] - found[0] == pytest.approx(2.0)


def test_a_hundred_sources_are_no_avalanche():
    assert parts(Signals(voices=100)).sources == parts(Signals(voices=8)).sources


def test_what_a_curator_wrote_about_outweighs_what_is_new():
    old = Signals(listed=True, commented=True, relevance=0.5, hours=23)
    assert weight(old) > weight(Signals(relevance=0.5, hours=0))


def test_curation_has_an_end():
    assert parts(Signals(listed=True, commented=True, chosen=True)).curation == 2.0


def test_half_of_the_freshness_is_gone_after_twelve_hours():
    assert parts(Signals(hours=12)).freshness == pytest.approx(0.5)
    # a clock that runs ahead gives nothing
    assert parts(Signals(hours=-5)).freshness == 1.0


def test_nearer_the_field_and_rising_weigh_more():
    assert weight(Signals(relevance=0.9, hours=6)) > weight(QUIET)
    assert weight(Signals(relevance=0.5, rising=True, hours=6)) > weight(QUIET)


def test_feeds_of_one_site_are_one_voice_but_channels_are_not():
    assert voice(1, "www.lab.example") == voice(2, "lab.example")
    assert voice(1, "www.youtube.com") != voice(2, "www.youtube.com")
    assert voice(1, "") != voice(2, "")


@given(st.integers(0, 10**6), st.booleans(), st.floats(0, 1), st.floats(-1e6, 1e6))
def test_it_stays_within_bounds(voices, listed, relevance, hours):
    found = weight(Signals(voices, listed, listed, listed, relevance, listed, hours))
    assert 0 <= found <= 7.4
