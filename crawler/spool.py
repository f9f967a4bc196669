"""The spool: one JSON line a visit, whole or not at all, readable after any crash."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

from kb.core.records import Visit, read_visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BLOCK = 1 << 16
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC


def _whole_lines(descriptor: int) -> int:
    """Where the last complete line of an open file ends."""
    at = os.fstat(descriptor).st_size
    while at > 0:
        start = max(0, at - _BLOCK)
        block = os.pread(descriptor, at - start, start)
        newline = block.rfind(b"\n")
        if newline != -1:
            return start + newline + 1
        at = start
    return 0


def _fields(record: Any) -> dict[str, Any]:
    """What `to_json` gives for a record, one level at a time: without copying what is written at once."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


class Spool:
    """Appends visits to a file; a line that an earlier crash left torn is cut off first."""

    def __init__(self, path: Path) -> None:
        """Open or make `path`. Raises OSError when it cannot be written."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.ftruncate(self._file, _whole_lines(self._file))
        os.lseek(self._file, 0, os.SEEK_END)
        self._asked = os.open(path.with_suffix(".asked"), _APPEND, 0o644)

    def write(self, visit: Visit) -> None:
        """One line, handed to the kernel before this returns."""
        line = json.dumps(visit, default=_fields, ensure_ascii=False, separators=(",", ":"))
        data = line.encode("utf-8", "replace") + b"\n"
        while data:
            data = data[os.write(self._file, data) :]

    def asked(self, source: int) -> None:
        """Note in a file beside that a source's request goes out now, so that a crash cannot ask twice in an hour."""
        os.write(self._asked, f"{source} {time.time():.3f}\n".encode())

    def close(self) -> None:
        """Make the lines last, then let go of the files."""
        os.fsync(self._file)
        os.close(self._file)
        os.close(self._asked)


def read_spool(path: Path) -> Iterator[Visit]:
    """The visits in a spool, in the order in which they finished; a torn last line is passed over.

    Raises ValueError for a broken line anywhere else, OSError when the file is not there.
    """
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n") and line.strip():
                yield read_visit(json.loads(line))
