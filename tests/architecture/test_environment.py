from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def check(tmp_path, **env: str) -> subprocess.CompletedProcess[str]:
    given = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT, env=given | {"DATA_DIR": str(tmp_path / "data")} | env, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://x/y"),
        ("BROKER_URL", "kafka://x"),
        ("EMBEDDING_DEVICE", "tpu"),
        ("SITE_URL", "example.org"),
        ("SITE_NAME", ""),
        ("CRAWLER_ALLOWED_NETWORKS", "10.0.0.0/99"),
        ("CRAWLER_DELAY", "-1"),
        ("WEB_THREADS", "many"),
        ("SIGNUP", "maybe"),
        ("EMAIL_URL", "mailto:me@hub.example"),
        ("EMAIL_VERIFICATION", "mandatory"),
        ("TRUSTED_PROXIES", "-1"),
        ("LOG_LEVEL", "LOUD"),
        ("SECRET_KEY", "secret"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line_that_names_it(tmp_path, name, value):
    done = check(tmp_path, **{name: value})
    assert done.returncode != 0
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(name)


def test_the_key_is_made_once_and_kept_private(tmp_path):
    assert check(tmp_path).returncode == 0
    file = tmp_path / "data" / "secret_key"
    key = file.read_text()
    assert len(key) > 40
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert check(tmp_path).returncode == 0
    assert file.read_text() == key


def test_an_empty_data_folder_is_the_usual_one_and_never_the_checkout(monkeypatch):
    from config.env import Environment

    monkeypatch.setenv("DATA_DIR", "")
    assert Environment(_env_file=None).data_dir == ROOT / "var"
