"""A generation's manifest, and CURRENT, the one small file that says which generation is the index."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from kb.errors import IndexUnavailable
from kb.index.files import digest, write_atomic

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 2
SMALL = 4 * 1024 * 1024  # bytes; files up to this are hashed whenever a generation is opened
_CURRENT = re.compile(r"(gen-\d{6,}) ([0-9a-f]{64})\n")
_LOCKS = {
    ".tantivy-meta.lock",
    ".tantivy-writer.lock",
}  # tantivy makes them as it opens a directory


@dataclass(frozen=True, slots=True)
class FileInfo:
    """Size in bytes and SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Engine:
    """How a base is searched. `cells` is 0 where every row is compared; else a query looks into `nprobe` of them, and
    `recall` is the share of the ten true neighbours that is found so, measured when the base was written; `trained` is
    how many rows there were when the centroids were made. `reason` tells why a large base has no cells."""

    cells: int = 0
    nprobe: int = 0
    recall: float = 1.0
    trained: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation holds.

    `items` counts documents in the words, `passages` the living vectors = base - dead + delta. `last_change` is the
    database's change number that is in; `created` is ISO 8601 in UTC. `files` maps names relative to the generation.
    """

    number: int
    space: str
    dimension: int
    items: int
    passages: int
    base: int
    delta: int
    dead: int
    last_change: int
    created: str
    engine: Engine
    files: dict[str, FileInfo]
    format: int = FORMAT

    @property
    def name(self) -> str:
        """The generation's directory."""
        return f"gen-{self.number:06}"


def describe_files(folder: Path, known: dict[str, FileInfo]) -> dict[str, FileInfo]:
    """Size and hash of every file in a generation; those in `known` (hard links) are not hashed again."""
    found: dict[str, FileInfo] = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name not in _LOCKS):
        name = path.relative_to(folder).as_posix()
        found[name] = known.get(name) or FileInfo(path.stat().st_size, digest(path))
    return found


def write_manifest(folder: Path, manifest: Manifest) -> bytes:
    """Writes manifest.json into a generation still in the making; returns its bytes."""
    data = json.dumps(asdict(manifest), indent=1, sort_keys=True).encode()
    write_atomic(folder / "manifest.json", data)
    return data


def flip(directory: Path, name: str, manifest: bytes) -> None:
    """Makes generation `name` the index, in one rename."""
    line = f"{name} {hashlib.sha256(manifest).hexdigest()}\n"
    write_atomic(directory / "CURRENT", line.encode())


def read_current(directory: Path) -> Manifest:
    """The manifest that CURRENT names. Raises IndexUnavailable when there is none, or it is not the one written."""
    try:
        line = (directory / "CURRENT").read_text(encoding="ascii", errors="replace")
    except FileNotFoundError as error:
        raise IndexUnavailable("There is no index yet: CURRENT is missing.") from error
    except OSError as error:
        raise IndexUnavailable(f"CURRENT cannot be read: {error}") from error
    match = _CURRENT.fullmatch(line)
    if match is None:
        raise IndexUnavailable("CURRENT does not name a generation.")
    try:
        data = (directory / match[1] / "manifest.json").read_bytes()
    except OSError as error:
        raise IndexUnavailable(f"The manifest of {match[1]} cannot be read: {error}") from error
    if hashlib.sha256(data).hexdigest() != match[2]:
        raise IndexUnavailable(f"The manifest of {match[1]} is not the one that was written.")
    return _parse(data, match[1])


def _parse(data: bytes, name: str) -> Manifest:
    value = json.loads(data)
    if value.get("format") != FORMAT or set(value) != {f.name for f in fields(Manifest)}:
        raise IndexUnavailable(f"{name} was written by another version; build the index again.")
    files = {key: FileInfo(**info) for key, info in value["files"].items()}
    return Manifest(**{**value, "files": files, "engine": Engine(**value["engine"])})


def check_file(folder: Path, name: str, info: FileInfo, *, whole: bool = False) -> str:
    """What is wrong with one file, in a sentence, or "". Big files are hashed only when `whole`."""
    path = folder / name
    try:
        size = path.stat().st_size
        if size != info.size:
            return f"{folder.name}/{name} has {size:,} bytes instead of {info.size:,}."
        if (whole or size <= SMALL) and digest(path) != info.sha256:
            return f"{folder.name}/{name} has changed since it was written."
    except FileNotFoundError:
        return f"{folder.name}/{name} is missing."
    except OSError as error:
        return f"{folder.name}/{name} cannot be read: {error.strerror}."
    return ""


def check_files(folder: Path, manifest: Manifest, *, words: bool, whole: bool = False) -> None:
    """Checks the files of the words, or of the vectors. Raises IndexUnavailable with every difference."""
    names = [name for name in manifest.files if name.startswith("words/") == words]
    wrong = [check_file(folder, name, manifest.files[name], whole=whole) for name in names]
    if any(wrong):
        raise IndexUnavailable(" ".join(filter(None, wrong)))


def find_strangers(folder: Path, manifest: Manifest) -> list[str]:
    """A sentence for every file in the generation that the manifest does not know."""
    present = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    unknown = {n for n in present - set(manifest.files) if n.rpartition("/")[2] not in _LOCKS}
    return [
        f"{folder.name}/{name} is not in the manifest."
        for name in sorted(unknown - {"manifest.json"})
    ]
