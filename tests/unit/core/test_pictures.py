from __future__ import annotations

import struct

import pytest

from kb.core.pictures import picture_size, picture_type

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 640, 360)
GIF = b"GIF89a" + struct.pack("<HH", 3, 4)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x00" * 9
    + b"\xff\xff\xfe\x00\x04hi" + b"\xff\xc2\x00\x11\x08" + struct.pack(">HH", 200, 300) + b"\x00" * 12
)  # fmt: skip
VP8X = b"RIFF\x00\x00\x00\x00WEBPVP8X" + b"\x0a\0\0\0" + b"\0" * 4 + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")  # fmt: skip
VP8L = b"RIFF\x00\x00\x00\x00WEBPVP8L\x00\x00\x00\x00\x2f" + struct.pack("<I", 9 | 19 << 14)
VP8 = b"RIFF\x00\x00\x00\x00WEBPVP8 " + b"\0" * 4 + b"\0\0\0\x9d\x01\x2a" + struct.pack("<HH", 7, 8)
AVIF = b"\x00\x00\x00\x1cftypavif" + b"\0" * 40 + b"\0\0\0\x14ispe\0\0\0\0" + struct.pack(">II", 11, 12)  # fmt: skip


@pytest.mark.parametrize(
    ("data", "kind", "size"),
    [
        (PNG, "png", (640, 360)), (GIF, "gif", (3, 4)), (JPEG, "jpeg", (300, 200)), (VP8X, "webp", (100, 50)),
        (VP8L, "webp", (10, 20)), (VP8, "webp", (7, 8)), (AVIF, "avif", (11, 12)),
    ],
)  # fmt: skip
def test_raster_formats_are_known_with_their_size(data, kind, size):
    assert picture_type(data) == f"image/{kind}"
    assert picture_size(data) == size


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?xml version='1.0'?><svg/>", b"<html>", b"GIF", b"%PDF-1.4",
        b"\x00\x00\x00\x1cftypmp42", b"BM\x00", b"RIFF\x00\x00\x00\x00WAVE", b" \x89PNG\r\n\x1a\n",
    ],
)  # fmt: skip
def test_everything_else_is_no_picture(data):
    assert picture_type(data) == ""
    assert picture_size(data) is None


@pytest.mark.parametrize("whole", [PNG, GIF, JPEG, VP8X, VP8L, VP8, AVIF])
def test_a_picture_that_is_cut_off_has_no_size_and_raises_nothing(whole):
    for length in range(len(whole) - 1):
        found = picture_size(whole[:length])
        assert found is None or all(side > 0 for side in found)
    assert picture_size(b"\xff\xd8\xff" + b"\xff\xe0\x00\x00" * 50_000) is None
    assert picture_size(PNG[:16] + b"\xff" * 8) is None
