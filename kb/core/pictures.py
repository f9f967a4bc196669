"""What a picture is, by its first bytes: raster formats alone, and how large they are. Nothing is decoded."""

from __future__ import annotations

import struct

HEAD = 256 * 1024  # bytes within which every format says its size
_SOF = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_FILL = 0xFF
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})


def picture_type(data: bytes) -> str:
    """The media type of a PNG, JPEG, GIF, WebP or AVIF; "" for everything else, whatever its server calls it."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and data[8:12] in {b"avif", b"avis"}:
        return "image/avif"
    return ""


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height in pixels as the header says them; None where it says none that can be."""
    reader = {
        "image/png": _png,
        "image/jpeg": _jpeg,
        "image/gif": _gif,
        "image/webp": _webp,
        "image/avif": _avif,
    }.get(picture_type(data))
    try:
        found = reader(data) if reader else None
    except (struct.error, IndexError):
        return None
    return found if found and all(0 < side < 65_536 for side in found) else None  # noqa: PLR2004 - no screen shows more


def _png(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from(">II", data, 16)
    return width, height


def _gif(data: bytes) -> tuple[int, int]:
    width, height = struct.unpack_from("<HH", data, 6)
    return width, height


def _jpeg(data: bytes) -> tuple[int, int] | None:
    """The first frame header (ITU T.81, B.2.2)."""
    at = 2
    while at < len(data) - 9:
        if data[at] != _FILL:
            return None
        marker = data[at + 1]
        if marker in _SOF:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += _length(marker, data[at + 2 : at + 4])
    return None


def _length(marker: int, said: bytes) -> int:
    """Bytes of a segment, its marker with it; some are markers alone, and 0xFF fills up."""
    if marker == _FILL:
        return 1
    return 2 if marker in _ALONE else 2 + int.from_bytes(said)


def _webp(data: bytes) -> tuple[int, int] | None:
    """Its three kinds of first chunk (RFC 9649)."""
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _avif(data: bytes) -> tuple[int, int] | None:
    """The first `ispe` property (ISO 23008-12, 6.5.3)."""
    at = data.find(b"ispe")
    if at < 0:
        return None
    width, height = struct.unpack_from(">II", data, at + 8)
    return width, height
