"""The stages after storing, each run to its end: cut and encode what is pending, then index what changed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.conf import settings

from kb.embedding.load import get_encoder, get_space
from kb.services import duplicates, labelling, linking, stories
from kb.services.embedding import embed_pending, has_pending
from kb.services.indexing import apply_changes, fold_index, is_behind
from kb.services.passages import uncut_articles
from kb.services.teaching import teach_models

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.embedding.base import Encoder
    from kb.services.teaching import Outcome

POLL_SECONDS = 0.3
APPLY_SECONDS = 10.0


def current_space() -> str:
    """The embedding space that this hub works in; needs no model in memory."""
    return get_space(settings.EMBEDDING_MODEL)


def has_pending_passages() -> bool:
    """Whether any passage still lacks a vector, or is still to be cut."""
    return uncut_articles().exists() or has_pending(current_space())


def has_pending_changes() -> bool:
    """Whether the index is behind the database."""
    return is_behind()


def has_pending_comparisons() -> bool:
    """Whether any article waits to be compared with others."""
    return duplicates.pending_articles().exists()


def has_pending_stories() -> bool:
    """Whether any article that has a vector waits to be put into a story."""
    return stories.pending_articles(current_space()).exists()


def has_pending_links() -> bool:
    """Whether any article, or any concept, waits for its mentions to be found."""
    return linking.has_pending(current_space())


def has_pending_labels() -> bool:
    """Whether any article waits to be labelled."""
    return labelling.pending_articles().exists()


def compare_all() -> int:
    """Compare what is new or changed with everything and merge what is one work; returns the merges made."""
    return duplicates.compare_pending()


def assign_all() -> int:
    """Put what has a vector into stories; returns how many articles were looked at."""
    return stories.assign_pending(space=current_space())


def link_all(*, on_batch: Callable[[int], object] | None = None) -> int:
    """Find the concepts that articles speak of, where that is due; returns how many articles were searched."""
    return linking.link_pending(space=current_space(), on_batch=on_batch)


def label_all(*, on_batch: Callable[[int], object] | None = None) -> int:
    """Propose labels for what waits, and publish, queue or hide it; returns how many articles were labelled."""
    return labelling.label_pending(space=current_space(), on_batch=on_batch)


def teach_all(*, on_label: Callable[[str], object] | None = None) -> list[Outcome]:
    """Teach the models of labels what curators said since."""
    return teach_models(space=current_space(), on_label=on_label)


def load_model() -> Encoder:
    """The configured encoder, loaded once a process. Raises ModelError."""
    return get_encoder(settings.EMBEDDING_MODEL, settings.EMBEDDING_DEVICE)


def embed_all(*, on_batch: Callable[[int], object] | None = None) -> int:
    """Encode everything pending with the configured model."""
    return embed_pending(
        load=load_model,
        space=current_space(),
        on_batch=on_batch,
    )


def finish(*, on_batch: Callable[[int], object] | None = None) -> None:
    """Return when everything stored is compared, encoded, put into stories, linked, labelled and searchable, helping or waiting for
    whoever is at it."""
    applied = time.monotonic()

    def step(count: int) -> None:
        nonlocal applied
        if on_batch:
            on_batch(count)
        if (
            time.monotonic() - applied > APPLY_SECONDS
        ):  # what is encoded is found while the rest still is
            apply_changes()
            applied = time.monotonic()

    while _is_behind():
        done = compare_all() + apply_changes() + embed_all(on_batch=step) + assign_all()
        done += link_all() + label_all()
        if not done and _is_behind():
            time.sleep(POLL_SECONDS)
    fold_index()


def _is_behind() -> bool:
    return (
        has_pending_comparisons()
        or has_pending_changes()
        or has_pending_passages()
        or has_pending_stories()
        or has_pending_links()
        or has_pending_labels()
    )
