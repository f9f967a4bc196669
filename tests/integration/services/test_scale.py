"""Choosing a batch stays cheap and fair with many sources."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kb.models import Source
from kb.services.crawls import BATCH, open_crawl
from tests.integration.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
COUNT = 20_000


def test_a_batch_of_many_sources_is_chosen_at_once_and_fairly():
    hosts = ["large.example" if n % 10 == 0 else f"h{n % 7_777}.example" for n in range(COUNT)]
    Source.objects.bulk_create(
        (
            # all of the large host's have waited the longest
            Source(
                url=f"https://{host}/{n}", host=host, created_at=NOW,
                next_check_at=NOW - dt.timedelta(days=host == "large.example", seconds=n % 3600),
            )
            for n, host in enumerate(hosts)
        ),
        batch_size=2000,
    )  # fmt: skip
    for due in (COUNT, COUNT // 20):
        Source.objects.update(crawl=None)
        Source.objects.filter(pk__gt=Source.objects.order_by("pk")[due - 1].pk).update(
            next_check_at=NOW + dt.timedelta(days=1)
        )
        began = time.perf_counter()
        with CaptureQueriesContext(
            connection,
        ) as queries:
            crawl = open_crawl(now=NOW)
        seconds = time.perf_counter() - began
        taken = [s.host for s in crawl.sources.all()]
        assert len(taken) == BATCH
        assert taken.count("large.example") == 30
        assert seconds < 5
        assert len(queries) < 16
