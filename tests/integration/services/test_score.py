"""Forty days with a server that counts manners: some checks by the real crawler, the others by what decides alone."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from crawler.parse.feed import parse_feed
from kb.core.records import Visit, to_json
from kb.models import Crawl, Source
from kb.services.crawls import _plan, ingest_spool, open_crawl, recover, run_crawl
from tests.integration.conftest import NOW
from tests.score import FORBIDDEN, Score

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

DAYS = dt.timedelta(days=40)
REAL = 3


class Hub:
    """A hub of one source on a virtual clock, which always checks as early as the schedule lets it."""

    def __init__(self, score: Score, source: Source, folder) -> None:
        self.score, self.source, self.folder = score, source, folder
        self.checks = 0

    @property
    def now(self) -> dt.datetime:
        return self.score.now

    def live(self, until: dt.datetime) -> None:
        while True:
            self.source.refresh_from_db()
            self.score.now = max(self.now, self.source.next_check_at)
            if self.now >= until:
                return
            self.step()

    def step(self) -> None:
        crawl = open_crawl(now=self.now)
        if crawl is None:  # the host rests for a moment after each crawl
            self.score.now += dt.timedelta(seconds=1)
            return
        self.checks += 1
        if self.checks <= REAL or self.checks % 200 == 0:
            run_crawl(crawl_id=crawl.pk, on_lines=lambda: None, clock=lambda: self.now)
        elif self.checks % 50 == 0:
            self._crash(crawl)
        else:
            self._pretend(crawl)
        ingest_spool(crawl_id=crawl.pk, clock=lambda: self.now)

    def _pretend(self, crawl: Crawl) -> None:
        """What the crawler would have asked and said, without its process."""
        (item,) = _plan(crawl, self.now).items
        asked = {"if-none-match": item.etag, "if-modified-since": item.last_modified}
        status, headers, body = self.score.ask("/feed", {k: v for k, v in asked.items() if v})
        feed = parse_feed(body, item.url, {}) if status == 200 else None
        visit = Visit(
            item.source, item.url, "new" if feed else "unchanged", self.now.isoformat(),
            status=status, feed=feed,
            etag=headers.get("etag", ""), last_modified=headers.get("last-modified", ""),
        )  # fmt: skip
        (self.folder / crawl.spool).write_text(json.dumps(to_json(visit)) + "\n")
        Crawl.objects.filter(pk=crawl.pk).update(collected=True, begun_at=self.now)

    def _crash(self, crawl: Crawl) -> None:
        """The worker and its crawler are killed after the request went out, and start again."""
        (item,) = _plan(crawl, self.now).items
        asked = {"if-none-match": item.etag, "if-modified-since": item.last_modified}
        self.score.ask("/feed", {k: v for k, v in asked.items() if v})
        # what that answer gave is lost, so that it never was given as far as we can know
        for values in self.score.given.values():
            if values:
                values.pop()
        line = f"{item.source} {self.now.timestamp()}\n"
        (self.folder / crawl.spool).with_suffix(".asked").write_text(line)
        Crawl.objects.filter(pk=crawl.pk).update(begun_at=self.now)
        assert recover(now=self.now) == [crawl.pk]


@pytest.fixture
def live(new_source, settings):
    settings.SPOOL_DIR.mkdir(parents=True)

    def run(**kind: object) -> Score:
        score = Score(NOW, **kind)
        Hub(score, new_source(score.url), settings.SPOOL_DIR).live(NOW + DAYS)
        score.server.close()
        return score

    return run


def bad(score: Score) -> dict[str, int]:
    names = ("query", "invented address", *FORBIDDEN)
    wrong = [
        f"{v} {how}" for v in ("etag", "last-modified") for how in ("made up", "out of sequence")
    ]
    return {name: score.counts[name] for name in (*names, *wrong) if score.counts[name]}


@pytest.mark.parametrize(
    "gives", [("etag", "last-modified"), ("etag",), ("last-modified",)], ids="-".join
)
def test_validators_are_used_as_they_were_given(live, gives):
    score = live(gives=gives)
    assert bad(score) == {}
    assert score.counts["unconditional"] == 1
    assert score.counts["requests"] > 200
    for name in gives:
        assert score.counts[f"{name} good"] == score.counts["requests"] - 1
    assert score.closest() >= 3600


def test_a_server_without_validators_is_asked_once_a_day(live):
    score = live(gives=())
    assert bad(score) == {}
    assert score.closest() >= 86400
    assert 34 <= score.counts["requests"] <= 41


def test_validators_that_got_stuck_are_left_out_once_in_thirty_days(live):
    score = live(stuck=True)
    assert bad(score) == {}
    assert score.counts["unconditional"] == 2
    assert score.closest() >= 3600
    assert Source.objects.get().entries.count() > 1  # what had been hidden since the first day came
