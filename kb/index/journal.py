"""What changed while a whole index was being built aside: those changes went into the old one, and are wanted in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kb.index.base import Ids


@dataclass(frozen=True, slots=True)
class Journal:
    """Item ids in a file, int64. It is there while somebody builds, and what is noted otherwise is forgotten."""

    path: Path

    def start(self) -> None:
        """Notes are kept from now on."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()

    def note(self, items: Iterable[int]) -> None:
        """Adds ids, in one write, where a journal is kept."""
        try:
            with self.path.open("r+b") as file:
                file.seek(0, 2)
                file.write(np.array(list(items), dtype="<i8").tobytes())
        except FileNotFoundError:
            return

    def read(self, done: int) -> Ids:
        """The ids noted after the first `done`."""
        return np.fromfile(self.path, dtype="<i8", offset=8 * done).astype(np.int64)
