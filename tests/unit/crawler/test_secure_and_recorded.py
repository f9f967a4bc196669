"""Certificates, CONNECT tunnels and the recorded web."""

from __future__ import annotations

import csv
import datetime as dt
import json
import ssl
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from tests.unit.crawler.conftest import ROOT, clean_environment, crawl
from tests.unit.crawler.server import Server, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket
FEED = "<rss version='2.0'><channel><title>f</title><item><title>t</title><guid>g</guid></item></channel></rss>"
LIMITS: dict[str, Any] = {"timeout": 5.0, "delay": 0.0, "allowed_networks": ["127.0.0.0/8"]}
TOOL = ROOT.parent / "shared" / "tools" / "recorded_web.py"


def secure(authority: trustme.CA, name: str, until: dt.datetime | None = None) -> Server:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=until).configure_cert(context)
    return Server({"/f": answer(FEED)}, tls=context)


def test_certificates_are_verified_and_ssl_cert_file_is_honoured(tmp_path: Path) -> None:
    ours, theirs = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    servers = {
        "good": secure(ours, "127.0.0.1"),
        "foreign": secure(theirs, "127.0.0.1"),
        "other name": secure(ours, "example.org"),
        "expired": secure(ours, "127.0.0.1", past),
    }
    items = [{"source": at, "url": s.url("/f")} for at, s in enumerate(servers.values())]
    visits = crawl(
        tmp_path, items, LIMITS, clean_environment(SSL_CERT_FILE=str(tmp_path / "ca.pem"))
    )
    assert visits[0].outcome == "new", visits[0].error
    assert (
        visits[1].error
        == "The certificate is not valid: it is signed by nobody that this machine trusts"
    )
    assert visits[2].error == "The certificate is not valid: it is for another host"
    assert visits[3].error == "The certificate is not valid: it has expired"
    assert [len(s.log) for s in servers.values()] == [1, 0, 0, 0]
    for server in servers.values():
        server.close()


@dataclass
class Recorded:
    """The recorded web behind its proxy."""

    state: Path
    environment: dict[str, str]

    def asked(self) -> list[dict[str, Any]]:
        return [
            json.loads(line) for line in (self.state / "requests.jsonl").read_text().splitlines()
        ]


FAULTS: dict[str, Any] = {
    "colah.github.io/rss.xml": {"headers": {"ETag": '"fixed"'}},
    "drip.example/f": {"file": "feed.xml", "drip": 10},
    "bomb.example/f": {"gzip_bomb": 200_000_000},
    "reset.example/f": {"reset": True},
    "cut.example/f": {"file": "feed.xml", "truncate": 20},
    "loop.example/f": {"status": 301, "location": "https://loop.example/f"},
    "inner.example/f": {"status": 302, "location": "http://127.0.0.1/"},
    "busy.example/f": {"status": 429, "headers": {"Retry-After": "3600"}},
}


@pytest.fixture(scope="module")
def recorded(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    if not TOOL.is_file():
        pytest.skip(f"the recorded web's server is not installed at {TOOL}")
    state = tmp_path_factory.mktemp("recorded")
    (state / "faults.json").write_text(json.dumps(FAULTS))
    (state / "feed.xml").write_text(FEED)
    command = [
        sys.executable,
        str(TOOL),
        "--root",
        str(data / "web"),
        "--port",
        "0",
        "--state",
        str(state),
    ]
    command += ["--faults", str(state / "faults.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        proxy = process.stdout.readline().split(" at ")[1].split(" ")[0]
        ca = str(state / "ca.pem")
        yield Recorded(
            state, clean_environment(http_proxy=proxy, https_proxy=proxy, SSL_CERT_FILE=ca)
        )
        process.terminate()


def test_the_recorded_web_is_read_whole(data: Path, recorded: Recorded, tmp_path: Path) -> None:
    with (data / "web" / "MANIFEST.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["format"] != "none"]
    items: list[dict[str, Any]] = [
        {"source": at, "url": f"https://{row['host']}{row['feed_path']}", "full_text": False}
        for at, row in enumerate(rows)
    ]
    limits = {"delay": 0.0, "per_host": 8}
    visits = crawl(tmp_path, items, limits, recorded.environment)
    assert {v.outcome for v in visits.values()} == {"new"}
    found = sum(len(v.feed.entries) for v in visits.values() if v.feed)
    assert found >= 4300  # of 4316; the rest are the same guid and link twice in one feed
    (tmp_path / "spool.jsonl").unlink()
    again = [
        i | {"etag": visits[i["source"]].etag, "last_modified": visits[i["source"]].last_modified}
        for i in items
    ]
    second = crawl(tmp_path, again, limits, recorded.environment)
    assert {(v.outcome, v.status) for v in second.values()} == {("unchanged", 304)}


def test_faults_behind_a_tunnel_are_told_apart(recorded: Recorded, tmp_path: Path) -> None:
    names = ["drip", "bomb", "reset", "cut", "loop", "inner", "busy", "unknown"]
    items = [{"source": at, "url": f"https://{name}.example/f"} for at, name in enumerate(names)]
    visits = crawl(tmp_path, items, {"timeout": 8.0, "delay": 0.0}, recorded.environment)
    assert [visits[at].error for at in range(len(names))] == [
        "Took longer than 8 s",
        "Larger than 15 MiB",
        "The server closed the connection without an answer",
        "The answer broke off before its end",
        "More than 10 redirects",
        "The host 127.0.0.1 is on a private network",
        "The server answered 429 Too Many Requests",
        "The proxy could not reach the host (502)",
    ]
    assert visits[6].retry_after == 3600


def test_a_tunnel_without_the_right_authority_is_refused(
    recorded: Recorded, tmp_path: Path
) -> None:
    trustme.CA().cert_pem.write_to_path(str(tmp_path / "other.pem"))
    environment = recorded.environment | {"SSL_CERT_FILE": str(tmp_path / "other.pem")}
    visits = crawl(
        tmp_path,
        [{"source": 1, "url": "https://colah.github.io/rss.xml"}],
        {"delay": 0.0},
        environment,
    )
    assert visits[1].error.startswith("The certificate is not valid")


def test_no_proxy_is_honoured(recorded: Recorded, tmp_path: Path) -> None:
    server = Server({"/f": answer(FEED)})
    environment = recorded.environment | {"no_proxy": "127.0.0.1"}
    visits = crawl(tmp_path, [{"source": 1, "url": server.url("/f")}], LIMITS, environment)
    assert visits[1].outcome == "new"
    assert server.paths() == ["/f"]
    server.close()
