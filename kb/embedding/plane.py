"""Vectors laid out on a plane, and parted into regions. The one importer of scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SEED = 20
COMPONENTS = 50  # that are kept before the plane: the rest is noise, and costs time
PERPLEXITY = 30.0
FEW = 5  # points for which the first two components are all there is to see


def lay_out(vectors: Vectors) -> Vectors:
    """Places on a plane, within 0..1 on both axes, shape (n, 2), for vectors of shape (n, dimension): near where they are
    near. The same for the same vectors in the same order.

    Principal components, then t-SNE (van der Maaten and Hinton 2008; Barnes-Hut, begun from the first two components, after
    Kobak and Berens 2019), so that what is far stays far as well as that goes.
    """
    number = len(vectors)
    if number <= 1 or float(np.ptp(vectors, axis=0).max()) == 0.0:
        return np.full((number, 2), 0.5, dtype=np.float32)
    from sklearn.decomposition import PCA  # noqa: PLC0415 - takes a second to import, and pages never need it
    from sklearn.manifold import TSNE  # noqa: PLC0415 - the same

    kept = min(COMPONENTS, number, vectors.shape[1])
    reduced = PCA(n_components=kept, svd_solver="randomized", random_state=SEED).fit_transform(vectors)  # fmt: skip
    start = reduced[:, :2] if kept > 1 else np.column_stack([reduced, np.zeros(number)])
    spread = float(start[:, 0].std())
    if number <= FEW or spread < 1e-6:  # noqa: PLR2004 - all in one place
        return _within(start)
    placed = TSNE(
        n_components=2,
        init=start / spread * 1e-4,
        perplexity=min(PERPLEXITY, (number - 1) / 3),
        random_state=SEED,
        n_jobs=1,
    ).fit_transform(reduced)
    return _within(placed)


def part(places: Vectors, regions: int) -> NDArray[np.int32]:
    """The region, 0..regions - 1, of each of `places`, shape (n, 2): k-means, the same for the same places."""
    from sklearn.cluster import KMeans  # noqa: PLC0415 - as above

    kinds = len(np.unique(places, axis=0)) if len(places) else 0
    if min(regions, kinds) <= 1:
        return np.zeros(len(places), dtype=np.int32)
    found = KMeans(n_clusters=min(regions, kinds), n_init=4, random_state=SEED).fit(places)
    return np.asarray(found.labels_, dtype=np.int32)


def _within(places: NDArray[np.float64]) -> Vectors:
    """Stretched to 0..1 on both axes; what does not vary stands in the middle."""
    low, high = places.min(axis=0), places.max(axis=0)
    span = np.where(high - low < 1e-9, 1.0, high - low)  # noqa: PLR2004 - nothing
    middle = np.where(high - low < 1e-9, 0.5, 0.0)  # noqa: PLR2004 - nothing
    return np.asarray((places - low) / span + middle, dtype=np.float32)
