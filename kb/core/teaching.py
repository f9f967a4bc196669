"""What curators' corrections teach: one small model a label, which adds to the cold log-odds what vectors tell.

Its weights are a weight a number of the vector, one for the cold log-odds, and the bias: with nothing said they are
0, …, 0, 1, 0, which is the cold start itself. Articles that nobody has judged count a little, at their cold chance, so
that a few corrections turn nothing upside down. Calibrated by Platt's method on log-odds that were made without the row
itself, and measured on the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from kb.core.logistic import FOLDS, calibrate, fit, folds, log_loss, roc_auc, sigmoid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Flags = NDArray[np.bool_]

FEWEST = 5  # corrections of either kind; fewer teach nothing
STIFFNESS = 0.2  # of the penalty on weights; chosen by cross-validation on the half to develop on (benchmarks/topics.py)
UNSAID = 0.05  # how much an article counts that nobody has judged, beside one that somebody has
MOST_UNSAID = 2.0  # …and all of them together, as a multiple of what was said


@dataclass(frozen=True, slots=True)
class Lesson:
    """What there is to learn one label from: vectors (n, dimension), cold log-odds (n,), truth (n,) as 0 or 1 where somebody
    said it (`said`), anything elsewhere; `counts` (n,) say how much each saying counts."""

    vectors: Floats
    cold: Floats
    truth: Floats
    said: Flags
    counts: Floats


@dataclass(frozen=True, slots=True)
class Taught:
    """Weights, float32 of shape (dimension + 2,), and what they were worth on what they had not seen."""

    weights: Floats
    examples: int
    loss: float
    cold_loss: float
    auc: float
    unseen: Floats  # log-odds of the rows that were said, made without them


def apply(weights: Floats, vectors: Floats, cold: Floats) -> Floats:
    """Log-odds (n,) for vectors (n, dimension) and cold log-odds (n,)."""
    found: Floats = vectors @ weights[:-2] + cold * weights[-2] + weights[-1]
    return found


def teach(lesson: Lesson) -> Taught | None:
    """A model, or None where too little was said."""
    said = np.flatnonzero(lesson.said)
    truth, counts = lesson.truth[said], lesson.counts[said]
    yes = int((truth > 0.5).sum())  # noqa: PLR2004 - yes or no
    if min(yes, len(said) - yes) < FEWEST:
        return None
    unseen, fold = np.zeros(len(said), np.float32), folds(len(said))
    for number in range(FOLDS):
        held = said[fold == number]
        unseen[fold == number] = apply(
            _fit(lesson, said[fold != number]), lesson.vectors[held], lesson.cold[held]
        )
    slope, offset = calibrate(unseen, truth, counts)
    weights = _fit(lesson, said) * np.float32(slope)
    weights[-1] += np.float32(offset)
    unseen = (slope * unseen + offset).astype(np.float32)
    return Taught(
        weights,
        len(said),
        log_loss(sigmoid(unseen), truth, counts),
        log_loss(sigmoid(lesson.cold[said]), truth, counts),
        roc_auc(unseen, truth),
        unseen,
    )


def _fit(lesson: Lesson, said: NDArray[np.int64]) -> Floats:
    unsaid = np.flatnonzero(~lesson.said)
    share = min(UNSAID, MOST_UNSAID * float(lesson.counts[said].sum()) / max(len(unsaid), 1))
    rows = np.concatenate([said, unsaid])
    cold = lesson.cold[rows]
    truth = np.concatenate([lesson.truth[said], sigmoid(lesson.cold[unsaid])])
    counts = np.concatenate([lesson.counts[said], np.full(len(unsaid), share, np.float32)])
    model = fit(lesson.vectors[rows], truth, counts, start=cold, l2=STIFFNESS)
    return np.concatenate([model.weights[:-1], [1.0], model.weights[-1:]]).astype(np.float32)
