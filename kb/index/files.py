"""Files that survive a crash: written aside, synced, then renamed; hard-linked where they do not change."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import IndexUnavailable

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_NO_LINKS = {errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.EOPNOTSUPP}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Makes a file's bytes, or a directory's names, survive a power cut."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: Path, data: bytes) -> None:
    """Replaces `path` in one step: at any instant it holds the old bytes or the new ones."""
    aside = path.with_name(f"{path.name}.part")
    aside.write_bytes(data)
    sync(aside)
    aside.replace(path)
    sync(path.parent)


def link(old: Path, new: Path) -> None:
    """Gives the file a second name, or a copy where the file system has no hard links."""
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        shutil.copyfile(old, new)


def remove_tree(path: Path) -> None:
    """Removes a directory; renamed first, so that nobody finds half of it under its own name."""
    trash = path if path.suffix == ".part" else path.with_name(f"{path.name}.part")
    if trash != path:
        path.rename(trash)
    # A reader that is just opening it may put a lock file back; the next write cleans again.
    shutil.rmtree(trash, ignore_errors=True)


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Writes a .npy file, never pickled."""
    np.save(path, array, allow_pickle=False)


def load_array(
    path: Path, dtype: type[np.generic], columns: int | None, *, mapped: bool = False
) -> NDArray[Any]:
    """A .npy file of `dtype`, shape (n,) or (n, columns), read or `mapped` into memory. Raises IndexUnavailable when it
    is anything else."""
    try:
        array = np.load(path, allow_pickle=False, mmap_mode="r" if mapped else None)
    except (OSError, ValueError, EOFError) as error:
        raise IndexUnavailable(f"{path.name} cannot be read: {error}") from error
    wanted = (1, ()) if columns is None else (2, (columns,))
    if array.dtype != dtype or (array.ndim, array.shape[1:]) != wanted:
        raise IndexUnavailable(
            f"{path.name} holds {array.dtype} {array.shape}, not what was written."
        )
    return np.asarray(array)
