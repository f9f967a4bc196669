"""Small logistic models: fitted by Newton's method, calibrated and measured by cross-validation. NumPy alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Doubles = NDArray[np.float64]

ROUNDS = 30
HALVES = tuple(0.5**n for n in range(12))
ENOUGH = 1e-7  # a step below this changes nothing any more
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Model:
    """`weights`, float32, one a feature and the bias last."""

    weights: Floats

    def margin(self, rows: Floats) -> Floats:
        """Log-odds of rows of shape (n, features)."""
        found: Floats = rows @ self.weights[:-1] + self.weights[-1]
        return found

    def predict(self, rows: Floats) -> Floats:
        """Probabilities, float32 of shape (n,)."""
        return sigmoid(self.margin(rows))


def sigmoid(values: Floats) -> Floats:
    """1 / (1 + exp(-values)), without overflow."""
    found: Floats = (1 / (1 + np.exp(-np.clip(values, -30, 30)))).astype(np.float32)
    return found


def fit(
    rows: Floats,
    truth: Floats,
    counts: Floats | None = None,
    *,
    start: Floats | None = None,
    l2: float = 1.0,
) -> Model:
    """The model with the greatest likelihood less l2/2 · |weights|², the bias free.

    `rows` has the shape (n, features), `truth` (n,) holds probabilities 0 to 1, `counts` how much each row says, `start`
    the log-odds (n,) that the model only adds to.
    Newton's method (iteratively reweighted least squares); with fewer rows than features the dual is solved, so that a
    step costs min(n, features)³.
    """
    x = np.hstack([rows, np.ones((len(rows), 1), np.float32)]).astype(np.float64)
    y, c = (
        truth.astype(np.float64),
        np.ones(len(rows)) if counts is None else counts.astype(np.float64),
    )
    penalty = np.full(x.shape[1], l2)
    penalty[-1] = 1e-3  # just enough to keep a one-sided sample finite
    known = np.zeros(len(x)) if start is None else start.astype(np.float64)

    def cost(weights: Doubles) -> float:
        margins = known + x @ weights
        losses = np.logaddexp(0, margins) - y * margins
        return float(c @ losses + penalty @ weights**2 / 2)

    w: Doubles = np.zeros(x.shape[1])
    now = cost(w)
    for _ in range(ROUNDS):
        p = 1 / (1 + np.exp(-np.clip(known + x @ w, -30, 30)))
        slope = x.T @ (c * (y - p)) - penalty * w
        step = _solve(x, np.maximum(c * p * (1 - p), 1e-9), penalty, slope)
        # a whole step may leap over the valley where the curve is flat
        share = next((s for s in HALVES if cost(w + s * step) < now), 0.0)
        if share * float(np.abs(step).max()) < ENOUGH:
            break
        w = np.asarray(w + share * step, np.float64)
        now = cost(w)
    return Model(w.astype(np.float32))


def _solve(x: Doubles, curvature: Doubles, penalty: Doubles, slope: Doubles) -> Doubles:
    """(Xᵀ C X + P)⁻¹ slope, through the smaller of the two sides (Woodbury's identity)."""
    if len(x) >= x.shape[1]:
        whole = np.linalg.solve((x.T * curvature) @ x + np.diag(penalty), slope)
        return np.asarray(whole, np.float64)
    scaled = x / penalty
    inner = np.linalg.solve(np.diag(1 / curvature) + scaled @ x.T, scaled @ slope)
    return np.asarray(slope / penalty - scaled.T @ inner, np.float64)


def folds(count: int, seed: int = 0) -> NDArray[np.int64]:
    """A fold, 0 to FOLDS - 1, for each of `count` rows, by chance but always the same."""
    order = np.random.default_rng(seed).permutation(count)
    return order % FOLDS


def calibrate(margins: Floats, truth: Floats, counts: Floats | None = None) -> tuple[float, float]:
    """(slope, offset) that make log-odds honest: Platt, "Probabilistic outputs for support vector machines", 1999,
    with his smoothed targets. The slope is never negative."""
    c = np.ones(len(truth), np.float32) if counts is None else counts
    yes, no = float((c * truth).sum()), float((c * (1 - truth)).sum())
    target = np.where(truth > 0.5, (yes + 1) / (yes + 2), 1 / (no + 2)).astype(np.float32)  # noqa: PLR2004 - yes or no
    model = fit(margins[:, None], target, c, l2=1e-2)
    return max(float(model.weights[0]), 0.0), float(model.weights[1])


def roc_auc(scores: Floats, truth: Floats) -> float:
    """The chance that a true row scores above a false one, ties half; nan where one of the two is missing."""
    yes, no = scores[truth > 0.5], scores[truth <= 0.5]  # noqa: PLR2004 - yes or no
    if not len(yes) or not len(no):
        return float("nan")
    order = np.sort(no)
    below, upto = np.searchsorted(order, yes, "left"), np.searchsorted(order, yes, "right")
    return float((below + upto).mean() / 2 / len(no))


def log_loss(chances: Floats, truth: Floats, counts: Floats | None = None) -> float:
    """Mean negative log-likelihood in nats."""
    p = np.clip(chances.astype(np.float64), 1e-6, 1 - 1e-6)
    losses = -(truth * np.log(p) + (1 - truth) * np.log(1 - p))
    return float(np.average(losses, weights=counts))
