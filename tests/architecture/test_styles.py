from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_all_styles_are_small():
    files = list((ROOT / "web" / "static" / "web").glob("*.css"))
    assert files
    assert sum(file.stat().st_size for file in files) <= 30 * 1024


def test_templates_have_no_styles_or_scripts_of_their_own():
    for file in (ROOT / "web" / "templates" / "web").rglob("*.html"):
        text = file.read_text()
        assert " style=" not in text, file.name
        assert "<style" not in text, file.name
        assert all("src=" in tag for tag in text.split("<script")[1:]), file.name
