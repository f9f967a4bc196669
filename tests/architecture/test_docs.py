from __future__ import annotations

import re
from pathlib import Path

from config.env import Environment

ROOT = Path(__file__).resolve().parents[2]


def headings(name: str) -> set[str]:
    return set(re.findall(r"^## (\S+)", (ROOT / "docs" / name).read_text(), re.MULTILINE))


def test_every_setting_has_a_heading():
    assert {name.upper() for name in Environment.model_fields} <= headings("settings.md")


def test_every_command_has_a_heading():
    folder = ROOT / "kb" / "management" / "commands"
    commands = {p.stem for p in folder.glob("*.py")} - {"__init__"}
    assert commands <= headings("commands.md")


def test_every_make_target_is_in_the_help():
    text = (ROOT / "Makefile").read_text()
    described = set(re.findall(r"^([a-z-]+):.*##", text, re.MULTILINE))
    assert {"run", "test", "setup", "help"} <= described


def test_the_lock_files_name_no_host():
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert all(re.fullmatch(r"[\w.\[\],-]+==[\w.!]+", line) for line in text.splitlines()), name
        assert "torch==2.13.0\n" in text
