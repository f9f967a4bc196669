"""The crawler as a process: what is left when it is killed, told to stop, or orphaned; and its command line."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from crawler.spool import Spool, read_spool
from kb.core.records import Visit
from tests.unit.crawler.conftest import ROOT, clean_environment, crawler
from tests.unit.crawler.server import Server, answer, stall

FEED = "<rss version='2.0'><channel><title>f</title><item><title>é</title><guid>g</guid></item></channel></rss>"
VISIT = Visit(
    source=1,
    url="https://example.org/",
    outcome="new",
    started_at="2026-01-01T00:00:00Z",
    error="ü" * 100_000,
)


def start(folder: Path, server: Server, *more: str) -> subprocess.Popen[bytes]:
    items = [{"source": 1, "url": server.url("/ok")}, {"source": 2, "url": server.url("/stall")}]
    limits = {"timeout": 30, "delay": 0, "allowed_networks": ["127.0.0.0/8"]}
    (folder / "plan.json").write_text(json.dumps({"items": items, "limits": limits}))
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "crawler",
            "--plan",
            str(folder / "plan.json"),
            "--out",
            str(folder / "spool"),
            *more,
        ],
        cwd=ROOT,
        env=clean_environment(),
        stdin=subprocess.PIPE,
    )


def wait_for_line(path: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if path.exists() and path.read_bytes().endswith(b"\n"):
            return
        time.sleep(0.05)
    pytest.fail("no visit was written")


@pytest.mark.enable_socket
@pytest.mark.parametrize("way", ["kill", "term", "lifeline"])
def test_finished_visits_survive_any_end(tmp_path: Path, way: str) -> None:
    server = Server({"/ok": answer(FEED), "/stall": stall})
    with start(tmp_path, server, *(["--lifeline"] if way == "lifeline" else [])) as process:
        wait_for_line(tmp_path / "spool")
        began = time.monotonic()
        if way == "lifeline":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(signal.SIGKILL if way == "kill" else signal.SIGTERM)
        status = process.wait(10)
    assert time.monotonic() - began < 2
    assert status == {"kill": -9, "term": 143, "lifeline": 75}[way]
    assert [v.source for v in read_spool(tmp_path / "spool")] == [1]
    server.close()


def test_a_torn_line_is_passed_over_and_then_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    spool = Spool(path)
    spool.write(VISIT)
    spool.close()
    whole = path.read_bytes()
    path.write_bytes(whole + whole[: len(whole) // 2])
    assert list(read_spool(path)) == [VISIT]
    again = Spool(path)
    again.write(VISIT)
    again.close()
    assert path.read_bytes() == whole * 2


def test_a_spool_that_is_nothing_but_a_torn_line_starts_afresh(tmp_path: Path) -> None:
    path = tmp_path / "spool"
    path.write_bytes(b'{"source": 1, "url' * 10_000)
    Spool(path).close()
    assert path.read_bytes() == b""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        '{"items": [{"url": 1}]}',
        '{"items": [], "limits": {"allowed_networks": ["x"]}}',
    ],
)
def test_a_plan_that_is_none_is_said_to_be_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "plan").write_text(text)
    done = crawler("--plan", str(tmp_path / "plan"), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "not a plan" in done.stderr
    assert "Traceback" not in done.stderr


def test_inputs_become_lines_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(FEED)
    (tmp_path / "b.xml.gz").write_bytes(gzip.compress(FEED.encode()))
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b junk")
    (tmp_path / "c.html").write_text("<html><p>no feed")
    names = ["a.xml", "missing.xml", "b.xml.gz", "broken.gz", "c.html", "."]
    done = crawler("feed", *(str(tmp_path / n) for n in names))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert [Path(line["input"]).name for line in lines][:5] == names[:5]
    assert [line["ok"] for line in lines] == [True, False, True, False, False, False]
    assert lines[0]["entries"][0]["title"] == "é"
    assert lines[4]["error"] == "Not a feed (an HTML page)"
    assert set(lines[0]) == {
        "input",
        "ok",
        "error",
        "format",
        "title",
        "home",
        "language",
        "entries",
        "warnings",
    }
    assert set(lines[0]["entries"][0]) == {
        "id", "title", "link", "published", "updated", "authors", "summary", "content", "enclosures",
    }  # fmt: skip


def test_pages_become_lines_too(tmp_path: Path) -> None:
    (tmp_path / "p.html").write_text(
        "<html><title>T</title><body><h1>T</h1><p>" + "Words in a row. " * 40
    )
    done = crawler("page", str(tmp_path / "p.html"), str(tmp_path / "missing"))
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["ok"], first["title"]) == (True, "T")
    assert "Words in a row" in first["text"]
    assert not second["ok"]
    assert set(first) == {
        "input", "ok", "error", "canonical", "title", "authors", "published", "language", "text", "html", "warnings",
    }  # fmt: skip


@pytest.mark.enable_socket
def test_addresses_go_through_the_guarded_downloader(tmp_path: Path) -> None:
    server = Server({"/f": answer(FEED)})
    (tmp_path / "a.xml").write_text(FEED)
    inputs = [server.url("/f"), str(tmp_path / "a.xml"), "http://10.0.0.1/"]
    refused = [json.loads(x)["ok"] for x in crawler("feed", *inputs).stdout.splitlines()]
    assert refused == [False, True, False]
    assert server.log == []
    allowed = crawler("feed", "--allow-network", "127.0.0.0/8", *inputs).stdout.splitlines()
    assert [json.loads(x)["ok"] for x in allowed] == [True, True, False]
    server.close()


@pytest.mark.parametrize("arguments", [["--help"], ["feed", "--help"], ["page", "--help"]])
def test_help_helps(arguments: list[str]) -> None:
    done = crawler(*arguments)
    assert done.returncode == 0
    assert "JSON" in done.stdout
