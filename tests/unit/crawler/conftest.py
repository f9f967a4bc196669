from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from crawler.spool import read_spool

if TYPE_CHECKING:
    from kb.core.records import Visit

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(os.environ.get("EARSHOT_DATA") or ROOT.parent / "shared" / "data")


def clean_environment(**more: str) -> dict[str, str]:
    """This environment without the proxies of the machine that the tests run on."""
    proxies = {"http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file"}
    return {k: v for k, v in os.environ.items() if k.lower() not in proxies} | more


def crawler(
    *arguments: str, env: dict[str, str] | None = None, limit: float = 60
) -> subprocess.CompletedProcess[str]:
    """The crawler as a process, run to its end."""
    return subprocess.run(
        [sys.executable, "-m", "crawler", *arguments],
        cwd=ROOT,
        env=env or clean_environment(),
        capture_output=True,
        text=True,
        timeout=limit,
        check=False,
    )


def crawl(
    folder: Path,
    items: list[dict[str, Any]],
    limits: dict[str, Any],
    env: dict[str, str] | None = None,
) -> dict[int, Visit]:
    """The visits of a plan, by source."""
    plan, spool = folder / "plan.json", folder / "spool.jsonl"
    plan.write_text(json.dumps({"items": items, "limits": limits}))
    done = crawler("--plan", str(plan), "--out", str(spool), env=env)
    assert done.returncode == 0, done.stderr
    visits = list(read_spool(spool))
    assert sorted(v.source for v in visits) == sorted(i["source"] for i in items)
    return {v.source: v for v in visits}


@pytest.fixture(scope="session")
def data() -> Path:
    """The development data; tests that need it are skipped where it is not installed."""
    if not DATA.is_dir():
        pytest.skip(f"no development data at {DATA} (set EARSHOT_DATA)")
    return DATA
