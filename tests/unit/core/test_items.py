from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.core.items import ItemKind, item_id, split


@given(st.sampled_from(ItemKind), st.integers(0, 2**48 - 1))
def test_an_item_id_says_what_it_was_made_from_and_fits_a_signed_column(kind, pk):
    item = item_id(kind, pk)
    assert split(item) == (kind, pk)
    assert 0 <= item < 2**63


def test_an_article_is_its_own_item():
    assert item_id(ItemKind.ARTICLE, 42) == 42


@pytest.mark.parametrize("pk", [-1, 2**48])
def test_an_impossible_row_is_refused(pk):
    with pytest.raises(ValueError, match="no row id"):
        item_id(ItemKind.LIST, pk)


@pytest.mark.parametrize("item", [-1, 99 << 48])
def test_an_unknown_kind_is_refused(item):
    with pytest.raises(ValueError, match="ItemKind"):
        split(item)
