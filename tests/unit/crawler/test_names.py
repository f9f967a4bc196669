"""What a name that a proxy will resolve means here, asked of resolvers that know it, do not, or are silent."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from typing import TYPE_CHECKING

import pytest

from crawler import names
from crawler.addresses import AddressPolicy
from crawler.names import KEPT_SECONDS, LocalNames

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Resolver = Callable[[str], list[str]]


class Resolvers:
    """Takes the place of the machine's resolver, and counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.known: dict[str, list[str]] = {}
        self.silent = threading.Event()

    def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        if host.startswith("silent"):
            self.silent.wait(30)
        if host not in self.known:
            raise OSError("Name or service not known")
        return self.known[host]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Resolvers]:
    found = Resolvers()
    monkeypatch.setattr(names, "_addresses", found)
    yield found
    found.silent.set()


def ask(folder: Path | None, *hosts: str) -> list[bool]:
    """What a run of its own says of all these hosts at once."""

    async def run() -> list[bool]:
        local = LocalNames(AddressPolicy(), folder)
        return await asyncio.gather(*(local.is_private(host) for host in hosts))

    return asyncio.run(run())


def test_a_name_of_this_network_is_private_and_any_other_is_the_proxys(
    resolver: Resolvers, tmp_path: Path
) -> None:
    resolver.known = {"nas.example": ["1.1.1.1", "10.0.0.3"], "outside.example": ["1.1.1.1"]}
    hosts = ("nas.example", "outside.example", "unknown.example", "127.0.0.1")
    assert ask(tmp_path, *hosts) == [True, False, False, False]
    assert sorted(resolver.asked) == ["nas.example", "outside.example", "unknown.example"]


def test_a_name_is_asked_once_however_many_wait_for_it(resolver: Resolvers, tmp_path: Path) -> None:
    assert ask(tmp_path, *["a.example"] * 50) == [False] * 50
    assert resolver.asked == ["a.example"]


def test_the_next_run_knows_what_this_one_found_for_an_hour(
    resolver: Resolvers, tmp_path: Path
) -> None:
    resolver.known = {"nas.example": ["10.0.0.3"]}
    assert ask(tmp_path, "nas.example", "a.example") == [True, False]
    assert ask(tmp_path, "nas.example", "a.example") == [True, False]
    assert sorted(resolver.asked) == ["a.example", "nas.example"]
    for file in tmp_path.iterdir():
        os.utime(file, times=(0, time.time() - KEPT_SECONDS["private"] - 1))
    assert ask(tmp_path, "nas.example") == [True]
    assert resolver.asked.count("nas.example") == 2


def test_two_names_that_share_a_file_are_not_mistaken_for_each_other(
    resolver: Resolvers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalNames, "_file", lambda *_: str(tmp_path / "one"))
    resolver.known = {"nas.example": ["10.0.0.3"]}
    assert ask(tmp_path, "nas.example") == [True]
    assert ask(tmp_path, "a.example") == [False]
    assert ask(tmp_path, "nas.example") == [True]


def test_silence_about_one_name_holds_up_no_other(
    resolver: Resolvers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "LOOKUP_SECONDS", 0.3)
    resolver.known = {"nas.example": ["10.0.0.3"]}
    silent = [f"silent{n}.example" for n in range(40)]
    # all of them are asked at once: more threads than the machine has processors
    assert ask(tmp_path, *silent, "nas.example") == [*[False] * 40, True]


def test_silence_is_kept_for_less_long_than_an_answer(
    resolver: Resolvers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "LOOKUP_SECONDS", 0.2)
    assert ask(tmp_path, "silent.example", "a.example") == [False, False]
    assert ask(tmp_path, "silent.example", "a.example") == [False, False]
    assert sorted(resolver.asked) == ["a.example", "silent.example"]
    for file in tmp_path.iterdir():
        os.utime(file, times=(0, time.time() - KEPT_SECONDS["silent"] - 1))
    resolver.silent.set()
    resolver.known = {"silent.example": ["10.0.0.3"]}
    assert ask(tmp_path, "silent.example", "a.example") == [True, False]
    assert resolver.asked.count("a.example") == 1


def test_without_a_folder_every_run_asks(resolver: Resolvers) -> None:
    assert ask(None, "a.example") == ask(None, "a.example") == [False]
    assert resolver.asked == ["a.example", "a.example"]
