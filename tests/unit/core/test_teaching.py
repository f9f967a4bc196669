"""Small logistic models, and what corrections teach them."""

from __future__ import annotations

import numpy as np
import pytest

from kb.core.logistic import calibrate, fit, log_loss, roc_auc, sigmoid
from kb.core.teaching import Lesson, apply, teach


@pytest.fixture
def chance():
    return np.random.default_rng(0)


def test_weights_of_a_known_model_are_found(chance):
    rows = chance.standard_normal((4000, 2)).astype(np.float32)
    truth = (chance.random(4000) < sigmoid(rows @ np.array([2, -1], np.float32) + 0.5)).astype(
        np.float32
    )
    weights = fit(rows, truth, l2=0.01).weights
    assert np.allclose(weights, [2, -1, 0.5], atol=0.25)


def test_rows_and_features_may_be_either_the_more(chance):
    rows, truth = (
        chance.standard_normal((60, 4)).astype(np.float32),
        (np.arange(60) % 2).astype(np.float32),
    )
    wide = np.hstack([rows, np.zeros((60, 200), np.float32)])
    assert np.allclose(fit(rows, truth).weights[:4], fit(wide, truth).weights[:4], atol=1e-3)


def test_what_is_known_from_the_start_needs_no_weight(chance):
    rows = chance.standard_normal((500, 3)).astype(np.float32)
    start = (3 * rows[:, 0]).astype(np.float32)
    truth = (chance.random(500) < sigmoid(start)).astype(np.float32)
    assert np.abs(fit(rows, truth, start=start, l2=5.0).weights).max() < 0.3


def test_separable_rows_do_not_run_away():
    rows = np.array([[-1.0], [1.0]], np.float32)
    weights = fit(rows, np.array([0, 1], np.float32), l2=0.1).weights
    assert np.isfinite(weights).all()


def test_calibration_makes_bold_odds_honest(chance):
    margins = chance.standard_normal(3000).astype(np.float32)
    truth = (chance.random(3000) < sigmoid(margins)).astype(np.float32)
    slope, offset = calibrate(5 * margins, truth)
    assert slope == pytest.approx(0.2, abs=0.03)
    assert offset == pytest.approx(0, abs=0.1)


def test_auc_counts_ties_half_and_knows_nothing_of_one_class():
    assert roc_auc(np.array([1, 1, 0], np.float32), np.array([1, 0, 0], np.float32)) == 0.75
    assert np.isnan(roc_auc(np.zeros(2, np.float32), np.ones(2, np.float32)))
    assert log_loss(np.array([0.5], np.float32), np.ones(1, np.float32)) == pytest.approx(np.log(2))


def lesson(chance, said, *, cold=0.0):
    truth = (np.arange(200) % 2).astype(np.float32)
    vectors = chance.standard_normal((200, 8)).astype(np.float32)
    vectors[:, 0] += 3 * (truth - 0.5)
    return Lesson(
        vectors,
        np.full(200, cold, np.float32),
        truth,
        np.arange(200) < said,
        np.ones(200, np.float32),
    )


def test_corrections_teach_what_the_cold_start_does_not_know(chance):
    told = lesson(chance, 80)
    found = teach(told)
    assert found
    assert found.loss < found.cold_loss
    unseen = slice(80, None)
    margins = apply(found.weights, told.vectors[unseen], told.cold[unseen])
    assert roc_auc(margins, told.truth[unseen]) > 0.85


def test_too_few_corrections_of_one_kind_teach_nothing(chance):
    assert teach(lesson(chance, 8)) is None


def test_chance_does_no_better_than_what_is_known(chance):
    told = lesson(chance, 200)
    told.vectors[:] = chance.standard_normal((200, 8))
    found = teach(told)
    assert found
    assert found.loss > found.cold_loss - 0.01
