from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STYLES = ROOT / "web" / "static" / "web"
TEMPLATES = ROOT / "web" / "templates" / "web"
SHEET = re.compile(r"'web/([a-z-]+\.css)'")


def _sheets(template: Path) -> list[str]:
    return SHEET.findall(template.read_text())


def test_the_styles_of_each_page_are_small():
    common = _sheets(TEMPLATES / "base.html")
    assert common
    for template in TEMPLATES.rglob("*.html"):
        sheets = {*common, *_sheets(template)}
        size = sum((STYLES / name).stat().st_size for name in sheets)
        assert size <= 30 * 1024, template.name


def test_every_sheet_is_used():
    used = {name for template in TEMPLATES.rglob("*.html") for name in _sheets(template)}
    assert used == {file.name for file in STYLES.glob("*.css")}


def test_templates_have_no_styles_or_scripts_of_their_own():
    for file in TEMPLATES.rglob("*.html"):
        text = file.read_text()
        assert " style=" not in text, file.name
        assert "<style" not in text, file.name
        assert all("src=" in tag for tag in text.split("<script")[1:]), file.name
