"""Vectors on a plane."""

from __future__ import annotations

import numpy as np
import pytest

from kb.embedding.plane import lay_out, part


def clouds(each: int = 40) -> np.ndarray:
    """Three clouds of vectors, far from each other."""
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(3, 32)) * 4
    return np.concatenate([c + rng.normal(size=(each, 32)) for c in centres]).astype(np.float32)


def test_what_is_alike_stands_together_and_regions_find_it():
    places = lay_out(clouds())
    assert places.shape == (120, 2)
    assert places.min() >= 0
    assert places.max() <= 1
    regions = part(places, 3)
    for start in (0, 40, 80):
        assert len(set(regions[start : start + 40].tolist())) == 1
    assert len(set(regions.tolist())) == 3


def test_it_is_the_same_again():
    assert np.array_equal(lay_out(clouds(15)), lay_out(clouds(15)))


@pytest.mark.parametrize("number", [0, 1, 2, 3, 5, 6, 7])
def test_few_are_no_trouble(number):
    places = lay_out(clouds(3)[:number])
    assert places.shape == (number, 2)
    assert np.isfinite(places).all()
    assert len(part(places, 4)) == number


def test_what_is_all_the_same_stands_in_one_place():
    places = lay_out(np.ones((20, 8), dtype=np.float32))
    assert np.isfinite(places).all()
    assert set(part(places, 3).tolist()) == {0}
