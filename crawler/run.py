"""One process, one run: the reactor cannot be started twice, and a crawl may be killed at any time."""

from __future__ import annotations

import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings
from scrapy.utils.misc import load_object

from crawler.plan import load_plan
from crawler.settings import scrapy_settings
from crawler.spiders.errands import ErrandSpider
from crawler.spiders.feeds import FeedSpider
from crawler.spool import Spool
from crawler.workers import Workers, usual_count
from kb.core.records import CrawlLimits

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from scrapy import Spider

STOPPED = 143
ORPHANED = 75


def watch_lifeline() -> None:
    """Leave at once when stdin reaches its end: whoever held its other side is gone, and wants no orphan."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os._exit(ORPHANED)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()


def stop_on_signals() -> None:
    """On SIGTERM or SIGINT leave at once. Finished visits are in the spool; unfinished ones are not blamed on anybody."""

    def leave(number: int, frame: FrameType | None) -> None:
        del number, frame
        os._exit(STOPPED)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


def load() -> None:
    """Import what Scrapy would import by name when a run begins; installs no reactor."""
    settings = Settings(scrapy_settings(CrawlLimits()))
    for name in [*settings.values(), *settings["DOWNLOADER_MIDDLEWARES_BASE"]]:
        if isinstance(name, str) and name.startswith(("scrapy.", "crawler.")):
            load_object(name)


def run_spider(spider: type[Spider], rules: CrawlLimits, **arguments: Any) -> None:
    """Run one spider to its end under the limits `rules`."""
    process = AsyncCrawlerProcess(scrapy_settings(rules))
    # What fails is told by visits and lines; Scrapy would add a traceback for every host without a robots.txt.
    logging.getLogger("scrapy").setLevel(logging.CRITICAL)
    stop_on_signals()
    process.crawl(spider, **arguments)
    process.start(install_signal_handlers=False)


def run_plan(plan_path: Path, spool_path: Path, *, lifeline: bool, errands: bool = False) -> None:
    """Visit every source of the plan, or run its errands, and append a line for each to the spool.

    Raises InputError for a plan that cannot be used, OSError for a spool that cannot be written.
    """
    plan = load_plan(plan_path)
    spool = Spool(spool_path)
    if lifeline:
        watch_lifeline()
    if errands and plan.items:
        run_spider(ErrandSpider, plan.limits, plan=plan, spool=spool)
    elif plan.items:
        workers = Workers(usual_count())
        run_spider(FeedSpider, plan.limits, plan=plan, spool=spool, workers=workers)
        workers.close()
    spool.close()
